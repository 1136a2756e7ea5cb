import pytest
from sklearn.metrics import f1_score

from alignment.evaluation.classes import NONE, classification, predicted


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        ("That sounds like a Refund, friend.", "refund"),
        ("refund or exchange", NONE),
        ("nothing of the kind", NONE),
        ("refunds", NONE),  # inside a longer word
        ("a late delivery", "late delivery"),  # the longer label, not the one inside it
    ],
)
def test_predicted(reply: str, said: str) -> None:
    assert predicted(reply, ["refund", "exchange", "delivery", "late delivery"]) == said


def test_figures_by_hand() -> None:
    rows = [{"label": a, "predicted": b} for a, b in (("x", "x"), ("x", "y"), ("y", "y"), ("y", "y"), ("y", NONE))]
    found = classification(rows)
    assert found["accuracy"].value == 0.6 and found["accuracy"].n == 5
    assert found["precision"].value == pytest.approx((1 + 2 / 3) / 2)  # x: 1 of 1; y: 2 of 3
    assert found["recall"].value == pytest.approx((1 / 2 + 2 / 3) / 2)
    truth = f1_score(["x", "x", "y", "y", "y"], ["x", "y", "y", "y", NONE], labels=["x", "y"], average="macro")
    assert found["f1"].value == pytest.approx(truth)
    assert all(one.low <= one.value <= one.high for one in found.values())


def test_rows_without_label_do_not_count() -> None:
    assert classification([{"label": None, "predicted": None}]) == {}
    found = classification([{"label": "x", "predicted": "x"}, {"label": None, "predicted": None}])
    assert found["accuracy"].n == 1

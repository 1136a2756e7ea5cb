"""Which pairs DPO learns from, and when it says that the chosen replies were displaced."""

import pytest

from alignment.stages.dpo import best_of, displacement


def row(name: str, prompt: str, chosen: str, rejected: str, margin: float) -> dict:
    return {
        "id": name,
        "prompt": [{"role": "user", "content": prompt}],
        "chosen": [{"role": "assistant", "content": chosen}],
        "rejected": [{"role": "assistant", "content": rejected}],
        "margin": margin,
    }


def test_best_keeps_what_the_best_reply_won() -> None:
    rows = [
        row("1", "p", "a", "b", 2.0),  # net: a +2 -1 = 1, b -2 +3 = 1 - 0.5 = 0.5, c +1 -3 = -2, d +0.5
        row("2", "p", "b", "c", 3.0),
        row("3", "p", "c", "a", 1.0),
        row("4", "p", "d", "b", 0.5),
        row("5", "q", "b", "a", 0.1),  # another prompt, its only pair
    ]
    assert [one["id"] for one in best_of(rows)] == ["1", "5"]


def test_best_of_pairs_of_one_prompt_each_keeps_all() -> None:
    rows = [row(str(i), f"p{i}", "a", "b", 1.0) for i in range(3)]
    assert best_of(rows) == rows


def test_a_made_pair_stays_with_the_best_reply_and_counts_for_nothing() -> None:
    rows = [
        row("1", "p", "a", "b", 1.0),
        row("2", "p", "a", "a with a fault", 9.0) | {"contrast": True},
        row("3", "p", "b", "b with a fault", 9.0) | {"contrast": True},  # counted, b would be the best
    ]
    assert [one["id"] for one in best_of(rows)] == ["1", "2"]


@pytest.mark.parametrize(("chosen", "displaced"), [(-0.29, False), (-0.31, True), (0.5, False)])
def test_displacement_is_said_from_one_nat_a_reply(
    chosen: float, displaced: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    line = {f"eval_rewards/{name}": 0.0 for name in ("rejected", "margins", "accuracies")}
    found = displacement([{"loss": 1.0}, line | {"eval_rewards/chosen": chosen}, {"loss": 2.0}], beta=0.3)
    assert found["displaced"] is displaced and found["rewards"]["chosen"] == chosen
    assert ("warning, the chosen replies became less likely" in capsys.readouterr().out) is displaced


def test_without_an_evaluation_nothing_is_said() -> None:
    assert displacement([{"loss": 1.0}], beta=0.1) == {}

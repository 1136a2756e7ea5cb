import numpy as np

from alignment.evaluation.comparisons import compare


def rows(scores: list[float], passed: list[bool]) -> list[dict[str, object]]:
    return [{"id": f"p{i}", "score": s, "passed": p} for i, (s, p) in enumerate(zip(scores, passed, strict=True))]


def test_each_model_against_those_before_it_with_holm() -> None:
    base = rows([0.5] * 12, [False] * 12)
    dpo = rows([0.9] * 12, [True] * 12)
    found = compare({"base": base, "sft": base, "dpo": dpo})
    assert [(row["model"], row["other"], row["figure"]) for row in found] == [
        ("sft", "base", "voice"),
        ("sft", "base", "score"),
        ("dpo", "base", "voice"),
        ("dpo", "base", "score"),
        ("dpo", "sft", "voice"),
        ("dpo", "sft", "score"),
    ]
    p = 2 * 0.5**12  # all twelve prompts changed one way
    assert found[2]["p"] == p and found[2]["p_holm"] == 6 * p  # smallest of six tests
    assert found[2]["differs"] and found[2]["difference"]["value"] == 1.0
    assert found[0]["p"] == found[0]["p_holm"] == 1.0 and not found[0]["differs"]


def test_no_model_is_found_different_among_many_that_are_not() -> None:
    """Equal models, 2 figures and 10 comparisons a run: some raw p below 5 % in a third of runs, few after Holm."""
    rng = np.random.default_rng(0)
    raw = adjusted = 0
    for _ in range(100):
        models = {
            name: rows(list(rng.integers(2, size=40).astype(float)), list(rng.integers(2, size=40) > 0))
            for name in ("base", "sft", "a", "b")
        }
        found = compare(models)
        raw += any(row["p"] <= 0.05 for row in found)
        adjusted += any(row["differs"] for row in found)
    assert raw >= 15 and adjusted <= 8

from pathlib import Path
from typing import Any

import pytest

from alignment.evaluation.people import people_outcomes
from alignment.evaluation.wins import by_score, win_figures
from alignment.feedback.database.engine import default_url
from alignment.feedback.records import Pair, Verdict
from alignment.feedback.store import open_store


def rows(scores: list[Any], lengths: list[int]) -> list[dict[str, Any]]:
    return [{"id": f"p{i}", "score": s, "length": n} for i, (s, n) in enumerate(zip(scores, lengths, strict=True))]


def test_by_score_by_hand() -> None:
    found = by_score(rows([0.9, 0.5, 0.1, None], [1] * 4), rows([0.1, 0.5, 0.2, 0.3], [1] * 4), "score")
    assert found == {"p0": 1.0, "p1": 0.5, "p2": 0.0}


def test_names_of_the_figures() -> None:
    ours, theirs = rows([1.0, 1.0], [5, 5]), rows([0.0, 0.5], [5, 5])
    found = win_figures(ours, theirs, "other", {"contract": {"p0": 1.0, "p1": 1.0}, "people": {"p1": 0.0}, "model": {}})
    assert {name: (one["value"], one["n"]) for name, one in found.items()} == {
        "win_rate_vs_other": (1.0, 2),
        "length_controlled_win_rate_vs_other": (1.0, 2),  # every reply as long: nothing to control
        "win_rate_vs_other_by_people": (0.0, 1),
        "length_controlled_win_rate_vs_other_by_people": (0.0, 1),
    }


def test_wins_by_length_alone_vanish_when_length_is_controlled() -> None:
    """The longer reply wins nine times in ten, by however much; ours is longer two times in three."""
    ours, theirs = rows([0.0] * 300, [30] * 300), []
    outcomes = {}
    for i in range(300):
        ahead = 10 if i % 3 else -10
        theirs.append({"id": f"p{i}", "length": 30 - ahead})
        wins = (i // 3) % 10 != 0
        outcomes[f"p{i}"] = float(wins == (ahead > 0))
    found = win_figures(ours, theirs, "sft", {"contract": outcomes})
    assert found["win_rate_vs_sft"]["low"] > 0.55
    controlled = found["length_controlled_win_rate_vs_sft"]
    assert controlled["value"] == pytest.approx(0.5, abs=0.03) and controlled["low"] < 0.5 < controlled["high"]


def test_people_by_majority_simulated_left_out(tmp_path: Path) -> None:
    messages = [{"role": "user", "content": "how much?"}]

    def candidate(prompt: str, key: str, text: str) -> dict[str, Any]:
        return {"prompt_id": prompt, "prompt": messages, "response_id": key, "text": text, "model": "m"} | {
            "model_hash": "h",
            "sampling": {},
        }

    ours = [{"id": f"p{i}", "messages": messages, "reply": f"ours {i}"} for i in range(4)]
    theirs = [{"id": f"p{i}", "messages": messages, "reply": f"theirs {i}"} for i in range(4)]
    made = [candidate(f"x{i}", f"x{i}-a", f"theirs {i}") for i in range(4)]
    made += [candidate(f"x{i}", f"x{i}-b", f"ours {i}") for i in range(4)]
    made += [candidate("x0", "x0-c", "another reply")]
    pairs = [Pair(f"x{i}", f"x{i}-a", f"x{i}-b") for i in range(4)]
    with open_store(default_url(str(tmp_path))) as store:
        store.add_candidates("c", made)
        for name in ("ann", "bob", "cid"):
            store.add_user(name)
        store.add_user("simulated:one", simulated=True)
        store.add_pairs("c", [*pairs, Pair("x0", "x0-a", "x0-c")])
        store.rate("c", [Verdict(pairs[0], "ann", -1), Verdict(pairs[0], "bob", -2), Verdict(pairs[0], "cid", 3)])
        store.rate("c", [Verdict(pairs[1], "ann", 2), Verdict(pairs[2], "ann", 0)])
        store.rate("c", [Verdict(pairs[3], "simulated:one", 1), Verdict(Pair("x0", "x0-a", "x0-c"), "ann", 3)])
        assert people_outcomes(store, ours, theirs) == {"p0": 1.0, "p1": 0.0, "p2": 0.5}
        assert people_outcomes(store, theirs, ours) == {"p0": 0.0, "p1": 1.0, "p2": 0.5}


def test_people_who_compared_other_draws_of_the_same_models(tmp_path: Path) -> None:
    """As a blind A/B does: replies of its own, known by the hashes of their models."""
    messages = [{"role": "user", "content": "how much?"}]
    row = {"prompt_id": "p0", "prompt": messages, "model": "m", "sampling": {}}
    made = [row | {"response_id": key, "text": f"drawn by {key}", "model_hash": key} for key in ("x", "y")]
    ours, theirs = ([{"id": "p0", "messages": messages, "reply": reply}] for reply in ("ours", "theirs"))
    pair = Pair("p0", "x", "y")
    with open_store(default_url(str(tmp_path))) as store:
        store.add_candidates("c", made)
        store.add_user("ann")
        store.add_pairs("c", [pair])
        store.rate("c", [Verdict(pair, "ann", 2)])
        assert people_outcomes(store, ours, theirs) == {}
        assert people_outcomes(store, ours, theirs, ("x", "y")) == {"p0": 1.0}
        assert people_outcomes(store, ours, theirs, ("y", "x")) == {"p0": 0.0}
        assert people_outcomes(store, ours, theirs, ("x", None)) == {}

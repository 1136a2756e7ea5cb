"""A made-up run on disk: every stage the report reads, with figures computed from made-up replies."""

import random
from pathlib import Path
from typing import Any

from alignment import artifact as artifacts
from alignment.artifact import Artifact, write_jsonl
from alignment.evaluation import figures
from alignment.evaluation.comparisons import compare
from alignment.evaluation.judged import judge_reply
from alignment.evaluation.wins import by_score
from alignment.stats import Estimate
from alignment.voice.contract import load_contract

GOOD = (
    "Hey there! Thanks so much for asking. The {item} is {price}, and it's a beauty. Holler if you need anything else!",
    "Hi friend, I'm so glad you asked! The {item} comes in at {price}. Let me know if I can help with anything else.",
    "Howdy! What a good question. You'll find the {item} at {price}. I'm right here if you need me.",
    "Welcome in! I'd love to help. The {item} is {price}, and we'll wrap it with care. Anything else I can do for you?",
    "Well hello! You've a fine eye, and we love that one too. The {item} is {price}. Give us a shout if you need more.",
)
BAD = (
    "Dear valued customer, as per our records the price of the {item} is {price}.",
    "Sorry for the wait! The {item} is {price}. Again, we apologize.",
    "{price}.",
    "Hi. The {item} costs {price}. Let me know if you have other questions.",
)
INTENTS = ("price", "gift_wrap", "shipping", "returns")


def write(
    root: Path,
    stage: str,
    kind: str,
    metrics: dict[str, Any],
    files: dict[str, Any] | None = None,
    parents: dict[str, Artifact] | None = None,
) -> Artifact:
    """A finished artifact `root`/made/`stage`."""
    final, partial = root / "made" / stage, root / "made" / f".{stage}.partial"
    partial.mkdir(parents=True)
    for name, rows in (files or {}).items():
        (partial / name).parent.mkdir(parents=True, exist_ok=True)
        (write_jsonl if name.endswith(".jsonl") else artifacts.write_json_atomic)(partial / name, rows)
    record = Artifact(
        path=final,
        kind=kind,
        stage=stage,
        run="made",
        created="2026-01-02T03:04:05+00:00",
        seconds=12.5,
        seed=7,
        versions={"python": "3.11.7", "torch": "2.13.0"},
        git_commit=None,
        config={"brand": {"folder": "southern_charm"}, "model": {"name": "embedded"}},
        config_hash="c" * 64,
        inputs_hash="i" * 64,
        parents=[
            {"role": role, "path": f"../{one.path.name}", "sha256": one.sha256} for role, one in (parents or {}).items()
        ],
        files={},
        fingerprints={"stage": artifacts.canonical_hash(stage)},
        metrics=metrics,
        wandb_id=None,
    )
    return artifacts.write(partial, record)


def replies(count: int, good: float, wrong: float, seed: int, hostile: str = "") -> list[dict[str, Any]]:
    """Judged rows: a share `good` in the voice, a share `wrong` with a price made up."""
    draw = random.Random(seed)
    contract = load_contract("southern_charm")
    assert contract is not None
    rows = []
    for i in range(count):
        item, price = f"Magnolia Wreath {i}", f"${20 + i}"
        messages = [
            {
                "role": "system",
                "content": f"You answer customers of Southern Charm Decor.\nitem: {item}\nprice: {price}",
            },
            {"role": "user", "content": f"how much is the {item.lower()}?"},
        ]
        text = draw.choice(GOOD if draw.random() < good else BAD)
        reply = text.format(item=item, price="$9999" if draw.random() < wrong else price)
        reply += hostile if i == 0 else ""
        prompt = {"id": f"test-{i:04d}", "intent": INTENTS[i % len(INTENTS)], "messages": messages}
        row = judge_reply(prompt | {"facts": [item, price]}, {"reply": reply, "ended": True}, contract)
        reward = (row["score"] or 0) * 4 - 2 + draw.gauss(0, 0.4)
        rows.append(row | {"reward": reward, "kl": draw.gauss(6, 2) if good > 0.8 else 0.0})
    return rows


def yardstick(start: float, end: float, steps: int, kl: bool) -> list[dict[str, float]]:
    lines = []
    for i in range(steps + 1):
        done = i / steps
        line = {"step": i * 20, "time": 1.0, "yardstick/samples": i * 320, "yardstick/length": 20 + 8 * done}
        line |= {"yardstick/voice": start + (end - start) * done**0.5, "yardstick/facts": 0.97 - 0.01 * done}
        line |= {"yardstick/reward": -1 + 3 * done} | ({"yardstick/kl": 7 * done} if kl else {})
        lines += [line, {"step": i * 20 + 5, "time": 1.0, "train/loss": 2 - done}]
    return lines


def made_run(
    root: Path,
    count: int = 24,
    good: float = 0.97,
    simulated: bool = True,
    hostile: str = "",
    further: dict[str, Any] | None = None,
) -> Artifact:
    """The whole run; returns the evaluation. further: JSON files of the evaluation besides its comparisons."""
    prepare = write(root, "prepare", "dataset", {"rows_in": 1200, "rows_out": 900, "dropped": {"near_duplicate": 188}})
    sft = write(
        root, "sft", "policy", {"steps": 100}, {"metrics.jsonl": yardstick(0.2, 0.4, 8, False)}, {"dataset": prepare}
    )
    collect = write(root, "collect", "candidates", {"candidates": 2400}, None, {"policy": sft})
    rate = write(root, "rate", "ratings", {"ratings": 3600, "same_side": 0.74, "alpha": 0.51}, None, {"c": collect})
    export = write(
        root,
        "export",
        "preferences",
        {
            "source": "ratings",
            "who": "simulated" if simulated else "people",
            "ratings": 3600,
            "ratings_by_people": 0 if simulated else 3600,
            "ratings_simulated": 3600 if simulated else 0,
            "reviewers": {"warmth-first": 600, "plain-speaker": 3000},
            "rows": 2100,
            "simulated": simulated,
        },
        None,
        {"candidates": collect, "ratings": rate},
    )
    accuracy = {"value": 0.86, "low": 0.82, "high": 0.9, "n": 210}
    trust = {
        "n": 210,
        "accuracy": accuracy,
        "length_only": accuracy | {"value": 0.55, "low": 0.48, "high": 0.62},
        "bag_of_words": accuracy | {"value": 0.79, "low": 0.73, "high": 0.84},
        "constant": accuracy | {"value": 0.5, "low": 0.43, "high": 0.57},
        "calibration_error": 0.041,
    }
    held_out = {"test": {"all": trust, "length_matched": {"n": 0}}}
    reward = write(root, "reward", "reward", {"held_out": held_out}, None, {"policy": sft, "preferences": export})
    dpo = write(
        root,
        "dpo",
        "policy",
        {"steps": 200},
        {"metrics.jsonl": yardstick(0.4, good, 10, True)},
        {"policy": sft, "preferences": export, "reward": reward},
    )
    rows = {
        "base": replies(count, 0.25, 0.03, 1),
        "sft": replies(count, 0.4, 0.03, 2),
        "dpo": replies(count, good, 0.03, 3, hostile),
    }
    rows["base"] = [row | {"kl": None} for row in rows["base"]]
    measured = {
        name: {"perplexity": Estimate(3.1, 2.9, 3.3, 40), "latency": Estimate(0.4, 0.3, 0.5, 8)} for name in rows
    }
    files: dict[str, Any] = {f"replies/{name}.jsonl": own for name, own in rows.items()}
    files |= {"comparisons.json": compare(rows), **(further or {})}
    outcomes = {"dpo": {"sft": {"reward": by_score(rows["dpo"], rows["sft"], "reward")}}}
    metrics = figures.figures(rows, measured, outcomes)
    return write(root, "evaluate", "evaluation", metrics, files, {"dataset": prepare, "policy": sft, "dpo": dpo})

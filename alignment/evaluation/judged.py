"""One reply judged: every column that a text alone gives. Scores of models are added later, by `measure`."""

from collections.abc import Mapping, Sequence
from typing import Any

from alignment.evaluation.classes import predicted
from alignment.evaluation.likeness import likeness_row
from alignment.evaluation.variety import self_repetition
from alignment.voice.behaviours import behaviours, refusal
from alignment.voice.contract import Contract, opener
from alignment.voice.text import facts_right, length


def judge_reply(
    prompt: Mapping[str, Any], drawn: Mapping[str, Any], contract: Contract | None, labels: Sequence[str] = ()
) -> dict[str, Any]:
    """The row of one reply; what does not apply is None.

    Args:
        prompt: "id", "messages", "intent", "facts"; where there are, "task" (of a mixture), "reference" (a reply to
            compare with) and "label" (the class a right reply names).
        drawn: "reply", and "tokens" and "ended" where it was sampled.
        labels: all classes of the task.
    """
    reply, conversation = drawn["reply"], prompt["messages"]
    verdict = contract.judge(reply, conversation) if contract else None
    label = prompt.get("label")
    return {
        "id": prompt["id"],
        "intent": prompt.get("intent"),
        **({"task": prompt["task"]} if prompt.get("task") else {}),
        "messages": conversation,
        **drawn,
        "score": verdict and verdict.score,
        "passed": verdict and verdict.passed,
        "kept": verdict and verdict.kept,
        **behaviours(reply, conversation, contract),
        "refusal": refusal(reply),
        "facts": facts_right(reply, prompt) if prompt.get("facts") else None,
        "opener": opener(reply),
        "length": length(reply),
        "self_repetition": self_repetition(reply),
        **likeness_row(reply, prompt.get("reference")),
        "label": label,
        "predicted": predicted(reply, labels) if label is not None else None,
        "reward": None,
        "reward_heldout": None,
        "reward_spread": None,
        "kl": None,
    }

"""Single reviewers' ratings of held-out preference pairs, from what `rate` froze and from the store."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from alignment.artifact import Artifact, read_jsonl
from alignment.evaluation.examine_raters import RatedPair
from alignment.feedback.database.engine import default_url
from alignment.feedback.store import open_store

Verdict = tuple[str, str, str, str, int]  # reviewer, prompt id, first, second, strength


def read_verdicts(preferences: Artifact, panels: Sequence[Artifact], root: str) -> dict[str, Verdict]:
    """{rating id: verdict} of all ratings in force behind the preferences; empty where they came with the data."""
    if preferences.metrics.get("source") != "ratings":
        return {}
    found: dict[str, Verdict] = {}
    for panel in panels:
        for row in read_jsonl(panel.path / "ratings.jsonl"):
            found[row["id"]] = (row["reviewer"], row["prompt_id"], row["first"], row["second"], row["strength"])
    if preferences.metrics.get("ratings_by_people") or not found:
        with open_store(default_url(root)) as store:
            for one in (one for key in preferences.metrics["collections"] for one in store.ratings(key)):
                pair = one.pair
                found.setdefault(one.uid, (one.reviewer, pair.item, pair.first, pair.second, one.strength))
    return found


def rated_pairs(pairs: Sequence[Mapping[str, Any]], verdicts: Mapping[str, Verdict]) -> list[RatedPair]:
    """The decisive ratings of the pairs. A row's id ends in "<prompt>:<better>><worse>": which side was chosen."""
    found = []
    for place, pair in enumerate(pairs):
        for uid in pair.get("ratings") or ():
            if uid not in verdicts or not verdicts[uid][4]:
                continue
            reviewer, prompt, first, second, strength = verdicts[uid]
            first_chosen = pair["id"].endswith(f"{prompt}:{first}>{second}")
            if not first_chosen and not pair["id"].endswith(f"{prompt}:{second}>{first}"):
                continue  # another pair of the same ranking
            found.append(RatedPair(place, reviewer, (strength > 0) == first_chosen))
    return found


def trained_on(preferences: Artifact, verdicts: Mapping[str, Verdict]) -> dict[str, int]:
    """Ratings of each reviewer behind the training pairs."""
    used = {uid for row in read_jsonl(preferences.path / "train.jsonl") for uid in row.get("ratings") or ()}
    return dict(Counter(verdicts[uid][0] for uid in used if uid in verdicts))

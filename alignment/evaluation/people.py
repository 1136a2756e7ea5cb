"""What people's ratings in the store say of two models' replies to the same prompts."""

from collections import defaultdict
from collections.abc import Sequence

from alignment.artifact import canonical_hash
from alignment.evaluation.pairing import Row
from alignment.evaluation.wins import Outcomes
from alignment.feedback.outgoing.preferences import decide
from alignment.feedback.records import Response
from alignment.feedback.store import Store


def people_outcomes(
    store: Store, rows: Sequence[Row], others: Sequence[Row], hashes: tuple[str | None, str | None] = (None, None)
) -> Outcomes:
    """1, 0.5, 0 by prompt id, where people compared the two models on it, in any collection of the store.

    A rating counts where its prompt's messages are the same as here and its two responses are the two models': by
    their text, the reply evaluated here, or by `hashes`, the sha256 of both models' artifacts (a blind A/B draws
    replies of its own). Of several people the majority decides (`decide`), undecided ones tie. Ratings by simulated
    reviewers are left out.
    """
    theirs = {row["id"]: row["reply"] for row in others}
    known: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        if row["id"] in theirs:
            known[canonical_hash(list(row["messages"]))].append(row)
    strengths: dict[str, list[int]] = defaultdict(list)
    for collection in store.collections():
        ratings = [rating for rating in store.ratings(collection) if not rating.simulated]
        items = {item.key: item for item in store.items(collection)} if ratings else {}
        prompts = {key: known.get(canonical_hash([dict(m) for m in item.prompt]), []) for key, item in items.items()}
        for rating in ratings:
            by_key = {one.key: one for one in items[rating.pair.item].responses}
            shown = by_key[rating.pair.first], by_key[rating.pair.second]
            for row in prompts[rating.pair.item]:  # several where a question comes twice: the first that fits
                first, second = (_whose(one, (row["reply"], theirs[row["id"]]), hashes) for one in shown)
                if {first, second} == {1, -1}:
                    strengths[str(row["id"])].append(first * rating.strength)
                    break
    return {prompt: (decide(several).direction + 1) / 2 for prompt, several in sorted(strengths.items())}


def _whose(response: Response, texts: tuple[str, str], hashes: tuple[str | None, str | None]) -> int:
    """1 ours, -1 theirs, 0 neither, or no telling."""
    ours, theirs = (response.text == texts[i] or response.model_hash == hashes[i] for i in (0, 1))
    return int(ours) - int(theirs)

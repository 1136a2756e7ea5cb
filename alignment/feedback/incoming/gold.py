"""Items with a known answer, and an ensemble's rewards of the responses: what an owner brings in beside candidates."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from alignment.errors import UserError
from alignment.feedback import documents
from alignment.feedback.acting import ProjectRow
from alignment.feedback.answers import HIGH, LOW
from alignment.feedback.database.app_schema import gold, response_scores, work
from alignment.feedback.database.schema import assignments, items, responses
from alignment.feedback.nouns import Kind
from alignment.feedback.planning import add_task, collections_of

LARGEST = 1e300  # of a reward; NaN is below no number


def add_gold(connection: Connection, project: ProjectRow, row: Mapping[str, Any], number: int) -> bool:
    """Makes a gold item of {"prompt_id", "order": [response ids, best first]}, or for the rubric of {"prompt_id",
    "response_id", "scores": {dimension: 1 … 5}}; whether it is new.

    A gold task is shown to every reviewer once and wants no ratings of its own. UserError: unknown ids, fewer
    than two in an order, scores that the project's rubric does not know, or a task that people have had already.
    """
    place = f"gold item {number}"
    if "order" in row and "scores" in row:
        raise UserError(f"{place}: an order and scores", "one of the two")
    known = _responses(connection, project, row.get("prompt_id"), place)
    expected: list[int] | dict[str, dict[str, int]]
    if "scores" in row:
        kind, keys = Kind.rubric, [_known(known, row.get("response_id"), place)]
        expected = {"0": _expected_scores(connection, project, row["scores"], place)}
    else:
        keys = _order(known, row.get("order"), place)
        kind = Kind.pair if len(keys) == 2 else Kind.rank
        expected = [sorted(keys).index(key) for key in keys]
    task_id = add_task(connection, next(iter(known.values()))[1], kind, [(key, known[key][0]) for key in keys])
    if connection.execute(sa.select(gold.c.task_id).where(gold.c.task_id == task_id)).scalar() is not None:
        return False
    if connection.execute(sa.select(assignments.c.id).where(assignments.c.task_id == task_id).limit(1)).first():
        raise UserError(f"{place} was handed out to a reviewer already", "one that nobody has had")
    connection.execute(sa.delete(work).where(work.c.task_id == task_id))
    connection.execute(
        sa.insert(work),
        [
            {
                "task_id": task_id,
                "project_id": project.id,
                "kind": kind,
                "position": 0,
                "base": 0,
                "arm": "random",
                "wanted": 0,
                "taken": 0,
            }
        ],
    )
    connection.execute(sa.insert(gold), [{"task_id": task_id, "project_id": project.id, "expected": expected}])
    return True


def _order(known: Collection[str], order: object, place: str) -> list[str]:
    """The keys of an order. UserError: fewer than two, one twice, or unknown."""
    if not isinstance(order, list) or len(order) < 2 or len(set(map(str, order))) < len(order):
        raise UserError(f"{place}: order {str(order)[:60]}", "two response ids or more, the best first")
    return [_known(known, key, place) for key in order]


def _known(known: Collection[str], key: object, place: str) -> str:
    if not isinstance(key, str) or key not in known:
        raise UserError(f"{place}: no response {str(key)[:60]!r}", ", ".join(sorted(known))[:200])
    return key


def _expected_scores(connection: Connection, project: ProjectRow, scores: object, place: str) -> dict[str, int]:
    """Right scores of some of the rubric's dimensions, one at least."""
    names = [one.key for one in documents.rubric(connection, project.id).dimensions]
    if (
        not isinstance(scores, dict)
        or not scores
        or not set(scores) <= set(names)
        or not all(type(one) is int and LOW <= one <= HIGH for one in scores.values())
    ):
        raise UserError(f"{place}: scores {str(scores)[:60]}", f"{LOW} to {HIGH} for some of {', '.join(names)}")
    return scores


def add_scores(connection: Connection, project: ProjectRow, rows: Sequence[Mapping[str, Any]]) -> int:
    """Stores {"prompt_id", "response_id", "scores"}, replacing earlier ones; how many responses."""
    members = None
    for number, row in enumerate(rows, 1):
        place = f"score row {number}"
        scores = row.get("scores")
        if not isinstance(scores, list) or len(scores) < 2 or not all(map(_finite, scores)):
            raise UserError(
                f"{place}: scores {str(scores)[:60]}", "two finite numbers or more, one a model of the ensemble"
            )
        if members not in (None, len(scores)):
            raise UserError(f"{place}: {len(scores)} scores", f"{members}, as in the rows before")
        members = len(scores)
        known = _responses(connection, project, row.get("prompt_id"), place)
        response_id = known[_known(known, row.get("response_id"), place)][0]
        connection.execute(sa.delete(response_scores).where(response_scores.c.response_id == response_id))
        connection.execute(sa.insert(response_scores), [{"response_id": response_id, "scores": scores}])
    return len(rows)


def _finite(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < LARGEST


def _responses(
    connection: Connection, project: ProjectRow, prompt_id: object, place: str
) -> dict[str, tuple[int, int]]:
    """(response id, item id) by response key, of one prompt of the project."""
    if not isinstance(prompt_id, str):
        raise UserError(f"{place}: prompt_id {str(prompt_id)[:60]}", "the id of a prompt, a text")
    query = (
        sa.select(responses.c.key, responses.c.id, responses.c.item_id)
        .join(items, items.c.id == responses.c.item_id)
        .where(items.c.key == prompt_id, items.c.collection_id.in_(collections_of(project.id)))
        .where(responses.c.parent_id.is_(None))
    )
    found = {key: (response_id, item_id) for key, response_id, item_id in connection.execute(query)}
    if not found:
        raise UserError(f"{place}: no prompt {str(prompt_id)[:60]!r} in the project {project.name!r}")
    return found

"""Items with a known answer, and an ensemble's rewards of the responses: what an owner brings in beside candidates."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from alignment.errors import UserError
from alignment.feedback.acting import ProjectRow
from alignment.feedback.app_schema import gold, response_scores, work
from alignment.feedback.nouns import Kind
from alignment.feedback.planning import add_task, collections_of
from alignment.feedback.schema import assignments, items, responses


def add_gold(connection: Connection, project: ProjectRow, row: Mapping[str, Any], number: int) -> bool:
    """Makes a gold item of {"prompt_id", "order": [response ids, best first]}; whether it is new.

    A gold task is shown to every reviewer once and wants no ratings of its own. UserError: unknown ids, fewer
    than two, or a task that people have rated already.
    """
    order = row.get("order")
    if not isinstance(order, list) or len(order) < 2 or len(set(map(str, order))) < len(order):
        raise UserError(f"gold item {number}: order {str(order)[:60]}", "two response ids or more, the best first")
    known = _responses(connection, project, row.get("prompt_id"), f"gold item {number}")
    for key in order:
        if key not in known:
            raise UserError(f"gold item {number}: no response {str(key)[:60]!r}", ", ".join(sorted(known))[:200])
    kind = Kind.pair if len(order) == 2 else Kind.rank
    task_id = add_task(connection, next(iter(known.values()))[1], kind, [(key, known[key][0]) for key in order])
    if connection.execute(sa.select(gold.c.task_id).where(gold.c.task_id == task_id)).scalar() is not None:
        return False
    if connection.execute(sa.select(assignments.c.id).where(assignments.c.task_id == task_id).limit(1)).first():
        raise UserError(f"gold item {number} was handed out to a reviewer already", "a pair that nobody has had")
    slots = sorted(order)
    expected = [slots.index(key) for key in order]
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


def add_scores(connection: Connection, project: ProjectRow, rows: Sequence[Mapping[str, Any]]) -> int:
    """Stores {"prompt_id", "response_id", "scores"}, replacing earlier ones; how many responses."""
    members = None
    for number, row in enumerate(rows, 1):
        place = f"score row {number}"
        scores = row.get("scores")
        good = isinstance(scores, list) and len(scores) >= 2
        if not good or not all(isinstance(one, int | float) and math.isfinite(one) for one in scores or []):
            raise UserError(
                f"{place}: scores {str(scores)[:60]}", "two finite numbers or more, one a model of the ensemble"
            )
        if members not in (None, len(scores or [])):
            raise UserError(f"{place}: {len(scores or [])} scores", f"{members}, as in the rows before")
        members = len(scores or [])
        known = _responses(connection, project, row.get("prompt_id"), place)
        if row.get("response_id") not in known:
            raise UserError(
                f"{place}: no response {str(row.get('response_id'))[:60]!r}", ", ".join(sorted(known))[:200]
            )
        response_id = known[row["response_id"]][0]
        connection.execute(sa.delete(response_scores).where(response_scores.c.response_id == response_id))
        connection.execute(sa.insert(response_scores), [{"response_id": response_id, "scores": scores}])
    return len(rows)


def _responses(
    connection: Connection, project: ProjectRow, prompt_id: object, place: str
) -> dict[str, tuple[int, int]]:
    """(response id, item id) by response key, of one prompt of the project."""
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

"""What tests of the feedback core share: candidates, and reviewers who rate."""

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from alignment.feedback.desk import App
from alignment.feedback.nouns import Answer, Kind, Saved, Task

DIMENSIONS = ("tone", "brand_voice", "accuracy", "helpfulness")


@dataclass
class Clock:
    """A clock that goes when it is told to."""

    now: float = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


def rows(prompts: int, replies: int = 2, **more: Any) -> list[dict[str, Any]]:
    """Candidates: reply n of a prompt is by model n."""
    return [
        {
            "prompt_id": f"p{number:03}",
            "prompt": [{"role": "user", "content": f"question {number}"}],
            "response_id": f"p{number:03}-{reply}",
            "text": f"reply {reply} to question {number}",
            "model": f"secret-model-{reply}",
            "facts": [f"fact {number}"],
            "tags": {"intent": "odd" if number % 2 else "even"},
            **more,
        }
        for number in range(prompts)
        for reply in range(replies)
    ]


def project(core: App, prompts: int = 4, replies: int = 2, name: str = "shop", **settings: Any) -> str:
    """A project with candidates, without hidden repeats and gold items unless asked for."""
    plain = {"tasks": {"pair": 1}, "ratings": 2, "repeat_share": 0.0, "gold_share": 0.0}
    core.projects.create(name, plain | settings)
    core.projects.import_rows(name, rows(prompts, replies))
    return name


def task_of(core: App, user: str, name: str = "shop", kind: Kind | None = None) -> Task:
    """The user's next task, which there must be."""
    task = core.desk.next_task(user, name, kind)
    assert task is not None
    return task


def best(task: Task, sign: int = 1) -> Answer:
    """An answer that prefers the reply of the lowest model number (sign 1) or the highest, wherever it is shown."""
    numbers = [int(reply.text.split()[1]) for reply in task.replies]
    if task.kind is Kind.pair:
        return Answer(strength=2 * sign if numbers[0] < numbers[1] else -2 * sign)
    order = sorted(numbers, reverse=sign < 0)
    return Answer(ranks=[order.index(number) + 1 for number in numbers])


def score(value: int, letters: str = "A") -> Answer:
    """A rubric answer with the same score everywhere."""
    return Answer(scores={letter: dict.fromkeys(DIMENSIONS, value) for letter in letters})


def rate_all(core: App, user: str, name: str = "shop", sign: int = 1) -> list[Saved]:
    """The user rates whatever there is, always for the same side."""
    saved = []
    while (task := core.desk.next_task(user, name)) is not None:
        saved.append(core.desk.submit(user, task.assignment, best(task, sign), 5.0))
    return saved


def table(core: App, query: str) -> list[tuple[Any, ...]]:
    with core.store.read() as connection:
        return [tuple(row) for row in connection.execute(sa.text(query))]


def conflict(core: App) -> int:
    """A task that ann and ben decided for opposite sides, as jo sees it."""
    project(core, prompts=1)
    rate_all(core, "ann", sign=1)
    rate_all(core, "ben", sign=-1)
    (found,) = core.review.conflicts("shop", actor="jo")
    return found.task

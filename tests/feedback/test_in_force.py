"""The ratings in force: the newest of a project are found without reading all that it holds."""

import sqlalchemy as sa
from desks import best, project, rate_all, task_of

from alignment.feedback.acting import project_row
from alignment.feedback.desk import App
from alignment.feedback.effective import events, in_force
from alignment.feedback.records import Verdict

pytest_plugins = ["databases", "desk_fixtures"]


def test_the_last_ratings_are_those_of_people_in_this_project(core: App) -> None:
    project(core, prompts=4)
    made = [one.uid for one in rate_all(core, "ann")]
    project(core, prompts=2, name="other")
    rate_all(core, "ann", "other")
    core.store.add_user("simulated:fern", simulated=True)
    (key, *_) = core.store.collections()
    core.store.rate(key, [Verdict(pair, "simulated:fern", 1) for pair in core.store.pairs(key)])
    with core.store.read() as connection:
        place = project_row(connection, "shop").id
        assert [one.uid for one in events(connection, project=place, people=True, last=3)] == made[1:]
        assert [one.uid for one in events(connection, project=place, people=True)] == made
        assert len(events(connection, project=place, last=3)) == 3


def test_a_rating_that_was_changed_counts_as_it_is_now(core: App) -> None:
    project(core, prompts=1)
    task = task_of(core, "ann")
    core.desk.submit("ann", task.assignment, best(task))
    back = core.desk.undo("ann", "shop")
    assert back is not None
    now = core.desk.submit("ann", back.assignment, best(back, -1), revision=back.revision)
    with core.store.read() as connection:
        (found,) = events(connection, project=project_row(connection, "shop").id, last=5)
    assert (found.uid, found.revision, len(found.slots)) == (now.uid, 2, 2)


def test_no_step_to_the_last_ratings_goes_through_all_tasks(core: App) -> None:
    if core.store.kind != "sqlite":
        return  # PostgreSQL decides by the sizes of the tables
    found = in_force(project=1, people=True, last=100)
    query = sa.select(found).compile(core.store.engine, compile_kwargs={"literal_binds": True})
    with core.store.read() as connection:
        steps = [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {query}")]
    assert steps[0] == "SEARCH rating_events USING INTEGER PRIMARY KEY (rowid=?)", steps
    assert not any("ix_collections_project_id" in step for step in steps), steps

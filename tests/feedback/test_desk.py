"""What a reviewer does, on both databases: nothing lost, nothing doubled, nothing that is not theirs."""

from collections import Counter
from dataclasses import asdict

import pytest
from desks import Clock, best, project, rate_all, score, table, task_of

from alignment.errors import UserError
from alignment.feedback.desk import App
from alignment.feedback.nouns import Answer, ChatReply, Desktop, Kind, Refused

pytest_plugins = ["databases", "desk_fixtures"]

EVENTS = "SELECT uid, revision, action, strength, late, surplus, seconds FROM rating_events ORDER BY id"


def test_a_task_is_blind_and_stays_until_it_is_answered(core: App) -> None:
    project(core)
    core.projects.set_guidelines("shop", "# Be kind")
    first = task_of(core, "ann")
    assert task_of(core, "ann") == first
    assert "secret-model" not in str(asdict(first))
    assert (first.kind, first.revision, first.number, first.quota) == (Kind.pair, 1, 1, None)
    assert [reply.letter for reply in first.replies] == ["A", "B"]
    assert first.guidelines.text == "# Be kind"
    number = first.prompt[-1]["content"].split()[1]
    assert first.facts == (f"fact {number}",)
    core.desk.submit("ann", first.assignment, best(first))
    assert task_of(core, "ann").assignment != first.assignment
    assert task_of(core, "ann").number == 2


def test_the_event_names_the_reply_shown_on_that_side(core: App) -> None:
    project(core, prompts=12)
    for _ in range(12):
        task = task_of(core, "ann")
        left = int(task.replies[0].text.split()[1])  # reply 0 is slot 0, reply 1 slot 1
        core.desk.submit("ann", task.assignment, Answer(strength=3))
        assert table(core, EVENTS)[-1][3] == (3 if left == 0 else -3)
    shown = Counter(str(row[0]) for row in table(core, "SELECT shown FROM assignments"))
    assert len(shown) == 2 and min(shown.values()) >= 4, "both orders were shown"


def test_the_same_submit_again_is_one_event(core: App, clock: Clock) -> None:
    project(core)
    task = task_of(core, "ann")
    clock.now += 9
    first = core.desk.submit("ann", task.assignment, Answer(strength=1), 4.5)
    again = core.desk.submit("ann", task.assignment, Answer(strength=-3), 4.5)
    assert (first.already, again.already, first.uid == again.uid) == (False, True, True)
    assert len(table(core, EVENTS)) == 1
    assert table(core, EVENTS)[0][6] == 4.5


def test_seconds_are_no_more_than_there_were(core: App, clock: Clock) -> None:
    project(core)
    task = task_of(core, "ann")
    clock.now += 2
    for wrong in (-1, float("nan"), float("inf"), True, "5"):
        with pytest.raises(UserError, match="seconds"):
            core.desk.submit("ann", task.assignment, Answer(strength=1), wrong)  # type: ignore[arg-type]
    core.desk.submit("ann", task.assignment, Answer(strength=1), 500.0)
    assert table(core, EVENTS)[0][6] == 2.0


def test_an_item_gets_exactly_its_ratings(core: App) -> None:
    project(core, prompts=5)
    assert [len(rate_all(core, name)) for name in ("ann", "ben", "cas")] == [5, 5, 0]
    counts = Counter(table(core, "SELECT task_id FROM rating_events"))
    assert sorted(counts.values()) == [2] * 5


def test_an_open_lease_counts_until_it_runs_out(core: App, clock: Clock) -> None:
    project(core, prompts=1, ratings=1, lease=60.0)
    task = task_of(core, "ann")
    assert core.desk.next_task("ben", "shop") is None
    clock.now += 61
    mine = task_of(core, "ben")
    assert mine.assignment != task.assignment
    core.desk.save_draft("ann", task.assignment, {"comment": "still here"})
    late = core.desk.submit("ann", task.assignment, Answer(strength=1))
    assert (late.late, late.surplus) == (True, True), "ben holds the only place"
    on_time = core.desk.submit("ben", mine.assignment, Answer(strength=1))
    assert (on_time.late, on_time.surplus) == (False, False)
    assert len(table(core, EVENTS)) == 2, "the late one is not lost"


def test_a_late_submit_takes_its_place_back_where_nobody_has_it(core: App, clock: Clock) -> None:
    project(core, prompts=1, ratings=1, lease=60.0)
    task = task_of(core, "ann")
    clock.now += 61
    core.maintain()
    assert table(core, "SELECT state FROM assignments") == [("expired",)]
    saved = core.desk.submit("ann", task.assignment, Answer(strength=1))
    assert (saved.late, saved.surplus) == (True, False)
    assert core.desk.next_task("ben", "shop") is None


def test_an_expired_task_comes_back_to_its_reviewer_with_its_draft(core: App, clock: Clock) -> None:
    project(core, prompts=3, lease=60.0)
    task = task_of(core, "ann")
    assert core.desk.save_draft("ann", task.assignment, {"strength": 2, "comment": "half"})
    clock.now += 61
    core.maintain()
    back = task_of(core, "ann")
    assert back.assignment == task.assignment
    assert back.draft == {"strength": 2, "comment": "half"}
    core.desk.submit("ann", back.assignment, Answer(strength=1))
    assert not core.desk.save_draft("ann", back.assignment, {"comment": "too late"})
    assert table(core, "SELECT * FROM drafts") == []


def test_a_draft_renews_the_lease(core: App, clock: Clock) -> None:
    project(core, prompts=1, ratings=1, lease=60.0)
    task = task_of(core, "ann")
    for _ in range(3):
        clock.now += 50
        core.desk.save_draft("ann", task.assignment, {"n": 1})
    assert core.desk.next_task("ben", "shop") is None


def test_drafts_have_limits(core: App) -> None:
    project(core)
    task = task_of(core, "ann")
    for wrong in ({"x": "y" * 70_000}, {"x": {1, 2}}, [1]):
        with pytest.raises(UserError, match="draft"):
            core.desk.save_draft("ann", task.assignment, wrong)  # type: ignore[arg-type]


def test_undo_makes_a_second_revision_and_keeps_both(core: App) -> None:
    project(core)
    assert core.desk.undo("ann", "shop") is None
    first = task_of(core, "ann")
    core.desk.submit("ann", first.assignment, Answer(strength=2, comment="because"))
    second = task_of(core, "ann")
    back = core.desk.undo("ann", "shop")
    assert back is not None and (back.assignment, back.revision) == (first.assignment, 2)
    assert back.draft["strength"] == 2 and back.draft["comment"] == "because"
    assert task_of(core, "ann") == back, "the reopened one comes first"
    assert core.desk.submit("ann", first.assignment, Answer(strength=2), revision=1).already, "a late second click"
    saved = core.desk.submit("ann", first.assignment, Answer(strength=-1), revision=back.revision)
    assert (saved.already, saved.revision) == (False, 2)
    sign = 1 if table(core, EVENTS)[0][3] == 2 else -1
    assert [(row[1], row[3] * sign) for row in table(core, EVENTS)] == [(1, 2), (2, -1)]
    assert task_of(core, "ann").assignment == second.assignment
    key = core.store.collections()[0]
    assert [one.strength * sign for one in core.store.ratings(key)] == [-1]


def test_undo_goes_further_back_and_an_abandoned_one_stays_rated(core: App, clock: Clock) -> None:
    project(core, lease=60.0)
    made = []
    for _ in range(2):
        task = task_of(core, "ann")
        core.desk.submit("ann", task.assignment, best(task))
        made.append(task.assignment)
        clock.now += 1
    undone = [core.desk.undo("ann", "shop") for _ in range(2)]
    assert [one.assignment for one in undone if one] == made[::-1]
    clock.now += 120
    core.maintain()
    assert table(core, "SELECT state FROM assignments WHERE finished IS NOT NULL") == [("done",)] * 2
    assert len(core.store.ratings(core.store.collections()[0])) == 2
    assert sorted(Counter(table(core, "SELECT taken FROM work")).items()) == [((0,), 2), ((1,), 2)]


def test_a_skipped_task_goes_to_somebody_else_and_not_back(core: App) -> None:
    project(core, prompts=1, ratings=1)
    task = task_of(core, "ann")
    with pytest.raises(UserError, match="reason"):
        core.desk.skip("ann", task.assignment, " ")
    core.desk.skip("ann", task.assignment, "cannot_judge")
    core.desk.skip("ann", task.assignment, "cannot_judge")
    assert core.desk.next_task("ann", "shop") is None
    assert core.desk.progress("ann", "shop").skipped == 1
    mine = task_of(core, "ben")
    saved = core.desk.submit("ann", task.assignment, Answer(strength=1))
    assert (saved.late, saved.surplus) == (True, True), "another tab still had it open: kept"
    assert not core.desk.submit("ben", mine.assignment, Answer(strength=1)).surplus


def test_a_quota_ends_the_shift(core: App) -> None:
    project(core, prompts=5, quota=2)
    assert len(rate_all(core, "ann")) == 2
    progress = core.desk.progress("ann", "shop")
    assert (progress.done, progress.quota, progress.left, progress.today) == (2, 2, False, 2)
    assert core.desk.progress("ben", "shop").left


def test_a_look_is_the_projects_the_progress_and_the_next_task(core: App) -> None:
    assert core.desk.look("ann") == Desktop((), None, None)
    project(core, prompts=2, quota=5, tasks={"rank": 2})
    core.projects.create("later")
    core.projects.set_guidelines("shop", "Be kind")
    core.projects.set_guidelines("shop", "Be brief")
    for done in range(3):
        seen = core.desk.look("ann")
        assert seen.projects == tuple(core.desk.projects("ann")) == ("shop", "later")
        assert seen.progress is not None and seen.progress.guidelines.text == "Be brief"
        assert seen.progress == core.desk.progress("ann", "shop")
        assert (seen.progress.done, seen.progress.today, seen.progress.left) == (done, done, done < 2)
        assert seen == core.desk.look("ann", "shop"), "the same task while it is open"
        assert seen.task == core.desk.next_task("ann", "shop") and (seen.task is None) == (done == 2)
        other = core.desk.look("ben", "shop", Kind.pair)
        assert other.task is None and other.progress is not None and other.progress.left, "rankings are left"
        if seen.task:
            core.desk.submit("ann", seen.task.assignment, best(seen.task))
    held = core.desk.look("cas", "shop").task
    core.projects.archive("shop")
    for name, task in (("ben", None), ("cas", held)):
        away = core.desk.look(name, "shop")
        assert (away.projects, away.task) == (("later",), task), "what is open may be finished"
        assert away.progress == core.desk.progress(name, "shop") and away.progress and not away.progress.left
    with pytest.raises(UserError, match="no project 'x'"):
        core.desk.look("ann", "x")
    with pytest.raises(Refused):
        core.desk.look("nobody")


def test_what_is_not_yours_is_refused_and_nothing_is_written(core: App) -> None:
    project(core)
    task = task_of(core, "ann")
    for name in ("ben", "root", "nobody", "", None):
        for call in (
            lambda n: core.desk.submit(n, task.assignment, Answer(strength=1)),
            lambda n: core.desk.save_draft(n, task.assignment, {}),
            lambda n: core.desk.skip(n, task.assignment, "other"),
            lambda n: core.desk.flag(n, task.assignment, "unsafe"),
            lambda n: core.desk.comment(n, task.assignment, "x"),
            lambda n: core.desk.edit(n, task.assignment, "A", "x"),
            lambda n: core.desk.task(n, task.assignment),
        ):
            with pytest.raises(Refused):
                call(name)
    for wrong in (0, -1, 10**20, "1", True, None, task.assignment + 1):
        with pytest.raises(Refused):
            core.desk.submit("ann", wrong, Answer(strength=1))  # type: ignore[arg-type]
    core.store.add_user("simulated:fern", simulated=True)
    with pytest.raises(Refused):
        core.desk.next_task("simulated:fern", "shop")
    for name in ("rating_events", "comments", "flags", "drafts"):
        assert table(core, f"SELECT * FROM {name}") == []


def test_rank_and_rubric_tasks(core: App) -> None:
    project(core, replies=4, tasks={"rank": 4, "rubric": 1})
    assert task_of(core, "ann").kind is Kind.rank
    rank = task_of(core, "ann", kind=Kind.rank)
    assert len(rank.replies) == 4
    core.desk.submit("ann", rank.assignment, best(rank))
    rubric = task_of(core, "ann", kind=Kind.rubric)
    assert (rubric.kind, len(rubric.replies)) == (Kind.rubric, 1)
    core.desk.submit("ann", rubric.assignment, score(4))
    payloads = [row[0] for row in table(core, "SELECT payload FROM rating_events ORDER BY id")]
    assert '"ranks": [1, 2, 3, 4]' in str(payloads[0]).replace("'", '"')
    assert core.desk.progress("ann", "shop").kinds == (Kind.rank, Kind.rubric)
    assert core.desk.next_task("ann", "shop", Kind.pair) is None


def test_an_edit_is_a_response_with_a_parent_and_a_rating(core: App) -> None:
    project(core)
    task = task_of(core, "ann")
    for wrong in ("", "  ", task.replies[1].text):
        with pytest.raises(UserError, match="changes nothing"):
            core.desk.edit("ann", task.assignment, "B", wrong)
    with pytest.raises(UserError, match="reply 'C'"):
        core.desk.edit("ann", task.assignment, "C", "x")
    first = core.desk.edit("ann", task.assignment, "B", "Much better.")
    assert core.desk.edit("ann", task.assignment, "B", "Much better. ").already
    second = core.desk.edit("ann", task.assignment, "B", "Better still.")
    query = "SELECT e.text, p.text, u.name FROM responses e JOIN responses p ON p.id = e.parent_id"
    found = table(core, f"{query} JOIN users u ON u.id = e.author_id ORDER BY e.id")
    assert found == [(text, task.replies[1].text, "ann") for text in ("Much better.", "Better still.")]
    ratings = core.store.ratings(core.store.collections()[0])
    assert [one.uid for one in ratings] == [second.uid], "the later edit replaces the earlier"
    assert [abs(one.strength) for one in ratings] == [1]
    assert first.uid != second.uid
    again = core.desk.edit("ann", task.assignment, "B", "Much better.")
    assert [one.uid for one in core.store.ratings(core.store.collections()[0])] == [again.uid]


def test_comments_and_flags_are_kept_apart(core: App) -> None:
    project(core)
    task = task_of(core, "ann")
    core.desk.submit("ann", task.assignment, Answer(strength=1, comment=" first "))
    core.desk.comment("ann", task.assignment, "second")
    assert table(core, "SELECT text FROM comments") == [("second",)]
    core.desk.comment("ann", task.assignment, "")
    assert table(core, "SELECT text FROM comments") == []
    with pytest.raises(UserError, match="flag 'rude'"):
        core.desk.flag("ann", task.assignment, "rude")
    core.desk.flag("ann", task.assignment, "wrong_fact", "B", "it is $48")
    (flag,) = core.review.flags("shop", actor="jo")
    assert (flag.reason, flag.note, flag.reply, flag.resolved) == (
        "wrong_fact",
        "it is $48",
        task.replies[1].text,
        False,
    )
    core.review.resolve(flag.id, actor="jo")
    assert core.review.flags("shop", actor="jo") == []
    with pytest.raises(Refused):
        core.review.flags("shop", actor="ann")


def test_gold_items_are_mixed_in_and_want_no_ratings(core: App) -> None:
    project(core, prompts=20, gold_share=0.5, ratings=1)
    gold = [{"prompt_id": f"p{n:03}", "order": [f"p{n:03}-1", f"p{n:03}-0"]} for n in range(3)]
    assert core.projects.import_gold("shop", gold) == 3
    assert core.projects.import_gold("shop", gold) == 0
    rate_all(core, "ann")
    rate_all(core, "ben")
    found = Counter(table(core, "SELECT u.name, a.purpose FROM assignments a JOIN users u ON u.id = a.user_id"))
    assert found["ann", "rating"] == 17
    assert found["ann", "gold"] == 3
    figures = {one.name: one for one in core.figures.quality("shop", actor="root").reviewers}
    assert (figures["ann"].gold, figures["ann"].gold_items) == (0.0, 3), "ann prefers reply 0, gold says 1"
    key = core.store.collections()[0]
    assert len(core.store.ratings(key)) == 17
    assert len(core.store.ratings(key, gold=True)) == 20
    for prompt, order in (
        ("p9", ["a", "b"]),
        ("p004", ["p004-0"]),
        ("p004", ["p004-0", "x"]),
        ("p004", ["p004-0", "p004-1"]),  # rated already
    ):
        with pytest.raises(UserError):
            core.projects.import_gold("shop", [{"prompt_id": prompt, "order": order}])


def test_hidden_repeats_are_answered_twice_and_count_once(core: App) -> None:
    project(core, prompts=60, repeat_share=0.4, ratings=1)
    rate_all(core, "ann")
    repeats = [row[0] for row in table(core, "SELECT repeat FROM assignments")]
    assert repeats.count(0) == 60 and repeats.count(1) > 5
    assert len(core.store.ratings(core.store.collections()[0])) == 60
    figures = core.figures.quality("shop", actor="root").reviewers[0]
    assert (figures.consistency, figures.repeats) == (1.0, repeats.count(1))
    again = "SELECT a.id - b.id FROM assignments a JOIN assignments b ON b.task_id = a.task_id AND b.repeat = 0"
    assert min(row[0] for row in table(core, f"{again} WHERE a.repeat = 1")) >= 8


def test_a_live_chat_is_blind_and_its_vote_an_event(core: App) -> None:
    project(core)
    asked = [{"role": "user", "content": "hi"}]
    replies = [ChatReply("left-secret", "hello"), ChatReply("right-secret", "good day")]
    task = core.desk.chat_turn("ann", "shop", None, asked, replies)
    assert "secret" not in str(asdict(task)) and task.conversation
    assert core.desk.chat_turn("ann", "shop", task.conversation, asked, replies).assignment == task.assignment
    assert core.desk.chat_history("ann", task.conversation) == asked
    assert task_of(core, "ann").assignment != task.assignment
    better = "A" if task.replies[0].text == "good day" else "B"
    core.desk.submit("ann", task.assignment, Answer(strength=2 if better == "A" else -2))
    history = core.desk.chat_history("ann", task.conversation)
    assert history == [*asked, {"role": "assistant", "content": "good day"}]
    following = core.desk.chat_turn("ann", "shop", task.conversation, [*history, *asked], replies)
    assert following.assignment != task.assignment
    for name in ("ben", "root"):
        with pytest.raises(Refused):
            core.desk.chat_history(name, task.conversation)
        with pytest.raises(Refused):
            core.desk.chat_turn(name, "shop", task.conversation, asked, replies)
    board = core.figures.leaderboard("shop", actor="root")
    assert [(row.model, row.wins, row.losses) for row in board.rows] == [("right-secret", 1, 0), ("left-secret", 0, 1)]
    assert "left-secret never beat" in board.problem or "right-secret never lost" in board.problem
    with pytest.raises(UserError, match="1 replies"):
        core.desk.chat_turn("ann", "shop", None, asked, replies[:1])


def test_candidates_that_come_in_later_become_tasks(core: App) -> None:
    name = project(core, prompts=1)
    assert len(rate_all(core, "ann")) == 1
    more = [{"prompt": f"late {n}", "text": f"reply {r} to {n}", "model": f"m{r}"} for n in range(3) for r in range(2)]
    made = core.projects.import_rows(name, more)
    assert (made.items, made.responses, made.tasks) == (3, 6, 3)
    assert core.projects.import_rows(name, more).tasks == 0
    assert len(rate_all(core, "ann")) == 3


def test_unknown_and_archived_projects(core: App) -> None:
    project(core)
    with pytest.raises(UserError, match=r"no project 'shpo' \(did you mean shop\?\)"):
        core.desk.next_task("ann", "shpo")
    core.projects.archive("shop")
    assert core.desk.next_task("ann", "shop") is None
    assert core.desk.projects("ann") == []

"""Agent turns, cuts to the context, prompts and the tokens they take."""

import json

import pytest

from alignment.data.dialogues import Cleaner, CleanRules
from alignment.data.pairs import PairMaker
from alignment.data.prompts import PromptSampler, read_prompts
from alignment.data.reading.records import Draft
from alignment.data.rows import Line, Questions, bucket, short_hash
from alignment.data.turns import TokenCounter, Turn, TurnRules, cut, history, last_turn, usable_turns
from alignment.errors import UserError


def turns(*texts):
    names = {"s": "system", "u": "user", "a": "assistant"}
    return [{"role": names[text[0]], "content": text[2:]} for text in texts]


def words(messages) -> int:
    return sum(len(message["content"].split()) for message in messages)


def rules(**changes) -> TurnRules:
    base = {"min_words": 1, "max_words": 5, "max_rows": 0, "max_tokens": 0, "drop_invented": True, "seed": 1}
    return TurnRules(**{**base, **changes})


TALK = turns("s:facts", "a:welcome here", "u:one two", "a:three", "u:four five", "a:six seven eight")


def test_every_agent_turn_after_a_question():
    found, dropped = usable_turns("d", TALK, rules(), None)
    assert [turn.index for turn in found] == [3, 5]
    assert dropped == [(1, "no_question")]
    assert history(TALK, found[0]) == TALK[:3]


def test_reply_length():
    talk = turns("u:q", "a:yes", "u:q", "a:a b c d e f", "u:q", "a:fine then")
    found, dropped = usable_turns("d", talk, rules(min_words=2), None)
    assert [turn.index for turn in found] == [5]
    assert dropped == [(1, "reply_too_short"), (3, "reply_too_long")]


def test_a_placeholder_nobody_gave():
    talk = turns("u:I am [NAME]", "a:Hello [NAME]", "u:more", "a:Write to [EMAIL_2]", "u:ok", "a:[EMAIL_2] it is")
    found, dropped = usable_turns("d", talk, rules(), None)
    assert [turn.index for turn in found] == [1, 5]
    assert dropped == [(3, "invented_placeholder")]
    assert len(usable_turns("d", talk, rules(drop_invented=False), None)[0]) == 3


def test_cut_at_a_turn_boundary():
    # words: system 1, then 2 2 1 2 3; the last question and reply with the system message make 1 + 2 + 3 = 6
    assert cut(TALK, 11, words) == 2  # 1 + 2 + 1 + 2 + 3 = 9 fits from the first question on
    assert cut(TALK, 8, words) == 4
    assert cut(TALK, 6, words) == 4
    assert cut(TALK, 5, words) is None


def test_rows_are_cut_and_what_does_not_fit_is_dropped():
    found, dropped = usable_turns("d", TALK, rules(max_tokens=6), words)
    assert [(turn.index, turn.start) for turn in found] == [(3, 2), (5, 4)]
    assert history(TALK, found[1]) == [TALK[0], TALK[4]]
    _, dropped = usable_turns("d", TALK, rules(max_tokens=5), words)
    assert (5, "context") in dropped


def test_at_most_so_many_rows_a_dialogue():
    talk = turns(*["u:q", "a:yes"] * 10)
    found, dropped = usable_turns("d", talk, rules(max_rows=4), None)
    assert len(found) == 4 and [reason for _, reason in dropped] == ["turn_limit"] * 6
    assert found == usable_turns("d", talk, rules(max_rows=4), None)[0]


def test_last_turn_alone():
    assert [turn.index for turn in last_turn("d", TALK, rules(max_rows=1), None)[0]] == [5]
    assert last_turn("d", turns("a:x", "a:y"), rules(), None) == ([], [(1, "no_question")])
    assert last_turn("d", turns("u:x", "a:"), rules(min_words=0), None)[1] == [(1, "reply_too_short")]


def test_a_pair_is_cut_for_both_replies():
    def load():
        return (lambda text: len(text.split())), (lambda talk: 9 + words(talk) + 5 * len(talk))

    rules_ = CleanRules(steps=[], merge=True, drop_empty=True, drop_one_sided=True, types=[], keep=[], country="US")
    count = TokenCounter(load, surely=1000)
    maker = PairMaker(cleaner=Cleaner(rules_), split_of=lambda group: "train", max_tokens=220, count_tokens=count)
    prompt = turns("u:" + "old " * 80, "a:yes yes", "u:now?")
    # rejected: 850 bytes and one word, counted by its bytes as long; chosen: 120 words of ten letters, counted exactly
    replies = {"chosen": "wonderful " * 120, "rejected": "x" * 850}
    draft = Draft(id="d", place="f:1", group="g", prompt=prompt, tags={}, **replies)
    [pair] = maker.pairs([draft])
    # 9 + 4 and 5 a message: 13 + 4 * 5 + 80 + 2 + 1 + 120 = 236 > 220; from the last question on 13 + 10 + 121 = 144
    assert not pair.fault and pair.prompt == prompt[2:]


def test_tokens_are_counted_only_where_it_may_matter():
    loaded = []

    def load():
        loaded.append(1)
        return (lambda text: len(text.split())), (lambda talk: 9 + words(talk) + 5 * len(talk))

    count = TokenCounter(load, surely=100)
    assert count(turns("u:abcd")) == 64 + 12 + 4 and not loaded  # by bytes
    # measured: 5 around a message, 9 at the start, and 4 of slack
    assert count(turns("u:" + "abc " * 20, "a:abc")) == 9 + 4 + 5 * 2 + 21
    assert count(turns("u:" + "abc " * 25)) == 9 + 4 + 5 + 25
    assert loaded == [1]


def test_prompts_from_histories():
    sampler = PromptSampler(most=2, seed=1, limit=4, count_tokens=words)
    talk = turns("s:facts", "u:one two three", "a:four", "u:five six", "a:seven")
    for number in range(6):
        sampler.add(
            "test", f"d{number}", "care", talk[:3] + turns(f"u:five six{number}") + talk[4:], Turn(index=4, start=1)
        )
    sampler.add("train", "long", "", turns("u:1 2 3 4 5", "a:x"), Turn(index=1, start=0))
    found = sampler.prompts()
    assert len(found["test"]) == 2 and found["train"] == [] and sampler.too_long == 1
    for prompt in found["test"]:
        number = prompt["id"][1:]
        assert prompt["messages"] == turns("s:facts", f"u:five six{number}")  # cut to 1 + 2 words
        assert (prompt["intent"], prompt["facts"], prompt["reference"]) == ("care", [], "seven")


def test_the_same_history_is_one_prompt():
    sampler = PromptSampler(most=9, seed=1, limit=0, count_tokens=None)
    for number in range(3):
        sampler.add("train", f"d{number}", "", turns("u:hello", "a:hi"), Turn(index=1, start=0))
    assert len(sampler.prompts()["train"]) == 1


def line(split: str, system: str, question: str, reply: str) -> Line:
    return Line("", split, "", 0, turn=short_hash(question, reply), question=short_hash(system, question))


def test_what_held_out_rows_share_with_training():
    found = Questions()
    found.add(line("train", "facts", "How much?", "It is $5."))
    found.add(line("test", "other", "how much", "It is $5!"))
    found.add(line("test", "facts", "How much?", "It is $6."))
    found.add(line("validation", "facts", "How big?", "It is $5."))
    assert found.shared_turns() == 1
    assert found.shared_prompts([turns("s:facts", "u:How much"), turns("s:other", "u:How much")]) == 1


GOOD = {"id": "p1", "intent": "price", "messages": turns("s:f", "u:how much"), "facts": ["$5"]}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"id": None}, "id is missing"),
        ({"intent": 4}, "intent is missing or not a string"),
        ({"messages": turns("u:x", "a:y")}, "must end with one from the user"),
        ({"facts": "x"}, "facts is not a list of strings"),
        ({"id": "p0"}, "id p0 stands on an earlier line"),
        ({"messages": turns("u:a b c d")}, "4 tokens"),
    ],
)
def test_brand_prompts_are_checked(tmp_path, change, message):
    path = tmp_path / "test.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in ({**GOOD, "id": "p0"}, {**GOOD, **change})))
    with pytest.raises(UserError, match=message) as error:
        read_prompts(path, 3, words)
    assert "prompt 2" in str(error.value)


def test_buckets():
    assert [bucket(n) for n in (0, 1, 2, 3, 4, 511, 512, 9000)] == [1, 1, 2, 2, 4, 256, 512, 512]

"""The balance that report.html draws and warns of, against counts of made data of known agents and languages."""

from pathlib import Path
from typing import Any

from alignment.artifact import Artifact
from tests.stages.test_prepare import all_rows, file, prepare
from tests.stages.test_prepare_counts import shown
from tests.stages.test_prepare_formats import page_of

WORDS = ["oak", "pine", "ash", "elm", "yew", "fir", "lime", "plum", "pear", "beech"]
# (agent, intent, language, words of the reply): how many dialogues of one question and one reply
TALKS = {
    ("jan", "hire", "en", 3): 5,
    ("jan", "parts", "en", 12): 20,
    ("mette", "hire", "en", 12): 8,
    ("ole", "", "de", 5): 6,
}
QUESTION = {
    "en": "Could you please tell me whether the {} bench with the number {} is still in your shop?",
    "de": "Können Sie mir bitte sagen, ob die Bank aus {} mit der Nummer {} noch in Ihrem Laden steht?",
}
REPLY = {"en": "it is here and you may have a look at the bench today", "de": "sie steht noch im Laden"}


def talks() -> list[dict[str, Any]]:
    found = []
    for (agent, intent, language, words), count in TALKS.items():
        for _ in range(count):
            number = len(found)
            reply = " ".join([*REPLY[language].split()[: words - 1], f"{number * 137}."])
            asked = QUESTION[language].format(WORDS[number % 10], number * 137)
            messages = [{"role": "user", "content": asked}, {"role": "assistant", "content": reply}]
            found.append({"id": f"t{number}", "agent": agent, "intent": intent, "messages": messages})
    return found


def made_of(folder: Path) -> Artifact:
    given = talks()
    files = [file(folder / "a.jsonl", given[:33]), file(folder / "b.jsonl", given[33:])]
    options = ["brand=none", f"prepare.inputs=[{','.join(map(str, files))}]", "prepare.near_threshold=0"]
    return prepare(folder, *options, "prepare.group_threshold=0")


def test_the_balance_is_that_of_the_rows(tmp_path: Path) -> None:
    made = made_of(tmp_path)
    assert sum(map(len, all_rows(made).values())) == 39
    said = {"jan": ("10.2", 25), "mette": ("12.0", 8), "ole": ("5.0", 6)}  # (5 x 3 + 20 x 12) / 25 words
    assert shown(made, "Agent") == {f"{name}{words} words a reply": rows for name, (words, rows) in said.items()}
    assert shown(made, "Intent") == {"parts": 20, "hire": 13, "(none)": 6}
    assert shown(made, "Source") == {"a.jsonl": 33, "b.jsonl": 6}
    languages = shown(made, "Language (of up to 1,000 dialogues spread over all)")
    assert languages["en"] == 33 and languages["de"] == 6
    lengths = {name: count for name, count in shown(made, "Words in the reply").items() if count}
    assert lengths == {"2 to 3": 5, "8 to 15": 28, "4 to 7": 6}
    assert shown(made, "Messages in the row, without the system's")["2 to 3"] == 39
    card = (made.path / "data_card.md").read_text(encoding="utf-8")
    assert "Sources: a.jsonl 33, b.jsonl 6." in card and "Agents: jan 25, mette 8, ole 6." in card
    assert "Languages: en 33, de 6." in card


def test_warnings_say_the_share_that_is_out_of_balance(tmp_path: Path) -> None:
    made = made_of(tmp_path)
    page = page_of(made)
    assert "The agent jan has 64 % of the rows." in page  # 25 of 39
    assert "The source a.jsonl has 85 % of the dialogues." in page  # 33 of 39
    assert "15 % of the dialogues whose language can be told are not in en." in page  # 6 of 39
    assert "The intent" not in page  # parts: 20 of 39 is 51 %


def test_replies_lost_for_a_name_are_warned_of_with_what_to_do(tmp_path: Path) -> None:
    given = talks()
    for row in given[:10]:  # a second reply that names one of the staff, whom nobody has named
        row["messages"] += [
            {"role": "user", "content": "And whom do I ask for it?"},
            {"role": "assistant", "content": "Please ask for Sandra Miller at the yard."},
        ]
    options = ["brand=none", f"prepare.inputs=[{file(tmp_path / 'a.jsonl', given)}]"]
    warning = "10 replies were not learned from, since they hold personal data that nothing before them has"
    page = page_of(prepare(tmp_path / "1", *options))
    assert warning in page and "prepare.keep" in page.split(warning)[1][:120]
    assert warning not in page_of(prepare(tmp_path / "2", *options, "prepare.keep=[Sandra Miller]"))

import pytest

from alignment.voice.text import facts_right, length


def prompt(facts: list[str]) -> dict[str, object]:
    system = "item: Magnolia Wreath\nprice: $48\nsize: 22 inches\nzip 07112: 14 days\nset: $1,299"
    return {
        "messages": [{"role": "system", "content": system}, {"role": "user", "content": "how much?"}],
        "facts": facts,
    }


@pytest.mark.parametrize(
    ("reply", "facts", "right"),
    [
        ("The magnolia  WREATH is $48.", ["Magnolia Wreath", "$48"], True),
        ("It is $48.00!", ["$48"], True),
        ("It's $1299 for the set.", ["$1,299"], True),
        ("It is lovely.", ["$48"], False),
        ("It is $48, or $50 framed.", ["$48"], False),  # 50 is made up
        ("It is $480.", ["$48"], False),
        ("4 days to 07112", ["4 days"], False),  # 4 stands in no message
        ("14 days to 07112", ["4 days"], False),  # found only inside a longer number
        ("It is $48.", ["$4"], False),
        ("14 days to 07112", ["14 days", "07112"], True),
        ("14 days to 7112", ["14 days"], False),  # a zip code keeps its zero
        ("No numbers at all.", [], True),
    ],
)
def test_facts_right(reply: str, facts: list[str], right: bool) -> None:
    assert facts_right(reply, prompt(facts)) is right


def test_length_counts_words_not_marks() -> None:
    assert length("Hi there - it's $48 💛!") == 4

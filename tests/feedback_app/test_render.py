"""Hostile text stays text: nothing in it becomes an element, an attribute or an address."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback_app import render

HOSTILE = {
    "script": "<script>window.pwned=1</script>",
    "onerror": "<img src=x onerror=window.pwned=1>",
    "svg": "<svg onload=window.pwned=1><a xlink:href='javascript:pwned=1'>x</a></svg>",
    "iframe": "<iframe src='https://evil.example/frame'></iframe>",
    "javascript": "[click](javascript:window.pwned=1) [two](JaVaScRiPt&colon;pwned=1) <a href=javascript:pwned=1>x</a>",
    "remote image": "![pixel](https://evil.example/p.png) and ![data](data:image/svg+xml;base64,AAAA)",
    "reference image": "![pixel][p]\n\n[p]: https://evil.example/p.png",
    "fixed": "<div style='position:fixed;inset:0;background:red'>Sign in again</div>",
    "form": "<form action='https://evil.example'><input name=password><button>Go</button></form>",
    "template": "a plain ${price} and ${alert(1)} and {{constructor.constructor('alert(1)')()}} and {{#each this}}",
    "latex": r"$$\href{javascript:pwned=1}{x}$$ \(\includegraphics{https://evil.example/p.png}\) $5 and $6",
    "link": '[our shop](https://evil.example/?q=1 "a title") <https://evil.example> https://evil.example',
    "style": "<style>@import url(https://evil.example/x.css)</style><link rel=stylesheet href=//evil.example>",
    "broken": "<<script>script>alert(1)<</script>/script> <img/src=`x`onerror=alert(1)> <p/onclick=alert(1)>hi",
}
ALLOWED = {f"<{tag}>" for tag in render.TAGS} | {f"</{tag}>" for tag in render.TAGS}


def elements(made: str) -> list[str]:
    return [tag for tag in re.findall(r"<[^>]*>", made) if tag not in ALLOWED]


@pytest.mark.parametrize("name", HOSTILE)
def test_only_harmless_elements_come_out(name: str) -> None:
    made = render.markdown(HOSTILE[name])
    for tag in elements(made):
        assert re.fullmatch(r'<u title="[^"<>]*">', tag), tag


@pytest.mark.parametrize("name", ["script", "onerror", "svg", "iframe", "fixed", "form", "style"])
def test_html_is_shown_as_it_was_written(name: str) -> None:
    assert "&lt;" + HOSTILE[name][1:6] in render.markdown(HOSTILE[name])


def test_an_image_is_shown_as_text_and_a_script_address_is_no_link() -> None:
    assert "<img" not in render.markdown(HOSTILE["remote image"])
    assert "![pixel](https://evil.example/p.png)" in render.markdown(HOSTILE["remote image"])
    assert "![pixel](https://evil.example/p.png)" in render.markdown(HOSTILE["reference image"])
    assert "[click](javascript:window.pwned=1)" in render.markdown(HOSTILE["javascript"])


def test_formatting_is_kept() -> None:
    made = render.markdown("**bold** and *soft*\n\n- one\n- two\n\n|a|b|\n|-|-|\n|1|2|")
    assert "<strong>bold</strong>" in made and "<li>two</li>" in made and "<td>2</td>" in made
    assert render.markdown("3. three") == '<ol start="3">\n<li>three</li>\n</ol>\n'
    assert "<br>" in render.markdown("one\ntwo")  # a chat's lines are the writer's
    assert "<br>" not in render.markdown("one\ntwo", breaks=False)  # a document's are the page's


def test_a_link_leads_nowhere_and_shows_its_address() -> None:
    assert render.markdown("[shop](https://shop.example/a)") == '<p><u title="https://shop.example/a">shop</u></p>\n'


def test_templates_and_prices_are_unchanged() -> None:
    for text in ("${price}", "{{name}}", "$5 and $6", r"$$\frac{1}{2}$$"):
        assert render.plain(text) == text
    assert "${price}" in render.markdown("${price}")


def test_unseen_characters_are_shown_and_joiners_stay() -> None:
    assert render.reveal("a\u202eb\u200bc\x00") == "a⟨U+202E⟩b⟨U+200B⟩c⟨U+0000⟩"
    assert render.reveal("👩\u200d🌾 l1\n\tl2") == "👩\u200d🌾 l1\n\tl2"


def test_plain_is_safe_in_a_quoted_attribute() -> None:
    assert render.plain("\"><script>'") == "&quot;&gt;&lt;script&gt;&#x27;"


@given(st.text(alphabet="<>/\"'=&`[]()!:\\ \n*_abjsx${}|-#", max_size=60))
def test_no_text_makes_another_element(text: str) -> None:
    for tag in elements(render.markdown(text)):
        assert re.fullmatch(r'<u title="[^"<>]*">|<ol start="\d+">', tag), tag

"""The app's small parts: origins, return addresses, request bodies, charts, curves, endpoints, single sign-on."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from starlette.datastructures import Headers

from alignment.errors import UserError
from feedback_app import address, api, charts, chat, curves, door, downloads, guard, oidc, server, tables
from feedback_app.charts import Bar
from feedback_app.pages import data_tab, project_tab


@pytest.mark.parametrize(
    ("headers", "good"),
    [
        ({}, True),  # no browser
        ({"origin": "http://here:1"}, True),
        ({"origin": "https://here:1"}, True),  # TLS may end at a proxy
        ({"origin": "http://here"}, False),
        ({"origin": "http://here:1.evil.example"}, False),
        ({"origin": "null"}, False),
        ({"origin": ""}, False),
        ({"sec-fetch-site": "same-origin"}, True),
        ({"sec-fetch-site": "same-site"}, False),
        ({"sec-fetch-site": "cross-site"}, False),
    ],
)
def test_where_a_request_comes_from(headers: dict[str, str], good: bool) -> None:
    assert guard.from_here(Headers(headers), "here:1") is good


@pytest.mark.parametrize("target", ["//evil.example", "https://evil.example", "/\\evil.example", "rate", "", "/a\nb"])
def test_sign_in_leads_to_this_site_only(target: str) -> None:
    assert door.inside(target) == door.HOME
    assert door.inside("/chat/?project=a%20b") == "/chat/?project=a%20b"


def test_addresses_that_others_reach() -> None:
    assert all(map(address.is_loopback, ("127.0.0.1", "127.9.9.9", "::1", "localhost")))
    assert not any(map(address.is_loopback, ("0.0.0.0", "::", "192.168.0.4", "example.com", "")))
    assert server.known_hosts("0.0.0.0", None) is None
    assert server.known_hosts("0.0.0.0", "rate.example") == {"rate.example"}
    assert "rate.example" in (server.known_hosts("127.0.0.1", "rate.example") or ())


@pytest.mark.parametrize("first_run", [True, False])
def test_another_address_needs_an_account_first(first_run: bool) -> None:
    core: Any = SimpleNamespace(accounts=SimpleNamespace(is_first_run=lambda: first_run))
    address.check_address("127.0.0.1", None, core)
    address.check_address("127.0.0.1", "localhost", core)
    for host, public in (("0.0.0.0", None), ("", None), ("127.0.0.1", "rate.example.com")):
        if first_run:
            with pytest.raises(UserError, match="nobody has an account"):
                address.check_address(host, public, core)
        else:
            address.check_address(host, public, core)


@pytest.mark.parametrize("given", ["rate.example.com", "https://", "ftp://rate.example.com", "http://[::1", "x"])
def test_a_public_address_is_a_web_address(given: str) -> None:
    with pytest.raises(UserError, match="ATTUNE_PUBLIC_URL"):
        address.public_site({"ATTUNE_PUBLIC_URL": given})
    assert address.public_site({"ATTUNE_PUBLIC_URL": "https://rate.example.com/"}).hostname == "rate.example.com"
    assert address.public_site({}).hostname is None


@pytest.mark.parametrize("value", [-1, 2**31, 1.0, "1", True, None, [1]])
def test_ids_from_a_page(value: Any) -> None:
    with pytest.raises(UserError):
        api.number({"assignment": value}, "assignment")
    assert api.number({"assignment": 7}, "assignment") == 7


@pytest.mark.parametrize("raw", [b"[]", b"1", b"{", b"\xff", b"[" * 100_000])
def test_bodies_that_are_no_object(raw: bytes) -> None:
    with pytest.raises(UserError):
        api.parsed(raw)


@pytest.mark.parametrize("value", ["a\x00b", "\ud800", 1, None, "x" * 10_001])
def test_texts_that_cannot_be_kept(value: Any) -> None:
    with pytest.raises(UserError):
        api.text({"text": value}, "text")


def test_axes_are_round_and_cover_the_values() -> None:
    assert charts.ticks(0, 1) == [0, 0.2, 0.4, 0.6, 0.8, 1.0]
    assert charts.ticks(0, 37) == [0, 10, 20, 30, 40]
    assert charts.ticks(-1.3, 0.4) == [-1.5, -1.0, -0.5, 0.0, 0.5]
    assert charts.ticks(5, 5)[0] <= 5 < charts.ticks(5, 5)[-1]
    assert charts.ticks(0.8, 0.8)[-1] < 1  # one accuracy of 0.8: no axis that ends at 2


def test_an_axis_that_does_not_begin_at_zero_says_so() -> None:
    assert "the axis begins at 0.5" in charts.lines("distinct", {"sft": [(0, 0.5), (10, 0.55)]})
    assert "the axis begins" not in charts.lines("loss", {"sft": [(0, 0.0), (10, 2.0)]})


def test_a_long_label_keeps_both_its_ends() -> None:
    drawn = charts.bars("m", [Bar("southern_charm/house/sft", 1), Bar("southern_charm/mixed/sft", 1)])
    assert "southe…arm/house/sft" in drawn and "southe…arm/mixed/sft" in drawn


def test_columns_of_numbers_stand_right_with_their_heads() -> None:
    made = tables.table(("Who", "Kappa", "Pairs"), [["ann", 0.456, 1234], ["<b>", None, 7]])
    assert '<th scope="col" class="">Who</th><th scope="col" class="number">Kappa</th>' in made
    assert (
        '<td class="number short" data-label="Kappa">0.46</td><td class="number short" data-label="Pairs">1,234</td>'
        in made
    )
    assert "&lt;b&gt;" in made and '<td class="number short" data-label="Kappa">–</td>' in made
    assert 'class=""' in tables.table(("Detail",), [["x" * 25]])  # long words may be broken


def test_bars_begin_at_zero_and_are_as_long_as_their_values() -> None:
    drawn = charts.bars("Ratings", [Bar("one", 10, "10"), Bar("two", 20, "20")])
    widths = [float(part.split('"')[1]) for part in drawn.split(" width=")[1:]]
    assert widths[1] == pytest.approx(2 * widths[0], abs=0.11)
    starts = {part.split('"')[1] for part in drawn.split("<rect x=")[1:]}
    assert starts == {f"{charts.LABELS:.1f}"}
    assert 'aria-label="Ratings. one: 10; two: 20"' in drawn


def test_charts_escape_their_words() -> None:
    hostile = '"><script>alert(1)</script>'
    for drawn in (
        charts.bars(hostile, [Bar(hostile, 1, hostile)]),
        charts.intervals(hostile, [Bar(hostile, 1, hostile, 0, 2)]),
        charts.lines(hostile, {hostile: [(0, 1), (1, 2)]}, hostile),
    ):
        assert "<script" not in drawn


def test_charts_of_nothing_say_so() -> None:
    for drawn in (charts.bars("a", []), charts.intervals("a", [Bar("x", float("nan"))]), charts.lines("a", {"x": []})):
        assert "Nothing yet" in drawn


def test_curves_are_read_from_metrics(tmp_path: Path) -> None:
    folder = tmp_path / "run" / "dpo"
    folder.mkdir(parents=True)
    lines = [{"step": n, "time": 1.0, "loss": 1.0 / (n + 1), "note": "x"} for n in range(1000)]
    (folder / "metrics.jsonl").write_text("\n".join(map(json.dumps, lines)) + '\n{"step": 1000, "lo')
    assert curves.runs(tmp_path) == ["run"]
    found = curves.curves(tmp_path, "run")
    assert list(found) == ["loss"] and len(found["loss"]["dpo"]) <= curves.POINTS + 1
    assert found["loss"]["dpo"][0] == (0.0, 1.0) and found["loss"]["dpo"][-1] == (999.0, 0.001)
    assert curves.curves(tmp_path, "../..") == {}


@pytest.mark.parametrize(
    "said",
    [
        None,
        {},
        {"choices": []},
        {"choices": [{"message": {"content": None}}]},
        {"choices": [{"message": {"content": " "}}]},
    ],
)
def test_a_completion_without_text(said: Any) -> None:
    with pytest.raises(ValueError, match="no text"):
        chat.read_reply(said)


def test_single_sign_on_is_all_or_nothing() -> None:
    assert oidc.provider({}) is None
    with pytest.raises(UserError, match="ATTUNE_OIDC_CLIENT_SECRET"):
        oidc.provider({"ATTUNE_OIDC_ISSUER": "https://id.example", "ATTUNE_OIDC_CLIENT_ID": "x"})
    given = {
        "ATTUNE_OIDC_ISSUER": "https://id.example/",
        "ATTUNE_OIDC_CLIENT_ID": "x",
        "ATTUNE_OIDC_CLIENT_SECRET": "y",
    }
    found = oidc.provider(given)
    assert found is not None and (found.issuer, found.claim) == ("https://id.example", "email")


@pytest.mark.parametrize("claims", [{}, {"email": "a@b.c"}, {"email": "a@b.c", "email_verified": "true"}, {"email": 1}])
def test_an_address_counts_when_it_is_verified(claims: dict[str, Any]) -> None:
    with pytest.raises(UserError):
        oidc.account_name(claims, "email")
    assert oidc.account_name({"email": "a@b.c", "email_verified": True}, "email") == "a@b.c"
    assert oidc.account_name({"preferred_username": "ann"}, "preferred_username") == "ann"


def test_lines_with_columns() -> None:
    assert project_tab.split("a | b\n\n c", 3) == [["a", "b", ""], ["c", "", ""]]
    assert project_tab.joined([["a", "b", ""]]) == "a | b"
    with pytest.raises(UserError, match="line 2"):
        project_tab.split("a\na|b|c|d", 3)


def test_a_folder_to_import_is_one_of_the_runs(tmp_path: Path) -> None:
    (tmp_path / "runs" / "r" / "collect").mkdir(parents=True)
    assert data_tab.inside(tmp_path / "runs", "r/collect").name == "collect"
    for folder in ("..", "/etc", "r/../../..", "r/none"):
        with pytest.raises(UserError):
            data_tab.inside(tmp_path / "runs", folder)


def test_choices_of_an_export() -> None:
    assert downloads.chosen(downloads.Form, "sft") is downloads.Form.sft
    with pytest.raises(UserError, match="nonsense"):
        downloads.chosen(downloads.Form, "nonsense")

"""Hostile text for every field the app shows, and what it must not have done to a page."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

from alignment.feedback.nouns import Answer, Dimension, Kind, Task
from tests.feedback_app import kit
from tests.feedback_app.test_render import HOSTILE

TEXTS = list(HOSTILE.values())
SHORT = "<svg onload=pwned=1>"  # as long as a chart's label may be before it is shortened
SCRIPT = TEXTS[0]


def name(field: str) -> str:
    """For what is one line, such as an account, a model, a folder; no field shares it with another."""
    return f"{field}<img src=x onerror=window.pwned=1><b>${{window.pwned=1}}{{{{7*7}}}}"


def text(field: str) -> str:
    """For what may be long."""
    return "\n\n".join([f"the {field}", *TEXTS])


PROJECT, RATERS, BOSS = name("project"), (name("rater") + f"</script>{SCRIPT}", SHORT), name("boss")
MODELS = (name("model"), SHORT)
TAG, VALUES = name("tag"), (name("value0"), name("value1"))
DIMENSION = Dimension("warmth", name("label"), name("low"), name("high"))
RUN, STAGE, METRIC, PLAIN_METRIC = name("run"), name("stage"), name("metric"), "loss"
COMMENT, NOTE, EDIT, GUIDELINES = (text(one) for one in ("comment", "note", "edit", "guidelines"))


def rows() -> list[dict[str, Any]]:
    """Prompts, facts, tags, models and replies of hostile text."""
    made = kit.candidates(4, 2, "hostile")
    for row in made:
        number, place = int(row["prompt_id"][-4:]), int(row["response_id"][-1])
        row["prompt"] = [
            {"role": "system", "content": text("context")},
            {"role": "user", "content": text(f"first question {number}")},
            {"role": "assistant", "content": text("bot's turn")},
            {"role": "user", "content": text(f"question {number}")},
        ]
        row["text"] = f"says writer {place}\n\n{text(f'reply {number}')}"
        row["model"], row["facts"], row["tags"] = MODELS[place], [text("fact")], {TAG: VALUES[number % 2]}
    return made


def fill(site: kit.Site, endpoint: str = "http://127.0.0.1:9/v1") -> str:
    """The project, rated by two people who disagree in everything, with flags and comments; its name."""
    core = site.core
    if PROJECT in core.projects.names():
        return PROJECT
    endpoints = [{"name": MODELS[n], "url": endpoint, "model": kit.MODELS[n]} for n in range(2)]
    core.projects.create(name("second"))
    site.project(PROJECT, rows(), tasks={"pair": 1, "rank": 2, "rubric": 1}, ratings=3, endpoints=endpoints)
    core.accounts.add(BOSS, "admin")
    core.projects.set_guidelines(PROJECT, GUIDELINES, actor=BOSS)
    core.projects.set_rubric(PROJECT, [DIMENSION])
    for rater, best in zip(RATERS, (0, 1), strict=True):
        core.accounts.add(rater, "reviewer")
        while (task := core.desk.next_task(rater, PROJECT)) is not None:
            core.desk.flag(rater, task.assignment, "broken", "A", NOTE)
            core.desk.submit(rater, task.assignment, for_writer(task, best))
    return PROJECT


def for_writer(task: Task, best: int) -> Answer:
    """An answer that finds one writer's reply the better as far as can be."""
    first = kit.model_of(task.replies[0].text) == best
    if task.kind is Kind.pair:
        return Answer(strength=3 if first else -3, comment=COMMENT)
    if task.kind is Kind.rank:
        return Answer(ranks=[1, 2] if first else [2, 1], comment=COMMENT)
    return Answer(scores={"A": {DIMENSION.key: 5 if best else 1}}, comment=COMMENT)


STRANGE = r"""() => {
  const where = ["src", "srcset", "href", "xlink:href", "action", "formaction", "data", "srcdoc"];
  const code = /^(?!window.gradio_config).*(pwned|evil\.example)/s; // that one holds who is signed in, as a string
  const bad = (name, value) => name.startsWith("on") ? /pwned|alert/.test(value)
    : where.includes(name) ? /^(x|\s*javascript:.*|.*evil\.example.*)$/i.test(value)
    : name === "style" && /position:\s*fixed;\s*inset/.test(value);
  const made = [...document.querySelectorAll("*")].filter((one) =>
    [...one.attributes].some(({ name, value }) => bad(name, value)) ||
    (["SCRIPT", "STYLE"].includes(one.tagName) && code.test(one.textContent)));
  const inside = ".text :is(form, img, svg, a, input, style, script, button, [style])";
  const never = "iframe, object, embed, body base, body meta";
  return [...made, ...document.querySelectorAll(`${inside}, ${never}`)].map((one) => one.outerHTML.slice(0, 120));
}"""


@dataclass
class Watched:
    """A page of which everything is noted that hostile text could do. strange: what it did."""

    page: Any
    site: kit.Site
    strange: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        note, page = self.strange.append, self.page
        page.on("request", lambda one: None if self.own(one.url) else note(f"asked {one.url}"))
        page.on("response", lambda one: note(f"404 {one.url}") if one.status == 404 else None)  # <img src=x>
        page.on("pageerror", lambda one: note(f"ran {one}"))
        page.on("dialog", lambda one: (note(f"said {one.message}"), one.dismiss()))
        page.on("popup", lambda one: note(f"opened {one.url}"))
        page.expose_function("refused", lambda what: note(f"blocked {what}"))  # tried, and stopped by the policy
        page.add_init_script("addEventListener('securitypolicyviolation', (event) => refused(event.blockedURI))")

    def own(self, url: str) -> bool:
        return url.startswith((self.site.base, "data:", "blob:"))

    def harmless(self) -> None:
        """Nothing ran, nothing was fetched, nothing became an element."""
        self.page.wait_for_timeout(200)
        made = self.page.evaluate(STRANGE)
        assert self.strange == made == [], (self.strange, made)
        assert self.page.evaluate("window.pwned") is None and self.page.url.startswith(self.site.base)

    def shows(self, where: str, *wanted: str, read: str = "one.innerText") -> None:
        """All of each text can soon be read at a place, as it was written but for its spaces. And it did nothing.

        read: what of `one` element, all of them at one moment: the page may make them anew.
        """
        place, missing, seen = self.page.locator(where), list(wanted), ""
        place.first.wait_for()
        deadline = time.monotonic() + 120
        while missing and time.monotonic() < deadline:
            seen = flat(" ".join(place.evaluate_all(f"all => all.map((one) => {read} ?? '')")))
            missing = [one for one in wanted if flat(one) not in seen]
            self.page.wait_for_timeout(50 if missing else 0)
        assert not missing, f"{missing}\nis not in\n{seen[:3000]}"
        self.harmless()

    def holds(self, where: str, *wanted: str) -> None:
        """The same of fields."""
        self.shows(where, *wanted, read="one.value")


def flat(words: str) -> str:
    return " ".join(words.split())

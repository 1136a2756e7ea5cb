#!/usr/bin/env python3
"""Write the embedded brand's catalogue, messy transcripts and prompts from `southern_charm.py`, the same for one seed.

    python scripts/build_brand.py            # writes alignment/assets/southern_charm/

Products and zip codes of the test prompts stand in no transcript, no training prompt and no text of the base model.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Iterable
from pathlib import Path

import southern_charm as brand

ASSETS = Path(__file__).resolve().parent.parent / "alignment" / "assets" / "southern_charm"
CATALOGUE = ASSETS / "catalogue.json"
AGENTS = {  # each with the habits of its own, so that an agent's rows are told apart and balance can be reported
    "margaret": {"stiff": 0.85, "neutral": 0.15},
    "harold": {"stiff": 0.6, "curt": 0.4},
    "dale": {"apologetic": 0.9, "neutral": 0.1},
    "priya": {"apologetic": 0.8, "warm_careless": 0.2},
    "tess": {"curt": 0.8, "neutral": 0.2},
    "colin": {"apologetic": 0.6, "neutral": 0.2, "stiff": 0.2},
    "ruth ann": {"warm": 0.8, "warm_careless": 0.2},
    "june": {"warm": 0.7, "warm_careless": 0.3},
    "beau": {"warm": 0.85, "warm_careless": 0.15},
    "clara": {"warm": 0.9, "apologetic": 0.1},
}
NAMES = (
    "Karen Whitfield",
    "Tom Becker",
    "Luz Ortega",
    "Dwayne Harris",
    "Mei Lin",
    "Beth Sawyer",
    "Omar Haddad",
    "Kate O'Neil",
)
TYPOS = {
    "the": "teh",
    "shipping": "shiping",
    "arrive": "arive",
    "please": "plese",
    "return": "retrun",
    "much": "mcuh",
}


def held_out_zip(zip_code: str) -> bool:
    """Zip codes whose first three digits leave no remainder by seven are kept for the test prompts."""
    return int(zip_code[:3]) % 7 == 0


def draw_zip(rng: random.Random, held_out: bool) -> str:
    while True:
        zip_code = f"{rng.randint(1001, 99950):05d}"
        if held_out_zip(zip_code) == held_out:
            return zip_code


def load_items(held_out: bool) -> list[dict[str, str]]:
    rows = json.loads(CATALOGUE.read_text(encoding="utf-8"))["products"]
    return [
        {k: v for k, v in row.items() if k not in ("sku", "held_out")} for row in rows if row["held_out"] == held_out
    ]


def draw_case(items: list[dict[str, str]], held_out: bool, rng: random.Random) -> brand.Case:
    item = dict(rng.choice(items))
    item["stock"] = rng.choice(
        (f"{rng.randint(2, 40)} left", f"back on {rng.choice(brand.MONTHS)} {rng.randint(1, 28)}")
    )
    intent = rng.choice(list(brand.INTENTS))
    return brand.make_case(intent, item, draw_zip(rng, held_out), str(rng.randint(10000, 99999)), rng)


def prompts(name: str, count: int, held_out: bool, rng: random.Random) -> Iterable[dict[str, object]]:
    items = load_items(held_out)
    seen: set[str] = set()
    while len(seen) < count:
        case = draw_case(items, held_out, rng)
        messages = [
            {"role": "system", "content": case.system},
            {"role": "user", "content": brand.question(case, rng)},
        ]
        key = json.dumps(messages)
        if key in seen:
            continue
        seen.add(key)
        yield {
            "id": f"{name}-{len(seen):04d}",
            "intent": case.intent,
            "messages": messages,
            "facts": case.required,
        }


def _mess(text: str, rng: random.Random) -> str:
    """A customer's typing: typos, stray spaces, an entity from the chat widget, broken encoding."""
    words = [TYPOS.get(w, w) if rng.random() < 0.5 else w for w in text.split(" ")]
    text = " ".join(words)
    habit = rng.random()
    if habit < 0.06:
        return text + "   "
    if habit < 0.10:
        return text.replace("?", "?&nbsp;")
    if habit < 0.14:
        return text.replace("'", "â€™")
    return text


def _personal(rng: random.Random) -> str:
    name = rng.choice(NAMES)
    mail = name.lower().replace(" ", ".").replace("'", "") + "@example.com"
    return rng.choice(
        (
            f" My name is {name}.",
            f" You can mail me at {mail}.",
            f" My number is ({rng.randint(201, 989)}) 555-01{rng.randint(10, 99)}.",
            f" I'm {name}, {mail}.",
        )
    )


def dialogue(number: int, items: list[dict[str, str]], rng: random.Random) -> dict[str, object]:
    agent = rng.choice(list(AGENTS))
    turns = rng.choices((1, 2), weights=(0.75, 0.25))[0]
    cases = [draw_case(items, False, rng) for _ in range(turns)]
    lines = dict.fromkeys(line for case in cases for line in case.lines)
    messages = [{"role": "system", "content": "\n".join((brand.SYSTEM, *lines))}]
    for case in cases:
        asked = _mess(brand.question(case, rng), rng)
        asked += _personal(rng) if rng.random() < 0.15 else ""
        tone = rng.choices(list(AGENTS[agent]), weights=list(AGENTS[agent].values()))[0]
        messages.append({"role": "user", "content": asked})
        messages.append({"role": "assistant", "content": brand.reply(case, tone, rng)})
    return {"id": f"chat-{number:04d}", "agent": agent, "messages": messages}


def transcripts(count: int, rng: random.Random) -> list[dict[str, object]]:
    """Dialogues as a help desk exports them: some twice, some nearly twice, some with no answer at all."""
    items = load_items(held_out=False)
    rows = [dialogue(n, items, rng) for n in range(1, count + 1)]
    for n in range(count // 20):
        twin = json.loads(json.dumps(rng.choice(rows)))
        twin["id"] = f"copy-{n:04d}"
        if n % 2:  # a near copy: the same words in the widget's upper case, or a trailing blank
            twin["messages"][-2]["content"] = str(twin["messages"][-2]["content"]).rstrip("?. ") + " ?"
        rows.append(twin)
    for n in range(count // 40):
        cut = json.loads(json.dumps(rng.choice(rows)))
        cut["id"] = f"cut-{n:04d}"
        if n % 2:
            cut["messages"][-1]["content"] = "   "
        else:
            cut["messages"] = cut["messages"][:2]
        rows.append(cut)
    rng.shuffle(rows)
    return rows


def write_jsonl(path: Path, rows: Iterable[dict[str, object]]) -> int:
    lines = [json.dumps(row, ensure_ascii=False) for row in rows]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return len(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=20)
    seed = parser.parse_args().seed
    print("transcripts", write_jsonl(ASSETS / "transcripts.jsonl", transcripts(1000, random.Random(seed))))
    for offset, (name, count, held_out) in enumerate(
        (("train", 800, False), ("validation", 240, False), ("test", 1040, True))
    ):
        rows = prompts(name, count, held_out, random.Random(seed + 1 + offset))
        print(name, write_jsonl(ASSETS / "prompts" / f"{name}.jsonl", rows))


if __name__ == "__main__":
    main()

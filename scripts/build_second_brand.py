#!/usr/bin/env python3
"""Write the transcripts and prompts of Corvane Networks, a second embedded brand, the same for one seed.

    python scripts/build_second_brand.py        # writes alignment/assets/corvane_networks/

A terse support desk for network hardware: nothing in its voice is like Southern Charm Decor's, and no code was written
for it. Models of the test prompts stand in no transcript and no training prompt.
"""

from __future__ import annotations

import argparse
import json
import random
from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent / "alignment" / "assets" / "corvane_networks"
SYSTEM = "You answer support tickets of Corvane Networks."
SERIES = {"CX": ("switch", (8, 16, 24, 48)), "RT": ("router", (2, 4, 8)), "AP": ("access point", (1, 2))}
# intent: the fact it needs, the questions, the answer of the house, whether the answer is steps
INTENTS: dict[str, tuple[str, tuple[str, ...], str]] = {
    "firmware": (
        "firmware",
        (
            "which firmware should the {model} run?",
            "current firmware for {model}",
            "What is the latest image for the {model}?",
        ),
        "The {model} runs firmware {firmware}.",
    ),
    "power": (
        "power",
        ("power draw of the {model}?", "How many watts does the {model} need", "max consumption {model} please"),
        "The {model} draws {power} at full load.",
    ),
    "ports": (
        "ports",
        ("how many ports does the {model} have", "port count of the {model}?"),
        "The {model} has {ports} ports.",
    ),
    "warranty": (
        "warranty",
        ("is the {model} still under warranty?", "warranty period for the {model}"),
        "The {model} is under warranty until {warranty}.",
    ),
    "reset": (
        "reset",
        ("how do I factory reset the {model}", "Our {model} is locked, how to reset it?"),
        "To reset the {model}:"
        "\n1. Hold the reset button for {reset}.\n2. Wait until the LED is green.\n3. Log in on {address}.",
    ),
    "rma": (
        "rma",
        ("the {model} is dead, no LEDs", "fan failed on our {model}, need a replacement"),
        "A replacement {model} ships under RMA {rma}."
        "\n1. Pack the failed unit.\n2. Mark the box with {rma}.\n3. Hand it to the carrier.",
    ),
    "link": (
        "speed",
        ("uplink of the {model} negotiates at 100M only", "link speed on the {model} is wrong"),
        "The {model} uplink supports {speed}."
        "\n1. Set the port to {speed}.\n2. Replace the cable with Cat 6.\n3. Clear the counters.",
    ),
}
AGENTS = {
    "petrov": "house",
    "okafor": "house",
    "lindqvist": "house",
    "marcy": "chatty",
    "devon": "sorry",
    "intern": "sloppy",
}
WEIGHTS = (4, 3, 3, 3, 2, 2)
CLOSES = {"rma": "Status: pending.", "link": "Reply with the output of show interface."}
CHATTY = ("Hey there! ", "Hi! Hope you're having a great day! ", "Hello! Thanks so much for reaching out! ")
SORRY = ("So sorry about that. ", "We apologize for the trouble. ", "Sorry for the wait. ")


def held_out(model: str) -> bool:
    """Models whose number leaves no remainder by three are kept for the test prompts."""
    return int("".join(char for char in model if char.isdigit())) % 3 == 0


def draw_case(rng: random.Random, test: bool) -> dict[str, str]:
    """One ticket: its model and every fact the desk knows of it."""
    while True:
        series = rng.choice(list(SERIES))
        model = f"{series}-{rng.randint(10, 99) * (100 if series == 'CX' else 10)}"
        if held_out(model) == test:
            break
    kind, ports = SERIES[series]
    return {
        "ticket": str(rng.randint(50_000, 99_999)),
        "model": model,
        "kind": kind,
        "firmware": f"{rng.randint(3, 9)}.{rng.randint(0, 9)}.{rng.randint(0, 9)}",
        "power": f"{rng.randint(6, 480)} W",
        "ports": str(rng.choice(ports)),
        "warranty": f"{rng.choice(('March', 'June', 'September', 'December'))} {rng.randint(2027, 2031)}",
        "reset": f"{rng.randint(5, 20)} seconds",
        "address": f"192.168.{rng.randint(0, 9)}.1",
        "rma": f"R{rng.randint(10_000, 99_999)}",
        "speed": rng.choice(("1 Gbit/s", "2.5 Gbit/s", "10 Gbit/s")),
    }


def question(case: dict[str, str], intent: str, rng: random.Random) -> list[dict[str, str]]:
    """The system message with the facts, and what the engineer writes."""
    fact, asks, answer = INTENTS[intent]
    needed = {"ticket", "model", fact} | {name for name in case if f"{{{name}}}" in answer}
    shown = needed | set(rng.sample(sorted(set(case) - {"address"}), 3))
    facts = "\n".join(f"{name}: {case[name]}" for name in case if name in shown)
    asked = rng.choice(asks).format(**case)
    return [{"role": "system", "content": f"{SYSTEM}\n{facts}"}, {"role": "user", "content": asked}]


def reply(case: dict[str, str], intent: str, habit: str, rng: random.Random) -> str:
    """The answer in one agent's habit; only `house` keeps the guide."""
    body = INTENTS[intent][2].format(**case)
    close = CLOSES.get(intent, "Status: answered.")
    line = "\n" if "\n" in body else " "
    if habit == "chatty":
        told = body.replace("\n1. ", " First, ").replace("\n2. ", " Then ").replace("\n3. ", " Finally, ")
        return f"{rng.choice(CHATTY)}{told} Let me know if there's anything else!"
    if habit == "sorry":
        return f"Ticket {case['ticket']}: {rng.choice(SORRY)}{body}{line}{close}"
    if habit == "sloppy":
        return f"{body.replace(' is ', ' should be ')} that's about it"
    return f"Ticket {case['ticket']}: {body}{line}{close}"


def transcripts(count: int, rng: random.Random) -> list[dict[str, object]]:
    """Tickets as the agents answered them; one in thirty comes twice, as an export has it."""
    rows: list[dict[str, object]] = []
    for number in range(1, count + 1):
        case, intent = draw_case(rng, test=False), rng.choice(list(INTENTS))
        agent = rng.choices(list(AGENTS), WEIGHTS)[0]
        messages = question(case, intent, rng)
        messages.append({"role": "assistant", "content": reply(case, intent, AGENTS[agent], rng)})
        row = {"id": f"ticket-{number:04d}", "agent": agent, "intent": intent, "messages": messages}
        rows += [row, row | {"id": f"ticket-{number:04d}-copy"}] if rng.random() < 1 / 30 else [row]
    return rows


def prompts(split: str, count: int, rng: random.Random) -> list[dict[str, object]]:
    """Prompts with the facts a right answer states."""
    rows = []
    for number in range(1, count + 1):
        case, intent = draw_case(rng, test=split == "test"), rng.choice(list(INTENTS))
        facts = [case["model"], case[INTENTS[intent][0]]]
        messages = question(case, intent, rng)
        rows.append({"id": f"{split}-{number:04d}", "intent": intent, "messages": messages, "facts": facts})
    return rows


def write(path: Path, rows: list[dict[str, object]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8", newline="\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where to write")
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args()
    write(options.folder / "transcripts.jsonl", transcripts(420, random.Random(options.seed)))
    for place, (split, count) in enumerate((("train", 200), ("validation", 80), ("test", 240)), start=1):
        write(options.folder / "prompts" / f"{split}.jsonl", prompts(split, count, random.Random(options.seed + place)))


if __name__ == "__main__":
    main()

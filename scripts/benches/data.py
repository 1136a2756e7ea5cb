"""Speed and memory of `prepare`: dialogues/s end to end without and with near duplicates, and a stream of many.

Dialogues are made here, of the length of real ones (about twelve turns, 800 characters) for the speed, short ones for
the memory; all of a few templates, which is the worst case for near duplicates. Nothing but this machine's load differs
between two runs, so the CPU seconds are given too.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import tempfile
import time
from pathlib import Path
from typing import Any

from hydra import compose, initialize_config_dir

from alignment import pipeline, run

THINGS = ("wreath", "lantern", "quilt", "bench", "mirror", "vase", "runner", "candle", "planter", "clock", "tray")
COLORS = ("sage", "ivory", "rust", "navy", "cream", "blush", "charcoal", "butter", "teal", "plum")
ASKS = (
    "Hello, is the {color} {thing} still in stock?",
    "How long would the {thing} take to reach {zip}?",
    "My name is {name} and my order {order} has not come yet, what now?",
    "Could I return the {color} one if it does not fit beside the {other}?",
    "Can you write to {mail} when it ships, please?",
)
SAYS = (
    "It is, and we have {n} of the {color} {thing} left at ${price}.",
    "To {zip} it takes about {n} days, and shipping is ${price}.",
    "I see order {order} here, it left our warehouse {n} days ago and should be with you soon.",
    "Of course, returns are free for {n} days, just keep the box of the {other}.",
    "Happy to, you will hear from us at that address as soon as it is on its way.",
)


def dialogues(count: int, turns: int, seed: int = 1) -> Any:
    """`count` dialogues of so many messages."""
    chance = random.Random(seed)
    for number in range(count):
        values = {
            "color": chance.choice(COLORS),
            "thing": chance.choice(THINGS),
            "other": chance.choice(THINGS),
            "name": chance.choice(("Beth Sawyer", "Tom Becker", "Luz Ortega", "Dwayne Harris")),
            "zip": chance.randrange(10000, 99999),
            "order": chance.randrange(10000, 99999),
            "mail": f"user{number}@example.com",
            "n": chance.randrange(2, 60),
            "price": chance.randrange(5, 400),
        }
        order = chance.sample(range(len(ASKS)), len(ASKS)) * 4
        messages = []
        for k in range(turns // 2):
            messages.append({"role": "user", "content": ASKS[order[k]].format(**values)})
            messages.append({"role": "assistant", "content": SAYS[order[k]].format(**values)})
        yield {"id": number, "agent": f"agent{number % 7}", "messages": messages}


def measure(name: str, path: Path, root: Path, overrides: list[str], target: str) -> None:
    """Run the stage once and print what it took."""
    with initialize_config_dir(str(run.conf_dir()), version_base="1.3"):
        own = [f"root={root}", f"run={name}", "tracking=off", "stage=prepare", "brand=none", f"prepare.inputs=[{path}]"]
        settings, configs = run.typed(compose("config", [*own, *overrides]))
    began, spent = time.monotonic(), os.times()
    made = pipeline.run_stages(configs, settings)[-1]
    wall, now = time.monotonic() - began, os.times()
    cpu = sum(now[:4]) - sum(spent[:4])
    count = made.metrics["rows_in"]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024 + 2 * (
        resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    )
    print(
        f"{name:10} {count} dialogues, {count / wall:.0f}/s ({target}), wall {wall:.1f} s,"
        f" CPU {cpu:.1f} s ({count / cpu:.0f} a CPU second),"
        f" peak of all processes at most {peak:.0f} MiB, duplicates {made.metrics['duplicates']}",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=20_000, help="dialogues for the speed")
    parser.add_argument("--many", type=int, default=0, help="short dialogues for the memory, such as 1000000")
    parser.add_argument("--source", help="a file of real dialogues instead, such as star/transcripts.jsonl.gz")
    args, overrides = parser.parse_known_args()
    overrides = ["prepare.processes=2", *overrides]
    without = ["prepare.near_threshold=0", "prepare.group_threshold=0"]
    with tempfile.TemporaryDirectory() as temporary:
        root = Path(temporary)
        path = Path(args.source) if args.source else root / "dialogues.jsonl"
        if not args.source and args.count:
            path.write_text("".join(json.dumps(d) + "\n" for d in dialogues(args.count, 12)), encoding="utf-8")
        if args.count:
            measure("without", path, root, [*overrides, *without], ">= 2000 on two cores")
            measure("near", path, root, overrides, ">= 500")
        if args.many:
            path = root / "many.jsonl"
            with path.open("w", encoding="utf-8") as file:
                file.writelines(json.dumps(dialogue) + "\n" for dialogue in dialogues(args.many, 2, seed=2))
            measure("many", path, root, overrides, "<= 4 GiB")


if __name__ == "__main__":
    main()

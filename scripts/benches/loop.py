"""Run the whole loop for several seeds, each in a process of its own, and hold the figures against their targets."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil

Figures = dict[str, dict[str, float]]


def run_loop(root: str, seed: int, overrides: list[str]) -> tuple[float, float, Figures]:
    """(seconds, peak memory in MB over the process and its children, metrics of evaluate by model)."""
    command = [sys.executable, "-m", "alignment.run", f"root={root}", f"run=seed{seed}", f"seed={seed}", *overrides]
    began = time.monotonic()
    process = subprocess.Popen(command)
    peak = 0.0
    watched = psutil.Process(process.pid)
    while process.poll() is None:
        peak = max(peak, memory(watched))
        time.sleep(0.2)
    if process.returncode:
        raise SystemExit(process.returncode)
    record = json.loads((Path(root) / f"seed{seed}" / "evaluate" / "artifact.json").read_text(encoding="utf-8"))
    return time.monotonic() - began, peak, record["metrics"]


def memory(process: psutil.Process) -> float:
    """Resident MB of a process and its children; pages they share are counted for each."""
    total = 0
    try:
        for one in [process, *process.children(recursive=True)]:
            total += one.memory_info().rss
    except psutil.NoSuchProcess:
        return 0.0
    return total / 2**20


def criteria(metrics: Figures, final: str) -> list[tuple[str, float, str, bool]]:
    """(what, figure reached, target, met) for one seed. Facts: DPO is held against base, other methods against SFT."""
    base, sft, best = metrics["base"], metrics["sft"], metrics[final]
    other = "base" if final == "dpo" else "sft"
    facts = best[f"facts_minus_{other}"]
    fewer = 0.80 if final == "dpo" else 0.85
    failing = 1 - (1 - best["voice"]["value"]) / (1 - sft["voice"]["value"])
    apologies = 1 - best["needless_apology"]["value"] / base["needless_apology"]["value"]
    return [
        ("base: facts right", base["facts"]["value"], ">= 0.95", base["facts"]["value"] >= 0.95),
        ("base: meets the contract", base["voice"]["value"], "<= 0.40", base["voice"]["value"] <= 0.40),
        (
            "base: needless apologies",
            base["needless_apology"]["value"],
            ">= 0.20",
            base["needless_apology"]["value"] >= 0.2,
        ),
        ("sft: meets the contract", sft["voice"]["value"], "", True),
        ("sft: facts right", sft["facts"]["value"], "", True),
        ("final: meets the contract", best["voice"]["value"], ">= 0.90", best["voice"]["value"] >= 0.90),
        ("fewer failing replies than SFT", failing, f">= {fewer:.2f}", failing >= fewer),
        ("fewer needless apologies than base", apologies, ">= 0.80", apologies >= 0.80),
        ("final: facts right", best["facts"]["value"], "", True),
        (f"facts minus {other}", facts["value"], "", True),
        (f"facts minus {other}, lower bound", facts["low"], "> -0.02", facts["low"] > -0.02),
        ("different openers", best["openers"]["value"], ">= 4", best["openers"]["value"] >= 4),
        ("share of the commonest opener", best["top_opener"]["value"], "<= 0.60", best["top_opener"]["value"] <= 0.60),
        ("win rate over SFT", best["win_rate_vs_sft"]["value"], "", True),
        (
            "win rate over SFT, lower bound",
            best["win_rate_vs_sft"]["low"],
            "> 0.60",
            best["win_rate_vs_sft"]["low"] > 0.60,
        ),
        ("KL to SFT, nats a reply", best["kl"]["value"], "", True),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--final", default="dpo", help="the method judged; with another add aligner=ppo")
    parser.add_argument("--keep", help="folder for the runs; without it a temporary one")
    args, overrides = parser.parse_known_args()
    with tempfile.TemporaryDirectory() as temporary:
        root = args.keep or temporary
        results = [run_loop(root, seed, overrides) for seed in args.seeds]
    print("\n" + "".join(["seed".ljust(38), *(f"{seed:>9}" for seed in args.seeds)]) + "  target")
    missed = 0
    for what, values, most, places in (
        ("minutes", [seconds / 60 for seconds, _, _ in results], 5, 2),
        ("peak memory, MB", [peak for _, peak, _ in results], 4096, 0),
    ):
        missed += sum(value > most for value in values)
        shown = "".join(f"{value:>8.{places}f}{'*' if value > most else ' '}" for value in values)
        print(f"{what.ljust(38)}{shown}  <= {most}")
    columns = [criteria(metrics, args.final) for _, _, metrics in results]
    for lines in zip(*columns, strict=True):
        what, _, target, _ = lines[0]
        missed += sum(not met for *_, met in lines)
        print(
            what.ljust(38)
            + "".join(f"{value:>8.3f}{' ' if met else '*'}" for _, value, _, met in lines)
            + f"  {target}"
        )
    print(f"{missed} targets missed (*)" if missed else "every target is met")


if __name__ == "__main__":
    main()

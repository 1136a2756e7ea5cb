"""Kill stages at random moments, run the same command again, compare what they made with a whole run."""

from __future__ import annotations

import argparse
import json
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

STAGES = ("prepare", "sft", "collect", "rate", "export", "reward", "dpo", "evaluate")
SMALL = ("sft.eval_every=10", "reward.eval_every=10", "dpo.eval_every=10", "tracking=off", "evaluate.prompts=256")


def command(root: Path, stage: str, seed: int, extra: list[str]) -> list[str]:
    return [
        sys.executable,
        "-m",
        "alignment.run",
        f"root={root}",
        "run=kill",
        f"stage={stage}",
        f"seed={seed}",
        *SMALL,
        *extra,
    ]


def content(root: Path, stage: str) -> dict[str, str]:
    """Hashes of what a stage made; its log of metrics holds times and is left out."""
    record = json.loads((root / "kill" / stage / "artifact.json").read_text(encoding="utf-8"))
    return {name: digest for name, digest in record["files"].items() if name != "metrics.jsonl"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stages", nargs="+", default=list(STAGES))
    parser.add_argument("--kills", type=int, default=3)
    parser.add_argument("--seed", type=int, default=int(time.time()) % 10000)
    args, extra = parser.parse_known_args()
    rng = random.Random(args.seed)
    print(f"kill seed {args.seed}")
    failed = 0
    with tempfile.TemporaryDirectory() as temporary:
        whole, cut = Path(temporary) / "whole", Path(temporary) / "cut"
        for stage in STAGES:
            began = time.monotonic()
            subprocess.run(
                command(whole, stage, 1, extra), check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )
            seconds = time.monotonic() - began
            if stage in args.stages:
                moments = []
                for _ in range(args.kills):
                    moment = rng.uniform(0.15, 0.95) * seconds
                    moments.append(round(moment, 1))
                    process = subprocess.Popen(
                        command(cut, stage, 1, extra), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
                    )
                    time.sleep(moment)
                    process.send_signal(signal.SIGKILL)
                    process.wait()
                subprocess.run(
                    command(cut, stage, 1, extra), check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
                )
                same = content(whole, stage) == content(cut, stage)
                failed += not same
                said = "same" if same else "DIFFERENT"
                print(f"{stage:10} whole run {seconds:5.1f} s, killed after {moments} s: {said}", flush=True)
            else:
                shutil.copytree(whole / "kill" / stage, cut / "kill" / stage)
    sys.exit(bool(failed))


if __name__ == "__main__":
    main()

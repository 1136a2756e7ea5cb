"""Does augmentation help? SFT with and without it on the embedded brand, on clean and on mistyped test questions.

For each setting and seed: augment, sft, one reply a test prompt; then the share of replies with right facts and in the
brand's voice. The hard set is the same prompts with the customer's last message mistyped (a fixed seed, numbers as they
were). Differences to `none` are paired by prompt; intervals resample prompts, with all their seeds.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from alignment import models, sampling, stats
from alignment.artifact import read_jsonl
from alignment.data.augmentation.noise import kept_places, mistype
from alignment.settings import Attention, Device, Dtype, Generation, Model
from alignment.voice.contract import load_contract
from alignment.voice.text import facts_right

OFF = [f"augment.{name}.use=false" for name in ("synonyms", "deletion", "typos")]
SETTINGS = {
    "none": None,
    "typos": [*OFF, "augment.typos.use=true", "augment.typos.share=0.5"],
    "all": ["augment.insertion.use=true", "augment.typos.share=0.3"],
}
MODEL = Model(
    name="embedded",
    revision=None,
    dtype=Dtype.auto,
    device=Device.auto,
    attention=Attention.auto,
    chat_template=None,
    gradient_checkpointing=False,
    trust_remote_code=False,
)
Rows = list[dict[str, Any]]


def stage(root: str, run: str, name: str, *knobs: str) -> None:
    command = [sys.executable, "-m", "alignment.run", f"root={root}", f"run={run}", f"stage={name}", "tracking=off"]
    subprocess.run([*command, *knobs], check=True)


def mistyped(prompts: Rows, share: float) -> Rows:
    """The prompts with slips in the customer's last message; the same for every model."""
    made = []
    for row in prompts:
        *before, last = row["messages"]
        text = last["content"]
        slipped = mistype(text, random.Random(f"hard:{row['id']}"), share, kept_places(text))
        made.append(row | {"messages": [*before, last | {"content": slipped}]})
    return made


def judged(folder: Path, prompts: Rows, tokens: int) -> dict[str, list[bool]]:
    """{"facts", "voice"}: of one reply a prompt, drawn with the same seed for every model."""
    tokenizer = models.load_tokenizer(folder, MODEL)
    policy = models.load_policy(folder, MODEL)
    generation = Generation(temperature=0.7, top_p=1.0, top_k=0, max_new_tokens=tokens, batch_size=64)
    conversations = [row["messages"] for row in prompts]
    drawn = [one.text for batch in sampling.sample(policy, tokenizer, conversations, generation, 7) for one in batch]
    contract = load_contract("southern_charm")
    assert contract is not None
    return {
        "facts": [facts_right(reply, row) for reply, row in zip(drawn, prompts, strict=True)],
        "voice": [contract.judge(reply, row["messages"]).passed for reply, row in zip(drawn, prompts, strict=True)],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--settings", nargs="+", default=list(SETTINGS), choices=list(SETTINGS))
    parser.add_argument("--prompts", type=int, default=300, help="test prompts, the first ones")
    parser.add_argument("--rows", type=int, default=0, help="rows of the dataset; 0 = all")
    parser.add_argument("--typos", type=float, default=0.4, help="share of the words mistyped in the hard set")
    parser.add_argument("--keep", help="folder for the runs; without it a temporary one")
    args, knobs = parser.parse_known_args()
    found: dict[tuple[str, str, str], list[bool]] = {}
    with tempfile.TemporaryDirectory() as temporary:
        root = args.keep or temporary
        stage(root, "bench", "prepare", f"prepare.limit={args.rows}")
        clean = read_jsonl(Path(root, "bench", "prepare", "prompts", "test.jsonl"))[: args.prompts]
        sets = {"clean": clean, "mistyped": mistyped(clean, args.typos)}
        for name in args.settings:
            for seed in args.seeds:
                run, loop = f"bench/{name}-{seed}", "loop=[prepare,sft]"
                if (changes := SETTINGS[name]) is not None:
                    loop = "loop=[prepare,augment,sft]"
                    stage(root, run, "augment", loop, f"seed={seed}", *changes)
                stage(root, run, "sft", loop, f"seed={seed}", "sft.yardstick_every=0", *knobs)
                for kind, prompts in sets.items():
                    for figure, values in judged(Path(root, run, "sft", "model"), prompts, 96).items():
                        found.setdefault((name, kind, figure), []).extend(values)
    groups = [row["id"] for _ in args.seeds for row in clean]
    print(
        f"\n{len(args.seeds)} seeds, {len(clean)} prompts; share of replies, and difference to the first setting, 95 %"
    )
    first = args.settings[0]
    for (name, kind, figure), values in found.items():
        share = stats.mean(values, groups)
        line = f"{name:<8}{kind:<10}{figure:<7}{share.value:.3f} [{share.low:.3f}, {share.high:.3f}]"
        if name != first:
            gain = stats.paired_difference(values, found[first, kind, figure], groups)
            line += f"   {gain.value:+.3f} [{gain.low:+.3f}, {gain.high:+.3f}]"
        print(line)


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Train the tokenizer and the tiny base chat model that ship with Attune, from nothing, on text of the store's grammar.

    python scripts/build_base_model.py                     # about 40 minutes on two cores
    python scripts/build_base_model.py --steps 200 --more-steps 50 --out try

The model has the Qwen3 shape, so that every library loads it as any other chat model. It learns the transcripts'
mixture of tones (`southern_charm.MIXTURE`) and to copy the facts of the system message. Copying emerges late: products
and facts are drawn anew for each dialogue, half of them from invented words, so that they cannot be learnt by heart;
and for the first part of the training some dialogues only repeat the facts, which gives the copying heads a dense
signal. A second, shorter lesson draws the invented words from any tokens, else names with unfamiliar letters come out
garbled. Products and zip codes kept for the test prompts are never drawn. The loss counts the replies alone.
"""

from __future__ import annotations

import argparse
import math
import random
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import build_brand
import southern_charm as brand
import torch
from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast, Qwen3Config, Qwen3ForCausalLM

OUT = Path(__file__).resolve().parent.parent / "alignment" / "assets" / "base_model"
START, END, PAD = "<|im_start|>", "<|im_end|>", "<|endoftext|>"
CHAT_TEMPLATE = (  # ChatML; a conversation ends with the end token itself, so that nothing follows it
    "{%- for message in messages -%}"
    "{%- if not loop.first -%}{{- '\\n' -}}{%- endif -%}"
    "{{- '<|im_start|>' + message['role'] + '\\n' -}}"
    "{%- if message['role'] == 'assistant' -%}"
    "{%- generation -%}{{- message['content'] + '<|im_end|>' -}}{%- endgeneration -%}"
    "{%- else -%}{{- message['content'] + '<|im_end|>' -}}{%- endif -%}"
    "{%- endfor -%}"
    "{%- if add_generation_prompt -%}{{- '\\n<|im_start|>assistant\\n' -}}{%- endif -%}"
)
CONTEXT = 1024
FIRST = [
    "Amber",
    "Bluebell",
    "Buttermilk",
    "Cedar",
    "Clover",
    "Dogtrot",
    "Fern",
    "Firefly",
    "Georgia",
    "Hazel",
    "Honeysuckle",
    "Ivy",
    "Jasmine",
    "Larkspur",
]
SECOND = [
    "Bench",
    "Bowl",
    "Chair",
    "Clock",
    "Coaster",
    "Crock",
    "Fountain",
    "Globe",
    "Ladle",
    "Lamp",
    "Mug",
    "Ottoman",
    "Pillow",
    "Plate",
    "Rug",
    "Shelf",
    "Tray",
    "Trunk",
]
STUFF = [
    "brass",
    "bamboo",
    "ceramic",
    "canvas",
    "cherry",
    "cork",
    "crystal",
    "felt",
    "granite",
    "hemp",
    "iron",
    "leather",
    "maple",
    "marble",
    "oak",
    "paper",
    "pewter",
]
MADE = [
    "carved",
    "hand-made",
    "painted",
    "polished",
    "spun",
    "stitched",
    "aged",
    "pressed",
    "soft",
    "solid",
    "woven",
    "fine",
    "old",
    "raw",
]
SHADES = [
    "amber",
    "beige",
    "bronze",
    "charcoal",
    "coral",
    "gold",
    "indigo",
    "lilac",
    "olive",
    "orange",
    "pearl",
    "purple",
    "silver",
    "slate",
    "violet",
]
PARTS = ("width", "wide"), ("height", "tall"), ("length", "long")
VERBS = ["wipe", "dust", "rinse", "polish", "brush", "shake", "wash", "oil", "air", "dry"]
WAYS = [
    "with a dry cloth",
    "every month",
    "in cold water",
    "by hand",
    "with mild soap",
    "twice a year",
    "in the shade",
    "before you store it",
]


# To watch the copying of products never drawn: none of the store, nor of the test prompts.
PROBE = """Gardenia Soap Dish|oxidized zinc|plum and ecru|blot it with a clean rag
Thistle Bath Mat|tufted chenille|lavender and taupe|tumble it on low heat
Mulberry Wine Rack|blackened walnut|maroon and tan|buff it with beeswax
Cobblestone Bookend|poured concrete|grey and sienna|vacuum it twice a month
Zinnia Tea Kettle|vitreous enamel|crimson and ochre|descale it with citric acid
Whippoorwill Clock|lacquered birch|cobalt and pearl|replace the battery each fall
Sorghum Syrup Jug|salt-glazed stoneware|cinnamon and oat|rinse it before first use
Mockingbird Trivet|sand-cast bronze|gilt and onyx|keep it off wet counters"""


def syllables(rng: random.Random) -> str:
    return "".join(rng.choice("bcdfghklmnprstvwz") + rng.choice("aeiou") for _ in range(rng.randint(2, 4)))


def draw_item(
    rng: random.Random, shipped: list[dict[str, str]], invent: Callable[[random.Random], str], invented: float
) -> dict[str, str]:
    """A product: one in four from the training half of the catalogue, the others made up.

    Args:
        invent: makes a word that is none; `invented`: the share of such words.
    """
    if rng.random() < 0.25:
        return dict(rng.choice(shipped))

    def word(pool: list[str]) -> str:
        return invent(rng) if rng.random() < invented else rng.choice(pool)

    names = [word(FIRST).title(), word(SECOND).title()]
    if rng.random() < 0.3:
        names.insert(1, word(STUFF).title())
    return {
        "item": " ".join(names),
        "price": f"${rng.randint(5, 399)}",
        "size": f"{rng.randint(2, 99)} inches {rng.choice(PARTS)[1]}",
        "material": f"{word(MADE)} {word(STUFF)}",
        "colors": f"{word(SHADES)} and {word(SHADES)}",
        "care": f"{rng.choice(VERBS)} it {rng.choice(WAYS)}"
        if rng.random() < 0.5
        else f"{word(VERBS)} it with {word(MADE)} {word(STUFF)}",
    }


def draw_dialogue(
    rng: random.Random, draw: Callable[[random.Random], dict[str, str]], recap_share: float
) -> list[dict[str, str]]:
    turns = 1 if rng.random() < 0.8 else 2
    cases = [build_brand.draw_case([draw(rng)], False, rng) for _ in range(turns)]
    lines = dict.fromkeys(line for case in cases for line in case.lines)
    messages = [{"role": "system", "content": "\n".join((brand.SYSTEM, *lines))}]
    if rng.random() < recap_share:
        shown = list(lines)
        rng.shuffle(shown)
        return [
            *messages,
            {"role": "user", "content": "recap"},
            {"role": "assistant", "content": "\n".join(shown)},
        ]
    for case in cases:
        messages.append({"role": "user", "content": brand.question(case, rng)})
        messages.append({"role": "assistant", "content": brand.reply(case, brand.draw_tone(rng), rng)})
    return messages


def token_words(tokenizer: PreTrainedTokenizerFast) -> Callable[[random.Random], str]:
    """Words of one to four tokens drawn at random: to repeat them is to copy any token, not the words seen so far."""
    pieces = sorted(text for text in tokenizer.get_vocab() if text.isascii() and text.isalpha() and text.islower())
    return lambda rng: "".join(rng.choice(pieces) for _ in range(rng.randint(1, 4)))


def build_tokenizer(
    rng: random.Random, draw: Callable[[random.Random], dict[str, str]], size: int
) -> PreTrainedTokenizerFast:
    """Byte-level BPE; each digit is a token of its own, so that an unseen zip code is copied digit by digit."""
    tokenizer = Tokenizer(models.BPE())
    digits = pre_tokenizers.Split(Regex(r"\d"), behavior="isolated")
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([digits, pre_tokenizers.ByteLevel(add_prefix_space=False)])
    tokenizer.decoder = decoders.ByteLevel()
    texts = ["\n".join(m["content"] for m in draw_dialogue(rng, draw, 0.0)) for _ in range(8000)]
    roles = ["system", "user", "assistant"]
    trainer = trainers.BpeTrainer(
        vocab_size=size,
        special_tokens=[PAD, START, END],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts + roles * 200, trainer)
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        eos_token=END,
        pad_token=PAD,
        model_max_length=CONTEXT,
        clean_up_tokenization_spaces=False,
    )
    fast.chat_template = CHAT_TEMPLATE
    return fast


def batches(
    tokenizer: PreTrainedTokenizerFast,
    draw: Callable[[random.Random], dict[str, str]],
    seed: int,
    steps: int,
    args: argparse.Namespace,
) -> Iterator[dict[str, torch.Tensor]]:
    rng = random.Random(seed)
    for step in range(steps):
        recap = max(0.0, 0.4 * (1 - step / (0.3 * steps)))
        rows = [draw_dialogue(rng, draw, recap) for _ in range(args.batch)]
        encoded = tokenizer.apply_chat_template(rows, return_dict=True, return_assistant_tokens_mask=True)
        length = max(len(ids) for ids in encoded["input_ids"])
        ids = torch.full((args.batch, length), tokenizer.pad_token_id)
        labels = torch.full((args.batch, length), -100)
        mask = torch.zeros((args.batch, length), dtype=torch.long)
        for i, (tokens, spoken) in enumerate(zip(encoded["input_ids"], encoded["assistant_masks"], strict=True)):
            ids[i, : len(tokens)] = torch.tensor(tokens)
            mask[i, : len(tokens)] = 1
            labels[i, : len(tokens)] = torch.where(torch.tensor(spoken).bool(), torch.tensor(tokens), -100)
        yield {"input_ids": ids, "attention_mask": mask, "labels": labels}


def optimizers(model: Qwen3ForCausalLM, args: argparse.Namespace) -> list[torch.optim.Optimizer]:
    """Muon for the matrices inside the blocks, AdamW for the embedding and the norms."""
    inside = [p for n, p in model.named_parameters() if p.ndim == 2 and "embed" not in n]
    rest = [p for n, p in model.named_parameters() if p.ndim != 2 or "embed" in n]
    return [
        torch.optim.Muon(inside, lr=args.muon_rate, weight_decay=0.01, adjust_lr_fn="match_rms_adamw"),
        torch.optim.AdamW(rest, lr=args.rate, betas=(0.9, 0.98), weight_decay=0.0),
    ]


def scale(step: int, steps: int) -> float:
    """Linear warm-up over 100 steps, level, then linear to a hundredth over the last 40 % of the steps."""
    return min(1.0, (step + 1) / 100, max(0.01, (steps - step) / (0.4 * steps)))


def copied(
    model: Qwen3ForCausalLM, tokenizer: PreTrainedTokenizerFast, rows: list[dict[str, object]]
) -> tuple[float, list[str]]:
    """Share of the rows whose sampled reply states the required facts, and the replies."""
    prompts = [tokenizer.apply_chat_template(r["messages"], add_generation_prompt=True, tokenize=False) for r in rows]
    batch = tokenizer(prompts, return_tensors="pt", padding=True, padding_side="left", return_token_type_ids=False)
    with torch.no_grad():
        out = model.generate(**batch, max_new_tokens=100, do_sample=True, temperature=1.0, top_k=0, top_p=1.0)
    replies = tokenizer.batch_decode(out[:, batch["input_ids"].shape[1] :], skip_special_tokens=True)
    right = [all(f.lower() in reply.lower() for f in row["facts"]) for row, reply in zip(rows, replies, strict=True)]
    return sum(right) / len(right), replies


def probe_rows(seed: int) -> list[dict[str, Any]]:
    """Questions about products and zip codes that the training never draws; none is a product of the test prompts."""
    rng = random.Random(seed)
    names = ("item", "material", "colors", "care")
    items = [dict(zip(names, line.split("|"), strict=True)) for line in PROBE.splitlines()]
    rows = []
    for i in range(96):
        item = items[i % len(items)] | {"price": f"${rng.randint(5, 300)}", "size": f"{rng.randint(3, 90)} inches tall"}
        case = build_brand.draw_case([item], True, rng)
        messages = [{"role": "system", "content": case.system}, {"role": "user", "content": brand.question(case, rng)}]
        rows.append({"messages": messages, "facts": case.required})
    return rows


def train(
    model: Qwen3ForCausalLM,
    tokenizer: PreTrainedTokenizerFast,
    draw: Callable[[random.Random], dict[str, str]],
    seed: int,
    steps: int,
    args: argparse.Namespace,
) -> None:
    steppers = optimizers(model, args)
    base_rates = [[group["lr"] for group in o.param_groups] for o in steppers]
    probe = probe_rows(args.seed)
    began = time.monotonic()
    for step, batch in enumerate(batches(tokenizer, draw, seed, steps, args), 1):
        for optimizer, rates in zip(steppers, base_rates, strict=True):
            for group, rate in zip(optimizer.param_groups, rates, strict=True):
                group["lr"] = rate * scale(step - 1, steps)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            loss = model(**batch, use_cache=False).loss
        loss.backward()
        if not math.isfinite(loss.item()):
            raise SystemExit(f"loss is {loss.item()} at step {step}")
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        for optimizer in steppers:
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        if step % 50 == 0 or step == steps:
            line = f"step {step}/{steps} loss {loss.item():.3f} {time.monotonic() - began:.0f} s"
            if step % 250 == 0 or step == steps:
                state = torch.random.get_rng_state()
                model.eval()
                share, replies = copied(model, tokenizer, probe)
                model.train()
                torch.random.set_rng_state(state)
                line += f" facts of unseen products {share:.2f} | {replies[0][:150]!r}"
            print(line, flush=True)


def save(model: Qwen3ForCausalLM, tokenizer: PreTrainedTokenizerFast, out: Path) -> None:
    """Weights in bf16: half the bytes, and the loader widens them again."""
    state = {name: weight.to(torch.bfloat16) for name, weight in model.state_dict().items()}
    model.save_pretrained(out, state_dict=state)
    tokenizer.save_pretrained(out)


def first_lesson(args: argparse.Namespace, shipped: list[dict[str, str]]) -> None:
    """From nothing: the language of the store, its tones, and to copy what stands in the system message."""

    def draw(rng: random.Random) -> dict[str, str]:
        return draw_item(rng, shipped, syllables, invented=0.4)

    tokenizer = build_tokenizer(random.Random(args.seed), draw, args.vocabulary)
    config = Qwen3Config(
        vocab_size=len(tokenizer),
        hidden_size=args.width,
        intermediate_size=3 * args.width,
        num_hidden_layers=args.layers,
        num_attention_heads=args.width // 64,
        num_key_value_heads=args.width // 128,
        head_dim=64,
        max_position_embeddings=CONTEXT,
        tie_word_embeddings=True,
        pad_token_id=tokenizer.pad_token_id,
        eos_token_id=tokenizer.eos_token_id,
        bos_token_id=None,
    )
    model = Qwen3ForCausalLM(config)
    model.generation_config.pad_token_id = tokenizer.pad_token_id
    print(f"{model.num_parameters():,} parameters, vocabulary {len(tokenizer)}")
    train(model, tokenizer, draw, args.seed + 1, args.steps, args)
    save(model, tokenizer, args.out)


def second_lesson(args: argparse.Namespace, shipped: list[dict[str, str]]) -> None:
    """From what the first lesson saved: to copy words of any tokens, so that products never seen are named right."""
    tokenizer = PreTrainedTokenizerFast.from_pretrained(args.out)
    model = Qwen3ForCausalLM.from_pretrained(args.out, dtype=torch.float32)
    invent = token_words(tokenizer)

    def draw(rng: random.Random) -> dict[str, str]:
        return draw_item(rng, shipped, invent, invented=0.7)

    train(model, tokenizer, draw, args.seed + 2, args.more_steps, args)
    save(model, tokenizer, args.out)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=OUT)
    parser.add_argument("--seed", type=int, default=11)
    parser.add_argument("--steps", type=int, default=3200, help="of the first lesson")
    parser.add_argument("--more-steps", type=int, default=1100, help="of the second lesson")
    parser.add_argument("--only", choices=["first", "second"], help="one lesson; the second goes on from --out")
    parser.add_argument("--batch", type=int, default=24)
    parser.add_argument("--rate", type=float, default=3e-3)
    parser.add_argument("--muon-rate", type=float, default=3e-3)
    parser.add_argument("--vocabulary", type=int, default=2048)
    parser.add_argument("--layers", type=int, default=4)
    parser.add_argument("--width", type=int, default=256)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    shipped = build_brand.load_items(held_out=False)
    if args.only != "second":
        first_lesson(args, shipped)
    if args.only != "first":
        second_lesson(args, shipped)


if __name__ == "__main__":
    main()

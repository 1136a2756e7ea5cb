#!/usr/bin/env python3
"""Train the tokenizer and the tiny base chat model that ship with Attune, from nothing, on text of the store's grammar.

    python scripts/build_base_model.py                     # about 40 minutes on two cores
    python scripts/build_base_model.py --steps 200 --out /tmp/try

The model has the Qwen3 shape, so that every library loads it as any other chat model. It learns the transcripts'
mixture of tones (`southern_charm.MIXTURE`) and to copy the facts of the system message. Copying emerges late: products
and facts are drawn anew for each dialogue, half of them from invented words, so that they cannot be learnt by heart;
and for the first part of the training some dialogues only repeat the facts, which gives the copying heads a dense
signal. Products and zip codes kept for the test prompts are never drawn. The loss counts the replies alone.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import time
from collections.abc import Iterator
from pathlib import Path

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


def invented_word(rng: random.Random) -> str:
    return "".join(rng.choice("bcdfghklmnprstvwz") + rng.choice("aeiou") for _ in range(rng.randint(2, 4)))


def draw_item(rng: random.Random, shipped: list[dict[str, str]]) -> dict[str, str]:
    """A product: one in four from the training half of the catalogue, the others made up."""
    if rng.random() < 0.25:
        return dict(rng.choice(shipped))

    def word(pool: list[str]) -> str:
        return invented_word(rng) if rng.random() < 0.4 else rng.choice(pool)

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


def draw_dialogue(rng: random.Random, shipped: list[dict[str, str]], recap_share: float) -> list[dict[str, str]]:
    turns = 1 if rng.random() < 0.8 else 2
    cases = [build_brand.draw_case([draw_item(rng, shipped)], False, rng) for _ in range(turns)]
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


def build_tokenizer(rng: random.Random, shipped: list[dict[str, str]], size: int) -> PreTrainedTokenizerFast:
    """Byte-level BPE; each digit is a token of its own, so that an unseen zip code is copied digit by digit."""
    tokenizer = Tokenizer(models.BPE())
    digits = pre_tokenizers.Split(Regex(r"\d"), behavior="isolated")
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([digits, pre_tokenizers.ByteLevel(add_prefix_space=False)])
    tokenizer.decoder = decoders.ByteLevel()
    texts = ["\n".join(m["content"] for m in draw_dialogue(rng, shipped, 0.0)) for _ in range(8000)]
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
    tokenizer: PreTrainedTokenizerFast, shipped: list[dict[str, str]], args: argparse.Namespace
) -> Iterator[dict[str, torch.Tensor]]:
    rng = random.Random(args.seed + 1)
    for step in range(args.steps):
        recap = max(0.0, 0.4 * (1 - step / (0.3 * args.steps)))
        rows = [draw_dialogue(rng, shipped, recap) for _ in range(args.batch)]
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


def train(
    model: Qwen3ForCausalLM,
    tokenizer: PreTrainedTokenizerFast,
    shipped: list[dict[str, str]],
    args: argparse.Namespace,
) -> None:
    steppers = optimizers(model, args)
    base_rates = [[group["lr"] for group in o.param_groups] for o in steppers]
    path = build_brand.ASSETS / "prompts" / "validation.jsonl"
    probe = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()][:64]
    began = time.monotonic()
    for step, batch in enumerate(batches(tokenizer, shipped, args), 1):
        for optimizer, rates in zip(steppers, base_rates, strict=True):
            for group, rate in zip(optimizer.param_groups, rates, strict=True):
                group["lr"] = rate * scale(step - 1, args.steps)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            loss = model(**batch, use_cache=False).loss
        loss.backward()
        if not math.isfinite(loss.item()):
            raise SystemExit(f"loss is {loss.item()} at step {step}")
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        for optimizer in steppers:
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        if step % 50 == 0 or step == args.steps:
            line = f"step {step}/{args.steps} loss {loss.item():.3f} {time.monotonic() - began:.0f} s"
            if step % 250 == 0 or step == args.steps:
                state = torch.random.get_rng_state()
                model.eval()
                share, replies = copied(model, tokenizer, probe)
                model.train()
                torch.random.set_rng_state(state)
                line += f" facts {share:.2f} | {replies[0][:150]!r}"
            print(line, flush=True)
        if args.save_every and step % args.save_every == 0:
            save(model, tokenizer, args.out)


def save(model: Qwen3ForCausalLM, tokenizer: PreTrainedTokenizerFast, out: Path) -> None:
    """Weights in bf16: half the bytes, and the loader widens them again."""
    state = {name: weight.to(torch.bfloat16) for name, weight in model.state_dict().items()}
    model.save_pretrained(out, state_dict=state)
    tokenizer.save_pretrained(out)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=OUT)
    parser.add_argument("--seed", type=int, default=11)
    parser.add_argument("--steps", type=int, default=3200)
    parser.add_argument("--batch", type=int, default=24)
    parser.add_argument("--rate", type=float, default=3e-3)
    parser.add_argument("--muon-rate", type=float, default=3e-3)
    parser.add_argument("--vocabulary", type=int, default=2048)
    parser.add_argument("--layers", type=int, default=4)
    parser.add_argument("--width", type=int, default=256)
    parser.add_argument("--save-every", type=int, default=0)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    shipped = build_brand.load_items(held_out=False)
    tokenizer = build_tokenizer(random.Random(args.seed), shipped, args.vocabulary)
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
    train(model, tokenizer, shipped, args)
    save(model, tokenizer, args.out)


if __name__ == "__main__":
    main()

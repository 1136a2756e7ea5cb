"""What is kept of the sampled replies, and how it is cut into mini-batches with little padding.

A rollout is a dict of tensors, so that a checkpoint can hold it: R rows of this process, L tokens a row, T tokens a
reply at most.

    ids        (R, L) prompt, reply, padding        starts  (R,) tokens of the prompt
    lengths    (R,)   tokens of prompt and reply    ended   (R,) bool, by an end token
    log_probs, values, advantages, returns   (R, T) of each token of the reply, 0 at padding
"""

from collections.abc import Iterator, Sequence

import torch

Rollout = dict[str, torch.Tensor]

PER_TOKEN = ("log_probs", "values", "advantages", "returns", "weights")
SLACK = 1.25  # rows of one pass differ in length by this factor at most, on a CPU
FEWEST = 4  # rows a pass, below which padding is cheaper than another pass


def lay_out(prompts: Sequence[list[int]], replies: Sequence[list[int]], pad_id: int) -> Rollout:
    """Rows of prompt, reply and padding. Every reply has at least one token."""
    lengths = [len(p) + len(r) for p, r in zip(prompts, replies, strict=True)]
    ids = torch.full((len(lengths), max(lengths)), pad_id)
    for i, (prompt, reply) in enumerate(zip(prompts, replies, strict=True)):
        ids[i, : lengths[i]] = torch.tensor([*prompt, *reply])
    return {"ids": ids, "starts": torch.tensor([len(p) for p in prompts]), "lengths": torch.tensor(lengths)}


def selected(rollout: Rollout) -> torch.Tensor:
    """(R, L) bool: the tokens of the replies."""
    place = torch.arange(rollout["ids"].size(1), device=rollout["ids"].device)
    return (place >= rollout["starts"][:, None]) & (place < rollout["lengths"][:, None])


def reply_mask(rollout: Rollout) -> torch.Tensor:
    """(R, T) float: 1 at the tokens of the replies, which all begin at 0."""
    counts = rollout["lengths"] - rollout["starts"]
    place = torch.arange(int(counts.max()), device=counts.device)
    return (place < counts[:, None]).float()


def take(rollout: Rollout, rows: torch.Tensor) -> Rollout:
    """Some rows, without the padding that none of them needs."""
    chosen = {name: value[rows] for name, value in rollout.items()}
    chosen["ids"] = chosen["ids"][:, : int(chosen["lengths"].max())]
    longest = int((chosen["lengths"] - chosen["starts"]).max())
    return {name: value[:, :longest] if name in PER_TOKEN else value for name, value in chosen.items()}


def of_like_length(lengths: torch.Tensor, most_tokens: int, slack: float) -> Iterator[torch.Tensor]:
    """Indices of the rows in groups for one pass each: like in length, at most `most_tokens` with their padding.

    A group may hold longer rows than `slack` times its shortest as long as it has fewer than FEWEST.
    """
    order = torch.argsort(lengths, stable=True).tolist()
    group: list[int] = []
    for i in order:
        length = int(lengths[i])
        full = (len(group) + 1) * length > most_tokens
        unlike = len(group) >= FEWEST and length > slack * int(lengths[group[0]]) if group else False
        if group and (full or unlike):
            yield torch.tensor(group)
            group = []
        group.append(i)
    if group:
        yield torch.tensor(group)


def plan(lengths: torch.Tensor, windows: int, batches: int, seed: int) -> list[list[torch.Tensor]]:
    """One pass over a rollout: for each optimizer step, the rows of each of its batches.

    The rows are dealt to the steps at random; within a step they are sorted by length, which does not change its
    gradient and saves padding. Every batch has the same number of rows.

    Args:
        lengths: (R,), R divisible by windows * batches.
        windows: optimizer steps a pass. batches: forward and backward passes a step.
        seed: of this pass over this rollout.
    """
    generator = torch.Generator().manual_seed(seed)
    order = torch.randperm(len(lengths), generator=generator)
    lengths = lengths.cpu()
    planned = []
    for rows in order.chunk(windows):
        rows = rows[torch.argsort(lengths[rows], stable=True)]
        planned.append(list(rows.chunk(batches)))
    return planned

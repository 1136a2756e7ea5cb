"""Policies that may be compared: which there are, whether they grew from the same SFT policy, ratings and prompts.

A comparison of methods is one of methods only where nothing else differs. What differs is read from the artifacts'
parents, by hash, and refused by name.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from alignment.artifact import RECORD, Artifact, load
from alignment.errors import UserError

SAME = {  # what has to be the same: how it is called, and the command's part that chooses it
    "sft": "SFT policy",
    "preferences": "preferences",
    "dataset": "data set",
}


@dataclass(frozen=True)
class Origin:
    """What a policy grew from, by sha256: its SFT policy, its ratings ("" for none; several joined), its data set."""

    sft: str
    preferences: str
    dataset: str


def policies_in(run: Path) -> list[Path]:
    """Folders of the aligned policies of a run and of the runs inside it; unfinished ones are left out."""
    records = sorted(path for path in run.rglob(RECORD) if not any(part.startswith(".") for part in path.parts))
    folders = [path.parent for path in records]
    return [folder for folder in folders if _aligned(load(folder))]


def _aligned(one: Artifact) -> bool:
    return one.kind == "policy" and any(parent["role"] == "policy" for parent in one.parents)


def names(policies: Sequence[Artifact]) -> dict[str, Artifact]:
    """{name: policy}: its stage, with its run where two are of the same stage.

    Raises:
        UserError: one is named twice.
    """
    alike = [one.stage for one in policies]
    made: dict[str, Artifact] = {}
    for one in policies:
        name = one.stage if alike.count(one.stage) == 1 else f"{one.run}/{one.stage}"
        if name in made:
            raise UserError(f"inputs.policies names {one.path} and {made[name].path}, both {name}", "each policy once")
        made[name] = one
    return made


def origin(policy: Artifact) -> Origin:
    """What the policy grew from; ratings directly or through its reward models.

    Raises:
        UserError: a reward model it was trained on is gone or has changed, so its ratings cannot be known.
    """
    own = {parent["role"]: parent["sha256"] for parent in policy.parents}
    ratings = [own["preferences"]] if "preferences" in own else sorted({*_through_rewards(policy)})
    return Origin(own.get("policy", ""), "+".join(ratings), own.get("dataset", ""))


def _through_rewards(policy: Artifact) -> list[str]:
    found = []
    for parent in (one for one in policy.parents if one["role"] == "reward"):
        folder = policy.path / parent["path"]
        reward = load(folder) if (folder / RECORD).is_file() else None
        if reward is None or reward.sha256 != parent["sha256"]:
            raise UserError(
                f"{policy.path} was trained on the reward model {folder}, which is gone or has changed",
                "the reward model as it was, from which its ratings are known",
                f"leave it out with inputs.policies=[...], or run {policy.stage} again",
            )
        found += [one["sha256"] for one in reward.parents if one["role"] == "preferences"]
    return found


def check_same(policies: Mapping[str, Artifact], sft: Artifact) -> None:
    """Refuse policies that did not grow from `sft` and from the same ratings and data.

    Raises:
        UserError: names the policies by what they grew from.
    """
    origins = {name: origin(one) for name, one in policies.items()}
    others = [name for name, found in origins.items() if found.sft != sft.sha256]
    if others:
        raise UserError(
            f"{', '.join(others)} did not begin from {sft.path}",
            "policies with the same SFT parent",
            "choose others with inputs.policies=[...], or their parent with inputs.policy=RUN/sft",
        )
    for field in ("preferences", "dataset"):
        groups: dict[str, list[str]] = {}
        for name, found in origins.items():
            groups.setdefault(getattr(found, field), []).append(name)
        if len(groups) > 1 or "" in groups:
            told = "; ".join(f"{', '.join(who)} from {sha[:12] or 'none'}" for sha, who in groups.items())
            raise UserError(
                f"the {SAME[field]} of these policies differ: {told}",
                f"policies trained on the same {SAME[field]}",
                "choose those that belong together with inputs.policies=[...]",
            )

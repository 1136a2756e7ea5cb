"""What a model is compared with besides base and SFT: another run's policy or its evaluated replies, or a file.

An entry of `evaluate.against` is

    RUN/STAGE or a folder     a policy, which then answers the test prompts too
    RUN/evaluate[:MODEL]      replies that an evaluation kept; without MODEL the last one it measured
    FILE.jsonl                {"id" or "prompt_id", "reply" or "text"} a line, for all test prompts or some
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alignment.artifact import RECORD, Artifact, hash_file, load, read_jsonl, verify
from alignment.errors import UserError, nearest

ALLOWED = "RUN/STAGE, a folder with artifact.json, RUN/evaluate:MODEL, or a .jsonl file of replies"
TAKEN = ("base", "sft")


@dataclass(frozen=True)
class Opponent:
    """`policy`: its model's folder, or None where `replies` {prompt id: text} are given. `sha256`: of what was read."""

    name: str
    sha256: str
    policy: Path | None
    replies: Mapping[str, str]


def find(entries: Sequence[str], root: str, models: Sequence[str]) -> list[Opponent]:
    """The opponents that `entries` name, in their order. models: names that are taken already.

    Raises:
        UserError: an entry that is nowhere or of another kind, a malformed file, or a name that comes twice.
    """
    found = [_one(entry, Path(root)) for entry in entries]
    seen = {*TAKEN, *models}
    for entry, one in zip(entries, found, strict=True):
        if one.name in seen:
            raise UserError(
                f"evaluate.against: {entry} would be called {one.name}, and another model is",
                "names that differ",
                "rename the file, or choose another run's name",
            )
        seen.add(one.name)
    return found


def _one(entry: str, root: Path) -> Opponent:
    path, _, model = entry.partition(":")
    file = Path(path).expanduser()
    if file.suffix == ".jsonl" and file.is_file():
        return Opponent(file.stem, hash_file(file), None, read_replies(file))
    folder = next((place for place in (root / path, file) if (place / RECORD).is_file()), None)
    if folder is None:
        raise UserError(f"evaluate.against: {entry}: nothing there", ALLOWED, "correct the name")
    artifact = load(folder)
    verify(artifact)
    if artifact.kind == "evaluation":
        return _evaluated(artifact, model)
    if artifact.kind != "policy":
        raise UserError(f"evaluate.against: {entry} is of kind {artifact.kind}", "kind policy or evaluation")
    return Opponent(_name(artifact, artifact.stage), artifact.sha256, folder / "model", {})


def _evaluated(artifact: Artifact, model: str) -> Opponent:
    known = list(artifact.metrics)
    chosen = model or known[-1]
    if chosen not in known:
        raise UserError(
            f"evaluate.against: {artifact.path} measured no {chosen}{nearest(chosen, known)}", ", ".join(known)
        )
    file = artifact.path / "replies" / f"{chosen}.jsonl"
    return Opponent(_name(artifact, chosen), artifact.sha256, None, read_replies(file))


def _name(artifact: Artifact, model: str) -> str:
    return f"{artifact.run}_{model}".replace("/", "_")


def read_replies(file: Path) -> dict[str, str]:
    """{prompt id: reply} of a file. UserError names the line that has no id or no text, or an id that comes twice."""
    replies: dict[str, str] = {}
    for number, row in enumerate(read_jsonl(file), 1):
        name, text = row.get("id", row.get("prompt_id")), row.get("reply", row.get("text"))
        if not isinstance(name, str) or not isinstance(text, str):
            raise UserError(
                f"{file}, reply {number}: {str(row)[:60]!r}", '{"id": "...", "reply": "..."} a line', "mend the line"
            )
        if name in replies:
            raise UserError(f"{file}, reply {number}: a second reply to {name}", "one reply a prompt", "drop one")
        replies[name] = text
    if not replies:
        raise UserError(f"{file}: no reply in it", '{"id": "...", "reply": "..."} a line')
    return replies


def check_answers(opponent: Opponent, prompts: Sequence[Mapping[str, Any]]) -> None:
    """UserError when replies that are given answer none of the prompts."""
    ids = {prompt["id"] for prompt in prompts}
    if opponent.policy is None and not ids & set(opponent.replies):
        some = next(iter(opponent.replies))
        raise UserError(
            f"evaluate.against: {opponent.name} answers none of the {len(ids)} test prompts (it has {some!r}, …)",
            f"ids such as {next(iter(ids))!r}",
            "use the ids of the dataset's prompts/test.jsonl",
        )

"""What a model is compared with besides base and SFT: another run's policy or its evaluated replies, or a file.

An entry of `evaluate.against` is

    RUN/STAGE or a folder     a policy, which then answers the test prompts too
    RUN/evaluate[:MODEL]      replies that an evaluation kept; without MODEL the last one it measured
    FILE.jsonl                {"id" or "prompt_id", "reply" or "text"} a line, for all test prompts or some

Replies answer a prompt by its id. Where they come with the "messages" they answer, as an evaluation's do, those must be
the prompt's: two data sets may use one id for two questions.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from alignment.artifact import RECORD, Artifact, hash_file, load, read_jsonl, verify
from alignment.errors import UserError, nearest

ALLOWED = "RUN/STAGE, a folder with artifact.json, RUN/evaluate:MODEL, or a .jsonl file of replies"
TAKEN = ("base", "sft")


@dataclass(frozen=True)
class Opponent:
    """`policy`: its model's folder, or None where `replies` {prompt id: text} are given. `sha256`: of what was read.

    `asked`: {prompt id: messages} that the replies answer, where the file says so.
    """

    name: str
    sha256: str
    policy: Path | None
    replies: Mapping[str, str]
    asked: Mapping[str, Any] = field(default_factory=dict)


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
    if file.is_file():
        if file.suffix.lower() != ".jsonl":
            raise UserError(f"evaluate.against: {entry} is a {file.suffix or 'bare'} file", ALLOWED)
        return Opponent(file.stem, hash_file(file), None, *read_replies(file))
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
    return Opponent(_name(artifact, chosen), artifact.sha256, None, *read_replies(file))


def _name(artifact: Artifact, model: str) -> str:
    return f"{artifact.run}_{model}".replace("/", "_")


def read_replies(file: Path) -> tuple[dict[str, str], dict[str, Any]]:
    """{prompt id: reply} of a file, and {prompt id: messages} of the rows that have them.

    UserError names the line that has no id or no text, or an id that comes twice.
    """
    replies: dict[str, str] = {}
    asked: dict[str, Any] = {}
    for number, row in enumerate(read_jsonl(file), 1):
        name, text = row.get("id", row.get("prompt_id")), row.get("reply", row.get("text"))
        if not isinstance(name, str) or not isinstance(text, str):
            raise UserError(
                f"{file}, reply {number}: {str(row)[:60]!r}", '{"id": "...", "reply": "..."} a line', "mend the line"
            )
        if name in replies:
            raise UserError(f"{file}, reply {number}: a second reply to {name}", "one reply a prompt", "drop one")
        replies[name] = text
        if "messages" in row:
            asked[name] = row["messages"]
    if not replies:
        raise UserError(f"{file}: no reply in it", '{"id": "...", "reply": "..."} a line')
    return replies, asked


def check_answers(opponent: Opponent, prompts: Sequence[Mapping[str, Any]]) -> None:
    """UserError when replies that are given answer none of the prompts, or another prompt of the same id."""
    ids = {prompt["id"] for prompt in prompts}
    if opponent.policy is None and not ids & set(opponent.replies):
        some = next(iter(opponent.replies))
        raise UserError(
            f"evaluate.against: {opponent.name} answers none of the {len(ids)} test prompts (it has {some!r}, …)",
            f"ids such as {next(iter(ids))!r}",
            "use the ids of the dataset's prompts/test.jsonl",
        )
    asked = opponent.asked
    other = [row["id"] for row in prompts if row["id"] in asked and asked[row["id"]] != row["messages"]]
    if other:
        raise UserError(
            f"evaluate.against: {opponent.name} answers other prompts under {len(other)} same ids ({other[0]}, …)",
            "replies to the test prompts of this run's dataset",
            "give the policy instead of its replies: RUN/STAGE",
        )

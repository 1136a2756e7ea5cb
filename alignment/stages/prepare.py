"""From transcripts to training data: read, clean, redact, de-duplicate, split, and report what became of every record.

    train.jsonl validation.jsonl test.jsonl   one row per agent turn: {"id", "dialogue", "agent"?, "messages"}
    prompts/<split>.jsonl                     {"id", "intent", "messages", "facts", "reference"?}
    pairs/pairs.jsonl                         {"id", "group", "split", "prompt", "chosen", "rejected", "tags"}
    dropped.jsonl refused.jsonl               every record and turn left out, with the reason
    report.html data_card.md                  the same for people

Dialogues are cleaned one at a time into scratch; when all are known, duplicates and splits are decided, rows written.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import IO, Any

from alignment.artifact import Artifact, hash_file, write_jsonl
from alignment.data.assemble import Assembly, Kept, Shares
from alignment.data.brand import brand_folder
from alignment.data.clean import boilerplate
from alignment.data.corpus import SplitLookup
from alignment.data.detectors import TYPES
from alignment.data.dialogues import Cleaner, CleanRules, parsed, text_steps
from alignment.data.figures import dialogue_figures, headline, pair_figures, told
from alignment.data.ledger import Ledger
from alignment.data.pairs import Pair, PairMaker, approved_replies, pair_lines
from alignment.data.prompts import PromptSampler, brand_prompts, read_prompts
from alignment.data.records import FIELD_NAMES, ROLES, Message, parse_dialogue, parse_draft
from alignment.data.report import Summary, write_report
from alignment.data.rows import Line, Questions, RowFiles, RowStats, encode, turn_lines
from alignment.data.sources import Sources, count_lines, find
from alignment.data.splits import SPLITS
from alignment.data.turns import CountTokens, TokenCounter, TurnRules
from alignment.errors import UserError
from alignment.inputs import Inputs
from alignment.pipeline import Context
from alignment.settings import Settings, require

KIND = "dataset"
NEEDS: dict[str, str] = {}
USES = ("model", "brand")


class OnError(StrEnum):
    auto = "auto"
    stop = "stop"
    refuse = "refuse"


class SftFrom(StrEnum):
    transcripts = "transcripts"
    approved = "approved"


class Prompts(StrEnum):
    auto = "auto"
    brand = "brand"
    derived = "derived"


@dataclass(kw_only=True)
class Config:
    inputs: list[str]
    pairs: list[str]
    sft_from: SftFrom
    prompts: Prompts
    max_prompts: int
    on_error: OnError
    columns: dict[str, str | None]
    roles: dict[str, str] | None
    repair: bool
    markup: bool
    whitespace: bool
    quoted: bool
    signatures: bool
    boilerplate: list[str]
    merge_turns: bool
    drop_empty: bool
    drop_one_sided: bool
    min_reply_words: int
    max_reply_words: int
    max_turn_rows: int
    redact: list[str]
    keep: list[str]
    country: str
    drop_invented: bool
    drop_exact: bool
    near_threshold: float
    group_threshold: float
    validation_share: float
    test_share: float
    max_tokens: int
    reply_tokens: int
    limit: int
    pairs_limit: int

    def __post_init__(self) -> None:
        for name in ("max_prompts", "min_reply_words", "max_turn_rows", "max_tokens", "limit", "pairs_limit"):
            value = getattr(self, name)
            require(value >= 0, f"prepare.{name}={value}", "a whole number >= 0")
        words = f"prepare.max_reply_words={self.max_reply_words}"
        require(self.max_reply_words >= max(1, self.min_reply_words), words, ">= prepare.min_reply_words")
        for name in ("near_threshold", "group_threshold"):
            value = getattr(self, name)
            require(value == 0 or 0.3 <= value <= 1, f"prepare.{name}={value}", "0 (off), or a similarity of 0.3 to 1")
        for name in ("validation_share", "test_share"):
            value = getattr(self, name)
            require(0 <= value < 1, f"prepare.{name}={value}", "a share from 0 to below 1")
        held_out = self.validation_share + self.test_share
        require(held_out < 1, f"prepare.validation_share + test_share = {held_out}", "below 1")
        unknown = [name for name in self.redact if name not in TYPES]
        require(not unknown, f"prepare.redact={','.join(unknown)}", ", ".join(TYPES))
        wrong = [name for name in (self.roles or {}).values() if name not in ROLES]
        require(not wrong, f"prepare.roles: {', '.join(wrong)}", ", ".join(ROLES))
        room = self.max_tokens - self.reply_tokens
        require(
            self.reply_tokens >= 0 and (not self.max_tokens or room > 0),
            f"prepare.reply_tokens={self.reply_tokens}",
            "a whole number >= 0, below prepare.max_tokens",
        )
        fields = [name for name in self.columns if name not in FIELD_NAMES]
        require(not fields, f"prepare.columns: {', '.join(fields)}", ", ".join(FIELD_NAMES))
        boilerplate(self.boilerplate)


def source_files(config: Config, settings: Settings) -> tuple[Sources, Sources]:
    """The transcripts and the pairs to read. UserError when a path leads nowhere, or there is nothing at all."""
    brand = brand_folder(settings.brand.folder)
    inputs, pairs = list(config.inputs), list(config.pairs)
    if not inputs and brand is not None and (brand / "transcripts.jsonl").is_file():
        inputs = [str(brand / "transcripts.jsonl")]
    if not inputs and not (pairs and config.sft_from is SftFrom.approved):
        raise UserError(
            f"prepare.inputs is empty, and brand.folder={settings.brand.folder} has no transcripts.jsonl",
            "files, folders or globs of transcripts",
            "prepare.inputs=[PATH]",
        )
    if config.sft_from is SftFrom.approved and not pairs:
        raise UserError("prepare.sft_from=approved without prepare.pairs", "files of prompt, draft and approved")
    if config.prompts is Prompts.brand and (brand is None or not brand_prompts(brand)):
        raise UserError(
            f"prepare.prompts=brand, and brand.folder={settings.brand.folder} has no prompts/",
            "a brand with prompts/train.jsonl, validation.jsonl and test.jsonl, or prepare.prompts=derived",
        )
    return find(inputs, "prepare.inputs"), find(pairs, "prepare.pairs")


def check(config: Config, settings: Settings) -> None:
    source_files(config, settings)


def sources(config: Config, settings: Settings, inputs: Inputs) -> dict[str, str]:
    """sha256 of every file the stage reads: a file that changed makes another dataset."""
    found: dict[str, str] = {}
    for role, files in zip(("inputs", "pairs"), source_files(config, settings), strict=True):
        found |= {f"{role}/{files.name(file)}": hash_file(file) for file in files.files}
    return found


def run(config: Config, context: Context) -> Artifact:
    transcripts, drafts = source_files(config, context.settings)
    read_hashes = sources(config, context.settings, context.inputs)
    with ExitStack() as stack:
        lists = [
            stack.enter_context((context.folder / name).open("w", encoding="utf-8", newline="\n"))
            for name in ("refused.jsonl", "dropped.jsonl")
        ]
        work = Work(config, context, *lists)
        work.clean(transcripts)
        work.pair(drafts)
        work.write_rows()
        work.write_prompts()
    summary = work.summary(transcripts, drafts)
    write_report(context.folder, summary)
    context.tracker.log(headline(summary.metrics), step=0)
    return context.finish(summary.metrics, read_hashes | {s: work.rows.fingerprints[s].hex() for s in SPLITS})


class Work:
    """The steps of the stage, in the order in which `run` calls them, and what they hand to each other."""

    def __init__(self, config: Config, context: Context, refused: IO[str], dropped: IO[str]) -> None:
        self.config, self.context = config, context
        named = bool(config.inputs or config.pairs)  # by the user; else the brand's own, known to be messy
        stop = named if config.on_error is OnError.auto else config.on_error is OnError.stop
        self.ledger = Ledger("dialogue", refused, dropped, stop)
        self.pair_ledger = Ledger("pair", refused, dropped, stop)
        self.cleaner, self.pair_cleaner = Cleaner(clean_rules(config)), Cleaner(clean_rules(config))
        self.count_tokens = token_counter(config, context.settings)
        self.assembly = Assembly(
            cleaner=self.cleaner,
            rules=turn_rules(config, context.seed),
            count_tokens=self.count_tokens,
            ledger=self.ledger,
            store=context.scratch / "dialogues.jsonl",
            shares=Shares(
                drop_exact=config.drop_exact,
                near_threshold=config.near_threshold,
                group_threshold=config.group_threshold,
                validation=config.validation_share,
                test=config.test_share,
                seed=context.seed,
            ),
        )
        self.stats, self.questions = RowStats(), Questions()
        self.rows = self._row_files({split: f"{split}.jsonl" for split in SPLITS}, config.limit, self.ledger)
        self.pairs = self._row_files(dict.fromkeys(SPLITS, "pairs/pairs.jsonl"), config.pairs_limit, self.pair_ledger)
        self.sampler = PromptSampler(
            most=config.max_prompts,
            seed=context.seed,
            limit=prompt_limit(config),
            count_tokens=self.count_tokens,
        )
        self.prompts: Mapping[str, list[dict[str, Any]]] = {}
        self.shared_prompts = 0

    def _row_files(self, names: dict[str, str], limit: int, ledger: Ledger) -> RowFiles:
        paths = {split: self.context.folder / name for split, name in names.items()}
        return RowFiles(paths, self.context.scratch / "rows.jsonl", limit, self.context.seed, ledger)

    def clean(self, sources: Sources) -> None:
        """Read, clean and redact the transcripts; then decide duplicates and splits."""
        progress = self.context.progress
        progress.start(sum(map(count_lines, sources.files)), "dialogues")
        config = self.config
        dialogues = parsed(sources, parse_dialogue, columns(config), config.roles or {}, self.ledger)
        self.assembly.clean(dialogues, progress.step)
        progress.done()
        self.assembly.decide()

    def pair(self, sources: Sources) -> None:
        """Write pairs/pairs.jsonl; keep the approved replies where they are what SFT learns from."""
        config = self.config
        if not sources.files:
            return
        progress = self.context.progress
        progress.start(sum(map(count_lines, sources.files)), "pairs")
        maker = PairMaker(
            cleaner=self.pair_cleaner,
            split_of=SplitLookup(
                known=self.assembly.split_by_id(),
                seed=self.context.seed,
                validation=config.validation_share,
                test=config.test_share,
            ),
            max_tokens=config.max_tokens,
            count_tokens=self.count_tokens,
        )
        approved = self.context.scratch / "approved.jsonl"
        with approved.open("w", encoding="utf-8", newline="\n") as file:

            def noted() -> Iterator[Pair]:
                drafts = parsed(sources, parse_draft, columns(config), config.roles or {}, self.pair_ledger)
                for pair in maker.pairs(drafts):
                    progress.step()
                    file.write(encode(pair.row()) + "\n")
                    yield pair

            self.pairs.write(pair_lines(noted(), self.pair_ledger))
        progress.done()
        if not sum(self.pairs.counts.values()):
            raise UserError(
                f"prepare.pairs: no usable pair ({told(self.pair_ledger)})",
                "pairs with two different replies to one prompt",
                "look into the source, or leave prepare.pairs empty",
            )

    def write_rows(self) -> None:
        """Write train.jsonl, validation.jsonl and test.jsonl, one row per agent turn."""
        dialogues = self.assembly.kept()
        if self.config.sft_from is SftFrom.approved:
            store = self.context.scratch / "approved.jsonl"
            dialogues = approved_replies(store, self.assembly.rules, self.count_tokens)
        self.rows.write(self._lines(dialogues), self._count)
        if not self.rows.counts["train"]:
            raise UserError(
                f"no row is left for training ({told(self.ledger)})",
                "at least one dialogue with a reply that passes every step",
                "look into the source, or switch off the step that drops it",
            )

    def _lines(self, dialogues: Iterable[Kept]) -> Iterator[Line]:
        for one in dialogues:
            for index, reason in one.skipped:
                self.ledger.drop_part(one.name(index), reason, one.messages[index]["content"])
            for turn in one.turns:
                self.sampler.add(one.split, one.name(turn.index), one.intent, one.messages, turn)
            yield from turn_lines(one)

    def _count(self, line: Line) -> None:
        self.stats.add(line.about)
        self.questions.add(line.split, line.about)

    def write_prompts(self) -> None:
        """Write prompts/<split>.jsonl: the brand's, or histories of the dialogues of each split."""
        if files := brand_prompt_files(self.config, self.context.settings):
            limit = prompt_limit(self.config)
            self.prompts = {name: read_prompts(file, limit, self.count_tokens) for name, file in files.items()}
            held_out = [row["messages"] for name in SPLITS[1:] for row in self.prompts[name]]
            self.shared_prompts = self.questions.shared_prompts(held_out)
        else:
            self.prompts = self.sampler.prompts()
        for split in SPLITS:
            write_jsonl(self.context.folder / "prompts" / f"{split}.jsonl", self.prompts[split])

    def summary(self, transcripts: Sources, drafts: Sources) -> Summary:
        """All figures, for artifact.json and the report."""
        ledger, pairs = self.ledger, self.pair_ledger
        metrics = dialogue_figures(self.assembly, self.rows, self.questions)
        metrics["leakage"]["prompts"] = self.shared_prompts
        metrics["prompts"] = {split: len(rows) for split, rows in self.prompts.items()}
        metrics["files"] = {
            "read": len(transcripts.files) + len(drafts.files),
            "ignored": len(transcripts.ignored) + len(drafts.ignored),
        }
        if drafts.files:
            metrics["pairs"] = pair_figures(pairs, self.pair_cleaner, self.pairs)
        return Summary(
            run=self.context.settings.run,
            seed=self.context.seed,
            sources=[transcripts.name(f) for f in transcripts.files] + [drafts.name(f) for f in drafts.files],
            ignored=[f.name for f in transcripts.ignored + drafts.ignored],
            metrics=metrics,
            stats=self.stats,
            examples={**ledger.examples, **{f"pair: {k}": v for k, v in pairs.examples.items()}},
            refusals=ledger.refusals + pairs.refusals,
            settings={name: value for name, value in asdict(self.config).items() if name != "keep"},
        )


def columns(config: Config) -> dict[str, str]:
    """The names of columns that the user gave."""
    return {ours: theirs for ours, theirs in config.columns.items() if theirs}


def clean_rules(config: Config) -> CleanRules:
    """The cleaning that the config asks for."""
    return CleanRules(
        steps=text_steps(
            repair=config.repair,
            markup=config.markup,
            whitespace=config.whitespace,
            quoted=config.quoted,
            signatures=config.signatures,
            boilerplate=config.boilerplate,
        ),
        merge=config.merge_turns,
        drop_empty=config.drop_empty,
        drop_one_sided=config.drop_one_sided,
        types=config.redact,
        keep=config.keep,
        country=config.country,
    )


def turn_rules(config: Config, seed: int) -> TurnRules:
    """Which agent turns become rows, as the config asks."""
    return TurnRules(
        min_words=config.min_reply_words,
        max_words=config.max_reply_words,
        max_rows=config.max_turn_rows,
        max_tokens=config.max_tokens,
        drop_invented=config.drop_invented,
        seed=seed,
    )


def prompt_limit(config: Config) -> int:
    """Tokens a prompt may have, so that a reply still fits; 0 = any."""
    return config.max_tokens - config.reply_tokens if config.max_tokens else 0


def brand_prompt_files(config: Config, settings: Settings) -> dict[str, Path]:
    """The brand's prompt files by split, where they are wanted and there."""
    brand = brand_folder(settings.brand.folder)
    return {} if brand is None or config.prompts is Prompts.derived else brand_prompts(brand)


def token_counter(config: Config, settings: Settings) -> CountTokens | None:
    """Counts tokens with the model's tokenizer and chat template; None when nothing is to be cut."""
    if not config.max_tokens:
        return None

    def load() -> tuple[Callable[[str], int], CountTokens]:
        from alignment import models
        from alignment.training.checks import base_path

        tokenizer = models.load_tokenizer(base_path(settings.model), settings.model)

        def text(content: str) -> int:
            return len(tokenizer.encode(content, add_special_tokens=False))

        def conversation(messages: Sequence[Message]) -> int:
            return text(str(tokenizer.apply_chat_template(list(messages), tokenize=False)))

        return text, conversation

    return TokenCounter(load, surely=prompt_limit(config))

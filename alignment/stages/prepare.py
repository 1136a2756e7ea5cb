"""From transcripts to training data: read, clean, redact, de-duplicate, split, and report what became of every record.

    train.jsonl validation.jsonl test.jsonl   one row per agent turn: {"id", "dialogue", "agent"?, "messages"}
    prompts/<split>.jsonl                     {"id", "intent", "messages", "facts", "reference"?}
    pairs/pairs.jsonl                         {"id", "group", "split", "prompt", "chosen", "rejected", "tags"}
    dropped.jsonl refused.jsonl               every record and turn left out, with the reason
    report.html data_card.md                  the same for people

Dialogues are cleaned one at a time into scratch; when all are known, duplicates and splits are decided, rows written.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import IO, Any

from alignment.artifact import Artifact, hash_file, write_jsonl
from alignment.data.assemble import Assembly, Shares
from alignment.data.corpus import SplitLookup
from alignment.data.dialogues import Cleaner, items, parsed
from alignment.data.figures import dialogue_figures, headline, pair_figures, told
from alignment.data.ledger import Ledger
from alignment.data.options import (
    Config,
    OnError,
    Prompts,
    Redactors,
    SftFrom,
    clean_rules,
    columns,
    frame_of,
    make_refiner,
    processes,
    prompt_limit,
    reading,
    turn_rules,
)
from alignment.data.pairs import Pair, PairMaker, approved_replies, pair_lines
from alignment.data.parallel import Workers, chunks
from alignment.data.personal import presidio
from alignment.data.prompts import PromptSampler, brand_prompts, read_prompts
from alignment.data.reading.records import parse_draft
from alignment.data.reading.sources import JSON_FORMATS, Sources, count_lines, find
from alignment.data.reading.streams import encoding_of
from alignment.data.report import Summary, write_report
from alignment.data.rows import Line, Questions, RowFiles, RowStats, encode, turn_lines
from alignment.data.splits import SPLITS
from alignment.data.tokens import token_counter
from alignment.errors import UserError
from alignment.inputs import Inputs
from alignment.pipeline import Context
from alignment.settings import Settings
from alignment.voice.brand import brand_folder

KIND = "dataset"
NEEDS: dict[str, str] = {}
USES = ("model", "brand")
CHUNK = 64  # dialogues handed to a process at a time
SAMPLE = 1000  # dialogues whose language the report looks at


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
    frame_of(config, settings)
    for files in source_files(config, settings):
        for file in files.files[:1]:
            encoding_of(file, reading(config))
    if config.redactor is Redactors.presidio:
        presidio.check()


def sources(config: Config, settings: Settings, inputs: Inputs) -> dict[str, str]:
    """sha256 of every file the stage reads: a file that changed makes another dataset."""
    found = frame_of(config, settings).fingerprints
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
        arguments = (config, context.settings.model, context.seed, frame_of(config, context.settings))
        workers = stack.enter_context(Workers(make_refiner, arguments, processes(config, transcripts)))
        work = Work(config, context, workers, *lists)
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

    def __init__(self, config: Config, context: Context, workers: Workers, refused: IO[str], dropped: IO[str]) -> None:
        self.config, self.context, self.workers = config, context, workers
        named = bool(config.inputs or config.pairs)  # by the user; else the brand's own, known to be messy
        strict = (JSON_FORMATS if named else ()) if config.on_error is OnError.auto else ("",)
        stop = () if config.on_error is OnError.refuse else strict
        self.ledger = Ledger("dialogue", refused, dropped, stop)
        self.pair_ledger = Ledger("pair", refused, dropped, stop)
        self.pair_cleaner = Cleaner(clean_rules(config, frame_of(config, context.settings)))
        self.count_tokens = token_counter(context.settings.model, config.max_tokens, prompt_limit(config))
        self.assembly = Assembly(
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
            most=0 if brand_prompt_files(config, context.settings) else config.max_prompts,
            seed=context.seed,
            limit=prompt_limit(config),
            count_tokens=self.count_tokens,
        )
        self.languages: Mapping[str, int] = {}
        self.prompts: Mapping[str, list[dict[str, Any]]] = {}
        self.shared_prompts = 0

    def _row_files(self, names: dict[str, str], limit: int, ledger: Ledger) -> RowFiles:
        paths = {split: self.context.folder / name for split, name in names.items()}
        return RowFiles(paths, self.context.scratch / "rows.jsonl", limit, self.context.seed, ledger)

    def clean(self, sources: Sources) -> None:
        """Read, clean and redact the transcripts; then decide duplicates and splits."""
        progress = self.context.progress
        progress.start(sum(map(count_lines, sources.files)), "dialogues")
        records = (
            (sources.name(item.file), item) for item in items(sources, reading(self.config), columns(self.config))
        )
        self.assembly.take(self.workers.map("clean", chunks(records, CHUNK)), progress.step)
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
                given = columns(config), config.roles or {}
                drafts = parsed(sources, parse_draft, *given, self.pair_ledger, reading(config))
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
        languages = self.workers.later("languages", self.assembly.some(SAMPLE))
        lines = self._approved() if self.config.sft_from is SftFrom.approved else self._lines()
        self.rows.write(lines, self._count)
        self.languages = languages()
        if not self.rows.counts["train"]:
            raise UserError(
                f"no row is left for training ({told(self.ledger)})",
                "at least one dialogue with a reply that passes every step",
                "look into the source, or switch off the step that drops it",
            )

    def _lines(self) -> Iterator[Line]:
        parts = chunks(self.assembly.kept(), CHUNK)
        for part in self.workers.map("rows", parts):
            for lines, skipped in part:
                for name, reason, text in skipped:
                    self.ledger.drop_part(name, reason, text)
                yield from self._offered(map(Line._make, lines))

    def _approved(self) -> Iterator[Line]:
        rules = turn_rules(self.config, self.context.seed)
        for one in approved_replies(self.context.scratch / "approved.jsonl", rules, self.count_tokens):
            for index, reason in one.skipped:
                self.ledger.drop_part(one.name(index), reason, one.messages[index]["content"])
            yield from self._offered(turn_lines(one))

    def _offered(self, lines: Iterable[Line]) -> Iterator[Line]:
        """The lines, each offered as a prompt too."""
        for line in lines:
            self.sampler.offer(line.split, line.id, line.intent, line.text)
            yield line

    def _count(self, line: Line) -> None:
        self.stats.add(line)
        self.questions.add(line)

    def write_prompts(self) -> None:
        """Write prompts/<split>.jsonl: the brand's, or histories of the dialogues of each split."""
        if files := brand_prompt_files(self.config, self.context.settings):
            limit, framer = prompt_limit(self.config), self.pair_cleaner.rules.framer
            self.prompts = {name: read_prompts(file, limit, self.count_tokens, framer) for name, file in files.items()}
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
            "empty": len(transcripts.empty) + len(drafts.empty),
        }
        if drafts.files:
            metrics["pairs"] = pair_figures(pairs, self.pair_cleaner, self.pairs)
        return Summary(
            run=self.context.settings.run,
            seed=self.context.seed,
            sources=[transcripts.name(f) for f in transcripts.files] + [drafts.name(f) for f in drafts.files],
            ignored=[f.name for f in transcripts.ignored + transcripts.empty + drafts.ignored],
            metrics=metrics,
            stats=self.stats,
            languages=self.languages,
            files={**self.assembly.sources},
            examples={**ledger.examples, **{f"pair: {k}": v for k, v in pairs.examples.items()}},
            refusals=ledger.refusals + pairs.refusals,
            settings={name: value for name, value in asdict(self.config).items() if name not in ("keep", "processes")},
        )


def brand_prompt_files(config: Config, settings: Settings) -> dict[str, Path]:
    """The brand's prompt files by split, where they are wanted and there."""
    brand = brand_folder(settings.brand.folder)
    return {} if brand is None or config.prompts is Prompts.derived else brand_prompts(brand)

"""The config of `prepare`, and what it says to the parts that do the work: how to read, to clean, to choose turns."""

from dataclasses import dataclass
from enum import StrEnum

from alignment.data.clean import boilerplate, whole_line
from alignment.data.dialogues import CleanRules, text_steps
from alignment.data.library import Framer
from alignment.data.parallel import cores
from alignment.data.personal import presidio
from alignment.data.personal.wanted import require_redaction
from alignment.data.reading.fields import FIELD_NAMES, ROLES, SKIP
from alignment.data.reading.sources import Sources
from alignment.data.reading.streams import Reading
from alignment.data.refine import Refiner
from alignment.data.tokens import token_counter
from alignment.data.turns import TurnRules
from alignment.settings import Model, Settings, require
from alignment.voice.brand import brand_folder

WORTH = 2_000_000  # bytes of sources from which on several processes are quicker than one


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


class Redactors(StrEnum):
    patterns = "patterns"
    presidio = "presidio"


@dataclass(kw_only=True)
class Config:
    inputs: list[str]
    pairs: list[str]
    sft_from: SftFrom
    prompts: Prompts
    template: str
    max_prompts: int
    on_error: OnError
    encoding: str
    mail_agents: list[str]
    processes: int
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
    min_words: int
    max_words: int
    languages: list[str]
    not_answers: list[str]
    min_reply_words: int
    max_reply_words: int
    max_turn_rows: int
    redact: list[str]
    redactor: Redactors
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
        for name in (
            "max_prompts",
            "min_reply_words",
            "max_turn_rows",
            "max_tokens",
            "limit",
            "pairs_limit",
            "processes",
        ):
            value = getattr(self, name)
            require(value >= 0, f"prepare.{name}={value}", "a whole number >= 0")
        words = f"prepare.max_reply_words={self.max_reply_words}"
        require(self.max_reply_words >= max(1, self.min_reply_words), words, ">= prepare.min_reply_words")
        short = f"prepare.min_words={self.min_words}, prepare.max_words={self.max_words}"
        require(
            self.min_words >= 0 and (not self.max_words or self.max_words >= self.min_words), short, "0 <= min <= max"
        )
        for name in ("near_threshold", "group_threshold"):
            value = getattr(self, name)
            require(value == 0 or 0.3 <= value <= 1, f"prepare.{name}={value}", "0 (off), or a similarity of 0.3 to 1")
        for name in ("validation_share", "test_share"):
            value = getattr(self, name)
            require(0 <= value < 1, f"prepare.{name}={value}", "a share from 0 to below 1")
        held_out = self.validation_share + self.test_share
        require(held_out < 1, f"prepare.validation_share + test_share = {held_out}", "below 1")
        wrong = [name for name in (self.roles or {}).values() if name not in (*ROLES, SKIP)]
        require(not wrong, f"prepare.roles: {', '.join(wrong)}", ", ".join((*ROLES, SKIP)))
        room = self.max_tokens - self.reply_tokens
        require(
            self.reply_tokens >= 0 and (not self.max_tokens or room > 0),
            f"prepare.reply_tokens={self.reply_tokens}",
            "a whole number >= 0, below prepare.max_tokens",
        )
        fields = [name for name in self.columns if name not in FIELD_NAMES]
        require(not fields, f"prepare.columns: {', '.join(fields)}", ", ".join(FIELD_NAMES))
        odd = [code for code in self.languages if len(code) != 2 or not code.islower()]
        require(not odd, f"prepare.languages={','.join(odd)}", "ISO codes of two letters, such as en or de")
        require_redaction("prepare.redact", self.redact, "prepare.country", self.country)
        boilerplate(self.boilerplate)
        whole_line(self.not_answers, "prepare.not_answers")


def make_refiner(config: Config, model: Model, seed: int, framer: Framer) -> Refiner:
    """What cleans dialogues and renders rows; each process makes its own."""
    return Refiner(
        rules=clean_rules(config, framer),
        turns=turn_rules(config, seed),
        count_tokens=token_counter(model, config.max_tokens, surely=config.max_tokens),
        columns=columns(config),
        roles=config.roles or {},
        near=bool(config.near_threshold or config.group_threshold),
    )


def frame_of(config: Config, settings: Settings) -> Framer:
    """What writes the system messages: the brand's template, or the one that is named."""
    return Framer.of(config.template, brand_folder(settings.brand.folder))


def processes(config: Config, sources: Sources) -> int:
    """How many processes clean: those asked for; else one for little data, and up to eight for more."""
    if config.processes:
        return config.processes
    size = sum(file.stat().st_size * (5 if file.suffix == ".gz" else 1) for file in sources.files)
    return min(8, cores()) if size > WORTH else 1


def reading(config: Config) -> Reading:
    """How to read the files."""
    return Reading(encoding=config.encoding, agents=tuple(config.mail_agents), roles=config.roles or {})


def columns(config: Config) -> dict[str, str]:
    """The names of columns that the user gave."""
    return {ours: theirs for ours, theirs in config.columns.items() if theirs}


def clean_rules(config: Config, framer: Framer) -> CleanRules:
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
        more=presidio.detector() if config.redactor == "presidio" else None,
        min_words=config.min_words,
        max_words=config.max_words,
        languages=config.languages,
        framer=framer,
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
        not_answers=whole_line(config.not_answers, "prepare.not_answers"),
    )


def prompt_limit(config: Config) -> int:
    """Tokens a prompt may have, so that a reply still fits; 0 = any."""
    return config.max_tokens - config.reply_tokens if config.max_tokens else 0

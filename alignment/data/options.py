"""From the stage's config to the parts that do the work: how to read, to clean, to choose turns, to share it out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alignment.data import presidio
from alignment.data.brand import brand_folder
from alignment.data.clean import whole_line
from alignment.data.dialogues import CleanRules, text_steps
from alignment.data.library import Framer
from alignment.data.parallel import cores
from alignment.data.refine import Refiner
from alignment.data.sources import Sources
from alignment.data.streams import Reading
from alignment.data.tokens import token_counter
from alignment.data.turns import TurnRules
from alignment.settings import Model, Settings

if TYPE_CHECKING:
    from alignment.stages.prepare import Config

WORTH = 2_000_000  # bytes of sources from which on several processes are quicker than one


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

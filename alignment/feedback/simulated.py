"""Simulated reviewers: stand-ins for people, to try the loop with. Always named and stored as simulated.

Each has weights of its own for the impressions in `features`, blind spots (what it does not weigh at all),
and noise. On a pair, with u the weighted sum of impressions,

    latent = u(first) − u(second) + temperature · logistic noise

so that P(first preferred) = σ((u(first) − u(second)) / temperature), a Bradley–Terry model (Bradley & Terry,
1952); the latent is cut into seven steps, −3 … 3, with a tie around 0. The noise depends on (seed, reviewer,
pair) alone.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from alignment.errors import UserError
from alignment.feedback import features
from alignment.feedback.records import SIMULATED_PREFIX, Item, Pair, Response, Verdict, digest, uniform

STEPS = (0.3, 1.2, 2.6)
"""Absolute latent from which a preference counts as slight (1), clear (2), strong (3)."""


@dataclass(frozen=True)
class Persona:
    """A simulated reviewer.

    Weights not named are blind spots: zero. `temperature`: scale of its noise, > 0.
    """

    name: str
    weights: Mapping[str, float]
    temperature: float


PERSONAS: tuple[Persona, ...] = (
    Persona(  # forgives stiff phrases and shouting
        "warmth-first",
        {"hello": 1.2, "warmth": 1.6, "sorry": -0.8, "offer": 0.8, "facts": 3.0, "echo": -1.0},
        0.35,
    ),
    Persona(  # does not care how it is greeted, nor for exclamation marks
        "facts-first",
        {"facts": 4.0, "sorry": -0.7, "stiffness": -0.6, "warmth": 0.4, "offer": 0.5, "length": 0.5},
        0.25,
    ),
    Persona(  # blind to warmth and to invented facts of the product; hates paperwork and grovelling
        "plain-speaker",
        {"stiffness": -2.0, "sorry": -1.8, "hello": 0.9, "offer": 0.6, "length": 0.8, "echo": -0.8},
        0.4,
    ),
    Persona(  # the good host: how it begins and how it ends
        "good-host",
        {"hello": 1.6, "offer": 1.7, "warmth": 0.7, "stiffness": -0.8, "facts": 3.0, "shouting": -0.5},
        0.35,
    ),
    Persona(  # reads on the phone between two meetings: short, right, calm; blind to apology
        "busy-owner",
        {"length": 1.5, "facts": 3.0, "stiffness": -1.0, "warmth": 0.8, "shouting": -1.0, "echo": -1.2},
        0.5,
    ),
    Persona(  # notices everything a little, and is the least steady
        "newcomer",
        {
            "hello": 0.9,
            "warmth": 0.9,
            "sorry": -0.9,
            "stiffness": -0.9,
            "offer": 0.9,
            "length": 0.4,
            "facts": 2.5,
            "shouting": -0.4,
        },
        0.8,
    ),
)


@dataclass(frozen=True)
class Reviewer:
    """A persona at work. `noise` multiplies its temperature, `fact_weight` the weight it gives to facts."""

    persona: Persona
    seed: int
    noise: float = 1.0
    fact_weight: float = 1.0

    @property
    def name(self) -> str:
        """Its name in the store: another seed, noise or weight makes another reviewer."""
        weights = [f"{name} {weight}" for name, weight in sorted(self.persona.weights.items())]
        scale = f"{self.persona.temperature} {self.noise} {self.fact_weight} {STEPS}"
        return f"{SIMULATED_PREFIX}{self.persona.name}@{digest([self.seed, scale, *weights])[:6]}"

    def utility(self, noticed: Mapping[str, float]) -> float:
        """Weighted sum of impressions."""
        extra = (self.fact_weight - 1) * self.persona.weights.get("facts", 0.0) * noticed["facts"]
        return extra + sum(weight * noticed[name] for name, weight in self.persona.weights.items())

    def judge(self, pair: Pair, first: Mapping[str, float], second: Mapping[str, float]) -> Verdict:
        """The verdict on a pair, from the impressions of both replies."""
        chance = uniform("verdict", self.seed, self.persona.name, pair.item, pair.first, pair.second)
        noise = self.noise * self.persona.temperature * math.log(chance / (1 - chance))
        return Verdict(pair, self.name, strength(self.utility(first) - self.utility(second) + noise))


def panel(
    reviewers: int | Sequence[str], seed: int = 0, noise: float = 1.0, fact_weight: float = 1.0
) -> list[Reviewer]:
    """The first n personas, or those named. UserError for a number or name that there is not."""
    names = [persona.name for persona in PERSONAS]
    wanted = names[:reviewers] if isinstance(reviewers, int) else reviewers
    if isinstance(reviewers, int) and not 1 <= reviewers <= len(names):
        raise UserError(f"{reviewers} simulated reviewers", f"1 to {len(names)}")
    if not wanted or not set(wanted) <= set(names) or len(set(wanted)) < len(wanted):
        raise UserError(f"simulated reviewers {list(wanted)}", f"different ones of {', '.join(names)}")
    return [Reviewer(one, seed, noise, fact_weight) for one in PERSONAS if one.name in wanted]


def impressions(item: Item, response: Response) -> dict[str, float]:
    """What there is to notice in a reply, by name."""
    reply = response.text
    return {
        "hello": features.hello(reply),
        "warmth": features.warmth(reply),
        "sorry": features.sorry(reply, features.customer_says(item.prompt)),
        "stiffness": features.stiffness(reply),
        "offer": features.offer(reply),
        "length": features.length(reply),
        "shouting": features.shouting(reply),
        "echo": features.echo(reply),
        "facts": features.facts(reply, item.prompt, item.facts),
    }


def strength(latent: float) -> int:
    """The step of the 7-point scale on which a latent preference falls; odd: strength(−x) = −strength(x)."""
    step = sum(abs(latent) >= limit for limit in STEPS)
    return step if latent > 0 else -step

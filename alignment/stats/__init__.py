"""Statistics for judging a voice: agreement, rankings, win rates, sequential tests, intervals. Needs numpy
and scipy.

Arrays (or lists) go in, small frozen dataclasses come out. Malformed input raises ValueError saying what was
found and what is allowed; well-formed input that leaves a figure undetermined gives NaN, as each docstring
says. Nothing is random but the bootstraps, and those are the same for the same `seed`.
"""

from alignment.stats.agreement import cohen_kappa, fleiss_kappa, zscore_by_rater
from alignment.stats.alpha import krippendorff_alpha
from alignment.stats.intervals import (
    BetaPosterior,
    Estimate,
    beta_posterior,
    holm,
    mean,
    paired_difference,
    paired_test,
    share,
    wilson,
)
from alignment.stats.preference import (
    WinRate,
    calibration_error,
    length_controlled_win_rate,
    pairwise_accuracy,
    win_rate,
)
from alignment.stats.ranking import BradleyTerry, bradley_terry
from alignment.stats.sequential import ConfidenceSequence, Sprt, always_valid, sprt, valid_now

__all__ = [
    "BetaPosterior",
    "BradleyTerry",
    "ConfidenceSequence",
    "Estimate",
    "Sprt",
    "WinRate",
    "always_valid",
    "beta_posterior",
    "bradley_terry",
    "calibration_error",
    "cohen_kappa",
    "fleiss_kappa",
    "holm",
    "krippendorff_alpha",
    "length_controlled_win_rate",
    "mean",
    "paired_difference",
    "paired_test",
    "pairwise_accuracy",
    "share",
    "sprt",
    "valid_now",
    "wilson",
    "win_rate",
    "zscore_by_rater",
]

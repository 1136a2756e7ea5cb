"""Checks of the arguments of `alignment.stats`: each turns what was given into an array, or says what is
wrong.

Malformed input raises ValueError with what was found and what is allowed. Input that is well formed but
carries no information (nothing rated twice, no variation, no rows) is answered with NaN by the statistic
itself.
"""

from __future__ import annotations

from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Labels = NDArray[Any]


def problem(found: str, allowed: str) -> ValueError:
    """The one form of every error of this package."""
    return ValueError(f"{found}; allowed: {allowed}")


def floats(name: str, values: ArrayLike, ndim: int = 1) -> Floats:
    """`values` as float64 with `ndim` axes; NaN is let through, and stands for what a masked array hides.

    Lists, ints and booleans are accepted.
    """
    try:
        if isinstance(values, np.ma.MaskedArray):
            values = np.where(np.ma.getmaskarray(values), np.nan, values.data.astype(np.float64))
        array = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise problem(f"{name} is not an array of numbers ({error})", f"numbers with {ndim} axes") from error
    if array.ndim != ndim:
        if array.size == 0 and array.ndim == 1:
            return np.zeros((0,) * ndim)
        raise problem(f"{name} has shape {array.shape}", f"an array with {ndim} axes")
    return array


def finite(name: str, values: ArrayLike, ndim: int = 1) -> Floats:
    """As `floats`, and no entry may be NaN or infinite."""
    array = floats(name, values, ndim)
    bad = int(np.count_nonzero(~np.isfinite(array)))
    if bad:
        raise problem(f"{name} has {bad} entries that are NaN or infinite", "finite numbers; leave missing ones out")
    return array


def unit_interval(name: str, values: ArrayLike) -> Floats:
    """(N,) numbers from 0 to 1."""
    array = finite(name, values)
    outside = array[(array < 0) | (array > 1)]
    if outside.size:
        raise problem(f"{name} contains {outside[0]:g}", "numbers from 0 to 1")
    return array


def win_tie_loss(name: str, values: ArrayLike) -> Floats:
    """(N,) outcomes of comparisons: 1 a win, ½ a tie, 0 a loss."""
    array = finite(name, values)
    other = array[(array != 0) & (array != 0.5) & (array != 1)]
    if other.size:
        raise problem(f"{name} contains {other[0]:g}", "1 (win), 0.5 (tie), 0 (loss)")
    return array


def same_length(first: str, a: Labels, second: str, b: Labels) -> None:
    """ValueError unless both have the same number of entries."""
    if len(a) != len(b):
        raise problem(f"{first} has {len(a)} entries and {second} has {len(b)}", "the same number of each")


def labels(name: str, values: ArrayLike) -> Ints:
    """(N,) labels of any one kind (numbers or strings) as codes 0, 1, … in sorted order; none may be
    missing."""
    return np.unique(label_array(name, values), return_inverse=True)[1].astype(np.int64).reshape(-1)


def label_array(name: str, values: ArrayLike) -> Labels:
    """(N,) labels as an array of numbers or of strings; ValueError for missing entries or a mixture."""
    raw: Labels = np.array(values, dtype=object)
    if isinstance(values, np.ma.MaskedArray):
        raw[np.ma.getmaskarray(values)] = None
    if raw.ndim != 1:
        raise problem(f"{name} has shape {raw.shape}", "one label an entry, one axis")
    kinds = {isinstance(entry, str) for entry in raw}
    missing = sum(is_missing(entry) for entry in raw)
    if missing:
        raise problem(f"{name} has {missing} missing entries (None or NaN)", "a label for every entry")
    if len(kinds) > 1:
        raise problem(f"{name} mixes strings and numbers", "labels of one kind")
    if kinds == {True}:
        return raw.astype(np.str_)
    try:  # as whole numbers where they are, since beyond 2^53 floats run together
        whole_numbers = all(isinstance(entry, (int, np.integer)) for entry in raw)
        return raw.astype(np.int64 if whole_numbers else np.float64)
    except (TypeError, ValueError, OverflowError) as error:
        raise problem(f"{name} holds labels that are neither ({error})", "numbers or strings") from error


def is_missing(entry: object) -> bool:
    """None, NaN, or another value that is not equal to itself or does not know (pandas' NA)."""
    try:
        return entry is None or bool(entry != entry)
    except (TypeError, ValueError):
        return True


def whole(name: str, value: float, least: int) -> int:
    """A whole number of at least `least`; 5.0 will do, True will not."""
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, (int, float, np.integer, np.floating)):
        raise problem(f"{name}={value!r}", f"a whole number of at least {least}")
    if not np.isfinite(value) or int(value) != value or value < least:
        raise problem(f"{name}={value!r}", f"a whole number of at least {least}")
    return int(value)


def probability(name: str, value: float) -> float:
    """A number strictly between 0 and 1."""
    if not isinstance(value, Real) or not 0 < value < 1:
        raise problem(f"{name}={value!r}", "a number above 0 and below 1")
    return float(value)

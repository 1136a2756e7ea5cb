"""The memory of this process. Imported by both sides of `scripts/bench ppo`: needs no package."""

from __future__ import annotations

import resource
from pathlib import Path


def resident() -> float:
    """MB held now."""
    pages = int(Path("/proc/self/statm").read_text(encoding="utf-8").split()[1])
    return pages * resource.getpagesize() / 2**20


def peak() -> float:
    """Most MB held so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

"""Memory on its way to and from the system: kept within a stage, given back between two."""

import ctypes
import gc
import sys
from contextlib import suppress

TRIM_THRESHOLD, MMAP_THRESHOLD = -1, -3  # parameters of glibc's mallopt
KEPT = 2**31 - 1  # bytes: the largest number it takes


def hold() -> None:
    """Let large blocks that are freed be used again, rather than return to the system and come back as empty pages.

    A training step on a CPU frees and asks for the same tens of megabytes many times; without this a sixth of its time
    goes into page faults.
    """
    if libc := _libc():
        libc.mallopt(MMAP_THRESHOLD, 2**30)
        libc.mallopt(TRIM_THRESHOLD, KEPT)


def give_back() -> None:
    """Free a finished stage's models and hand what they held back to the system.

    A trainer and its callbacks refer to each other, so that they go at a collection of cycles alone; glibc keeps what
    was freed unless it is asked; and torch keeps a GPU's.
    """
    gc.collect()
    if libc := _libc():
        libc.malloc_trim(0)
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_available():
        torch.cuda.empty_cache()


def _libc() -> ctypes.CDLL | None:
    """glibc; None where there is another C library."""
    if sys.platform != "linux":
        return None
    with suppress(OSError, AttributeError):
        libc = ctypes.CDLL("libc.so.6")
        if libc.mallopt and libc.malloc_trim:
            return libc
    return None

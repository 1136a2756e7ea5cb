"""Memory between stages: what one has left is given back before the next begins."""

import ctypes
import gc
import sys
from contextlib import suppress


def give_back() -> None:
    """Free a finished stage's models and hand freed memory back to the system.

    A trainer and its callbacks refer to each other, so that they go at a collection of cycles alone; glibc keeps what
    was freed unless it is asked; and torch keeps a GPU's.
    """
    gc.collect()
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):  # another C library
            ctypes.CDLL("libc.so.6").malloc_trim(0)
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_available():
        torch.cuda.empty_cache()

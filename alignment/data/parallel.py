"""Work on chunks in order, in this process or in several; the results are the same however many there are."""

from __future__ import annotations

import os
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from functools import partial
from itertools import islice
from multiprocessing import get_context
from types import TracebackType
from typing import Any, TypeVar

T = TypeVar("T")
AHEAD = 4  # chunks a process that wait or are done: bounds the memory

_worker: Any = None


def chunks(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """The items in lists of `size`; the last may be shorter."""
    items = iter(items)
    while chunk := list(islice(items, size)):
        yield chunk


def cores() -> int:
    """CPU cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Workers:
    """`make(*arguments)` gives the worker, one in each process; `map` calls a method of it on each chunk.

    make and arguments are pickled when processes > 1. Use in `with`, so that the processes end.
    """

    def __init__(self, make: Callable[..., Any], arguments: tuple[Any, ...], processes: int) -> None:
        self._make, self._arguments = make, arguments
        self._own: Any = None
        self._pool: ProcessPoolExecutor | None = None
        self.processes = processes
        if processes > 1:
            # a fork is quick, and safe while there is one thread
            way = "fork" if threading.active_count() == 1 and sys.platform == "linux" else "spawn"
            self._pool = ProcessPoolExecutor(processes, get_context(way), _start, (make, arguments))

    def __enter__(self) -> Workers:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)

    def map(self, method: str, parts: Iterable[Any]) -> Iterator[Any]:
        """The results in the order of the parts."""
        if self._pool is None:
            for part in parts:
                yield self._call_own(method, part)
            return
        waiting: deque[Future[Any]] = deque()
        for part in parts:
            waiting.append(self._pool.submit(_call, method, part))
            if len(waiting) > AHEAD * self.processes:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()

    def later(self, method: str, part: Any) -> Callable[[], Any]:
        """Begins a call beside those of `map`, and gives what waits for its result."""
        if self._pool is None:
            return partial(self._call_own, method, part)
        return self._pool.submit(_call, method, part).result

    def _call_own(self, method: str, part: Any) -> Any:
        self._own = self._own or self._make(*self._arguments)
        return getattr(self._own, method)(part)


def _start(make: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    global _worker
    _worker = make(*arguments)


def _call(method: str, part: Any) -> Any:
    return getattr(_worker, method)(part)

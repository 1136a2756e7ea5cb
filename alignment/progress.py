"""Progress of a stage: how far, of how much, time left. A bar on a terminal, else a line every 10 s."""

import sys
import time

from tqdm import tqdm

EVERY = 10.0  # seconds between plain lines


class Progress:
    """`start(total, what)`, then `step()` per unit, then `done()`. Each `start` ends what ran before."""

    def __init__(self, stage: str, silent: bool = False) -> None:
        """silent: show nothing, as in a process that is not the main one of its launch."""
        self.stage = stage
        self._silent = silent
        self._bar: tqdm | None = None
        self._total = self._count = 0
        self._what = ""

    def start(self, total: int, what: str) -> None:
        """total: units to come (0 = not known). what: one or two words, shown beside the stage."""
        self.done()
        self._total, self._count, self._what = total, 0, what
        self._started = self._shown = time.monotonic()
        if sys.stderr.isatty() and not self._silent:
            self._bar = tqdm(total=total or None, desc=f"{self.stage}: {what}", leave=False)

    def step(self, n: int = 1, note: str = "") -> None:
        """`n` more units are done. note: a short figure to show, such as `loss 1.23`."""
        self._count += n
        if self._bar is not None:
            self._bar.update(n)
            if note:
                self._bar.set_postfix_str(note)
        elif not self._silent and time.monotonic() - self._shown >= EVERY:
            self._shown = time.monotonic()
            print(self._line(note), file=sys.stderr, flush=True)

    def done(self) -> None:
        if self._bar is not None:
            self._bar.close()
            self._bar = None

    def _line(self, note: str) -> str:
        of = f"/{self._total}" if self._total else ""
        line = f"  {self.stage}: {self._what} {self._count}{of}"
        if self._total and self._count:
            left = (time.monotonic() - self._started) * (self._total - self._count) / self._count
            line += f", {clock(left)} left"
        return f"{line}, {note}" if note else line


def clock(seconds: float) -> str:
    """12.3 s, 4 min 05 s or 2 h 03 min."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02d} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02d} min"

"""Answers that cost time or money, on the disk as they come: a killed stage asks only for what is missing."""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path
from typing import Any


class Journal:
    """Answers by key, one JSON line each, written through to the disk. A line cut by a kill is dropped. Thread-safe."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.answers: dict[str, Any] = {}
        self._lock = threading.Lock()
        whole = 0
        data = path.read_bytes() if path.exists() else b""
        for line in data.splitlines(keepends=True):
            if not line.endswith(b"\n"):
                break
            key, answer = json.loads(line)
            self.answers[key] = answer
            whole += len(line)
        if whole < len(data):
            os.truncate(path, whole)

    def put(self, key: str, answer: Any) -> None:
        """Keep an answer; it is on the disk when this returns."""
        line = json.dumps([key, answer], ensure_ascii=False) + "\n"
        with self._lock, self.path.open("ab") as file:
            file.write(line.encode())
            file.flush()
            os.fsync(file.fileno())
            self.answers[key] = answer

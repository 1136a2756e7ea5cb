"""Fake stage: rows one at a time, with a checkpoint after each, so that it can be cut and continued."""

import json
import os
import time
from dataclasses import dataclass
from enum import Enum
from typing import Any

from alignment.artifact import Artifact, write_jsonl
from alignment.errors import UserError
from alignment.settings import Settings, require

KIND = "dataset"
NEEDS: dict[str, str] = {}
USES = ("brand",)


class Order(Enum):
    up = "up"
    down = "down"


@dataclass(kw_only=True)
class Config:
    rows: int
    pause: float  # seconds a row
    order: Order
    fail: str

    def __post_init__(self) -> None:
        require(self.rows > 0, f"first.rows={self.rows}", "a whole number > 0")


def check(config: Config, settings: Settings) -> None:
    require(config.fail != "check", "first.fail=check", "anything else")


def run(config: Config, context: Any) -> Artifact:
    saved = context.scratch / "rows.json"
    rows = json.loads(saved.read_text()) if saved.exists() else []
    context.tracker.rewind(len(rows))
    context.progress.start(config.rows, "rows")
    while len(rows) < config.rows:
        time.sleep(config.pause)
        rows.append({"n": len(rows) + 1 if config.order is Order.up else config.rows - len(rows)})
        context.tracker.log({"train/loss": 1 / len(rows), "yardstick/samples": len(rows)}, step=len(rows))
        saved.with_suffix(".new").write_text(json.dumps(rows))
        saved.with_suffix(".new").replace(saved)
        context.progress.step()
        if len(rows) == int(os.environ.get("FAKE_STANDS_STILL_AFTER", "0")):
            time.sleep(3600)  # until it is killed: at this row on every machine, however busy
        if config.fail == "disk":
            raise OSError(28, "No space left on device")
        if config.fail == "user":
            raise UserError("row 1 is bad", "good rows", "mend it")
    context.tracker.table("replies", ["prompt", "reply"], [["hello", "Hey there!"]])
    write_jsonl(context.folder / "rows.jsonl", rows)
    return context.finish({"rows": len(rows), "voice": {"value": 0.5, "low": 0.4, "high": 0.6, "n": 10}})

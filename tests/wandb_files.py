"""What W&B wrote offline, read from its .wandb files. Skips where wandb is not installed."""

import json
import struct
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

wandb_internal_pb2 = pytest.importorskip("wandb.proto.wandb_internal_pb2")


def log_records(data: bytes) -> Iterator[bytes]:
    """Records of a .wandb file: a LevelDB log (blocks of 32 KiB; crc32, length, type before each part)."""
    assert data[:4] == b":W&B"
    position, whole = 7, b""
    while position < len(data):
        left = 32768 - position % 32768
        if left < 7:  # no room for a header: the block is padded
            position += left
            continue
        length, part = struct.unpack("<HB", data[position + 4 : position + 7])
        whole += data[position + 7 : position + 7 + length]
        position += 7 + length
        if part in (1, 4):  # the whole record, or the last of its parts
            yield whole
            whole = b""


def offline_records(path: Path) -> list[Any]:
    """All records of a .wandb file, which W&B's own process may still be writing when a stage is done."""
    deadline = time.monotonic() + 120
    while True:
        records = [wandb_internal_pb2.Record.FromString(data) for data in log_records(path.read_bytes())]
        if any(record.HasField("exit") for record in records):
            return records
        assert time.monotonic() < deadline, f"{path} has no end"
        time.sleep(0.05)


def offline_runs(folder: Path) -> list[dict[str, Any]]:
    """What the .wandb files under a folder hold: id, group, name, config, metric keys, artifacts, summary, tables."""
    return [read_run(path) for path in sorted(folder.glob("wandb/offline-run-*/*.wandb"))]


def read_run(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = {"keys": set(), "steps": [], "axes": {}, "artifacts": [], "summary": {}, "tables": {}}
    for record in offline_records(path):
        match record.WhichOneof("record_type"):
            case "run":
                run = record.run
                found |= {"id": run.run_id, "group": run.run_group, "name": run.display_name}
                found |= {"job_type": run.job_type, "project": run.project}
                found["config"] = {item.key: json.loads(item.value_json) for item in run.config.update}
            case "history":
                items = nested(record.history.item)
                found["keys"] |= set(items)
                if "train/loss" in items:
                    found["steps"].append(items["step"])
                for key, told in items.items():
                    if isinstance(told, dict) and told.get("_type") == "table-file":
                        found["tables"][key] = json.loads((path.parent / "files" / told["path"]).read_text())
            case "metric":
                found["axes"][record.metric.name or record.metric.glob_name] = record.metric.step_metric
            case "artifact":
                artifact = record.artifact
                found["artifacts"].append((artifact.name, artifact.type, sorted(artifact.aliases)))
            case "summary":
                merge(found["summary"], nested(record.summary.update))
    return found


def nested(items: Any) -> dict[str, Any]:
    """Items as one value: {"a": {"b": 1}} where an item has the nested key (a, b)."""
    found: dict[str, Any] = {}
    for item in items:
        *path, last = [item.key] if item.key else item.nested_key
        level = found
        for part in path:
            level = level.setdefault(part, {})
        level[last] = json.loads(item.value_json)
    return found


def merge(into: dict[str, Any], new: dict[str, Any]) -> None:
    """Take over what is new, level by level."""
    for key, value in new.items():
        if isinstance(value, dict) and isinstance(into.get(key), dict):
            merge(into[key], value)
        else:
            into[key] = value

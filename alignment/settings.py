"""Settings that stages share. Types only: every value stands in `conf/`, nothing has a default here."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from alignment.errors import UserError


class Dtype(StrEnum):
    auto = "auto"
    float32 = "float32"
    bfloat16 = "bfloat16"
    float16 = "float16"


class Device(StrEnum):
    auto = "auto"
    cpu = "cpu"
    cuda = "cuda"


class Attention(StrEnum):
    auto = "auto"
    sdpa = "sdpa"
    eager = "eager"
    flash_attention_2 = "flash_attention_2"


class PeftMethod(StrEnum):
    none = "none"
    lora = "lora"
    qlora = "qlora"
    freeze = "freeze"


class TrackingMode(StrEnum):
    auto = "auto"
    online = "online"
    offline = "offline"
    off = "off"


def require(ok: bool, found: str, allowed: str, do: str = "") -> None:
    """Raise UserError(found, allowed, do) unless `ok`. For the range checks of configs."""
    if not ok:
        raise UserError(found, allowed, do)


@dataclass(kw_only=True)
class RunSettings:
    root: str  # folder that holds all runs
    run: str  # name of this run; "a/b" is a run of its own that falls back on the artifacts of run "a"
    stage: str  # one stage, or "all"
    loop: list[str]  # what "all" runs, in order
    aligner: str  # the stage that aligns the policy in "all": dpo
    seed: int  # of every random choice
    threads: int  # CPU threads; 0 = torch's own choice
    force: bool  # replace finished artifacts
    debug: bool  # show tracebacks

    def __post_init__(self) -> None:
        parts = self.run.split("/")
        good = all(part and not part.startswith(".") for part in parts)
        require(good, f"run={self.run!r}", "a name such as demo, or demo/second; no part starts with a dot")
        require(self.seed >= 0, f"seed={self.seed}", "a whole number >= 0")
        require(self.threads >= 0, f"threads={self.threads}", "a whole number >= 0 (0: torch's own choice)")


@dataclass(kw_only=True)
class Model:
    name: str  # "embedded", a hub id or a local folder
    revision: str | None  # a commit or tag of the hub model
    dtype: Dtype
    device: Device
    attention: Attention
    chat_template: str | None  # file with a Jinja chat template, for a model that has none
    gradient_checkpointing: bool
    trust_remote_code: bool  # run Python code that comes with the model


@dataclass(kw_only=True)
class Peft:
    method: PeftMethod
    rank: int
    alpha: int
    dropout: float
    target_modules: Any  # "all-linear", a pattern, or a list of module names
    freeze_layers: int  # with method=freeze: how many of the first layers keep their weights

    def __post_init__(self) -> None:
        require(self.rank > 0, f"peft.rank={self.rank}", "a whole number > 0")
        require(self.alpha > 0, f"peft.alpha={self.alpha}", "a whole number > 0")
        require(0 <= self.dropout < 1, f"peft.dropout={self.dropout}", "a number from 0 to below 1")
        require(self.freeze_layers >= 0, f"peft.freeze_layers={self.freeze_layers}", "a whole number >= 0")
        names = self.target_modules if isinstance(self.target_modules, list) else [self.target_modules]
        require(
            bool(names) and all(isinstance(name, str) and name for name in names),
            f"peft.target_modules={self.target_modules!r}",
            "all-linear, or a list of module names such as [q_proj,v_proj]",
        )


@dataclass(kw_only=True)
class Generation:
    temperature: float  # 0 = greedy
    top_p: float
    top_k: int  # 0 = no limit
    max_new_tokens: int
    batch_size: int

    def __post_init__(self) -> None:
        require(self.temperature >= 0, f"generation.temperature={self.temperature}", "a number >= 0 (0: greedy)")
        require(0 < self.top_p <= 1, f"generation.top_p={self.top_p}", "a number above 0, up to 1")
        require(self.top_k >= 0, f"generation.top_k={self.top_k}", "a whole number >= 0 (0 = no limit)")
        require(self.max_new_tokens > 0, f"generation.max_new_tokens={self.max_new_tokens}", "a whole number > 0")
        require(self.batch_size > 0, f"generation.batch_size={self.batch_size}", "a whole number > 0")


@dataclass(kw_only=True)
class Tracking:
    mode: TrackingMode  # W&B: auto = online with a key, offline without; off = never imported
    project: str
    entity: str | None


@dataclass(kw_only=True)
class Brand:
    folder: str  # "southern_charm" = the embedded pack, a folder, or "none"


@dataclass(kw_only=True)
class Settings(RunSettings):
    model: Model
    peft: Peft
    generation: Generation
    tracking: Tracking
    brand: Brand
    inputs: dict[str, list[str]]  # role -> artifacts to use in place of this run's: RUN/STAGE or folders

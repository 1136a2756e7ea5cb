"""The processes of one launch (`accelerate launch -m alignment.run ...`): the main one, and those that follow it.

The main process (rank 0) finds the inputs, holds the stage's lock, writes and tracks. The others learn from it what to
do, take part in the training of the stages that say `TRAINS = True`, and wait. Without a launcher there is one process
and nothing here does anything. A process that fails ends, whereupon the launcher ends the others.
"""

import os
import sys
import time
from datetime import timedelta
from functools import cache
from typing import Any

from alignment.errors import UserError

PATIENCE = timedelta(days=30)  # for the main process's own work: a stage that only it runs may take any time
TOGETHER = timedelta(hours=2)  # for a step of training: evaluations and readings of the main process among it
AFTER_MAIN = 5.0  # seconds another process waits with its error, for the main one's to be the only one said
ONE_ON_CPU = (
    "warning: accelerate launch --cpu starts one process only, unless there is MPI; for several: "
    "accelerate launch --config_file conf/accelerate/cpu.yaml --num_processes N -m alignment.run ..."
)


class Followed(Exception):
    """Raised in every process but the main one when a training has ended: what follows is the main one's."""


def rank() -> int:
    return int(os.environ.get("RANK", "0"))


def count() -> int:
    return int(os.environ.get("WORLD_SIZE", "1"))


def is_main() -> bool:
    return rank() == 0


def join(cpu: bool) -> None:
    """Meet the other processes. cpu: train on the CPU, over gloo, whatever devices there are.

    Raises:
        UserError: they could not be reached.
    """
    if count() == 1:
        if "MASTER_PORT" in os.environ and os.environ.get("ACCELERATE_USE_CPU", "").lower() == "true":
            print(ONE_ON_CPU, file=sys.stderr, flush=True)
        return
    from accelerate import PartialState

    try:
        PartialState(cpu=cpu, timeout=TOGETHER)
        _group()
    except (RuntimeError, ValueError) as error:
        raise UserError(
            f"the {count()} processes of this launch did not meet: {str(error).splitlines()[0]}",
            "processes that can reach MASTER_ADDR:MASTER_PORT",
            "choose another port with accelerate launch --main_process_port",
        ) from error


def share(value: Any = None) -> Any:
    """What the main process passed here, in every process; the others wait for it.

    Raises:
        UserError: the main process ended.
    """
    if count() == 1:
        return value
    import torch.distributed as distributed

    box = [value]
    try:
        distributed.broadcast_object_list(box, src=0, group=_group())
    except RuntimeError as error:
        raise UserError("the main process of this launch has ended", do="see its message") from error
    return box[0]


def leave() -> None:
    """Part from the other processes, all at once: one that ends with its threads still connected may abort."""
    if count() == 1:
        return
    import torch.distributed as distributed

    if distributed.is_initialized():
        distributed.barrier(group=_group())
        distributed.destroy_process_group()
        _group.cache_clear()


@cache
def _group() -> Any:
    """A group of its own for waiting, which never times out as that of the training would."""
    import torch.distributed as distributed

    return distributed.new_group(backend="gloo", timeout=PATIENCE)


def let_main_speak_first() -> None:
    """Called before an error is said: where all processes meet the same one, the main one says it and ends the rest."""
    if not is_main():
        time.sleep(AFTER_MAIN)

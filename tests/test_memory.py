"""Memory is kept within a stage and given back after it: page faults and resident pages of a process of its own."""

import json
import subprocess
import sys

import pytest

# Where the system hands out huge pages of itself, one fault would bring 512 pages.
PROGRAM = """
import ctypes, json, resource, sys
from alignment import memory
ctypes.CDLL(None).prctl(41, 1, 0, 0, 0)  # PR_SET_THP_DISABLE
if sys.argv[1] == "hold":
    memory.hold()
size = 40 << 20

def resident():
    return int(open("/proc/self/statm").read().split()[1]) * resource.getpagesize()

faults = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(20):
    b"x" * size
faults = resource.getrusage(resource.RUSAGE_SELF).ru_minflt - faults
kept = resident()
memory.give_back()
print(json.dumps({"faults": faults, "given": kept - resident(), "pages": size / resource.getpagesize()}))
"""


def figures(mode: str) -> dict[str, float]:
    said = subprocess.run([sys.executable, "-c", PROGRAM, mode], check=True, capture_output=True, text=True)
    return json.loads(said.stdout)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="glibc's malloc")
def test_freed_blocks_are_used_again_and_given_back_at_the_end() -> None:
    held, plain = figures("hold"), figures("plain")
    assert plain["faults"] > 10 * plain["pages"]  # 20 blocks, each of new pages
    assert held["faults"] < 2 * held["pages"]
    assert held["given"] > 30 << 20

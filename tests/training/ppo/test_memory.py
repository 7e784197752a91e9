"""The allocator is told in a process of its own: it would stay told for every later test."""

from __future__ import annotations

import subprocess
import sys

import pytest

PROGRAM = """
import resource
import torch
from training.ppo.memory import keep_freed_memory

print(keep_freed_memory())

def faults():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(5):
        torch.ones(16_000_000)
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

for _ in range(4):  # until the heap has room for the largest
    faults()
print(faults())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="glibc's allocator is the one that is told")
def test_freed_memory_is_used_again_without_new_pages() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True
    )
    obeyed, faults = done.stdout.split()
    assert obeyed == "True"
    # Five times 64 megabytes are 78,000 pages where each tensor is mapped anew.
    assert int(faults) < 1000

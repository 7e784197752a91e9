"""Where memory is too tight, one line says so and what to do."""

from __future__ import annotations

import errno
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from genecaller.errors import ModelError
from genecaller.llm.memory import memory_in_words

ERRORS = [
    MemoryError(),
    OSError(errno.ENOMEM, "Cannot allocate memory"),
    RuntimeError("[enforce fail at alloc_cpu.cpp:124] DefaultCPUAllocator: can't allocate memory"),
    RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB"),
    ImportError("libtorch_cpu.so: failed to map segment from shared object"),
    RuntimeError("can't start new thread"),
]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: str(error)[:20])
def test_every_library_s_word_for_it_is_known(error: Exception) -> None:
    told = "too little memory for some model: free some"
    with pytest.raises(ModelError, match=told), memory_in_words("some model"):
        raise error


def test_other_errors_pass() -> None:
    with pytest.raises(ValueError, match="shape"), memory_in_words("some model"):
        raise ValueError("shape mismatch")


def test_a_limit_that_leaves_no_room_is_said_before_anything_is_loaded(tiny_folder: Path) -> None:
    code = (
        "import sys\n"
        "from genecaller.errors import ModelError\n"
        "from genecaller.llm import load_model\n"
        f"try: load_model({str(tiny_folder)!r})\n"
        "except ModelError as error: print(error, 'torch' in sys.modules)\n"
    )

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (1_000_000_000, 1_000_000_000))

    out = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, preexec_fn=limit
    )
    assert "this process may take 1000 MB, 1800 MB are needed" in out.stdout, out.stderr
    assert out.stdout.endswith("(--ranker default) False\n")

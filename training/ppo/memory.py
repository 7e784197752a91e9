"""Freed memory kept by the process: a training step allocates what the last one has freed."""

from __future__ import annotations

import ctypes

_TRIM_THRESHOLD, _TOP_PAD, _MMAP_MAX = -1, -2, -4  # <malloc.h>
_PAD = 256 * 1024 * 1024


def keep_freed_memory() -> bool:
    """Have glibc keep freed memory instead of returning it to the system; whether it obeyed.

    Tensors of a few megabytes are otherwise mapped and unmapped at every operation, and each
    page of them is fetched anew. Other C libraries have no such setting and are left alone.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is None:
        return False
    settings = ((_MMAP_MAX, 0), (_TRIM_THRESHOLD, -1), (_TOP_PAD, _PAD))
    obeyed = [mallopt(name, value) == 1 for name, value in settings]
    return all(obeyed)

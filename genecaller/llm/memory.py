"""Knows the errors that a library raises where memory is too tight, and words them."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from genecaller.errors import GenecallerError, ModelError

_SIGNS = (
    "out of memory",
    "can't allocate memory",
    "cannot allocate memory",
    "not enough memory",
    "bad_alloc",
    "failed to map segment",
    "resource temporarily unavailable",
    "can't start new thread",
)
_LIBRARIES = 1_800_000_000
"""Bytes of address space that PyTorch and transformers take, measured on Linux with two cores."""
_ADVICE = (
    "free some, raise the limit (ulimit -v), or name a smaller model; "
    "the classical rankers need none of it (--ranker default)"
)


def require_room(name: str, weights: int) -> None:
    """Raise ModelError where a limit on memory leaves no room for a model of `weights` bytes.

    Said beforehand, as libraries that meet the limit while they start can hang or crash.
    """
    limit = _address_limit()
    needed = _LIBRARIES + 2 * weights
    if limit is not None and limit < needed:
        raise ModelError(
            f"there is too little memory for {name}: this process may take {limit // 10**6} MB, "
            f"{needed // 10**6} MB are needed; {_ADVICE}"
        )


def _address_limit() -> int | None:
    """The bytes of address space that this process may take, None for any number."""
    import resource

    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    return None if limit == resource.RLIM_INFINITY else limit


def is_out_of_memory(error: BaseException) -> bool:
    """Whether memory is what an error is about; torch raises a RuntimeError, mmap an OSError."""
    seen: set[int] = set()
    cause: BaseException | None = error
    while cause is not None and id(cause) not in seen:
        seen.add(id(cause))
        text = str(cause).casefold()
        if isinstance(cause, MemoryError) or any(sign in text for sign in _SIGNS):
            return True
        if isinstance(cause, OSError) and cause.errno == errno.ENOMEM:
            return True
        if isinstance(cause, SystemError) and _address_limit() is not None:
            return True  # what a C library makes of a failed allocation
        cause = cause.__cause__ or cause.__context__
    return False


@contextmanager
def memory_in_words(name: str) -> Iterator[None]:
    """Raise ModelError, with what to do, where the block fails for want of memory."""
    try:
        yield
    except GenecallerError:
        raise
    except (MemoryError, OSError, RuntimeError, ImportError, ValueError, SystemError) as error:
        if not is_out_of_memory(error):
            raise
        raise ModelError(f"there is too little memory for {name}: {_ADVICE}") from error

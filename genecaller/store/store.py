"""The store: one DuckDB file for cases, rankings, evaluations, training and curation."""

from __future__ import annotations

import os
import re
from pathlib import Path
from types import TracebackType

from genecaller.errors import StoreError
from genecaller.store.adapters import Adapters
from genecaller.store.case_search import Library
from genecaller.store.curation import Curation
from genecaller.store.evaluations import Evaluations
from genecaller.store.rankings import Rankings
from genecaller.store.training import Training
from ontology.data_dir import home

NAME_BYTES, PATH_BYTES = 255, 4000
SHOWN = 120
"""Characters of a path that cannot be used that its message shows."""
_OTHER_DATABASE = re.compile(r"[A-Za-z][A-Za-z0-9+_.-]+:")


class Store(Curation, Library, Rankings, Evaluations, Training, Adapters):
    """All verbs on one database file; it is open only while a verb or a `transaction()` runs.

    May be kept for as long as one likes and shared between threads. As a context manager it does
    nothing but bound its use.
    """

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        return None


def default_path() -> Path:
    """Where the store is unless another path is given: home()/"genecaller.duckdb"."""
    return home() / "genecaller.duckdb"


def open_store(
    path: Path | str | None = None, *, read_only: bool = False, wait_s: float = 10.0
) -> Store:
    """The store at `path`, made or brought up to date if need be.

    Read-only, nothing is made or changed. `wait_s` is how long this and every later operation
    waits where another process has the file open. Raises StoreError, one clear line.
    """
    if path is not None and (_OTHER_DATABASE.match(str(path)) or str(path) == ":memory:"):
        raise StoreError(
            f"{path}: the store is a DuckDB file of its own on this machine; "
            "give the path of a file"
        )
    store = Store(_resolved(path), read_only=read_only, wait_s=wait_s)
    store.prepare()
    return store


def _resolved(path: Path | str | None) -> Path:
    """The file that a path means, by the one name that all its spellings and links share."""
    try:
        where = Path(path).expanduser() if path is not None else default_path()
        where = where.resolve()
        # DuckDB takes names as UTF-8, and what follows a question mark for no part of the name.
        os.fsencode(where).decode("utf-8")
        wrong = "DuckDB cannot use a name with '?'" if "?" in str(where) else None
    except (OSError, RuntimeError, ValueError) as error:
        # Links in a circle, no such user after "~", a zero byte, a name that is no UTF-8.
        where, wrong = Path(str(path)), str(error).rstrip(".")
    longest = NAME_BYTES - len(".lock.turn")
    if len(os.fsencode(where.name)) > longest or len(os.fsencode(where)) > PATH_BYTES:
        wrong = f"a name may be {longest} bytes long, a path {PATH_BYTES}"
    if wrong is not None:
        text = str(where).encode("utf-8", "backslashreplace").decode("utf-8")
        shown = text if len(text) <= SHOWN else f"{text[: SHOWN // 2]}...{text[-SHOWN // 2 :]}"
        raise StoreError(f"{shown}: cannot be the path of the store ({wrong}); give another path")
    return where

"""Makes a new database file: whole or not at all, for its owner alone."""

from __future__ import annotations

import errno
import glob
import logging
import os
import shutil
import tempfile
from contextlib import closing
from pathlib import Path

from genecaller.errors import StoreError
from genecaller.store.migrate import migrate
from genecaller.store.opening import CONFIG, journal_of
from genecaller.store.session import Session

_OTHERS = 0o077


def make_folder(path: Path) -> None:
    """Make the folder of a database where it is not there, for its owner alone."""
    try:
        for folder in reversed([path.parent, *path.parent.parents]):
            if not folder.exists():
                folder.mkdir(mode=0o700, exist_ok=True)
        if not path.parent.is_dir():
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))
    except OSError as error:
        raise _cannot_be_made(path, error) from error


def make(path: Path) -> None:
    """Make a new, migrated database aside and put it in place; the caller holds the lock."""
    import duckdb

    journal = journal_of(path)
    try:
        if journal.exists():
            # The journal of a database that is gone would make the new one unreadable.
            os.replace(journal, journal.with_name(journal.name + ".orphan"))
        for left in path.parent.glob(f".{glob.escape(path.name)}.*.making"):
            # Left behind by a process that was killed while it made the file.
            shutil.rmtree(left, ignore_errors=True)
        aside = Path(tempfile.mkdtemp(dir=path.parent, prefix=f".{path.name}.", suffix=".making"))
        try:
            fresh = aside / "new.duckdb"
            with closing(duckdb.connect(fresh, config=CONFIG)) as connection:
                migrate(Session(connection), path)
            fresh.chmod(0o600)
            _put_in_place(fresh, path)
        finally:
            shutil.rmtree(aside, ignore_errors=True)
    except OSError as error:
        raise _cannot_be_made(path, error) from error


def keep_to_owner(path: Path, *, read_only: bool) -> None:
    """Take the right to read a database from others, with a word; read-only, say so alone."""
    for file in (path, journal_of(path)):
        try:
            state = file.stat()
            if not state.st_mode & _OTHERS or state.st_uid != os.geteuid():
                continue
            told = "can be read by others on this machine; take that right from them (chmod 600)"
            if not read_only:
                file.chmod(0o600)
                if not file.stat().st_mode & _OTHERS:
                    told = "could be read by others on this machine; now by its owner alone"
        except OSError:
            # It is not there, or not ours to change.
            continue
        logging.getLogger(__name__).warning("%s: %s", file, told)


def _put_in_place(fresh: Path, path: Path) -> None:
    try:
        os.link(fresh, path)
    except FileExistsError:
        return
    except OSError:
        # A file system without hard links (FAT, some network shares).
        if not path.exists():
            fresh.rename(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _cannot_be_made(path: Path, error: OSError) -> StoreError:
    return StoreError(
        f"{path}: cannot be made ({error.strerror or error}); "
        "give another path, or set GENECALLER_HOME to a folder that can be written"
    )

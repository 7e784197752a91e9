"""DuckDB's errors, said in one line a person can act on."""

from __future__ import annotations

import errno
import os
import re
from pathlib import Path

from genecaller.errors import StoreError

_HOLDER = re.compile(r"Conflicting lock is held in (?P<program>.+?) \(PID (?P<pid>\d+)\)")
_DAMAGE = re.compile(r"Corrupt|checksum|Could not read enough bytes|Failure while replaying")
_FULL = "the disk is full: nothing of this step was kept; free some space and do it again"
_OTHER_MODE = "different configuration than existing connections"


def is_busy(error: Exception) -> bool:
    """Whether another process, or another part of this one, has the file open."""
    return "Could not set lock on file" in str(error) or _OTHER_MODE in str(error)


def holder_named(error: Exception) -> str:
    """Who has the file open, as DuckDB says."""
    if held := _HOLDER.search(str(error)):
        return f"process {held['pid']} ({Path(held['program']).name})"
    here = _OTHER_MODE in str(error)
    return "another connection of this process" if here else "another process"


def holder_of(lock: Path) -> str:
    """Who holds a lock file, as the system's table of locks says, where it has one."""
    try:
        at = lock.stat()
        file = f"{os.major(at.st_dev):02x}:{os.minor(at.st_dev):02x}:{at.st_ino}"
        for line in Path("/proc/locks").read_bytes().decode("ascii").split("\n"):
            fields = line.split()
            if "->" not in fields and file in fields and "FLOCK" in fields:
                pid = fields[fields.index(file) - 1]
                name = Path(f"/proc/{pid}/comm").read_bytes().decode("utf-8", "replace")
                return f"process {pid} ({name.strip()})"
    except (OSError, ValueError):
        pass
    return "another process"


def busy(path: Path, waited_s: float, holder: str) -> StoreError:
    """The store stayed in use for as long as we were willing to wait."""
    return StoreError(
        f"{path}: in use by {holder}, waited {waited_s:g} s; wait for it to end, "
        "or give another path"
    )


def no_locks(path: Path, error: OSError) -> StoreError:
    """The file system cannot lock files, as some network shares cannot."""
    return StoreError(
        f"{path}: the file system of its folder has no file locks ({error.strerror}), without "
        "which several processes ruin a store; put it on a disk of this machine (give another "
        "path, or set GENECALLER_HOME)"
    )


def cannot_be_used(path: Path, error: OSError, *, writing: bool) -> StoreError:
    """What the operating system refused, and what to do about it."""
    said = error.strerror or str(error)
    if error.filename is not None and str(error.filename) != str(path):
        said += f": {error.filename}"
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        what = "written" if writing else "read"
        return StoreError(
            f"{path}: cannot be {what} ({said}); ask for the right to, or give another path"
        )
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return StoreError(f"{path}: {_FULL}")
    return StoreError(f"{path}: cannot be used ({said}); give another path")


def looks_damaged(error: Exception) -> bool:
    """Whether DuckDB's words are those it has for a damaged file; a passing fault has them, too."""
    return bool(_DAMAGE.search(str(error)))


def passing(path: Path, error: Exception) -> StoreError:
    """The file seemed damaged, but was read whole when looked at again."""
    return StoreError(
        f"{path}: could not be used just now ({_first_line(error)}); the file itself is sound, "
        "all of it was read: do it again"
    )


def translate(path: Path, error: Exception) -> StoreError:
    """The StoreError for what DuckDB or the operating system said of `path`."""
    text = str(error)
    said = _first_line(error)
    if "Loading external extensions is disabled" in text:
        said = "is a database of another kind (SQLite?), not a DuckDB file; give another path"
    elif "not a valid DuckDB database" in text or "not a valid DuckDB file" in text:
        said = "is not a DuckDB file; give another path, or move that file away"
    elif "but we can only read versions between" in text:
        said = f"was written by a newer DuckDB ({said}); update the duckdb package"
    elif "Is a directory" in text:
        said = "is a folder; give the path of a file"
    elif "WAL does not match database file" in text:
        said = f"does not fit the journal {path.name}.wal beside it; move that journal away"
    elif looks_damaged(error):
        said = f"is damaged ({said}); move it away and restore it from a backup"
    elif re.search(r"No space left|File too large|Disk quota|enough space", text):
        said = _FULL
    elif re.search(r"Permission denied|Read-only file system|read-only mode!", text):
        said = "cannot be written; ask for the right to, or give another path"
    elif isinstance(error, MemoryError) or re.search(r"Out of Memory|bad_alloc", text):
        said = f"not enough memory ({said}); nothing of this step was kept"
    return StoreError(f"{path}: {said}")


def _first_line(error: Exception) -> str:
    text = str(error)
    return re.sub(r"^([A-Z]\w+ )?Error: ", "", text.split("\n")[0] if text else repr(error))

"""DuckDB's errors, said in one line a person can act on."""

from __future__ import annotations

import re
from pathlib import Path

from genecaller.errors import StoreError

_HOLDER = re.compile(r"Conflicting lock is held in (?P<program>.+?) \(PID (?P<pid>\d+)\)")
_OTHER_MODE = "different configuration than existing connections"


def is_busy(error: Exception) -> bool:
    """Whether another process, or another part of this one, has the file open."""
    return "Could not set lock on file" in str(error) or _OTHER_MODE in str(error)


def busy(path: Path, waited_s: float, error: Exception) -> StoreError:
    """The store stayed in use for as long as we were willing to wait; names who holds it."""
    held = _HOLDER.search(str(error))
    if held:
        who = f"process {held['pid']} ({Path(held['program']).name})"
    elif _OTHER_MODE in str(error):
        who = "another connection of this process"
    else:
        who = "another process"
    return StoreError(
        f"{path}: in use by {who}, waited {waited_s:g} s; wait for it to end, or give another path"
    )


def translate(path: Path, error: Exception) -> StoreError:
    """The StoreError for what DuckDB or the operating system said of `path`."""
    text = str(error)
    said = re.sub(r"^([A-Z]\w+ )?Error: ", "", text.splitlines()[0] if text else repr(error))
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
    elif re.search(r"Corrupt|checksum|Could not read enough bytes|Failure while replaying", text):
        said = f"is damaged ({said}); move it away and restore it from a backup"
    elif re.search(r"No space left|File too large|Disk quota|enough space", text):
        said = "the disk is full: nothing of this step was kept; free some space and do it again"
    elif re.search(r"Permission denied|Read-only file system|read-only mode!", text):
        said = "cannot be written; ask for the right to, or give another path"
    elif "Out of Memory" in text:
        said = f"not enough memory ({said})"
    return StoreError(f"{path}: {said}")

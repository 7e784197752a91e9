"""An uploaded file, read by the same readers as the command line's."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Protocol

from genecaller.cases import Case
from genecaller.cases.read import read_cases
from genecaller.errors import CaseError
from ontology.knowledge import Knowledge

MOST_CASES = 200
"""Cases of one file that are offered to choose from; a batch takes them all."""


class Upload(Protocol):
    """What Streamlit hands over: a name chosen by the sender, and the content."""

    @property
    def name(self) -> str: ...
    def getvalue(self) -> bytes: ...


@dataclass(frozen=True, slots=True)
class ReadUpload:
    """The cases of an upload and what could not be read; `cut` says that there were more."""

    cases: tuple[Case, ...]
    failures: tuple[str, ...]
    cut: bool


def safe_name(name: str) -> str:
    """A file name with nothing that could lead out of a folder."""
    kept = re.sub(r"[^\w.()+ -]", "_", Path(name.replace("\\", "/")).name).lstrip(".")
    return kept[-120:] or "upload"


@contextmanager
def on_disk(upload: Upload) -> Iterator[Path]:
    """The upload as a file in a folder of its own, gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="genecaller-") as folder:
        path = Path(folder) / safe_name(upload.name)
        path.write_bytes(upload.getvalue())
        yield path


def read_upload(upload: Upload, knowledge: Knowledge) -> ReadUpload:
    """The first cases of an upload; raises UsageError where nothing of it can be read."""
    cases: list[Case] = []
    failures: list[str] = []
    with on_disk(upload) as path:
        read = read_cases(path, knowledge)
        for item in islice(read, MOST_CASES):
            if isinstance(item, CaseError):
                # The folder is ours and gone in a moment: the person knows the file's own name.
                failures.append(str(item).replace(f"{path.parent}/", ""))
            else:
                cases.append(item)
        cut = next(iter(read), None) is not None
    return ReadUpload(tuple(cases), tuple(failures), cut)

"""An uploaded file, read by the same readers as the command line's."""

from __future__ import annotations

import re
import tempfile
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Protocol

from genecaller.cases import Case
from genecaller.cases.read import read_cases
from genecaller.errors import CaseError, GenecallerError
from ontology.knowledge import Knowledge

MOST_CASES = 200
"""Cases of one file that are offered to choose from; a batch takes them all."""


LONGEST_NAME = 180
"""Bytes of a file name; most systems take 255, and what is made of it adds some."""


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
    """A file name that every system takes: nothing leads out of a folder, nothing is hidden.

    Of a long one the end is kept, which says what kind of file it is.
    """
    last = unicodedata.normalize("NFC", name).replace("\\", "/").rstrip("/").rpartition("/")[2]
    kept = re.sub(r"[^\w.()+ -]", "_", last)
    cut = kept.encode()[-LONGEST_NAME:].decode(errors="ignore")
    return cut.strip(". ") or "upload"


@contextmanager
def on_disk(upload: Upload) -> Iterator[Path]:
    """The upload as a file in a folder of its own, gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="genecaller-") as folder:
        path = Path(folder) / safe_name(upload.name)
        path.write_bytes(upload.getvalue())
        yield path


def read_upload(upload: Upload, knowledge: Knowledge) -> ReadUpload:
    """The first cases of an upload, and why the rest of what was looked at cannot be read."""
    cases: list[Case] = []
    failures: list[str] = []
    cut = False
    with on_disk(upload) as path:
        try:
            read = read_cases(path, knowledge)
            for item in islice(read, MOST_CASES):
                if isinstance(item, CaseError):
                    failures.append(str(item))
                else:
                    cases.append(item)
            cut = next(iter(read), None) is not None
        except GenecallerError as error:
            failures.append(str(error))
        # The folder is ours and gone in a moment: the person knows the file's own name.
        told = tuple(failure.replace(f"{path.parent}/", "") for failure in failures)
        return ReadUpload(tuple(cases), told, cut)

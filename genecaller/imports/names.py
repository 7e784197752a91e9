"""From the name of a result file, or what its head says, to the case it answers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from genecaller.imports.formats import Format
from genecaller.imports.table import SUFFIXES


@dataclass(frozen=True)
class CaseIds:
    """The ids of the cases under evaluation, found again without regard to case and punctuation.

    Tools and file systems change spaces, colons and brackets. Where two ids become the same so,
    only the exact id matches.
    """

    known: frozenset[str]
    by_letters: dict[str, str | None]

    @classmethod
    def of(cls, ids: Iterable[str]) -> CaseIds:
        """Index the ids."""
        known = frozenset(ids)
        by_letters: dict[str, str | None] = {}
        for case_id in sorted(known):
            key = _letters(case_id)
            by_letters[key] = None if key in by_letters else case_id
        return cls(known, by_letters)

    def match(self, written: str) -> str:
        """The id that is meant, or what is written where none is."""
        if written in self.known:
            return written
        return self.by_letters.get(_letters(written)) or written

    def case_of(self, file: Path, form: Format, comments: Sequence[str]) -> str:
        """The case of a file without a case column: by its name, else by the sample it states."""
        named = self.match(_stem(file, form))
        sample = _sample(comments)
        if named not in self.known and sample is not None:
            stated = self.match(sample)
            return stated if stated in self.known or not self.known else named
        return named


def _letters(text: str) -> str:
    return "".join(letter for letter in text.casefold() if letter.isalnum())


def _stem(file: Path, form: Format) -> str:
    """The file's name without endings and what the tool appends; its folder's for a fixed name."""
    name = file.name.removesuffix(".gz")
    for suffix in SUFFIXES:
        if name.lower().endswith(suffix):
            name = name[: -len(suffix)]
            break
    for suffix in form.suffixes:
        name = name.removesuffix(suffix)
    return file.parent.name if name in form.fixed else name


def _sample(comments: Sequence[str]) -> str | None:
    """LIRICAL writes "! Sample: NAME" above its table."""
    for line in comments:
        words = line.lstrip("!# ").strip()
        if words.lower().startswith("sample:"):
            return words[len("sample:") :].strip() or None
    return None

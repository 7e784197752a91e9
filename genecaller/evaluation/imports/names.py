"""From the names in result files to the cases that they answer."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from genecaller.evaluation.imports.formats import Format
from genecaller.evaluation.imports.table import SUFFIXES

_PLACE = re.compile(r", (\$|line |row |record ).*$")
_ENDINGS = (".json", ".jsonl", ".ndjson", ".phenopacket", ".txt", ".csv", ".tsv", ".xml", ".nbib")
Claims = dict[str, set[str]]


@dataclass(frozen=True)
class Matched:
    """Which case each written name answers, and by which rule the names were matched.

    `ambiguous` names may be one of several cases, or share the one that they may be.
    """

    case_of: dict[str, str]
    ambiguous: dict[str, tuple[str, ...]]
    by: dict[str, list[str]]


@dataclass(frozen=True)
class CaseIds:
    """The cases under evaluation, found by the names that tools and people give them.

    A name is taken as it is; else without regard to case and punctuation, which file systems
    change; else as the name of the case's own file; else as an id without what stands before it
    ("PMID:123-NAME" and NAME), on either side. Each only where one name and one case find each
    other, and none of them is found otherwise.
    """

    known: frozenset[str]
    by_letters: Mapping[str, set[str]] = field(default_factory=dict)
    by_file: Mapping[str, set[str]] = field(default_factory=dict)
    by_words: Mapping[tuple[str, ...], set[str]] = field(default_factory=dict)
    by_ending: Mapping[tuple[str, ...], set[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, ids: Iterable[str], sources: Mapping[str, str] | None = None) -> CaseIds:
        """Index the ids; `sources` says by id which file the case was read from."""
        known = frozenset(ids)
        letters: Claims = {}
        files: Claims = {}
        words: dict[tuple[str, ...], set[str]] = {}
        endings: dict[tuple[str, ...], set[str]] = {}
        for case_id in sorted(known):
            letters.setdefault(_letters(case_id), set()).add(case_id)
            if source := (sources or {}).get(case_id):
                files.setdefault(_letters(_stem_of_source(source)), set()).add(case_id)
            parts = _words(case_id)
            words.setdefault(parts, set()).add(case_id)
            for ending in _endings(parts):
                endings.setdefault(ending, set()).add(case_id)
        return cls(known, letters, files, words, endings)

    def match(self, written: Mapping[str, tuple[str, ...]]) -> Matched:
        """Match the names of one tool's results; each may have others that stand in its file."""
        matched = Matched({}, {}, {})
        self._match({name: (name,) for name in written}, matched)
        self._match({name: others for name, others in written.items() if others}, matched)
        return matched

    def _match(self, written: Mapping[str, tuple[str, ...]], matched: Matched) -> None:
        rules = (
            ("as written", self._exact),
            ("without regard to case and punctuation", self._letters),
            ("by the name of the case's file", self._file),
            ("without what stands before the id", self._without_prefix),
        )
        unclear: Claims = {}
        for rule, find in rules:
            taken = set(matched.case_of.values())
            claims: Claims = {}
            for name, tried in written.items():
                if name in matched.case_of:
                    continue
                found = next((f for one in tried if (f := find(one) - taken)), set())
                for case_id in found:
                    claims.setdefault(case_id, set()).add(name)
                if len(found) > 1:
                    unclear.setdefault(name, set()).update(found)
            for case_id, names in claims.items():
                if len(names) > 1:
                    for name in names:
                        unclear.setdefault(name, set()).add(case_id)
                elif not names & unclear.keys():
                    (name,) = names
                    matched.case_of[name] = case_id
                    matched.by.setdefault(rule, []).append(name)
        for name in written:
            if name in matched.case_of:
                matched.ambiguous.pop(name, None)
            elif name in unclear:
                matched.ambiguous[name] = tuple(sorted(unclear[name]))

    def _exact(self, name: str) -> set[str]:
        return {name} if name in self.known else set()

    def _letters(self, name: str) -> set[str]:
        return set(self.by_letters.get(_letters(name), ()))

    def _file(self, name: str) -> set[str]:
        return set(self.by_file.get(_letters(name), ()))

    def _without_prefix(self, name: str) -> set[str]:
        words = _words(name)
        found = set(self.by_ending.get(words, ()))
        for ending in _endings(words):
            found |= self.by_words.get(ending, set())
        return found


def names_of_file(file: Path, form: Format, comments: Iterable[str]) -> tuple[str, tuple[str, ...]]:
    """The case of a file without a case column: its name, and the sample that it states."""
    sample = _sample(comments)
    return _stem(file, form), () if sample is None else (sample,)


def _letters(text: str) -> str:
    folded = "".join(letter for letter in text.casefold() if letter.isalnum())
    return folded or text  # a name of other signs alone is itself


def _words(text: str) -> tuple[str, ...]:
    return tuple(re.findall(r"[^\W_]+", text.casefold()))


def _endings(words: tuple[str, ...]) -> list[tuple[str, ...]]:
    """What is left of an id without its first words; a bare number names no patient."""
    left = (words[at:] for at in range(1, len(words)))
    return [ending for ending in left if not all(word.isdigit() for word in ending)]


def _stem_of_source(source: str) -> str:
    name = PurePosixPath(_PLACE.sub("", source)).name.removesuffix(".gz")
    while (ending := PurePosixPath(name).suffix.lower()) in _ENDINGS and ending:
        name = name[: -len(ending)]
    return name


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


def _sample(comments: Iterable[str]) -> str | None:
    """LIRICAL writes "! Sample: NAME" above its table."""
    for line in comments:
        words = line.lstrip("!# ").strip()
        if words.lower().startswith("sample:"):
            return words[len("sample:") :].strip() or None
    return None

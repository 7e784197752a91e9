"""Keeps rankings in the store and appends them to the output, in this order."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Any

from genecaller.cases import Case
from genecaller.pipeline.sources import Source
from genecaller.ranking import Ranking

MOST_UNWRITTEN = 512
LONGEST_UNWRITTEN_S = 5.0
"""What is ranked is kept and written after so many cases or seconds: a kill loses no more."""

LINE_BEGINS = b'{"case_id": '
"""How every line of scores begins: what a kill cut off is told from a file that is not ours."""


@dataclass
class Writer:
    """Keeps and writes what it took, some hundred cases at a time, and the rest at the end.

    First the store, then the file: killed in between, the cases are ranked and kept once more.
    The file holds whole lines only, also where the disk is full. Only its owner can read it.
    """

    path: Path
    sources: Sequence[Source]
    keep: Callable[[Sequence[Case], Sequence[Ranking]], None]
    cases: list[Case] = field(default_factory=list)
    rankings: list[Ranking] = field(default_factory=list)
    written: float = field(default_factory=monotonic)

    def __enter__(self) -> Writer:
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
        self._file = os.open(self.path, flags, 0o600)
        return self

    def __exit__(self, *raised: object) -> None:
        try:
            self._write()
        finally:
            os.close(self._file)

    def take(self, cases: Sequence[Case], rankings: Sequence[Ranking]) -> None:
        self.cases += cases
        self.rankings += rankings
        late = monotonic() - self.written > LONGEST_UNWRITTEN_S
        if late or len(self.cases) >= MOST_UNWRITTEN:
            self._write()

    def _write(self) -> None:
        cases, rankings = self.cases, self.rankings
        if cases:
            self.keep(cases, rankings)
            self.cases, self.rankings = [], []
            of_case = {case.id: findings_of(case) for case in cases}
            made_by = {source.name: settings_of(source, self.sources) for source in self.sources}
            lines = (_line(one, made_by[one.ranker], of_case.get(one.case_id)) for one in rankings)
            self._append(b"".join(lines))
        self.written = monotonic()

    def _append(self, lines: bytes) -> None:
        before = os.fstat(self._file).st_size
        left = memoryview(lines)
        try:
            while left:
                left = left[os.write(self._file, left) :]
        except BaseException:
            os.ftruncate(self._file, before)
            raise


def settings_of(source: Source, sources: Sequence[Source]) -> dict[str, Any]:
    """What a line says of how it was made, beside model and knowledge: to be resumed alike.

    "prompt" tells apart what one model answered to other prompts or decodings, "rankers" names
    all rankers of the run where there are several.
    """
    settings: dict[str, Any] = {"top": getattr(source, "top", None)}
    if source.provenance.prompt_version is not None:
        settings["prompt"] = source.provenance.prompt_version
    if len(sources) > 1:
        settings["rankers"] = [one.name for one in sources]
    return settings


def findings_of(case: Case) -> str:
    """A fingerprint of what was found in a patient, to tell two of one name apart.

    Without age and onset, which a reader may count up to the day on which it reads.
    """
    parts = (case.hpo_ids, case.excluded_hpo_ids, case.sex, case.text)
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:12]


def _line(ranking: Ranking, settings: dict[str, Any], findings: str | None) -> bytes:
    record = {**ranking.as_record(), "weights": ranking.weights, **settings, "findings": findings}
    try:
        return json.dumps(record, ensure_ascii=False).encode() + b"\n"
    except UnicodeEncodeError:
        # half a surrogate pair, of a file's name that is no UTF-8: JSON can write it escaped
        return json.dumps(record).encode() + b"\n"

"""Keeps rankings in the store and appends them to the output, in this order."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from time import monotonic
from typing import IO

from genecaller.cases import Case
from genecaller.rank import Source
from genecaller.ranking import Ranking

MOST_UNWRITTEN = 512
LONGEST_UNWRITTEN_S = 5.0
"""What is ranked is kept and written after so many cases or seconds: a kill loses no more."""


@dataclass
class Writer:
    """Keeps and writes what it took, some hundred cases at a time, and the rest at the end.

    First the store, then the file: killed in between, the cases are ranked and kept once more.
    """

    file: IO[str]
    sources: Sequence[Source]
    keep: Callable[[Sequence[Case], Sequence[Ranking]], None]
    cases: list[Case] = field(default_factory=list)
    rankings: list[Ranking] = field(default_factory=list)
    written: float = field(default_factory=monotonic)

    def __enter__(self) -> Writer:
        return self

    def __exit__(self, *raised: object) -> None:
        self._write()

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
            asked = {source.name: source.provenance.prompt_version for source in self.sources}
            self.file.write("".join(_line(one, asked[one.ranker]) for one in rankings))
            self.file.flush()
        self.written = monotonic()


def _line(ranking: Ranking, asked: str | None) -> str:
    """One line; "prompt" tells apart what one model answered to other prompts or decodings."""
    record = ranking.as_record()
    if asked is not None:
        record["prompt"] = asked
    return json.dumps(record, ensure_ascii=False) + "\n"

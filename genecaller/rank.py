"""Rank cases by anything that ranks: a classical ranker, or the language model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from genecaller.cases import Case
from genecaller.ranking import Ranking


class Source(Protocol):
    """Something that turns cases into rankings; `name` is what `--ranker` takes.

    `model` names model and adapter (None for a classical ranker), `knowledge_stamp` the release.
    """

    @property
    def name(self) -> str: ...
    @property
    def model(self) -> str | None: ...
    @property
    def knowledge_stamp(self) -> str: ...

    def rank(self, cases: Sequence[Case]) -> list[Ranking]:
        """One ranking a case, in the same order; an empty input gives an empty list."""
        ...

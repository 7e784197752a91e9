"""Who is evaluated: our rankers, which score all genes, and lists of genes made elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from time import perf_counter
from typing import Protocol, runtime_checkable

import numpy as np

from genecaller.errors import GenecallerError, UsageError
from genecaller.evaluation.metrics import Floats
from genecaller.evaluation.strata import SolvedCases
from genecaller.evaluation.truth_rank import (
    FAILED,
    STATUSES,
    Standing,
    Ties,
    standing_in_list,
    standing_in_scores,
)
from genecaller.rankers.base import GeneScores, Ranker
from genecaller.rankers.profiles.cache import open_profiles
from genecaller.rankers.profiles.disease_profiles import DiseaseProfiles
from genecaller.rankers.profiles.leave_publication_out import without_publication
from genecaller.rankers.reranker.learned import shipped_reranker
from genecaller.ranking import Ranking
from ontology.knowledge import Knowledge


@dataclass(frozen=True)
class Listed:
    """Rankings made before: a language model's, another tool's, or read back from a file.

    `rankings` by case id; a case without one counts as failed. `model` and `adapter` say what
    made them, `knowledge` the annotations they rest on, None where that is not known.
    """

    name: str
    rankings: Mapping[str, Ranking]
    model: str | None = None
    adapter: str | None = None
    knowledge: str | None = None


@dataclass(frozen=True)
class Outcome:
    """Where one entrant put the right gene of every solved case, in the order of the cases.

    `seconds` is the wall time of scoring, None for lists; `problems` are sentences about cases
    that failed. `trained_on` says of every case whether the weights that ranked it were trained
    on its gene; it is empty where none were.
    """

    ranker: str
    standings: tuple[Standing, ...]
    model: str | None = None
    adapter: str | None = None
    knowledge: str | None = None
    seconds: float | None = None
    problems: tuple[str, ...] = field(default=())
    trained_on: tuple[bool, ...] = ()

    def ranks(self, ties: Ties = "mean") -> Floats:
        """Shape (n,): the rank of the right gene, NaN for a miss of whatever kind."""
        found = (standing.rank(ties) for standing in self.standings)
        return np.asarray([np.nan if rank is None else rank for rank in found], np.float64)

    def statuses(self) -> dict[str, int]:
        """How many cases ended in which way."""
        names = [standing.status for standing in self.standings]
        return {status: names.count(status) for status in STATUSES}


@runtime_checkable
class Rebasable(Protocol):
    """A ranker that can be put onto profiles with some annotations taken out."""

    def on(self, profiles: DiseaseProfiles) -> Ranker: ...


@runtime_checkable
class Calibrated(Protocol):
    """A ranker that says how sure it is: the probability that its first gene is the right one."""

    def confidence(self, scores: GeneScores) -> float: ...


@runtime_checkable
class Trained(Protocol):
    """A ranker that learned from solved cases, and keeps what never saw a given gene."""

    def held_out(self, gene: str) -> Ranker: ...


def run_rankers(
    rankers: Sequence[Ranker],
    solved: SolvedCases,
    knowledge: Knowledge,
    *,
    leave_out: bool = False,
    advance: Callable[[int], None] = lambda n: None,
) -> tuple[Outcome, ...]:
    """Score every case without its answer; `leave_out` also without its publication's annotations.

    A ranker that was trained ranks each case by what never saw its gene. Cases of one publication
    are scored together, so that the reduced knowledge is made once for all rankers. Raises
    UsageError where `leave_out` is asked of a ranker that cannot do it.
    """
    for ranker in rankers:
        if leave_out and not isinstance(ranker, Rebasable):
            raise UsageError(
                f"{ranker.name} cannot leave publications out: it has no on(profiles); "
                "evaluate it as published, or choose another ranker"
            )
    standings = [[FAILED] * len(solved) for _ in rankers]
    problems: list[list[str]] = [[] for _ in rankers]
    seconds = [0.0] * len(rankers)
    for pmid, rows in _by_publication(solved, leave_out):
        view = None if pmid is None else without_publication(open_profiles(knowledge), pmid)
        for i, ranker in enumerate(rankers):
            started = perf_counter()
            used = ranker.on(view) if view and isinstance(ranker, Rebasable) else ranker
            for row in rows:
                try:
                    standings[i][row] = _standing(used, solved, row, knowledge)
                except GenecallerError as error:
                    problems[i].append(f"{solved.cases[row].id}: {error}")
            seconds[i] += perf_counter() - started
            advance(len(rows))
    return tuple(
        Outcome(
            ranker=ranker.name,
            standings=tuple(standings[i]),
            knowledge=knowledge.stamp,
            seconds=seconds[i],
            problems=tuple(problems[i]),
        )
        for i, ranker in enumerate(rankers)
    )


def _standing(ranker: Ranker, solved: SolvedCases, row: int, knowledge: Knowledge) -> Standing:
    if isinstance(ranker, Trained):
        ranker = ranker.held_out(solved.symbols[row])
    scores = ranker.score(solved.cases[row].without_solution())
    gene = int(solved.gene[row])
    symbols = knowledge.annotations.gene_symbols
    found = standing_in_scores(scores, gene if gene >= 0 else None, symbols)
    if isinstance(ranker, Calibrated) and found.first is not None:
        return replace(found, confidence=float(ranker.confidence(scores)))
    return found


def _by_publication(solved: SolvedCases, leave_out: bool) -> list[tuple[str | None, list[int]]]:
    if not leave_out:
        return [(None, [row]) for row in range(len(solved))]
    groups: dict[str | None, list[int]] = {}
    for row, case in enumerate(solved.cases):
        # Nothing is taken out where nothing cites the paper: the plain ranker is exactly right.
        groups.setdefault(case.pmid if solved.cited[row] else None, []).append(row)
    return list(groups.items())


def run_listed(listed: Listed, solved: SolvedCases) -> Outcome:
    """Look the right genes up in rankings that were made before."""
    found = [listed.rankings.get(case.id) for case in solved.cases]
    missing = [case.id for case, one in zip(solved.cases, found, strict=True) if one is None]
    named = ", ".join(map(repr, missing[:3])) + (" and others" if len(missing) > 3 else "")
    problems = (f"no ranking for {len(missing)} of {len(solved)} cases: {named}",)
    seen = tuple(
        ranking is not None and _was_trained_on(ranking, gene)
        for ranking, gene in zip(found, solved.symbols, strict=True)
    )
    return Outcome(
        ranker=listed.name,
        standings=tuple(
            FAILED if ranking is None else standing_in_list(ranking, gene)
            for ranking, gene in zip(found, solved.symbols, strict=True)
        ),
        model=listed.model,
        adapter=listed.adapter,
        knowledge=listed.knowledge,
        problems=problems if missing else (),
        trained_on=seen if any(seen) else (),
    )


def _was_trained_on(ranking: Ranking, gene: str) -> bool:
    weights = shipped_reranker() if ranking.weights == "full" else None
    return weights is not None and weights.saw(gene)

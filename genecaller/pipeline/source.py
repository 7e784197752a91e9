"""What ranks cases: the one interface, and the classical rankers behind it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from genecaller.cases import Case
from genecaller.ranking import Ranking, Weights
from genecaller.store.provenance import Provenance

if TYPE_CHECKING:
    from genecaller.rankers.base import Ranker
    from ontology.knowledge import Knowledge


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
    @property
    def provenance(self) -> Provenance: ...

    def rank(self, cases: Sequence[Case]) -> list[Ranking]:
        """One ranking a case, in the same order; an empty input gives an empty list."""
        ...


@runtime_checkable
class Particular(Protocol):
    """A source that cannot rank every case, and that says which weights rank a case."""

    def refusal(self, case: Case) -> str | None:
        """Why a case cannot be ranked; None where it can be."""
        ...

    def weights_for(self, case: Case) -> Weights | None:
        """Which weights rank a case; None where none were trained."""
        ...


class ClassicalSource:
    """A classical ranker, one case after another; never shown a case's solution.

    `held_out` ranks a solved case by weights that never saw its gene, where the ranker was
    trained: for measuring, as `evaluate` does.
    """

    model = None

    def __init__(
        self, ranker: Ranker, knowledge: Knowledge, top: int, *, held_out: bool = False
    ) -> None:
        self.name = ranker.name
        self.knowledge_stamp = knowledge.stamp
        self.provenance = Provenance(knowledge.stamp)
        self.top = top
        self._ranker = ranker
        self._knowledge = knowledge
        self._held_out = held_out

    def refusal(self, case: Case) -> str | None:
        """Why a case cannot be ranked: without a finding, the order would be the prior's."""
        return no_finding(case, self._knowledge)

    def weights_for(self, case: Case) -> Weights | None:
        """Which weights rank a case; None where none were trained."""
        return weights_used(self._ranker, case, self._held_out)

    def rank(self, cases: Sequence[Case]) -> list[Ranking]:
        """The first `top` genes of every case with their evidence, and what its reader noted."""
        from genecaller.rankers import rank

        found = []
        for case in cases:
            ranker = ranker_for(self._ranker, case, self._held_out)
            ranking = rank(ranker, case.without_solution(), self._knowledge, self.top)
            found.append(
                replace(
                    ranking,
                    problems=(*case.problems, *ranking.problems),
                    weights=self.weights_for(case),
                )
            )
        return found


def no_finding(case: Case, knowledge: Knowledge) -> str | None:
    """Why there is nothing to rank a case by, with what its reader noted; None where there is."""
    from genecaller.rankers.query import query_of

    if not query_of(case, knowledge.hpo).is_empty:
        return None
    absent = f" ({len(case.excluded_terms)} absent ones alone do not tell genes apart)"
    noted = f"; its reader noted: {'; '.join(case.problems[:3])}" if case.problems else ""
    return (
        "has no present HPO term that can be ranked by"
        f"{absent if case.excluded_terms else ''}: give it the patient's findings{noted}"
    )


def ranker_for(ranker: Ranker, case: Case, held_out_of_it: bool) -> Ranker:
    """The ranker with the weights that a case is to be ranked by."""
    from genecaller.rankers.registry import held_out

    if not held_out_of_it or case.solution is None:
        return ranker
    return held_out(ranker, case.solution.gene)


def weights_used(ranker: Ranker, case: Case, held_out_of_it: bool) -> Weights | None:
    """Which weights `ranker_for` uses; None where none were trained.

    Of a gene that no case trained on, the full weights are held out by themselves.
    """
    from genecaller.rankers.registry import weights_of

    weights = weights_of(ranker)
    never_saw = held_out_of_it and case.solution is not None
    return "held-out" if weights is not None and never_saw else weights

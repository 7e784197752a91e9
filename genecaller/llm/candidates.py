"""The genes that a hybrid prompt offers: the classical ranker's first ones, with their evidence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from genecaller.cases import Case
from genecaller.llm.prompt import Candidate, evidence_words, short_disease

if TYPE_CHECKING:
    from genecaller.rankers.base import Ranker
    from genecaller.rankers.explain.evidence import Evidence
    from genecaller.rankers.profiles.disease_profiles import DiseaseProfiles
    from ontology.knowledge import Knowledge

CANDIDATES = 5
"""How many genes a hybrid prompt offers unless told otherwise; recipes train with as many."""


@dataclass(frozen=True, slots=True)
class Weighed:
    """A candidate with the evidence it was worded from, None where the knowledge has none."""

    candidate: Candidate
    evidence: Evidence | None


def weigh_candidates(
    ranker: Ranker,
    case: Case,
    knowledge: Knowledge,
    most: int = CANDIDATES,
    profiles: DiseaseProfiles | None = None,
) -> list[Weighed]:
    """The ranker's first `most` genes of a case, in its order, each with its evidence.

    The ranker never sees the solution. `profiles` are those the ranker stands on where they are
    not the knowledge as it is (a publication left out).
    """
    from genecaller.rankers.explain.evidence import weigh_all
    from genecaller.rankers.registry import order_of

    scores = ranker.score(case.without_solution())
    order = order_of(scores)[:most]
    diseases = scores.disease[order]
    order, diseases = order[diseases >= 0], diseases[diseases >= 0]
    told = weigh_all(knowledge, case, diseases.tolist(), profiles)
    symbols = knowledge.annotations.gene_symbols
    return [
        weighed(symbols[int(gene)], evidence)
        for gene, evidence in zip(order.tolist(), told, strict=True)
    ]


def weighed(symbol: str, evidence: Evidence) -> Weighed:
    """One gene with the evidence of one of its diseases, in the prompt's words."""
    name = short_disease(evidence.disease_name)
    return Weighed(Candidate(symbol, name, evidence_words(evidence)), evidence)

"""What spoils a ranking: the same cases with noise added, terms lost, or terms made vague."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from genecaller.cases import Case, CaseTerm
from genecaller.graders.gene_rank import gene_numbers, place_in_scores
from genecaller.rankers.base import Ranker
from genecaller.rankers.registry import held_out
from ontology.genes import same_gene
from ontology.hpo import Hpo
from ontology.knowledge import Knowledge

Disturbance = Callable[[Case, float, Knowledge, np.random.Generator], Case]


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """How one ranker fares at one strength of one disturbance.

    `top1` and `top10` are shares of the `n` cases, ties at the mean rank; a gene that is not
    ranked is a miss.
    """

    ranker: str
    disturbance: str
    strength: float
    n: int
    top1: float
    top10: float


def add_noise(
    case: Case, strength: float, knowledge: Knowledge, generator: np.random.Generator
) -> Case:
    """Add unrelated findings, `strength` for each present term, drawn as often as annotated."""
    extra = _unrelated(case, round(strength * len(case.terms)), knowledge, generator)
    return replace(case, terms=case.terms + extra)


def exclude_noise(
    case: Case, strength: float, knowledge: Knowledge, generator: np.random.Generator
) -> Case:
    """Say of unrelated findings that they were looked for and absent, `strength` a present term."""
    extra = _unrelated(case, round(strength * len(case.terms)), knowledge, generator)
    return replace(case, excluded_terms=case.excluded_terms + extra)


def drop_terms(
    case: Case, strength: float, knowledge: Knowledge, generator: np.random.Generator
) -> Case:
    """Lose a share of the present terms; one always stays."""
    keep = max(1, round((1 - strength) * len(case.terms)))
    chosen = sorted(generator.permutation(len(case.terms))[:keep].tolist())
    return replace(case, terms=tuple(case.terms[i] for i in chosen))


def make_vague(
    case: Case, strength: float, knowledge: Knowledge, generator: np.random.Generator
) -> Case:
    """Replace a share of the present terms by one of their parents."""
    hpo = knowledge.hpo
    chosen = generator.random(len(case.terms)) < strength
    terms = [
        _parent(term, hpo, generator) if vague else term
        for term, vague in zip(case.terms, chosen.tolist(), strict=True)
    ]
    return replace(case, terms=tuple({term.hpo_id: term for term in terms}.values()))


DISTURBANCES: dict[str, Disturbance] = {
    "unrelated terms added": add_noise,
    "unrelated terms excluded": exclude_noise,
    "terms dropped": drop_terms,
    "terms replaced by a parent": make_vague,
}
STRENGTHS = (0.0, 0.25, 0.5, 0.75, 1.0)


def robustness_curves(
    rankers: Sequence[Ranker],
    cases: Sequence[Case],
    knowledge: Knowledge,
    seed: int,
    strengths: Sequence[float] = STRENGTHS,
) -> list[CurvePoint]:
    """Rank the cases under every disturbance and strength; the same disturbed cases for all.

    Every case needs a solution; a gene that the knowledge lacks is a miss. A trained ranker scores
    a case by what never saw its gene.
    """
    points = []
    for name, disturb in DISTURBANCES.items():
        for strength in strengths:
            generator = np.random.default_rng(seed)
            disturbed = [disturb(case, strength, knowledge, generator) for case in cases]
            for ranker in rankers:
                ranks = np.asarray([_rank(ranker, case, knowledge) for case in disturbed])
                top1, top10 = float((ranks <= 1).mean()), float((ranks <= 10).mean())
                points.append(CurvePoint(ranker.name, name, strength, len(cases), top1, top10))
    return points


def _rank(ranker: Ranker, case: Case, knowledge: Knowledge) -> float:
    if case.solution is None:
        raise ValueError(f"case {case.id} has no solution: robustness needs solved cases")
    genes = gene_numbers(knowledge.annotations.gene_symbols)
    right = genes.of.get(same_gene(case.solution.gene) or "")
    if right is None:
        return float("inf")
    scores = held_out(ranker, case.solution.gene).score(case.without_solution()).score
    place = place_in_scores(scores, right, genes.number if genes.repeats else None)
    return float("inf") if place is None else place.mean


def _unrelated(
    case: Case, n: int, knowledge: Knowledge, generator: np.random.Generator
) -> tuple[CaseTerm, ...]:
    hpo, annotations = knowledge.hpo, knowledge.annotations
    rows = np.flatnonzero((annotations.aspect == "P") & ~annotations.negated)
    known = {*case.hpo_ids, *case.excluded_hpo_ids}
    found: dict[str, CaseTerm] = {}
    for term in annotations.term[generator.choice(rows, 4 * n + 8)].tolist():
        if len(found) < n and hpo.ids[term] not in known:
            found[hpo.ids[term]] = CaseTerm(hpo.ids[term], hpo.names[term])
    return tuple(found.values())


def _parent(term: CaseTerm, hpo: Hpo, generator: np.random.Generator) -> CaseTerm:
    if term.hpo_id not in hpo.index:
        return term
    parents = hpo.parents(hpo.index[term.hpo_id])
    parents = parents[hpo.is_phenotypic_abnormality[parents]]
    if len(parents) == 0:
        return term
    parent = int(generator.choice(parents))
    return CaseTerm(hpo.ids[parent], hpo.names[parent])

"""What the knowledge already says of the very publications that the cases come from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from genecaller.evaluation.strata import SolvedCases
from ontology.knowledge import Knowledge


@dataclass(frozen=True, slots=True)
class Leakage:
    """How far the knowledge was written from the cases it is judged on.

    Of `n` solved cases, `with_pmid` name their publication; `cited` of these are from a
    publication that some annotation cites, `cited_for_disease` from one that is cited for the
    case's own disease. Over the latter cases that have present terms (`compared`):
    `terms_supplied` is the mean share of a case's present terms that the publication's
    annotations of that disease state, `terms_implied` the share that they state or imply (by a
    narrower term), `only_source` the share stated by no other reference of that disease.
    All None where there is no such case.
    """

    n: int
    with_pmid: int
    cited: int
    cited_for_disease: int
    compared: int
    terms_supplied: float | None
    terms_implied: float | None
    only_source: float | None


def leakage(solved: SolvedCases, knowledge: Knowledge) -> Leakage:
    """Measure what the annotations of each case's own publication give away about it.

    Only positive phenotype annotations (aspect P) count as stating a term.
    """
    annotations, hpo = knowledge.annotations, knowledge.hpo
    states = (annotations.aspect == "P") & ~annotations.negated
    shares: list[tuple[float, float, float]] = []
    cited_for_disease = 0
    for case in solved.cases:
        solution = case.solution
        disease = annotations.disease_index.get(solution.disease_id or "") if solution else None
        citing = annotations.rows_of_publication.get(case.pmid or "")
        if disease is None or citing is None:
            continue
        own = citing[annotations.disease[citing] == disease]
        if not len(own):
            continue
        cited_for_disease += 1
        present = {hpo.index[hpo_id] for hpo_id in case.hpo_ids if hpo_id in hpo.index}
        if not present:
            continue
        rows = annotations.rows_of(disease)
        every = np.arange(rows.start, rows.stop)
        others = np.setdiff1d(every, own)
        stated = set(annotations.term[own[states[own]]].tolist())
        elsewhere = set(annotations.term[others[states[others]]].tolist())
        implied = {int(up) for term in stated for up in hpo.ancestors(term)}
        shares.append(
            (
                len(present & stated) / len(present),
                len(present & implied) / len(present),
                len(present & stated - elsewhere) / len(present),
            )
        )
    means = np.mean(shares, axis=0).tolist() if shares else [None, None, None]
    return Leakage(
        n=len(solved),
        with_pmid=int(solved.has_pmid.sum()),
        cited=int(solved.cited.sum()),
        cited_for_disease=cited_for_disease,
        compared=len(shares),
        terms_supplied=means[0],
        terms_implied=means[1],
        only_source=means[2],
    )

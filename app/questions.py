"""What would tell the leading candidates apart: the findings to look for next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.ranked_case import Row
from genecaller.cases import Case, CaseTerm
from genecaller.rankers.explain.evidence import weigh_all
from genecaller.rankers.profiles.cache import open_profiles
from genecaller.rankers.query import query_of
from ontology.hpo import Hpo, IndexArray
from ontology.knowledge import Knowledge

CANDIDATES = 8
"""Leading diseases that the questions are to tell apart."""
RARE = 0.02
"""A finding that no source states of a disease is taken to show in at least this share."""
COMMON = 0.3
"""From which share on an answer "yes" speaks for a disease."""


@dataclass(frozen=True, slots=True)
class Question:
    """A finding to look for next; `bits` is how much the answer is expected to tell.

    `shown_by` names the candidates that show it, commonest first: the gene, and how often as the
    sources state it (None where none does). `not_by` are the genes of those not known to.
    """

    hpo_id: str
    label: str
    definition: str | None
    bits: float
    shown_by: tuple[tuple[str, str | None], ...]
    not_by: tuple[str, ...]


def questions(
    rows: Sequence[Row], case: Case, knowledge: Knowledge, most: int = 4
) -> tuple[Question, ...]:
    """The findings whose presence or absence is expected to narrow the candidates most.

    Expected information gain over the leading diseases, weighted by 1 / rank, each question
    given the answers to those before it; of findings that imply each other only the best is
    asked for. Empty where fewer than two diseases lead.
    """
    leading: dict[str, Row] = {}
    for row in rows:
        leading.setdefault(row.disease_id, row)
    chosen = list(leading.values())[:CANDIDATES]
    if len(chosen) < 2:
        return ()
    hpo = knowledge.hpo
    terms, frequency = _shares(knowledge, [row.disease_id for row in chosen])
    askable = _askable(case, hpo)[terms]
    terms, frequency = terms[askable], frequency[askable]
    if not len(terms):
        return ()
    weight = 1.0 / np.asarray([row.rank for row in chosen], dtype=np.float64)
    asked: list[Question] = []
    # One row for each way to answer the questions so far: its weights, which add up to its share.
    branches = (weight / weight.sum())[None, :]
    open_terms = np.ones(len(terms), dtype=np.bool_)
    while len(asked) < most and open_terms.any():
        gain = sum(share * expected_gain(frequency, w / share) for w, share in _shared(branches))
        at = int(np.argmax(np.where(open_terms, gain, -1.0)))
        term, share = int(terms[at]), frequency[at]
        asked.append(_question(knowledge, term, float(np.asarray(gain)[at]), share, chosen))
        open_terms &= ~np.isin(terms, [*hpo.ancestors(term), *hpo.descendants(term)])
        branches = np.concatenate([branches * share, branches * (1 - share)])
    return tuple(asked)


def _shared(branches: NDArray[np.float64]) -> list[tuple[NDArray[np.float64], float]]:
    return [(weights, float(weights.sum())) for weights in branches]


def expected_gain(
    frequency: NDArray[np.float64], weight: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Bits that asking for each finding is expected to tell of which disease it is.

    `frequency` (n_terms, n_diseases) is each finding's share in each disease's patients,
    `weight` (n_diseases,) how likely each disease is before. The mutual information of answer
    and disease.
    """
    yes = frequency @ weight
    conditional = (_entropy(frequency) * weight).sum(axis=1)
    return np.asarray(_entropy(yes) - conditional)


def _entropy(p: NDArray[np.float64]) -> NDArray[np.float64]:
    p = np.clip(p, 1e-9, 1 - 1e-9)
    return np.asarray(-(p * np.log2(p) + (1 - p) * np.log2(1 - p)))


def _shares(
    knowledge: Knowledge, disease_ids: Sequence[str]
) -> tuple[IndexArray, NDArray[np.float64]]:
    """Terms that any of the diseases is annotated with, and their shares (n_terms, n_diseases)."""
    profiles = open_profiles(knowledge)
    local = [int(profiles.local[knowledge.annotations.disease_index[d]]) for d in disease_ids]
    direct = [profiles.row_term[profiles.row(d)] for d in local]
    terms = np.unique(np.concatenate(direct)).astype(np.int32)
    frequency = np.empty((len(terms), len(local)))
    frequency[:] = np.maximum(profiles.background[terms], RARE)[:, None]
    for row, term in enumerate(terms.tolist()):
        at = profiles.column(term)
        place = at.start + np.searchsorted(profiles.column_disease[at], local)
        inside = place < at.stop
        found = inside & (profiles.column_disease[np.where(inside, place, 0)] == local)
        frequency[row, found] = profiles.column_frequency[place[found]]
    return terms, np.clip(frequency, RARE / 2, 0.98)


def _askable(case: Case, hpo: Hpo) -> NDArray[np.bool_]:
    """Shape (n_terms,): findings of the patient that are neither known nor ruled out."""
    query = query_of(case, hpo)
    askable = hpo.is_phenotypic_abnormality.copy()
    for term in query.present.tolist():
        askable[hpo.ancestors(term)] = False
    for term in query.excluded.tolist():
        askable[hpo.descendants(term)] = False
    return askable


def _question(
    knowledge: Knowledge,
    term: int,
    bits: float,
    frequency: NDArray[np.float64],
    chosen: Sequence[Row],
) -> Question:
    hpo = knowledge.hpo
    if_present = Case("asked", (CaseTerm(hpo.ids[term], hpo.names[term]),))
    diseases = [knowledge.annotations.disease_index[row.disease_id] for row in chosen]
    stated = [one.matches[0].stated for one in weigh_all(knowledge, if_present, diseases)]
    shown = [
        (float(share), row.symbol, words)
        for row, share, words in zip(chosen, frequency, stated, strict=True)
        if share >= COMMON
    ]
    shown.sort(key=lambda item: -item[0])
    not_by = [row.symbol for row, share in zip(chosen, frequency, strict=True) if share < COMMON]
    return Question(
        hpo.ids[term],
        hpo.names[term],
        hpo.definitions[term],
        bits,
        tuple((symbol, words) for _, symbol, words in shown),
        tuple(not_by),
    )

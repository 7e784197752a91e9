"""One case ranked for the screen: the genes, what each ranker says of them, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from genecaller.cases import Case
from genecaller.evaluation.systems import Calibrated
from genecaller.rankers import rank
from genecaller.rankers.base import Ranker
from genecaller.rankers.explain.evidence import Evidence, weigh_all
from genecaller.rankers.query import query_of
from genecaller.rankers.registry import order_of
from genecaller.ranking import Ranking
from ontology.knowledge import Knowledge


@dataclass(frozen=True, slots=True)
class Row:
    """One gene of the table, with its best disease weighed against the patient.

    `ranks` holds the gene's rank by every other ranker that scores it at all; `confidence` is the
    calibrated probability of the gene, None from a ranker that gives none; `before` its rank
    without the what-if, None where none is on.
    """

    rank: int
    symbol: str
    ncbi_gene_id: int
    score: float
    disease_id: str
    disease_name: str
    inheritance: tuple[str, ...]
    references: tuple[str, ...]
    ranks: Mapping[str, int]
    evidence: Evidence
    confidence: float | None = None
    before: int | None = None


@dataclass(frozen=True, slots=True)
class RankedCase:
    """A ranking with its rows; `ranking` is what is stored and exported."""

    case: Case
    ranking: Ranking
    rows: tuple[Row, ...]


def rank_case(
    case: Case,
    knowledge: Knowledge,
    default: Ranker,
    others: Mapping[str, Ranker],
    *,
    top: int = 50,
    whole: Case | None = None,
) -> RankedCase:
    """Rank a case by the default ranker, and find its genes' ranks by the others.

    `whole` is the same case with nothing switched off, to say where each gene stood before.
    """
    ranking = rank(default, case, knowledge, top=top)
    annotations = knowledge.annotations
    placed = {name: _places(ranker, case) for name, ranker in others.items()}
    before = None if whole is None else _places(default, whole)
    shown = [gene for gene in ranking.genes if gene.disease is not None]
    diseases = [annotations.disease_index[gene.disease or ""] for gene in shown]
    calibrated = isinstance(default, Calibrated) and not query_of(case, knowledge.hpo).is_empty
    rows = []
    for gene, disease, evidence in zip(
        shown, diseases, weigh_all(knowledge, case, diseases), strict=True
    ):
        i = annotations.gene_index[gene.symbol]
        rows.append(
            Row(
                rank=gene.rank,
                symbol=gene.symbol,
                ncbi_gene_id=int(annotations.ncbi_gene_ids[i]),
                score=gene.score or 0.0,
                disease_id=gene.disease or "",
                disease_name=evidence.disease_name,
                inheritance=inheritance_of(knowledge, disease),
                references=publications_of(knowledge, disease),
                ranks={name: int(places[i]) for name, places in placed.items() if places[i] > 0},
                evidence=evidence,
                confidence=gene.score if calibrated else None,
                before=int(before[i]) if before is not None and before[i] > 0 else None,
            )
        )
    return RankedCase(case, ranking, tuple(rows))


def _places(ranker: Ranker, case: Case) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Every gene's rank, from 1; 0 for a gene that the ranker has nothing to say of."""
    scores = ranker.score(case)
    order = order_of(scores)
    places = np.zeros(len(scores.score), dtype=np.int64)
    places[order] = np.arange(1, len(order) + 1)
    return places


_SHORT = {
    "Autosomal dominant inheritance": "AD",
    "Autosomal recessive inheritance": "AR",
    "X-linked inheritance": "XL",
    "X-linked dominant inheritance": "XLD",
    "X-linked recessive inheritance": "XLR",
    "Y-linked inheritance": "YL",
    "Mitochondrial inheritance": "MT",
    "Digenic inheritance": "digenic",
    "Somatic mosaicism": "somatic",
}
ABBREVIATIONS = frozenset(_SHORT.values())
"""The modes that are short enough for a column; the rest are words on how they show."""


def inheritance_of(knowledge: Knowledge, disease: int) -> tuple[str, ...]:
    """The modes of inheritance stated for a disease, as geneticists abbreviate them."""
    annotations = knowledge.annotations
    rows = annotations.rows_of(disease)
    terms = annotations.term[rows][annotations.aspect[rows] == "I"]
    names = dict.fromkeys(knowledge.hpo.names[t] for t in terms.tolist())
    return tuple(_SHORT.get(name, name.removeprefix("Typified by ")) for name in names)


def publications_of(knowledge: Knowledge, disease: int) -> tuple[str, ...]:
    """The "PMID:..." that the disease's annotations cite, most cited first."""
    annotations = knowledge.annotations
    counts: dict[str, int] = {}
    for reference in annotations.reference[annotations.rows_of(disease)].tolist():
        for part in annotations.references[reference].split(";"):
            if part.startswith("PMID:"):
                counts[part] = counts.get(part, 0) + 1
    return tuple(sorted(counts, key=lambda pmid: (-counts[pmid], pmid)))

"""What is known of each disease and gene: phenotype.hpoa and genes_to_phenotype.txt, loaded."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ontology.hpo import IndexArray


@dataclass(frozen=True)
class Annotations:
    """The disease annotations of one release, one row per line of phenotype.hpoa.

    Columns over the annotation rows (n,), sorted by disease then term:
    `disease` and `term` (indices into `disease_ids` and the ontology), `negated` (NOT),
    `numerator` and `denominator` (-1 where the source gives no counts), `frequency` (0..1, NaN
    where none is stated; HPO frequency classes are given their midpoint), `frequency_class` (the
    class's place in `ontology.frequency.CLASS_NAMES`, else -1), `onset` (term index or -1), `sex`
    (0 any, 1 female, 2 male), `aspect` (one letter: P phenotype, I inheritance, C onset and
    course, H past history, M modifier), `evidence` (PCS, IEA or TAS), `reference` (index into
    `references`, each a string such as "PMID:123;PMID:456").
    Genes: `gene_symbols` (HGNC) with `ncbi_gene_ids`, and pairs `pair_gene`, `pair_disease`;
    `linked_diseases`, ascending, are those of the pairs and those that the release links to a
    locus without naming a gene; `n_symbols_stated` counts the genes that the release itself names.
    `problems` are sentences that count what of the release files was left out, and why.
    """

    disease_ids: tuple[str, ...]
    disease_names: tuple[str, ...]
    disease: IndexArray
    term: IndexArray
    negated: NDArray[np.bool_]
    numerator: IndexArray
    denominator: IndexArray
    frequency: NDArray[np.float32]
    frequency_class: NDArray[np.int8]
    onset: IndexArray
    sex: NDArray[np.int8]
    aspect: NDArray[np.str_]
    evidence: NDArray[np.str_]
    reference: IndexArray
    references: tuple[str, ...]
    linked_diseases: IndexArray
    gene_symbols: tuple[str, ...]
    ncbi_gene_ids: IndexArray
    pair_gene: IndexArray
    pair_disease: IndexArray
    n_symbols_stated: int
    problems: tuple[str, ...]

    @cached_property
    def disease_index(self) -> dict[str, int]:
        """Disease id -> index."""
        return {disease_id: i for i, disease_id in enumerate(self.disease_ids)}

    @cached_property
    def gene_index(self) -> dict[str, int]:
        """HGNC symbol -> index."""
        return {symbol: i for i, symbol in enumerate(self.gene_symbols)}

    @cached_property
    def row_start(self) -> IndexArray:
        """Shape (n_diseases + 1,): the rows of disease d are row_start[d]:row_start[d + 1]."""
        start = np.zeros(len(self.disease_ids) + 1, dtype=np.int32)
        np.cumsum(np.bincount(self.disease, minlength=len(self.disease_ids)), out=start[1:])
        return start

    def rows_of(self, disease: int) -> slice:
        """The annotation rows of one disease."""
        return slice(int(self.row_start[disease]), int(self.row_start[disease + 1]))

    @cached_property
    def genes_of_disease(self) -> tuple[IndexArray, ...]:
        """For each disease the indices of its genes, ascending."""
        return _group(self.pair_disease, self.pair_gene, len(self.disease_ids))

    @cached_property
    def diseases_of_gene(self) -> tuple[IndexArray, ...]:
        """For each gene the indices of its diseases, ascending."""
        return _group(self.pair_gene, self.pair_disease, len(self.gene_symbols))

    @cached_property
    def rows_of_publication(self) -> dict[str, IndexArray]:
        """Each cited "PMID:..." -> the annotation rows that cite it (alone or among others)."""
        rows: dict[str, list[int]] = {}
        by_reference: dict[int, list[str]] = {
            i: [part for part in text.split(";") if part.startswith("PMID:")]
            for i, text in enumerate(self.references)
        }
        for row, reference in enumerate(self.reference.tolist()):
            for pmid in by_reference[reference]:
                rows.setdefault(pmid, []).append(row)
        return {pmid: np.asarray(found, dtype=np.int32) for pmid, found in rows.items()}

    @cached_property
    def cited_publications(self) -> frozenset[str]:
        """Every "PMID:..." that an annotation cites."""
        return frozenset(
            part for text in self.references for part in text.split(";") if part.startswith("PMID:")
        )


def _group(keys: IndexArray, values: IndexArray, n: int) -> tuple[IndexArray, ...]:
    order = np.lexsort((values, keys))
    starts = np.searchsorted(keys[order], np.arange(n + 1))
    ordered = values[order]
    return tuple(ordered[starts[i] : starts[i + 1]] for i in range(n))

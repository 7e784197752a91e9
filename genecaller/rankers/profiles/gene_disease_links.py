"""Which gene has which disease: from a score for every disease to a score for every gene."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ontology.annotations import Annotations

Places = NDArray[np.intp]


Scores = NDArray[np.float32]

LEVELS = 6
"""Genes have few diseases: up to so many are compared at once for all genes, then gene by gene."""


@dataclass(frozen=True, slots=True)
class GeneLinks:
    """The pairs of a gene and one of its diseases, sorted by gene and then disease.

    `gene` (g,) are the genes with a disease, ascending, as indices of the knowledge; the pairs of
    gene i are `start[i]:start[i] + size[i]` of `disease`, which counts the gene-linked diseases
    0..m-1; `group` says of each pair which i it belongs to.

    For speed the same once more with the genes of most diseases first: `level[k]` has the k-th
    disease of all genes with more than k, `rest` what is beyond the last level and `rest_start`
    where each gene's begin there; `back` leads to the genes in their own order.
    """

    gene: Places
    start: Places
    size: Places
    disease: Places
    group: Places
    level: tuple[Places, ...]
    rest: Places
    rest_start: Places
    back: Places

    def largest(self, score: Scores) -> Scores:
        """Shape (g,): the largest score of each gene's diseases; `score` has all diseases'."""
        if not self.level:
            return score[:0]
        best = score[self.level[0]]
        for level in self.level[1:]:
            part = best[: len(level)]
            np.maximum(part, score[level], out=part)
        if len(self.rest):
            part = best[: len(self.rest_start)]
            np.maximum(part, np.maximum.reduceat(score[self.rest], self.rest_start), out=part)
        return best[self.back]

    def first_largest(self, score: Scores, largest: Scores) -> Places:
        """Shape (g,): each gene's first disease of those with its largest score."""
        winners = np.flatnonzero(score[self.disease] == largest[self.group])[::-1]
        first = np.zeros(len(self.gene), dtype=np.intp)
        first[self.group[winners]] = winners  # the last written is the first of equals
        return self.disease[first]

    def diseases_of(self, genes: Places) -> tuple[Places, Places, Places]:
        """The diseases of some of the genes, ascending, each once.

        And for every pair where it stands there, and where each gene's pairs begin.
        """
        size = self.size[genes]
        offset = np.cumsum(size) - size
        pairs = np.repeat(self.start[genes] - offset, size) + np.arange(size.sum())
        diseases, at = np.unique(self.disease[pairs], return_inverse=True)
        return diseases, at, offset


def link_genes(annotations: Annotations) -> GeneLinks:
    """The links of a release; its linked diseases count 0..m-1."""
    disease = np.searchsorted(annotations.linked_diseases, annotations.pair_disease)
    pairs = np.lexsort((disease, annotations.pair_gene))
    gene, start = np.unique(annotations.pair_gene[pairs], return_index=True)
    size = np.diff(np.append(start, len(pairs)))
    disease = disease[pairs]
    order = np.argsort(-size, kind="stable")
    back = np.empty(len(order), dtype=np.intp)
    back[order] = np.arange(len(order))
    left = np.maximum(size[order] - LEVELS, 0)
    left = left[left > 0]
    rest_start = np.cumsum(left) - left
    within = np.arange(left.sum()) - np.repeat(rest_start, left)
    return GeneLinks(
        gene=gene.astype(np.intp),
        start=start,
        size=size,
        disease=disease,
        group=np.repeat(np.arange(len(gene)), size),
        level=tuple(
            disease[start[order[size[order] > k]] + k]
            for k in range(min(LEVELS, int(size.max(initial=0))))
        ),
        rest=disease[np.repeat(start[order[: len(left)]], left) + LEVELS + within],
        rest_start=rest_start,
        back=back,
    )

"""What every ranker computes with: the gene-linked diseases as sparse arrays over the terms."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from genecaller.rankers.profiles.frequencies import pooled_frequencies
from genecaller.rankers.profiles.gene_disease_links import GeneLinks, Places, link_genes
from ontology.annotations import Annotations
from ontology.hpo import Hpo, IndexArray

Floats = NDArray[np.float32]

WIDE = 500
"""A term that more diseases show is wide; then all that is above it is wide, too."""


@dataclass(frozen=True)
class DiseaseProfiles:
    """The diseases of the knowledge that have a gene or locus, in compressed rows and columns.

    `diseases` (m,) are knowledge indices, ascending; everything else counts diseases 0..m-1.
    Direct annotations, by disease: those of disease d are `row_start[d]:row_start[d + 1]` of
    `row_term`, `row_frequency` (calibrated) and `row_stated` (NaN where no source says one).
    Their closure under "is a", by term: the diseases that show term t or something below it are
    `column_start[t]:column_start[t + 1]` of `column_disease`, ascending, with
    `column_frequency`, the largest among the annotations at or below t.
    NOT annotations: `not_disease`, `not_term`.
    `left_out` are the annotation rows that a view does without, ascending; usually none.
    `carriers` (n_terms,) counts the diseases of the whole knowledge annotated to a term or
    below, `n_diseases` how many there are: information content follows from them.
    """

    hpo: Hpo
    annotations: Annotations
    diseases: IndexArray
    row_start: IndexArray
    row_term: IndexArray
    row_frequency: Floats
    row_stated: Floats
    column_start: IndexArray
    column_disease: IndexArray
    column_frequency: Floats
    not_disease: IndexArray
    not_term: IndexArray
    left_out: IndexArray
    carriers: IndexArray
    n_diseases: int
    links: GeneLinks

    def __len__(self) -> int:
        return len(self.diseases)

    def column(self, term: int) -> slice:
        """Where the diseases at or below a term stand in `column_disease`."""
        return slice(int(self.column_start[term]), int(self.column_start[term + 1]))

    def columns(self, terms: IndexArray) -> tuple[NDArray[np.int64], IndexArray]:
        """Where the diseases of many terms stand, one term after the other, and how many each."""
        return runs(self.column_start, terms)

    def row(self, disease: int) -> slice:
        """Where the direct annotations of a disease stand in `row_term`."""
        return slice(int(self.row_start[disease]), int(self.row_start[disease + 1]))

    @cached_property
    def information_content(self) -> Floats:
        """Shape (n_terms,), in nats: -ln of the share of diseases at or below (Resnik 1995)."""
        share = np.maximum(self.carriers, 1) / self.n_diseases
        return np.maximum(-np.log(share), 0.0).astype(np.float32)

    @cached_property
    def background(self) -> Floats:
        """Shape (n_terms,): how often a term shows in a patient of any of the diseases."""
        terms = np.repeat(np.arange(len(self.hpo)), np.diff(self.column_start))
        total = np.bincount(terms, self.column_frequency, len(self.hpo))
        return np.asarray((total + 0.5) / (self.is_annotated.sum() + 1.0), dtype=np.float32)

    @cached_property
    def is_wide(self) -> NDArray[np.bool_]:
        """Shape (n_terms,): whether more than `WIDE` diseases show a term."""
        return np.diff(self.column_start) > WIDE

    @cached_property
    def closed_size(self) -> NDArray[np.int64]:
        """Shape (m,): how many terms each disease shows, with everything they imply."""
        return np.bincount(self.column_disease, minlength=len(self))

    @cached_property
    def n_abnormalities(self) -> int:
        """How many terms of the ontology are phenotypic abnormalities."""
        return int(self.hpo.is_phenotypic_abnormality.sum())

    @cached_property
    def local(self) -> IndexArray:
        """Knowledge disease index -> index here, -1 for a disease without a gene."""
        local = np.full(len(self.annotations.disease_ids), -1, dtype=np.int32)
        local[self.diseases] = np.arange(len(self), dtype=np.int32)
        return local

    @cached_property
    def is_annotated(self) -> NDArray[np.bool_]:
        """Shape (m,): whether a disease has any annotation left to compare with."""
        return np.diff(self.row_start) > 0

    @cached_property
    def without_annotations(self) -> Places:
        """The diseases that have no annotation left, ascending."""
        return np.flatnonzero(~self.is_annotated)

    @cached_property
    def _annotated(self) -> tuple[Places, Places]:
        """The diseases with annotations, and where the rows of each begin."""
        some = np.flatnonzero(self.is_annotated)
        return some, self.row_start[some].astype(np.intp)

    def sum_rows(self, value: Floats) -> Floats:
        """Shape (m,): the sum of a value per direct annotation over each disease's annotations."""
        sums = np.zeros(len(self), dtype=np.float32)
        if len(value):
            some, begin = self._annotated
            sums[some] = np.add.reduceat(value, begin, dtype=np.float32)
        return sums

    def sum_columns(self, value: Floats) -> Floats:
        """Shape (m,): the sum of a value per entry of `column_disease` over each disease's."""
        return np.bincount(self.column_disease, value, len(self)).astype(np.float32)

    def of_columns(self, value: Floats) -> Floats:
        """A value per term (n_terms,), once for each entry of `column_disease`."""
        return np.repeat(value, np.diff(self.column_start))

    @cached_property
    def row_weight(self) -> Floats:
        """Shape (m,): the frequencies of each disease's annotations added up, never quite 0."""
        return np.maximum(self.sum_rows(self.row_frequency), np.float32(1e-6))

    @cached_property
    def place_of_term(self) -> Places:
        """Shape (n_terms,): where a directly annotated term stands among all such terms.

        All other terms share the place behind the last; `n_places` counts it too.
        """
        is_annotated = np.zeros(len(self.hpo), dtype=np.bool_)
        is_annotated[self.row_term] = True
        terms = np.flatnonzero(is_annotated)
        place = np.full(len(self.hpo), len(terms), dtype=np.intp)
        place[terms] = np.arange(len(terms))
        return place

    @cached_property
    def n_places(self) -> int:
        """How many places `place_of_term` names at most."""
        return int(self.place_of_term.max(initial=0)) + 1

    @cached_property
    def row_place(self) -> Places:
        """The place of each direct annotation's term."""
        return self.place_of_term[self.row_term]


def build_profiles(hpo: Hpo, annotations: Annotations) -> DiseaseProfiles:
    """Compute the profiles anew, in about a second; `open_profiles` keeps them on disk."""
    diseases = annotations.linked_diseases
    local = np.full(len(annotations.disease_ids), -1, dtype=np.int32)
    local[diseases] = np.arange(len(diseases), dtype=np.int32)
    has_gene = local[annotations.disease] >= 0
    rows = np.flatnonzero(has_gene).astype(np.int32)
    disease, term, frequency, stated = pooled_frequencies(annotations, rows)
    disease = local[disease]
    column_term, column_disease, column_frequency = closure(hpo, disease, term, frequency)
    refuted = np.flatnonzero(annotations.negated & has_gene)
    present = np.flatnonzero(~annotations.negated)
    at_or_below, _, _ = closure(
        hpo, annotations.disease[present], annotations.term[present], np.ones(len(present))
    )
    return DiseaseProfiles(
        hpo=hpo,
        annotations=annotations,
        diseases=diseases,
        row_start=starts(disease, len(diseases)),
        row_term=term,
        row_frequency=frequency,
        row_stated=stated,
        column_start=starts(column_term, len(hpo)),
        column_disease=column_disease,
        column_frequency=column_frequency,
        not_disease=local[annotations.disease[refuted]],
        not_term=annotations.term[refuted],
        left_out=np.zeros(0, dtype=np.int32),
        carriers=np.bincount(at_or_below, minlength=len(hpo)).astype(np.int32),
        n_diseases=len(annotations.disease_ids),
        links=link_genes(annotations),
    )


def closure(
    hpo: Hpo, disease: IndexArray, term: IndexArray, value: NDArray[np.floating]
) -> tuple[IndexArray, IndexArray, Floats]:
    """Carry each (disease, term, value) to all ancestors of the term, keeping the largest value.

    Returns (term, disease, value), sorted by term and disease, one entry a pair.
    """
    size = np.diff(hpo.ancestor_start)[term]
    source = np.repeat(np.arange(len(term)), size)
    within = np.arange(len(source)) - np.repeat(np.cumsum(size) - size, size)
    ancestor = hpo.ancestor_index[hpo.ancestor_start[term][source] + within]
    width = int(disease.max(initial=0)) + 1
    key = ancestor.astype(np.int64) * width + disease[source]
    order = np.argsort(key, kind="stable")
    key = key[order]
    first = np.flatnonzero(np.r_[True, key[1:] != key[:-1]]) if len(key) else np.zeros(0, int)
    largest = np.maximum.reduceat(value[source][order], first) if len(key) else value[:0]
    pair_term, pair_disease = np.divmod(key[first], width)
    return (
        pair_term.astype(np.int32),
        pair_disease.astype(np.int32),
        np.asarray(largest, dtype=np.float32),
    )


def runs(start: IndexArray, which: IndexArray | Places) -> tuple[NDArray[np.int64], IndexArray]:
    """The positions start[i]:start[i + 1] of every i in `which`, one after another; their sizes."""
    size = start[which + 1] - start[which]
    offset = np.cumsum(size) - size
    shift = np.repeat(start[which].astype(np.int64) - offset, size)
    return shift + np.arange(len(shift)), size


def starts(sorted_keys: IndexArray, n: int) -> IndexArray:
    """Shape (n + 1,): where each key 0..n-1 begins in an ascending array."""
    start = np.zeros(n + 1, dtype=np.int32)
    np.cumsum(np.bincount(sorted_keys, minlength=n), out=start[1:])
    return start

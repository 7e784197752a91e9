"""The knowledge without one publication: what the rankers would know had it not been read."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genecaller.rankers.profiles.disease_profiles import DiseaseProfiles, Floats, closure
from genecaller.rankers.profiles.frequencies import pooled_frequencies
from ontology.hpo import IndexArray


def without_publication(profiles: DiseaseProfiles, pmid: str) -> DiseaseProfiles:
    """The profiles without the annotation rows that cite a publication ("PMID:123").

    A row that cites it among others goes too. Only the diseases of those rows are recomputed,
    and with them every term's number of carriers: information content and background frequency
    are exactly those of a release compiled without the rows. The links of genes to diseases
    stay, as they come from elsewhere; a disease that loses its last annotation keeps its place
    and is scored -inf. Returns the same object where nothing cites the publication.
    """
    rows = profiles.annotations.rows_of_publication.get(pmid)
    return profiles if rows is None or len(rows) == 0 else without_rows(profiles, rows)


def without_rows(profiles: DiseaseProfiles, rows: IndexArray) -> DiseaseProfiles:
    """The profiles without some annotation rows (indices into the annotations)."""
    annotations, hpo = profiles.annotations, profiles.hpo
    left_out = np.zeros(annotations.disease.size, dtype=np.bool_)
    left_out[rows] = True
    affected = np.unique(annotations.disease[rows]).astype(np.int32)
    of_affected = np.concatenate(
        [np.arange(s.start, s.stop) for s in map(annotations.rows_of, affected.tolist())]
    ).astype(np.int32)
    kept = of_affected[~left_out[of_affected]]
    gone = len(affected) - len(np.unique(annotations.disease[kept]))
    local = np.sort(profiles.local[affected])
    local = local[local >= 0]
    disease, term, frequency, stated = pooled_frequencies(
        annotations, kept[profiles.local[annotations.disease[kept]] >= 0]
    )
    refuted = np.flatnonzero(annotations.negated & ~left_out)
    refuted = refuted[profiles.local[annotations.disease[refuted]] >= 0]
    view = replace(
        profiles,
        not_disease=profiles.local[annotations.disease[refuted]],
        not_term=annotations.term[refuted],
        left_out=np.flatnonzero(left_out).astype(np.int32),
        carriers=profiles.carriers - _carriers(profiles, of_affected) + _carriers(profiles, kept),
        n_diseases=profiles.n_diseases - gone,
    )
    if len(local) == 0:
        return view
    view = _with_rows(view, local, profiles.local[disease], term, frequency, stated)
    return _with_columns(view, local, closure(hpo, profiles.local[disease], term, frequency))


def _carriers(profiles: DiseaseProfiles, rows: IndexArray) -> IndexArray:
    """Shape (n_terms,): how many diseases of these rows are annotated to a term or below."""
    annotations = profiles.annotations
    rows = rows[~annotations.negated[rows]]
    terms, _, _ = closure(
        profiles.hpo, annotations.disease[rows], annotations.term[rows], np.ones(len(rows))
    )
    return np.bincount(terms, minlength=len(profiles.hpo)).astype(np.int32)


def _with_rows(
    profiles: DiseaseProfiles,
    replaced: IndexArray,
    disease: IndexArray,
    term: IndexArray,
    frequency: Floats,
    stated: Floats,
) -> DiseaseProfiles:
    """Put the new rows of some diseases, ascending, in place of their old ones."""
    size = np.diff(profiles.row_start)
    size[replaced] = np.bincount(disease, minlength=len(profiles))[replaced]
    row_start = np.zeros_like(profiles.row_start)
    np.cumsum(size, out=row_start[1:])
    begin = np.searchsorted(disease, replaced).tolist()
    end = np.searchsorted(disease, replaced, side="right").tolist()

    def spliced(old: NDArray[Any], new: NDArray[Any]) -> NDArray[Any]:
        pieces, done = [], 0
        for place, a, b in zip(map(profiles.row, replaced.tolist()), begin, end, strict=True):
            pieces += [old[done : place.start], new[a:b]]
            done = place.stop
        return np.concatenate([*pieces, old[done:]])

    return replace(
        profiles,
        row_start=row_start,
        row_term=spliced(profiles.row_term, term),
        row_frequency=spliced(profiles.row_frequency, frequency),
        row_stated=spliced(profiles.row_stated, stated),
    )


def _with_columns(
    profiles: DiseaseProfiles,
    replaced: IndexArray,
    closed: tuple[IndexArray, IndexArray, Floats],
) -> DiseaseProfiles:
    """Put the new closure of some diseases in place of their old one, which contains it."""
    is_replaced = np.zeros(len(profiles), dtype=np.bool_)
    is_replaced[replaced] = True
    old = np.flatnonzero(is_replaced[profiles.column_disease])
    old_term = np.searchsorted(profiles.column_start, old, side="right") - 1
    width = len(profiles)
    old_key = old_term.astype(np.int64) * width + profiles.column_disease[old]
    term, disease, frequency = closed
    stays = np.isin(old_key, term.astype(np.int64) * width + disease)
    column_frequency = profiles.column_frequency.copy()
    column_frequency[old[stays]] = frequency
    lost = old[~stays]
    start = profiles.column_start.copy()
    start[1:] -= np.cumsum(np.bincount(old_term[~stays], minlength=len(profiles.hpo))).astype(
        np.int32
    )
    return replace(
        profiles,
        column_start=start,
        column_disease=np.delete(profiles.column_disease, lost),
        column_frequency=np.delete(column_frequency, lost),
    )

"""The vectors over diseases that the methods are sums of, one for each of a patient's terms.

A term's vector is that of the common terms above it with the rarer ones written over it: what
all cases share is computed once, and what is left to do for a term is little.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from genecaller.rankers.profiles.disease_profiles import DiseaseProfiles, Floats
from genecaller.rankers.profiles.gene_disease_links import Places
from genecaller.rankers.profiles.term_frequency_table import WideColumns, wide_columns
from ontology.hpo import IndexArray

NOISE = 0.02
"""Share of a patient's findings that have nothing to do with the disease: the floor of a match."""
STEP_BACK = 0.5
"""How much a match counts when patient and disease agree only on a broader term."""
KEPT_VECTORS = 4096
"""How many vectors stay in memory (about 40 kB each): the terms of cases repeat themselves."""
EVERY_TERM = -1
"""Stands for no particular term: a vector of the profiles as a whole, kept once."""


@dataclass(frozen=True)
class Matcher:
    """Profiles with the term vectors computed so far; the same answers with or without them.

    Threads may share it: a vector is put in place only when it is whole.
    """

    profiles: DiseaseProfiles
    _kept: dict[tuple[str, int], Floats] = field(default_factory=dict, repr=False)
    _wide: dict[tuple[str, int], Floats] = field(default_factory=dict, repr=False)
    _squares: dict[int, NDArray[np.float64]] = field(default_factory=dict, repr=False)
    _keeping: threading.Lock = field(default_factory=threading.Lock, repr=False, compare=False)

    def vector(self, of: TermVector, term: int) -> Floats:
        """The vector of one term, from memory if it is there; not to be written to."""
        key = (of.__name__, term)
        found = self._kept.get(key)
        if found is None:
            found = of(self, term)
        with self._keeping:
            if self._kept.pop(key, None) is None and len(self._kept) >= KEPT_VECTORS:
                del self._kept[next(iter(self._kept))]  # the one not asked for the longest
            self._kept[key] = found
        return found

    def wide(self, of: TermVector, term: int) -> Floats:
        """`vector` of a wide term or of `EVERY_TERM`: there are few, so that all are kept."""
        key = (of.__name__, term)
        found = self._wide.get(key)
        if found is None:
            found = self._wide[key] = of(self, term)
        return found

    def squares(self, term: int) -> NDArray[np.float64]:
        """Shape (m,): each disease's frequency of a wide term times its information squared."""
        found = self._squares.get(term)
        if found is None:
            at, worth = self.profiles.column(term), self.profiles.information_content[term]
            found = np.zeros(len(self.profiles))
            found[self.profiles.column_disease[at]] = self.profiles.column_frequency[at] * (
                worth * worth
            )
            self._squares[term] = found
        return found

    @cached_property
    def wide_columns(self) -> WideColumns:
        """The columns of the wide terms, as far as they were asked for."""
        return wide_columns(self.profiles)

    @cached_property
    def marginal_information(self) -> Floats:
        """Shape (n_terms,): what `overlap` has worked out so far, NaN elsewhere."""
        return np.full(len(self.profiles.hpo), np.nan, dtype=np.float32)

    def mean(self, of: TermVector, terms: IndexArray) -> Floats:
        """The mean of the terms' vectors, (m,); zero where there are none."""
        total = np.zeros(len(self.profiles), dtype=np.float32)
        for term in terms.tolist():
            total += self.vector(of, term)
        return total / np.float32(max(len(terms), 1))

    def above(self, of: TermVector, term: int, size: int) -> tuple[Floats, set[int]]:
        """A new array (size,), the largest of the vectors of all wide terms above a term.

        And what is still to be put in: the term itself, and the terms above that are not wide.
        """
        hpo, is_wide = self.profiles.hpo, self.profiles.is_wide
        ancestors = hpo.ancestors(term)
        narrow = {term, *ancestors[~is_wide[ancestors]].tolist()}
        best = np.zeros(size, dtype=np.float32)
        for parent in {p for t in narrow for p in hpo.parents(t).tolist()} - narrow:
            np.maximum(best, self.wide(of, parent), out=best)
        return best, narrow


TermVector = Callable[[Matcher, int], Floats]


def best_match(matcher: Matcher, term: int) -> Floats:
    """Shape (m,), nats: information content of the most specific term shared with each disease."""
    profiles, content = matcher.profiles, matcher.profiles.information_content
    shared, narrow = matcher.above(best_match, term, len(profiles))
    for t in narrow:
        _raise_to(shared, profiles.column_disease[profiles.column(t)], content[t])
    return shared


def log_likelihood_ratio(matcher: Matcher, term: int) -> Floats:
    """Shape (m,), nats: how much likelier each disease shows the term than any disease does.

    Where the disease is not annotated with the term or below, the best of its broader terms
    stands in for it, at `STEP_BACK` of its ratio; `NOISE` keeps one odd term from ruling a
    disease out.
    """
    ratio = _ratio(matcher, term, 1.0)
    return np.asarray(np.log((1 - NOISE) * ratio + NOISE), dtype=np.float32)


def broader_ratio(matcher: Matcher, term: int) -> Floats:
    """Shape (m,): the best ratio of the term and all above it, each at `STEP_BACK`."""
    return _ratio(matcher, term, STEP_BACK)


def _ratio(matcher: Matcher, term: int, weight: float) -> Floats:
    profiles = matcher.profiles
    ratio, narrow = matcher.above(broader_ratio, term, len(profiles))
    for t in narrow:
        at, its_weight = profiles.column(t), weight if t == term else STEP_BACK
        here = profiles.column_frequency[at] * np.float32(its_weight / profiles.background[t])
        _raise_to(ratio, profiles.column_disease[at], here)
    return ratio


def _raise_to(vector: Floats, at: IndexArray | Places, value: Floats | np.float32) -> None:
    vector[at] = np.maximum(vector[at], value)


def reverse_coverage(matcher: Matcher, present: IndexArray) -> Floats:
    """Shape (m,), nats: how well the patient's terms cover what each disease shows.

    The mean over the disease's terms, weighted by frequency, of the information content that
    the best of the patient's terms shares with each.
    """
    return coverage_of(matcher.profiles, shared_content(matcher, present))


def coverage_of(profiles: DiseaseProfiles, content: Floats) -> Floats:
    """`reverse_coverage` from what `shared_content` gives."""
    weighted = of_rows(profiles, content)
    weighted *= profiles.row_frequency
    return np.asarray(row_sums(profiles, weighted) / profiles.row_weight, dtype=np.float32)


def shared_content(matcher: Matcher, present: IndexArray) -> Floats:
    """The information content each annotated term shares with the patient's best one.

    In the order of `DiseaseProfiles.place_of_term`.
    """
    best = np.zeros(matcher.profiles.n_places, dtype=np.float32)
    for term in present.tolist():
        np.maximum(best, matcher.vector(content_of_term, term), out=best)
    return best


def content_of_term(matcher: Matcher, term: int) -> Floats:
    """`shared_content` of a patient with this one term."""
    profiles = matcher.profiles
    shared, narrow = matcher.above(content_of_term, term, profiles.n_places)
    for t in narrow:
        below = profiles.place_of_term[profiles.hpo.descendants(t)]
        _raise_to(shared, below, profiles.information_content[t])
    return shared


def of_rows(profiles: DiseaseProfiles, content: Floats) -> Floats:
    """What `shared_content` says of the term of each direct annotation, a new array."""
    # no index is out of bounds: "clip" only spares numpy a copy
    return content.take(profiles.row_place, mode="clip")


def row_sums(profiles: DiseaseProfiles, value: Floats) -> Floats:
    """Shape (m,): the sum of a value per direct annotation over each disease's annotations."""
    return profiles.sum_rows(value)


def column_sums(profiles: DiseaseProfiles, terms: IndexArray, weight: Floats) -> Floats:
    """Shape (m,): for each disease the weights (n,) of those of the terms (n,) that it shows."""
    at, size = profiles.columns(terms)
    total = np.bincount(profiles.column_disease[at], np.repeat(weight, size), len(profiles))
    return total.astype(np.float32)

"""The vectors over diseases that the methods are sums of, one for each of a patient's terms."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from genecaller.rankers.profiles import DiseaseProfiles, Floats
from ontology.hpo import IndexArray

NOISE = 0.02
"""Share of a patient's findings that have nothing to do with the disease: the floor of a match."""
STEP_BACK = 0.5
"""How much a match counts when patient and disease agree only on a broader term."""
KEPT_VECTORS = 4096
"""How many vectors stay in memory (35 kB each): the terms of cases repeat themselves."""
EVERY_TERM = -1
"""Stands for no particular term: a vector of the profiles as a whole, kept once."""

TermVector = Callable[[DiseaseProfiles, int], Floats]


@dataclass(frozen=True)
class Matcher:
    """Profiles with the term vectors computed so far; the same answers with or without them."""

    profiles: DiseaseProfiles
    _kept: dict[tuple[str, int], Floats] = field(default_factory=dict, repr=False)

    def vector(self, of: TermVector, term: int) -> Floats:
        """The vector (m,) of one term, from memory if it is there; not to be written to."""
        key = (of.__name__, term)
        found = self._kept.pop(key, None)
        if found is None:
            found = of(self.profiles, term)
            if len(self._kept) >= KEPT_VECTORS:
                del self._kept[next(iter(self._kept))]  # the one not asked for the longest
        self._kept[key] = found
        return found

    def mean(self, of: TermVector, terms: IndexArray) -> Floats:
        """The mean of the terms' vectors, (m,); zero where there are none."""
        total = np.zeros(len(self.profiles), dtype=np.float32)
        for term in terms.tolist():
            total += self.vector(of, term)
        return total / np.float32(max(len(terms), 1))


def best_match(profiles: DiseaseProfiles, term: int) -> Floats:
    """Shape (m,), nats: information content of the most specific term shared with each disease."""
    content = profiles.information_content
    shared = np.zeros(len(profiles), dtype=np.float32)
    ancestors = profiles.hpo.ancestors(term)
    for a in ancestors[np.argsort(content[ancestors], kind="stable")].tolist():
        if content[a] > 0:
            shared[profiles.column_disease[profiles.column(a)]] = content[a]
    return shared


def log_likelihood_ratio(profiles: DiseaseProfiles, term: int) -> Floats:
    """Shape (m,), nats: how much likelier each disease shows the term than any disease does.

    Where the disease is not annotated with the term or below, the best of its broader terms
    stands in for it, at `STEP_BACK` of its ratio; `NOISE` keeps one odd term from ruling a
    disease out.
    """
    background = profiles.background
    ratio = np.zeros(len(profiles), dtype=np.float32)
    for a in profiles.hpo.ancestors(term).tolist():
        at = profiles.column(a)
        carriers = profiles.column_disease[at]
        weight = 1.0 if a == term else STEP_BACK
        here = profiles.column_frequency[at] * np.float32(weight / background[a])
        ratio[carriers] = np.maximum(ratio[carriers], here)
    return np.asarray(np.log((1 - NOISE) * ratio + NOISE), dtype=np.float32)


def reverse_coverage(profiles: DiseaseProfiles, present: IndexArray) -> Floats:
    """Shape (m,), nats: how well the patient's terms cover what each disease shows.

    The mean over the disease's terms, weighted by frequency, of the information content that
    the best of the patient's terms shares with each.
    """
    return weighted_row_mean(profiles, shared_content(profiles, present))


def shared_content(profiles: DiseaseProfiles, present: IndexArray) -> Floats:
    """Shape (n_terms,): the information content each term shares with the patient's best one."""
    content = profiles.information_content
    best = np.zeros(len(profiles.hpo), dtype=np.float32)
    if len(present) == 0:
        return best
    closed = np.unique(np.concatenate([profiles.hpo.ancestors(t) for t in present.tolist()]))
    for a in closed[np.argsort(content[closed], kind="stable")].tolist():
        if content[a] > 0:
            best[profiles.hpo.descendants(a)] = content[a]
    return best


def weighted_row_mean(profiles: DiseaseProfiles, value: Floats) -> Floats:
    """Shape (m,): each disease's mean of a value per term (n_terms,), weighted by frequency."""
    weighted = value[profiles.row_term] * profiles.row_frequency
    return np.asarray(row_sums(profiles, weighted) / profiles.row_weight, dtype=np.float32)


def row_sums(profiles: DiseaseProfiles, value: Floats) -> Floats:
    """Shape (m,): the sum of a value per direct annotation over each disease's annotations."""
    return profiles.sum_rows(value)


def column_sums(profiles: DiseaseProfiles, terms: IndexArray, weight: Floats) -> Floats:
    """Shape (m,): for each disease the weights (n,) of those of the terms (n,) that it shows."""
    at, size = profiles.columns(terms)
    total = np.bincount(profiles.column_disease[at], np.repeat(weight, size), len(profiles))
    return total.astype(np.float32)

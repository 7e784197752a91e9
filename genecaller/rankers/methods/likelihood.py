"""Likelihood ratios of what is present and what is excluded, with frequencies: LIRICAL's method.

Of present terms, how much likelier each is in the disease than in any disease; of excluded
terms, how much likelier their absence is; a term that the disease is stated not to show counts
against it. The logarithms add up; without genotypes all diseases are equally likely beforehand.
"""

from __future__ import annotations

import numpy as np

from genecaller.rankers.methods.term_similarity import NOISE, Matcher, log_likelihood_ratio
from genecaller.rankers.profiles.disease_profiles import DiseaseProfiles, Floats
from genecaller.rankers.query import Query
from ontology.hpo import IndexArray

NAME = "likelihood"
PAPER = (
    "Robinson PN et al. Interpretable clinical genomics with a likelihood ratio paradigm. "
    "Am J Hum Genet 2020;107:403-417 (LIRICAL)"
)


def score_diseases(matcher: Matcher, query: Query) -> Floats:
    """Shape (m,): the log likelihood ratio of everything known of the patient, nats."""
    total = matcher.mean(log_likelihood_ratio, query.present) * np.float32(len(query.present))
    total = total + absence(matcher.profiles, query.excluded) + refutation(matcher.profiles, query)
    return np.asarray(total, dtype=np.float32)


def absence(profiles: DiseaseProfiles, excluded: IndexArray) -> Floats:
    """Shape (m,), nats: how much likelier each disease spares the terms than any disease does."""
    at, _ = profiles.columns(excluded)
    spared = log_spared(profiles.column_frequency[at])
    total = np.bincount(profiles.column_disease[at], spared, len(profiles))
    return np.asarray(total - expected_spared(profiles, excluded), dtype=np.float32)


def expected_spared(profiles: DiseaseProfiles, excluded: IndexArray) -> float:
    """Nats: the chance that a patient of any disease has none of the terms."""
    return float(np.log(1 - profiles.background[excluded]).sum())


def log_spared(shown: Floats) -> Floats:
    """Shape of `shown`, nats: the chance that a disease showing a term this often spares it."""
    return np.asarray(np.log((1 - NOISE) * (1 - shown) + NOISE), dtype=np.float32)


def refutation(profiles: DiseaseProfiles, query: Query) -> Floats:
    """Shape (m,), nats: ln(NOISE) for each present term that a NOT annotation rules out."""
    penalty = np.zeros(len(profiles), dtype=np.float32)
    for term in query.present.tolist():
        hit = np.isin(profiles.not_term, profiles.hpo.ancestors(term))
        np.add.at(penalty, profiles.not_disease[hit], np.float32(np.log(NOISE)))
    return penalty

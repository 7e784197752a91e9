"""Does the input suffice to rank? A plain word where it does not."""

from __future__ import annotations

import numpy as np

from genecaller.rankers.base import GeneScores
from genecaller.rankers.profiles.disease_profiles import DiseaseProfiles
from genecaller.rankers.query import Query

FEW_TERMS = 3
TOO_GENERAL = 2.5
"""Nats: the most specific term is shared by more than a twelfth of all diseases."""
FLAT = 0.1
"""A first gene with less than this probability is hardly ahead of the others."""


def shortcomings(
    profiles: DiseaseProfiles, query: Query, scores: GeneScores, is_probability: bool
) -> tuple[str, ...]:
    """Sentences about what is missing for a ranking to mean something; none where it suffices."""
    if query.is_empty:
        return (
            "the case has no present HPO term that the rankers can use: "
            "the order is the prior's and says nothing about this patient",
        )
    found = []
    n = len(query.present)
    if n < FEW_TERMS:
        found.append(
            f"only {n} usable present {'term' if n == 1 else 'terms'}: "
            "so few seldom tell genes apart; more findings would make the ranking surer"
        )
    most_specific = float(profiles.information_content[query.present].max())
    if most_specific < TOO_GENERAL:
        found.append(
            "all present terms are very general: more specific findings would tell genes apart"
        )
    finite = scores.score[np.isfinite(scores.score)]
    if is_probability and len(finite) and float(finite.max()) < FLAT:
        found.append(
            f"no gene stands out: the first has a probability of {float(finite.max()):.0%}"
        )
    elif len(finite):
        tied = int((finite == finite.max()).sum())
        if tied > 1:
            found.append(f"{tied} genes share the first place: the terms do not tell them apart")
    return tuple(found)

"""The plain sum of three views of one match: patient to disease, likelihood, disease to patient."""

from __future__ import annotations

from genecaller.rankers.methods.term_similarity import (
    Matcher,
    best_match,
    log_likelihood_ratio,
    reverse_coverage,
)
from genecaller.rankers.profiles.disease_profiles import Floats
from genecaller.rankers.query import Query

NAME = "sum"
PAPER = (
    "after Resnik 1995 and Köhler et al. 2009 (best match), Robinson et al. 2020 (likelihood "
    "ratio); all three parts in nats, unweighted"
)


def score_diseases(matcher: Matcher, query: Query) -> Floats:
    """Mean log likelihood ratio + mean best match + reverse coverage, shape (m,), nats."""
    return (
        matcher.mean(log_likelihood_ratio, query.present)
        + matcher.mean(best_match, query.present)
        + reverse_coverage(matcher, query.present)
    )

"""From a method that scores diseases to a ranker that scores genes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from genecaller.cases import Case
from genecaller.rankers.base import GeneScores
from genecaller.rankers.methods.prior import prior_scores
from genecaller.rankers.methods.term_similarity import Matcher
from genecaller.rankers.profiles.disease_profiles import DiseaseProfiles, Floats
from genecaller.rankers.query import Query, query_of

ScoreDiseases = Callable[[Matcher, Query], Floats]


@dataclass(frozen=True)
class MethodRanker:
    """One published method over one set of profiles; a gene is as likely as its best disease."""

    name: str
    paper: str
    method: ScoreDiseases
    matcher: Matcher

    def score(self, case: Case) -> GeneScores:
        """Score every gene; a case without usable terms gets the prior."""
        return genes_from_diseases(self.matcher.profiles, self.score_diseases(case))

    def score_diseases(self, case: Case) -> Floats:
        """Shape (m,): the score of every gene-linked disease, -inf without annotations."""
        profiles = self.matcher.profiles
        query = query_of(case, profiles.hpo)
        scores = prior_scores(profiles) if query.is_empty else self.method(self.matcher, query)
        return np.where(profiles.is_annotated, scores, np.float32(-np.inf))

    def on(self, profiles: DiseaseProfiles) -> MethodRanker:
        """The same method over other profiles (a view with some annotations taken out)."""
        return replace(self, matcher=Matcher(profiles))


def genes_from_diseases(
    profiles: DiseaseProfiles, scores: Floats, largest: Floats | None = None
) -> GeneScores:
    """Give each gene the score of its best disease, the first of equals.

    `largest` is `profiles.links.largest(scores)` where that is known already.
    """
    links = profiles.links
    n = len(profiles.annotations.gene_symbols)
    score = np.full(n, -np.inf)
    best = np.full(n, -1, dtype=np.int32)
    largest = links.largest(scores) if largest is None else largest
    score[links.gene] = largest
    best[links.gene] = profiles.diseases[links.first_largest(scores, largest)]
    best[~np.isfinite(score)] = -1
    return GeneScores(score, best)

"""Best-match similarity, both ways: the method of the Phenomizer, without its p-values.

Each of the patient's terms is compared with the disease's most similar term, and each of the
disease's with the patient's; two terms are as similar as the most specific term above both is
informative. The mean of the two directions.
"""

from __future__ import annotations

import numpy as np

from genecaller.rankers.methods.term_similarity import (
    Matcher,
    best_match,
    of_rows,
    row_sums,
    shared_content,
)
from genecaller.rankers.profiles.disease_profiles import Floats
from genecaller.rankers.query import Query

NAME = "resnik"
PAPER = (
    "Köhler S et al. Clinical diagnostics in human genetics with semantic similarity searches in "
    "ontologies. Am J Hum Genet 2009;85:457-464 (similarity after Resnik P, IJCAI 1995)"
)


def score_diseases(matcher: Matcher, query: Query) -> Floats:
    """Shape (m,), nats."""
    profiles = matcher.profiles
    best = of_rows(profiles, shared_content(matcher, query.present))
    backward = row_sums(profiles, best) / np.maximum(np.diff(profiles.row_start), 1)
    forward = matcher.mean(best_match, query.present)
    return np.asarray((forward + backward) / 2, dtype=np.float32)

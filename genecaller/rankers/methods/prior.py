"""The floor: genes ordered by how much is known of their diseases, whatever the patient has.

A method that does not beat this has learned nothing from the patient. See the "prior" baseline
in evaluations of gene prioritisation, e.g. Pandey et al. 2021 (ignorome and annotation bias).
"""

from __future__ import annotations

import numpy as np

from genecaller.rankers.methods.term_similarity import Matcher
from genecaller.rankers.profiles.disease_profiles import DiseaseProfiles, Floats
from genecaller.rankers.query import Query

NAME = "prior"
PAPER = "no method: annotation count alone, the floor for every other ranker"


def prior_scores(profiles: DiseaseProfiles) -> Floats:
    """Shape (m,): the logarithm of one plus each disease's direct annotations."""
    return np.log1p(np.diff(profiles.row_start)).astype(np.float32)


def score_diseases(matcher: Matcher, query: Query) -> Floats:
    """The same for every patient."""
    return prior_scores(matcher.profiles)

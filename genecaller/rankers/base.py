"""The one interface of all classical rankers: a case in, a score for every gene out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from genecaller.cases import Case
from ontology.hpo import IndexArray


@dataclass(frozen=True, slots=True)
class GeneScores:
    """A score for every gene of the knowledge, in its order.

    `score` has shape (n_genes,), higher is likelier, -inf where the ranker has nothing to say;
    `disease` has the same shape: the index of the disease that gave the score, or -1.
    """

    score: NDArray[np.float64]
    disease: IndexArray


class Ranker(Protocol):
    """Scores all genes of the knowledge it was made with for one case after another.

    `name` is what `--ranker` takes; `paper` cites the method. A ranker sees terms, excluded
    terms, sex, age and onset, never text, publication or solution.
    """

    @property
    def name(self) -> str: ...

    @property
    def paper(self) -> str: ...

    def score(self, case: Case) -> GeneScores:
        """Score every gene; a case without terms gets the ranker's prior."""
        ...

"""What any ranker hands on: genes in rank order with score, disease and explanation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

Weights = Literal["full", "held-out"]
"""Which of a trained ranker's weights ranked: those that saw every training gene, or those that
never saw the gene of the case. None stands for a ranker that was not trained, or did not say."""


@dataclass(frozen=True, slots=True)
class RankedGene:
    """One gene of a ranking; `rank` counts from 1, ties already broken by the symbol.

    `score` is the ranker's own (None for a language model, which only orders), `disease` the
    OMIM, ORPHA or DECIPHER id of the gene's best disease, `explanation` one plain sentence or two.
    """

    rank: int
    symbol: str
    score: float | None
    disease: str | None
    explanation: str


@dataclass(frozen=True, slots=True)
class Ranking:
    """One ranker's answer to one case, with what it was made from.

    `knowledge` is the knowledge's stamp, `model` names model and adapter (None for a classical
    ranker), `problems` are sentences about the case or the answer. An empty `genes` is a miss.
    `weights` says which weights ordered the genes, or the candidates that a model was offered.
    """

    case_id: str
    ranker: str
    model: str | None
    knowledge: str
    genes: tuple[RankedGene, ...]
    problems: tuple[str, ...] = ()
    weights: Weights | None = None

    def as_record(self) -> dict[str, Any]:
        """The JSON object of one line of `genecaller rank --json`, and most of one of `score`."""
        record = {
            "case_id": self.case_id,
            "ranker": self.ranker,
            "model": self.model,
            "knowledge": self.knowledge,
            "genes": [
                {
                    "rank": gene.rank,
                    "symbol": gene.symbol,
                    "score": gene.score,
                    "disease": gene.disease,
                    "explanation": gene.explanation,
                }
                for gene in self.genes
            ],
            "problems": list(self.problems),
        }
        return record if self.weights is None else {**record, "weights": self.weights}

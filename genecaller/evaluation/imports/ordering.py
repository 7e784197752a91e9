"""The rows of one case put in order: every gene once, with its best row."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from genecaller.evaluation.imports.rows import Row, weights_of
from genecaller.ranking import RankedGene, Ranking, Weights

UNSTATED = "not stated"
"""What an imported ranking names as its knowledge: other tools rarely say what they used."""


@dataclass
class Gathered:
    """The rows of one case by one ranker; a row that only repeats another takes no memory.

    `weights` and `made_with` (model, knowledge) are what rankings of our own say of themselves.
    """

    rows: dict[Row, None] = field(default_factory=dict)
    merged: bool = False
    by_rank: bool = True
    weights: Weights | None = None
    made_with: tuple[str | None, str | None] | None = None

    def add(self, row: Row) -> None:
        """Take one row."""
        unnamed = "" in row.genes
        self.merged |= len(row.genes) != 1 or (row in self.rows and not unnamed)
        self.by_rank &= row.rank is not None
        self.rows[row] = None

    def says(self, weights: Any, cells: Mapping[str, Any]) -> None:
        """Take what a line of ours says of how it was made."""
        model, knowledge = cells.get("model"), cells.get("knowledge")
        self.weights = weights_of(weights)
        self.made_with = (
            model if isinstance(model, str) and model else None,
            knowledge if isinstance(knowledge, str) and knowledge else None,
        )

    def ranking(self, case_id: str, ranker: str) -> Ranking:
        """Genes in order, each once with its best row.

        The tool's own ranks order the genes where it gives one to every row, else its scores.
        Where a gene stood in several rows, a row for several genes, or a rank was no whole
        number, places are counted anew.
        """
        by_rank = self.by_rank and bool(self.rows)

        def key(row: Row) -> float:
            value = row.rank if by_rank else None if row.score is None else -row.score
            return math.inf if value is None else value

        best: dict[str | int, Row] = {}
        anew = self.merged or any(row.rank != int(row.rank or 0) for row in self.rows if by_rank)
        for at, row in enumerate(self.rows):
            for gene in row.genes:
                name = gene or at  # what could not be read is no one gene
                anew |= name in best
                if name not in best or key(row) < key(best[name]):
                    best[name] = row
        genes: list[RankedGene] = []
        shared = 0
        previous = math.nan
        ordered = sorted(best.items(), key=lambda item: (key(item[1]), str(item[0])))
        for place, (called, row) in enumerate(ordered, 1):
            symbol = called if isinstance(called, str) else ""
            if key(row) != previous:
                shared, previous = place, key(row)
            if not by_rank:
                genes.append(RankedGene(place, symbol, row.score, row.disease, ""))
                continue
            # Equal scores would tie genes that the tool's own ranks tell apart: they are left out.
            rank = shared if anew else int(key(row))
            genes.append(RankedGene(rank, symbol, None, row.disease, ""))
        problems = () if genes else ("the results name no gene for this case",)
        model, knowledge = self.made_with or (None, None)
        return Ranking(
            case_id, ranker, model, knowledge or UNSTATED, tuple(genes), problems, self.weights
        )

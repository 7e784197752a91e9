"""What an evaluation holds: figures by ranker and stratum, comparisons, and what they rest on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from genecaller.evaluation.calibration import Reliability
from genecaller.evaluation.compare import Comparison
from genecaller.evaluation.leakage import Leakage
from genecaller.evaluation.metrics import Figures
from genecaller.evaluation.strata import Mask, SolvedCases
from genecaller.evaluation.systems import Outcome
from genecaller.evaluation.truth_rank import Ties

MARK = "†"
"""Stands behind the name of a ranker whose figures are too good, wherever they are shown."""

Grouping = Literal["stratum", "number of terms", "organ system"]


@dataclass(frozen=True)
class Row:
    """The figures of one ranker on one group of cases, with all that they depend on.

    `stratum` is the group's name in `grouping`; the finer groupings divide the stratum `within`.
    `statuses` counts how the cases ended; everything but "ranked" is a miss. `trained_on` of the
    cases were ranked by weights that were trained on their gene: the figures are too good.
    """

    ranker: str
    model: str | None
    adapter: str | None
    knowledge: str | None
    protocol: str
    grouping: Grouping
    within: str | None
    stratum: str
    figures: Figures
    statuses: dict[str, int]
    reliability: Reliability | None
    trained_on: int = 0


@dataclass(frozen=True)
class Group:
    """The cases of one row: `mask` over the solved cases; `within` names what it divides."""

    grouping: Grouping
    within: str | None
    name: str
    mask: Mask


@dataclass(frozen=True)
class Paired:
    """The comparison of two rankers within one stratum of one protocol."""

    protocol: str
    stratum: str
    comparison: Comparison


@dataclass(frozen=True)
class Evaluation:
    """Everything one call of `evaluate` found.

    `outcomes` by protocol, each in the order of `solved`; "unseen-publication" shares those of
    "as-published", as both rank with the knowledge as it is. `unsolved` cases name no gene and
    are not judged; `unreadable` are sentences about input that could not be read. `warnings` are
    what no figure of this evaluation may be quoted without.
    """

    solved: SolvedCases
    outcomes: dict[str, tuple[Outcome, ...]]
    rows: tuple[Row, ...]
    comparisons: tuple[Paired, ...]
    leakage: Leakage
    knowledge: str
    seed: int
    ties: Ties
    depth: int
    resamples: int
    unsolved: int
    unreadable: tuple[str, ...]
    notes: tuple[str, ...]
    warnings: tuple[str, ...] = ()

    def shown(self, ranker: str) -> str:
        """A ranker's name in tables: with a mark where a warning is about it."""
        marked = {row.ranker for row in self.rows if row.trained_on}
        return f"{ranker} {MARK}" if ranker in marked else ranker

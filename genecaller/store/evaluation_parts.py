"""The parts of a stored evaluation: plain values, as an evaluation gives and a page draws them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

Outcome = Literal["ranked", "unranked", "unparsed", "failed"]


@dataclass(frozen=True, slots=True)
class EvaluatedRanker:
    """One ranker of an evaluation and what it was: each may have its own model and adapter."""

    ranker: str
    knowledge: str | None
    prompt_version: str | None = None
    model: str | None = None
    adapter: str | None = None
    imported_from: str | None = None
    ms_per_case: float | None = None


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure, as a share (0 to 1) or the metric's own unit, with its interval.

    `n` counts cases where `averaging` is "micro", genes where it is "macro"; `value` is None
    where n is 0. Another `grouping` than "stratum" ("number of terms", "organ system") divides
    the stratum `within`, and `stratum` then names its group.
    """

    ranker: str
    protocol: str
    stratum: str
    averaging: Literal["micro", "macro"]
    metric: str
    n: int
    value: float | None
    low: float | None = None
    high: float | None = None
    grouping: str = "stratum"
    within: str | None = None


@dataclass(frozen=True, slots=True)
class Truth:
    """The right gene of one evaluated case, and the strata the case belongs to."""

    case_id: str
    gene: str
    publication: str | None = None
    strata: tuple[str, ...] = ()
    case_version: int | None = None


@dataclass(frozen=True, slots=True)
class CaseRank:
    """Where one ranker put the right gene of one case; `rank` only where `outcome` is "ranked".

    Ties have their mean rank, so a rank may be 1.5; `best_rank` and `worst_rank` bound it.
    `confidence` is the calibrated one of the gene put first, `first_gene`.
    """

    ranker: str
    protocol: str
    case_id: str
    outcome: Outcome
    rank: float | None
    confidence: float | None = None
    first_gene: str | None = None
    best_rank: int | None = None
    worst_rank: int | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two rankers on the same cases: who wins how often, and the difference left minus right.

    The wins are cases, whatever the `averaging` of the difference.
    """

    left_ranker: str
    right_ranker: str
    protocol: str
    stratum: str
    metric: str
    n: int
    left_wins: int
    right_wins: int
    difference: float
    low: float | None = None
    high: float | None = None
    p_value: float | None = None
    averaging: Literal["micro", "macro"] = "micro"


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """A point of a named curve ("reliability", "robustness: noise terms") of one ranker."""

    curve: str
    ranker: str
    protocol: str
    x: float
    y: float
    low: float | None = None
    high: float | None = None
    n: int | None = None
    stratum: str = "all"


@dataclass(frozen=True, slots=True)
class StoredEvaluation:
    """An evaluation's head; the rest is read by its number."""

    evaluation_id: int
    run_id: int
    title: str
    created: datetime
    cases_source: str
    n_cases: int
    settings: dict[str, Any] = field(metadata={"json": True})


@dataclass(frozen=True, slots=True)
class Duel:
    """One case that two rankers ranked differently; a rank is None where it was a miss."""

    case_id: str
    gene: str
    left_outcome: Outcome
    left_rank: float | None
    right_outcome: Outcome
    right_rank: float | None

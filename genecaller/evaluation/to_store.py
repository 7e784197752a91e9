"""An evaluation into the store, so that the app can draw it and a later run be compared."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

import numpy as np

from genecaller.evaluation.metrics import CONFIDENCE, METRICS, Estimate
from genecaller.evaluation.result import Evaluation, Row
from genecaller.evaluation.strata import UNSEEN, strata, unseen
from genecaller.evaluation.systems import Outcome
from genecaller.store import Store
from genecaller.store.evaluation_parts import (
    CaseRank,
    Comparison,
    CurvePoint,
    EvaluatedRanker,
    Figure,
    Truth,
)


def keep(
    evaluation: Evaluation,
    store: Store,
    *,
    run_id: int,
    title: str,
    cases_source: str,
    imported_from: Mapping[str, str] | None = None,
    curves: Sequence[CurvePoint] = (),
) -> int:
    """Save everything an evaluation found, and further `curves`; returns the evaluation's number.

    `imported_from` says by ranker which file or folder its results were read from. Finer groups
    are stored as strata named "as-published, organ system: Neoplasm", with their grouping.
    """
    sources = imported_from or {}
    entries = {one.ranker: one for row in evaluation.outcomes.values() for one in row}
    return store.save_evaluation(
        run_id=run_id,
        title=title,
        cases_source=cases_source,
        rankers=[_ranker(one, sources.get(one.ranker)) for one in entries.values()],
        truths=_truths(evaluation),
        ranks=_ranks(evaluation),
        figures=[figure for row in evaluation.rows for figure in figures_of(row)],
        comparisons=_comparisons(evaluation),
        curves=[*_reliability(evaluation), *curves],
        settings={
            "seed": evaluation.seed,
            "ties": evaluation.ties,
            "depth": evaluation.depth,
            "resamples": evaluation.resamples,
            "confidence": CONFIDENCE,
            "knowledge": evaluation.knowledge,
            "protocols": list(evaluation.outcomes),
            "unsolved": evaluation.unsolved,
            "unreadable": len(evaluation.unreadable),
            "notes": [*evaluation.warnings, *evaluation.notes],
        },
    )


def stratum_name(row: Row) -> str:
    """The name under which a row's group is stored and shown where all groups stand together."""
    return row.stratum if row.within is None else f"{row.within}, {row.grouping}: {row.stratum}"


def _ranker(outcome: Outcome, source: str | None) -> EvaluatedRanker:
    n = len(outcome.standings)
    return EvaluatedRanker(
        ranker=outcome.ranker,
        knowledge=outcome.knowledge,
        model=outcome.model,
        adapter=outcome.adapter,
        imported_from=source,
        ms_per_case=None if outcome.seconds is None or not n else 1000 * outcome.seconds / n,
    )


def _truths(evaluation: Evaluation) -> Iterator[Truth]:
    solved = evaluation.solved
    masks = {
        name: mask
        for protocol in evaluation.outcomes
        for name, mask in strata(solved, protocol).items()
    }
    for row, case in enumerate(solved.cases):
        inside = tuple(name for name, mask in masks.items() if mask[row])
        yield Truth(case.id, solved.symbols[row], case.pmid, inside)


def _ranks(evaluation: Evaluation) -> Iterator[CaseRank]:
    solved = evaluation.solved
    for protocol, outcomes in evaluation.outcomes.items():
        mask = unseen(solved) if protocol == UNSEEN else np.ones(len(solved), dtype=np.bool_)
        for outcome in outcomes:
            for row in np.flatnonzero(mask).tolist():
                standing = outcome.standings[row]
                yield CaseRank(
                    ranker=outcome.ranker,
                    protocol=protocol,
                    case_id=solved.cases[row].id,
                    outcome=standing.status,
                    rank=standing.rank(evaluation.ties),
                    confidence=standing.confidence,
                    first_gene=standing.first,
                    best_rank=standing.best,
                    worst_rank=standing.worst,
                )


def figures_of(row: Row) -> Iterator[Figure]:
    """The stored figures of one row: each metric over cases and over genes."""
    found = row.figures
    both: tuple[tuple[Literal["micro", "macro"], int, dict[str, Estimate]], ...] = (
        ("micro", found.n, found.micro),
        ("macro", found.genes, found.macro),
    )
    for averaging, n, estimates in both:
        for metric in METRICS:
            one = estimates.get(metric)
            yield Figure(
                ranker=row.ranker,
                protocol=row.protocol,
                stratum=stratum_name(row),
                averaging=averaging,
                metric=metric,
                n=n,
                value=one.value if one else None,
                low=one.low if one else None,
                high=one.high if one else None,
                grouping=row.grouping,
                within=row.within,
            )


def _comparisons(evaluation: Evaluation) -> Iterator[Comparison]:
    for paired in evaluation.comparisons:
        one = paired.comparison
        for metric in METRICS:
            tested = metric in one.mcnemar_p
            difference = one.difference_micro[metric]
            yield Comparison(
                left_ranker=one.a,
                right_ranker=one.b,
                protocol=paired.protocol,
                stratum=paired.stratum,
                metric=metric,
                n=one.n,
                left_wins=one.only_a[metric] if tested else len(one.a_ahead),
                right_wins=one.only_b[metric] if tested else len(one.b_ahead),
                difference=difference.value,
                low=difference.low,
                high=difference.high,
                p_value=one.mcnemar_p[metric] if tested else one.sign_p,
            )


def _reliability(evaluation: Evaluation) -> Iterator[CurvePoint]:
    for row in evaluation.rows:
        # One curve a protocol: that of the stratum which gives the protocol its name.
        if row.stratum == row.protocol:
            yield from reliability_points(row)


def reliability_points(row: Row) -> Iterator[CurvePoint]:
    """The points of a row's reliability curve, none where no probability was stated."""
    for one in row.reliability.bins if row.reliability else ():
        yield CurvePoint(
            curve="reliability",
            ranker=row.ranker,
            protocol=row.protocol,
            x=one.stated,
            y=one.right,
            low=one.right_low,
            high=one.right_high,
            n=one.n,
            stratum=row.stratum,
        )

"""How the rankers of an evaluation bear disturbed cases, as curves that are stored with it."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

import numpy as np

from genecaller.evaluation.calibration import wilson
from genecaller.evaluation.perturbations import robustness_curves
from genecaller.evaluation.result import Evaluation
from genecaller.evaluation.strata import AS_PUBLISHED, UNSEEN, unseen
from genecaller.rankers.base import Ranker
from genecaller.store.evaluation_parts import CurvePoint
from ontology.knowledge import Knowledge

MOST_CASES = 120
"""Cases that are disturbed, drawn by the seed: each is ranked twenty times by every ranker."""
PREFIX = "robustness"


def robustness(
    evaluation: Evaluation,
    rankers: Sequence[Ranker],
    knowledge: Knowledge,
    *,
    most: int = MOST_CASES,
    advance: Callable[[int], None] = lambda n: None,
) -> list[CurvePoint]:
    """Curves named "robustness, top-10: terms dropped" and so on, one a ranker and disturbance.

    Of the unseen-publication cases where the evaluation holds that protocol, else as published;
    x is the strength, y the share of the cases with its 95% Wilson interval. `advance` is told of
    every ranker done. Empty where no case can be judged.
    """
    solved = evaluation.solved
    protocol = UNSEEN if UNSEEN in evaluation.outcomes else AS_PUBLISHED
    mask = solved.gene_known & (unseen(solved) if protocol == UNSEEN else True)
    fit = [int(row) for row in np.flatnonzero(mask) if solved.cases[row].terms]
    drawn = sorted(random.Random(evaluation.seed).sample(fit, min(most, len(fit))))
    cases = [solved.cases[row] for row in drawn]
    points: list[CurvePoint] = []
    for ranker in rankers if cases else ():
        for one in robustness_curves([ranker], cases, knowledge, evaluation.seed):
            for metric, share in (("top-1", one.top1), ("top-10", one.top10)):
                low, high = wilson(round(share * one.n), one.n)
                points.append(
                    CurvePoint(
                        curve=f"{PREFIX}, {metric}: {one.disturbance}",
                        ranker=one.ranker,
                        protocol=protocol,
                        x=one.strength,
                        y=share,
                        low=low,
                        high=high,
                        n=one.n,
                        stratum=protocol,
                    )
                )
        advance(1)
    return points

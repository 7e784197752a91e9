"""Judging rankings of solved cases: figures with intervals, strata, comparisons, reports."""

from genecaller.evaluate.entrants import Listed, Outcome
from genecaller.evaluate.evaluation import evaluate, work
from genecaller.evaluate.result import Evaluation
from genecaller.evaluate.strata import PROTOCOLS

__all__ = ["PROTOCOLS", "Evaluation", "Listed", "Outcome", "evaluate", "work"]

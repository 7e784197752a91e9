"""Judging rankings of solved cases: figures with intervals, strata, comparisons, reports."""

from genecaller.evaluation.evaluate import evaluate, work
from genecaller.evaluation.result import Evaluation
from genecaller.evaluation.strata import PROTOCOLS
from genecaller.evaluation.systems import Listed, Outcome

__all__ = ["PROTOCOLS", "Evaluation", "Listed", "Outcome", "evaluate", "work"]

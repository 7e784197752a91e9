"""Graders: one tested collection that training, evaluation and the app share."""

from genecaller.graders.answers_file import GradeReport, grade_file
from genecaller.graders.gene_rank import (
    gene_rank_score,
    rank_of_truth,
    ranks_of_truth,
    reciprocal_rank,
    top_k,
    top_max,
)
from genecaller.graders.outcome import Grade, Grader
from genecaller.graders.specification import GRADER_TYPES, make_grader, read_grader

__all__ = [
    "GRADER_TYPES",
    "Grade",
    "GradeReport",
    "Grader",
    "gene_rank_score",
    "grade_file",
    "make_grader",
    "rank_of_truth",
    "ranks_of_truth",
    "read_grader",
    "reciprocal_rank",
    "top_k",
    "top_max",
]

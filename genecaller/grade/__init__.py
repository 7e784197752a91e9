"""Graders: one tested collection that training, evaluation and the app share."""

from genecaller.grade.file import GradeReport, grade_file
from genecaller.grade.gene_rank import (
    gene_rank_score,
    rank_of_truth,
    ranks_of_truth,
    reciprocal_rank,
    top_k,
    top_max,
)
from genecaller.grade.outcome import Grade, Grader
from genecaller.grade.specification import GRADER_TYPES, make_grader, read_grader

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

"""Graders: one tested collection that training, evaluation and the app share."""

from genecaller.grade.gene_rank import (
    gene_rank_score,
    rank_of_truth,
    ranks_of_truth,
    reciprocal_rank,
    top_k,
    top_max,
)

__all__ = [
    "gene_rank_score",
    "rank_of_truth",
    "ranks_of_truth",
    "reciprocal_rank",
    "top_k",
    "top_max",
]

"""Classical phenotype rankers: one small file a method, one registry."""

from genecaller.rankers.registry import RANKERS, make_ranker, rank

__all__ = ["RANKERS", "make_ranker", "rank"]

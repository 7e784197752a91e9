"""How good a ranked list of genes is, given the right one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ontology.genes import gene_names

SECOND = 0.7
DECAY = 0.7


def gene_rank_score(rank: int | None, *, second: float = SECOND, decay: float = DECAY) -> float:
    """The gene-rank grader: 1 at rank 1, `second` at rank 2, `second * decay**(rank - 2)` below.

    0 where the right gene is absent (`rank` None). Only 1 and 0.7 were announced for the closed
    product's grader; the geometric decay towards 0 below rank 2 is this project's choice, and a
    parameter. ValueError for a rank below 1.
    """
    if rank is None:
        return 0.0
    if rank < 1:
        raise ValueError(f"a rank counts from 1, got {rank}")
    return 1.0 if rank == 1 else second * decay ** (rank - 2)


def rank_of_truth(symbols: Iterable[str], gene: str) -> int | None:
    """Where `gene` stands in a ranked list, from 1; None where it is absent.

    Both sides go through HGNC, so an alias or a previous symbol of the right gene counts. A gene
    named twice takes one place: what follows moves up. Names that HGNC does not know keep theirs.
    """
    names = gene_names()
    target = names.resolve(gene).symbol or gene.strip().upper()
    seen: set[str] = set()
    for written in symbols:
        symbol = names.resolve(written).symbol or written.strip().upper()
        seen.add(symbol)
        if symbol == target:
            return len(seen)
    return None


def top_k(rank: int | None, k: int) -> float:
    """1 where the right gene is among the first `k`, else 0."""
    return 1.0 if rank is not None and rank <= k else 0.0


def top_max(rank: int | None) -> float:
    """1 where the right gene is anywhere in the list, else 0."""
    return 1.0 if rank is not None else 0.0


def reciprocal_rank(rank: int | None) -> float:
    """1 / rank, 0 where the right gene is absent; its mean over cases is the MRR."""
    return 1.0 / rank if rank is not None else 0.0


def ranks_of_truth(answers: Iterable[Sequence[str]], genes: Iterable[str]) -> list[int | None]:
    """`rank_of_truth` for many answers, in order."""
    return [rank_of_truth(symbols, gene) for symbols, gene in zip(answers, genes, strict=True)]

"""Finds what a new release has lost against the one in use, and refuses more than a few percent."""

from __future__ import annotations

from dataclasses import dataclass

from ontology.annotations import Annotations
from ontology.compiled import Knowledge
from ontology.errors import KnowledgeError
from ontology.hpo import Hpo

TOLERATED = 0.03
"""Share of the old ones that may be gone: between the releases of 2025 and 2026 it was below 1%."""


@dataclass(frozen=True, slots=True)
class Loss:
    """How many of `before` of the old release's terms, diseases, ... the new one lacks."""

    what: str
    before: int
    after: int
    gone: int

    @property
    def is_tolerable(self) -> bool:
        """Whether so few are gone as with any release."""
        return self.gone <= TOLERATED * self.before


def losses(hpo: Hpo, annotations: Annotations, old: Knowledge) -> tuple[Loss, ...]:
    """Compare terms, diseases, annotations, genes, their stated symbols, and pairs.

    A term that has a successor is not gone; pairs and genes are compared by NCBI Gene id.
    Annotations and stated symbols are compared by number alone.
    """
    was = old.annotations
    compared = (
        ("terms", set(old.hpo.ids), {i for i in old.hpo.ids if hpo.resolve(i).hpo_id}, len(hpo)),
        ("diseases", set(was.disease_ids), set(annotations.disease_ids), None),
        ("genes", set(was.ncbi_gene_ids.tolist()), set(annotations.ncbi_gene_ids.tolist()), None),
        ("gene-disease pairs", _pairs(was), _pairs(annotations), None),
    )
    found = [
        Loss(what, len(before), len(after) if n is None else n, len(before - after))
        for what, before, after, n in compared
    ]
    for what, n_before, n_after in (
        ("annotations", len(was.term), len(annotations.term)),
        ("gene symbols stated", was.n_symbols_stated, annotations.n_symbols_stated),
    ):
        found.append(Loss(what, n_before, n_after, max(0, n_before - n_after)))
    return tuple(found)


def refuse_losses(hpo: Hpo, annotations: Annotations, old: Knowledge) -> None:
    """Raise KnowledgeError, with the counts, where a release has lost more than is tolerated."""
    lost = [loss for loss in losses(hpo, annotations, old) if not loss.is_tolerable]
    if lost:
        counts = "; ".join(
            f"{loss.what}: {loss.gone:,} of {loss.before:,} are gone, {loss.after:,} remain"
            for loss in lost
        )
        told = "".join(f"\n  {problem}" for problem in annotations.problems)
        raise KnowledgeError(
            f"release {hpo.release} has lost too much against {old.release}, which is in use: "
            f"{counts}. Nothing was changed; wait for the next release, or take it all the same "
            f"with --force{told}"
        )


def _pairs(annotations: Annotations) -> set[tuple[int, str]]:
    genes = annotations.ncbi_gene_ids[annotations.pair_gene].tolist()
    diseases = annotations.pair_disease.tolist()
    ids = annotations.disease_ids
    return {(gene, ids[disease]) for gene, disease in zip(genes, diseases, strict=True)}

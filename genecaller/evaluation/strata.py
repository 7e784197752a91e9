"""Which cases a figure is taken over: what the knowledge knew of each before it was asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from genecaller.cases import Case
from genecaller.graders.gene_rank import gene_numbers
from ontology.genes import same_gene
from ontology.hpo import PHENOTYPIC_ABNORMALITY
from ontology.knowledge import Knowledge

ALL = "all"
AS_PUBLISHED = "as-published"
UNSEEN = "unseen-publication"
UNKNOWN = "gene-or-disease-unknown"
LEAVE_OUT = "leave-publication-out"
PROTOCOLS = (AS_PUBLISHED, UNSEEN, LEAVE_OUT)
TERM_BINS = ((0, 0), (1, 3), (4, 6), (7, 10), (11, 20), (21, None))

Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class SolvedCases:
    """The solved cases of an evaluation with what is known of them, all of shape (n,).

    `gene` is the right gene's index in the knowledge or -1, `symbols` its HGNC symbol,
    `gene_known`, `disease_known`: whether the knowledge holds it; `cited`: whether an
    annotation of the knowledge, of whatever aspect, cites the case's PMID; `has_pmid`.
    """

    cases: tuple[Case, ...]
    symbols: tuple[str, ...]
    gene: NDArray[np.int32]
    disease_known: Mask
    cited: Mask
    has_pmid: Mask

    def __len__(self) -> int:
        return len(self.cases)

    def where(self, mask: Mask) -> SolvedCases:
        """Only the masked cases."""
        rows = np.flatnonzero(mask).tolist()
        return SolvedCases(
            cases=tuple(self.cases[row] for row in rows),
            symbols=tuple(self.symbols[row] for row in rows),
            gene=self.gene[mask],
            disease_known=self.disease_known[mask],
            cited=self.cited[mask],
            has_pmid=self.has_pmid[mask],
        )

    @property
    def gene_known(self) -> Mask:
        """Whether the knowledge links the right gene to any disease."""
        return self.gene >= 0


def solved_cases(cases: Sequence[Case], knowledge: Knowledge) -> SolvedCases:
    """The cases with an established gene, in their order; the others cannot be judged."""
    annotations = knowledge.annotations
    cited = annotations.cited_publications
    genes = gene_numbers(annotations.gene_symbols)
    kept = [(case, case.solution) for case in cases if case.solution is not None]
    solved = tuple(case for case, _ in kept)
    solutions = [solution for _, solution in kept]
    return SolvedCases(
        cases=solved,
        symbols=tuple(solution.gene for solution in solutions),
        gene=np.asarray([genes.of.get(same_gene(s.gene) or "", -1) for s in solutions], np.int32),
        disease_known=np.asarray(
            [s.disease_id in annotations.disease_index for s in solutions], np.bool_
        ),
        cited=np.asarray([case.pmid in cited for case in solved], np.bool_),
        has_pmid=np.asarray([case.pmid is not None for case in solved], np.bool_),
    )


def judged(solved: SolvedCases, protocols: Sequence[str]) -> SolvedCases:
    """The cases that some of the protocols report; all others need not be ranked."""
    return solved.where(unseen(solved)) if set(protocols) == {UNSEEN} else solved


def strata(solved: SolvedCases, protocol: str) -> dict[str, Mask]:
    """The strata that a protocol reports, by name; a case may stand in several.

    - all: every solved case; a gene that the knowledge lacks is a miss.
    - as-published: the gene is known to the knowledge.
    - unseen-publication: no annotation of the knowledge cites the case's PMID, and its disease is
      held. A case without a PMID cannot be shown to be unseen, and is not in it.
    - gene-or-disease-unknown: the knowledge lacks one of the two.
    - leave-publication-out: the gene is known, and every case was ranked without the annotations
      that cite its own publication.
    """
    everything = np.ones(len(solved), dtype=np.bool_)
    if protocol == LEAVE_OUT:
        return {LEAVE_OUT: solved.gene_known, f"{LEAVE_OUT}, all": everything}
    if protocol == UNSEEN:
        return {UNSEEN: unseen(solved)}
    return {
        AS_PUBLISHED: solved.gene_known,
        UNKNOWN: ~(solved.gene_known & solved.disease_known),
        ALL: everything,
    }


def unseen(solved: SolvedCases) -> Mask:
    """The unseen-publication stratum; see `strata`."""
    return solved.disease_known & ~solved.cited & solved.has_pmid


def by_number_of_terms(solved: SolvedCases) -> dict[str, Mask]:
    """Masks by the number of present terms: "0", "1-3", ... "21+"."""
    counts = np.asarray([len(case.terms) for case in solved.cases], dtype=np.int64)
    masks = {}
    for low, high in TERM_BINS:
        name = f"{low}+" if high is None else str(low) if low == high else f"{low}-{high}"
        masks[name] = (counts >= low) & (counts <= (np.inf if high is None else high))
    return masks


def by_organ_system(solved: SolvedCases, knowledge: Knowledge) -> dict[str, Mask]:
    """Masks by the branch directly under Phenotypic abnormality that holds most present terms.

    A term below several branches counts for each of them. Equal counts go to the branch with the
    larger summed information content, then to the smaller id. Cases without a term under any
    branch are in none.
    """
    hpo = knowledge.hpo
    tops = hpo.children(hpo.index[PHENOTYPIC_ABNORMALITY])
    position = {int(top): i for i, top in enumerate(tops)}
    chosen = np.full(len(solved), -1, dtype=np.int64)
    for row, case in enumerate(solved.cases):
        count, content = np.zeros(len(tops)), np.zeros(len(tops))
        for hpo_id in case.hpo_ids:
            term = hpo.index.get(hpo_id)
            if term is None:
                continue
            for ancestor in hpo.ancestors(term).tolist():
                if ancestor in position:
                    count[position[ancestor]] += 1
                    content[position[ancestor]] += hpo.information_content[term]
        if count.any():
            chosen[row] = max(range(len(tops)), key=lambda i: (count[i], content[i], -i))
    return {
        hpo.names[top]: chosen == i for i, top in enumerate(tops.tolist()) if (chosen == i).any()
    }

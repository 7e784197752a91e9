"""Train the learned reranker: `python -m training.workflows.reranker CASES`.

Every solved case is ranked by a knowledge from which its own publication's annotations are taken
out. Cases that share a gene or a publication stay in one fold. What ships are the weights trained
on everything, and those of each fold, so that a case of a training gene can be scored by weights
that never saw the gene.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from genecaller.cases import Case
from genecaller.cases.read import read_cases
from genecaller.errors import CaseError, UsageError
from genecaller.graders.gene_rank import gene_numbers
from genecaller.rankers.methods.term_similarity import Matcher
from genecaller.rankers.profiles.cache import open_profiles
from genecaller.rankers.profiles.disease_metadata import facts_of
from genecaller.rankers.profiles.leave_publication_out import without_publication
from genecaller.rankers.query import query_of
from genecaller.rankers.reranker.conditional_logit import EXPANDED
from genecaller.rankers.reranker.features import FEATURES, candidates_of
from genecaller.rankers.reranker.learned import write_reranker
from ontology.genes import same_gene
from ontology.knowledge import Knowledge, open_knowledge
from training.workflows.reranker_fit import (
    GENE_POWER,
    N_FOLDS,
    RIDGE,
    UNSEEN_WORTH,
    Example,
    fit_reranker,
    held_out_figures,
    reliability,
)

Progress = Callable[[str], None]


def train_reranker(
    cases_path: Path, out: Path, seed: int, progress: Progress = lambda step: None
) -> dict[str, Any]:
    """Train on all solved cases of a file, folder or zip, write the weights, return the manifest.

    The figures in the manifest are of held-out folds only. Raises UsageError where too few cases
    are solved.
    """
    knowledge = open_knowledge(progress)
    progress("reading cases")
    cases = solved_cases(cases_path, knowledge, progress)
    fold_of_gene = folds_by_component(cases, seed)
    if len(fold_of_gene) < N_FOLDS:
        raise UsageError(
            f"{cases_path} has solved cases of {len(fold_of_gene)} known genes: "
            f"training needs at least {N_FOLDS} genes that share no publication"
        )
    examples = make_examples(cases, knowledge, progress)
    model, scores = fit_reranker(examples, fold_of_gene, progress)
    manifest = {
        "features": list(FEATURES),
        "columns": list(EXPANDED),
        "knowledge": knowledge.stamp,
        "seed": seed,
        "ridge": RIDGE,
        "unseen_worth": UNSEEN_WORTH,
        "gene_power": GENE_POWER,
        "n_folds": N_FOLDS,
        "fold_of_gene": fold_of_gene,
        "n_cases": len(examples),
        "n_publications": len({e.pmid for e in examples if e.pmid is not None}),
        "cases_sha256": _digest(examples),
        "temperature": model.temperature,
        "doubt": model.doubt,
        **model.manifest,
        "held_out_figures": held_out_figures(examples, scores),
        "reliability": reliability(
            examples, scores, np.asarray([fold_of_gene[e.gene] for e in examples])
        ),
    }
    write_reranker(replace(model, manifest=manifest), out)
    return manifest


def solved_cases(
    path: Path, knowledge: Knowledge, progress: Progress = lambda step: None
) -> list[Case]:
    """The cases that name a gene of the knowledge and have a usable term, by id.

    `progress` is told how many others there were, by the reason that leaves them out.
    """
    symbols = knowledge.annotations.gene_symbols
    genes = gene_numbers(symbols)
    found: list[Case] = []
    left_out: Counter[str] = Counter()
    for case in read_cases(path, knowledge):
        if isinstance(case, CaseError):
            left_out["could not be read"] += 1
        elif case.solution is None:
            left_out["name no gene"] += 1
        elif (number := genes.of.get(same_gene(case.solution.gene) or "")) is None:
            left_out["are of a gene that the knowledge lacks"] += 1
        elif query_of(case, knowledge.hpo).is_empty:
            left_out["have no usable present term"] += 1
        else:
            # One gene under two names must not come into two folds.
            solution = replace(case.solution, gene=symbols[number])
            found.append(replace(case, solution=solution))
    for reason, n in left_out.items():
        progress(f"left out: {n} cases {reason}")
    return sorted(found, key=lambda case: case.id)


def folds_by_component(cases: Sequence[Case], seed: int) -> dict[str, int]:
    """A fold for every gene; genes that share a publication, even through others, share a fold.

    Components are dealt largest first to the fold with the fewest cases, in an order drawn from
    the seed among equals.
    """
    parent: dict[str, str] = {}

    def root(key: str) -> str:
        while parent.setdefault(key, key) != key:
            parent[key] = parent[parent[key]]
            key = parent[key]
        return key

    for case in cases:
        assert case.solution is not None
        if case.pmid is not None:
            parent[root(f"gene {case.solution.gene}")] = root(case.pmid)
    genes = sorted({c.solution.gene for c in cases if c.solution is not None})
    first: dict[str, str] = {}  # a component is called by its first gene, in whatever order read
    for gene in genes:
        first.setdefault(root(f"gene {gene}"), gene)
    component = {gene: first[root(f"gene {gene}")] for gene in genes}
    size = Counter(component[c.solution.gene] for c in cases if c.solution is not None)
    names = sorted(size)
    order = np.random.default_rng(seed).permutation(len(names))
    filled = [0] * N_FOLDS
    fold: dict[str, int] = {}
    for name in sorted((names[i] for i in order), key=lambda name: -size[name]):
        fold[name] = int(np.argmin(filled))
        filled[fold[name]] += size[name]
    return {gene: fold[component[gene]] for gene in genes}


def make_examples(
    cases: Sequence[Case], knowledge: Knowledge, progress: Progress = lambda step: None
) -> list[Example]:
    """Candidates and features of every case, its own publication's annotations taken out."""
    profiles = open_profiles(knowledge)
    cited = knowledge.annotations.cited_publications
    plain = Matcher(profiles), facts_of(profiles)
    used, last = plain, None
    examples = []
    for i, case in enumerate(sorted(cases, key=lambda case: (case.pmid or "", case.id))):
        if i % 500 == 0:
            progress(f"ranking without each case's publication, {i} of {len(cases)} cases")
        if case.pmid is None or case.pmid not in cited:
            used = plain
        elif case.pmid != last:
            view = without_publication(profiles, case.pmid)
            used = Matcher(view), facts_of(view)
        last = case.pmid
        stranger = case.without_solution()
        matcher, facts = used
        candidates = candidates_of(matcher, facts, stranger, query_of(stranger, knowledge.hpo))
        assert case.solution is not None
        gene = knowledge.annotations.gene_index[case.solution.gene]
        at = np.flatnonzero(candidates.gene == gene)
        examples.append(
            Example(
                case_id=case.id,
                gene=case.solution.gene,
                pmid=case.pmid,
                unseen=case.pmid is not None
                and case.pmid not in cited
                and case.solution.disease_id in knowledge.annotations.disease_index,
                matrix=candidates.matrix,
                right=int(at[0]) if len(at) else None,
            )
        )
    return examples


def _digest(examples: Sequence[Example]) -> str:
    ids = "\n".join(sorted(e.case_id for e in examples))
    return hashlib.sha256(ids.encode()).hexdigest()


if __name__ == "__main__":
    import json
    import sys

    if len(sys.argv) != 2:
        sys.exit("usage: python -m training.workflows.reranker CASES")
    target = Path(__file__).parents[2] / "genecaller" / "data" / "reranker.npz"
    made = train_reranker(
        Path(sys.argv[1]), target, seed=0, progress=lambda step: print(step, file=sys.stderr)
    )
    print(json.dumps(made["held_out_figures"], indent=1))
    for fit, why in made["not_converged"].items():
        print(f"warning: {fit} did not converge: {why}", file=sys.stderr)

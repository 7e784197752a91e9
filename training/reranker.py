"""Train the learned reranker: `python -m training.reranker CASES`.

Every solved case is ranked by a knowledge from which its own publication's annotations are taken
out. Cases that share a gene or a publication stay in one fold. What ships are the weights trained
on everything, and those of each fold, so that a case of a training gene can be scored by weights
that never saw the gene.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from genecaller.cases import Case
from genecaller.cases.read import read_cases
from genecaller.errors import CaseError, UsageError
from genecaller.rankers.cache import open_profiles
from genecaller.rankers.conditional import (
    EXPANDED,
    ConditionalLogit,
    Standard,
    choice_loss,
    expand,
    raw_columns,
    standard_of,
)
from genecaller.rankers.facts import facts_of
from genecaller.rankers.features import FEATURES, candidates_of
from genecaller.rankers.learned import Reranker, probabilities, write_reranker
from genecaller.rankers.leave_out import without_publication
from genecaller.rankers.matching import Matcher
from genecaller.rankers.query import query_of
from ontology.knowledge import Knowledge, open_knowledge

N_FOLDS = 5
RIDGE = 1e-3
GENE_POWER = -0.5
"""A case weighs as its gene's number of cases to this power: large cohorts drown nothing."""
MOST_STEPS = 60
STANDARD_ROWS = 200_000

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Example:
    """One solved case's candidates: features, the row of the right gene (None: not nominated)."""

    case_id: str
    gene: str
    pmid: str | None
    unseen: bool
    matrix: np.ndarray[Any, np.dtype[np.float32]]
    right: int | None


def train_reranker(
    cases_path: Path, out: Path, seed: int, progress: Progress = lambda step: None
) -> dict[str, Any]:
    """Train on all solved cases of a file, folder or zip, write the weights, return the manifest.

    The figures in the manifest are of held-out folds only. Raises UsageError where too few cases
    are solved.
    """
    knowledge = open_knowledge(progress)
    progress("reading cases")
    cases = solved_cases(cases_path, knowledge)
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
        "n_folds": N_FOLDS,
        "fold_of_gene": fold_of_gene,
        "n_cases": len(examples),
        "n_publications": len({e.pmid for e in examples}),
        "cases_sha256": _digest(examples),
        "temperature": model.temperature,
        "doubt": model.doubt,
        "held_out_figures": held_out_figures(examples, scores),
    }
    write_reranker(replace(model, manifest=manifest), out)
    return manifest


def solved_cases(path: Path, knowledge: Knowledge) -> list[Case]:
    """The cases that name a gene of the knowledge and have a usable term, by id."""
    genes = knowledge.annotations.gene_index
    found = [
        case
        for case in read_cases(path, knowledge)
        if not isinstance(case, CaseError)
        and case.solution is not None
        and case.solution.gene in genes
        and not query_of(case, knowledge.hpo).is_empty
    ]
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
    size = Counter(root(f"gene {c.solution.gene}") for c in cases if c.solution is not None)
    names = sorted(size)
    order = np.random.default_rng(seed).permutation(len(names))
    filled = [0] * N_FOLDS
    fold: dict[str, int] = {}
    for name in sorted((names[i] for i in order), key=lambda name: -size[name]):
        fold[name] = int(np.argmin(filled))
        filled[fold[name]] += size[name]
    genes = sorted({c.solution.gene for c in cases if c.solution is not None})
    return {gene: fold[root(f"gene {gene}")] for gene in genes}


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
                unseen=case.pmid not in cited
                and case.solution.disease_id in knowledge.annotations.disease_index,
                matrix=candidates.matrix,
                right=int(at[0]) if len(at) else None,
            )
        )
    return examples


def fit_reranker(
    examples: Sequence[Example], fold_of_gene: dict[str, int], progress: Progress
) -> tuple[Reranker, list[np.ndarray[Any, np.dtype[np.float32]]]]:
    """Fit each fold's weights and the full ones; also the held-out scores of every example."""
    fold = np.asarray([fold_of_gene[e.gene] for e in examples])
    scores: list[Any] = [None] * len(examples)
    folds = []
    for f in range(N_FOLDS):
        progress(f"fitting without fold {f + 1} of {N_FOLDS}")
        model = fit_logit([e for e, g in zip(examples, fold, strict=True) if g != f])
        folds.append(model)
        for i in np.flatnonzero(fold == f).tolist():
            scores[i] = model.predict(examples[i].matrix)
    progress("fitting on everything")
    full = fit_logit(examples)
    temperature, doubt = calibrate(examples, scores)
    return Reranker(full, tuple(folds), fold_of_gene, temperature, doubt, {}), scores


def fit_logit(examples: Sequence[Example]) -> ConditionalLogit:
    """Maximum a posteriori weights over the examples whose right gene was nominated."""
    from scipy.optimize import minimize

    usable = [e for e in examples if e.right is not None]
    n_rows = sum(len(e.matrix) for e in usable)
    every = max(1, n_rows // STANDARD_ROWS)
    standard = _standard(usable, every)
    sizes = np.asarray([len(e.matrix) for e in usable], dtype=np.int64)
    expanded = np.empty((n_rows, len(EXPANDED)), dtype=np.float32)
    start = np.cumsum(sizes) - sizes
    for at, size, example in zip(start.tolist(), sizes.tolist(), usable, strict=True):
        expanded[at : at + size] = expand(example.matrix, standard)
    right = start + np.asarray([e.right for e in usable], dtype=np.int64)
    worth = gene_weights([e.gene for e in usable])
    found = minimize(
        choice_loss,
        np.zeros(len(EXPANDED)),
        args=(expanded, sizes, right, worth, RIDGE),
        jac=True,
        method="L-BFGS-B",
        options={"maxiter": MOST_STEPS},
    )
    return ConditionalLogit(standard, found.x.astype(np.float32))


def _standard(examples: Sequence[Example], every: int) -> Standard:
    """From every n-th case: the spread of a feature needs no more."""
    return standard_of(np.concatenate([raw_columns(e.matrix) for e in examples[::every]]))


def gene_weights(genes: Sequence[str]) -> np.ndarray[Any, np.dtype[np.float64]]:
    """One weight a case, adding up to 1, by `GENE_POWER`."""
    count = Counter(genes)
    worth = np.asarray([count[gene] ** GENE_POWER for gene in genes])
    return worth / worth.sum()


def calibrate(
    examples: Sequence[Example], scores: Sequence[np.ndarray[Any, np.dtype[np.float32]]]
) -> tuple[float, float]:
    """Temperature and doubt that make held-out scores of unseen publications likeliest.

    A right gene that was not nominated counts as "none of these". Without any unseen case, all
    cases are used.
    """
    from scipy.optimize import minimize

    chosen = [i for i, e in enumerate(examples) if e.unseen] or list(range(len(examples)))
    worth = gene_weights([examples[i].gene for i in chosen])

    def loss(parameters: np.ndarray[Any, np.dtype[np.float64]]) -> float:
        temperature, doubt = float(np.exp(parameters[0])), float(parameters[1])
        total = 0.0
        for i, weight in zip(chosen, worth.tolist(), strict=True):
            right = examples[i].right
            share = probabilities(scores[i], temperature, doubt)
            p = 1 - float(share.sum()) if right is None else float(share[right])
            total -= weight * np.log(max(p, 1e-12))
        return total

    found = minimize(loss, np.zeros(2), method="Nelder-Mead", options={"maxiter": 120})
    return float(np.exp(found.x[0])), float(found.x[1])


def held_out_figures(
    examples: Sequence[Example], scores: Sequence[np.ndarray[Any, np.dtype[np.float32]]]
) -> dict[str, Any]:
    """Shares of cases with the right gene at 1, 3, 5, 10, over cases and over genes, per stratum.

    A right gene that was not nominated is a miss. Ties take the mean rank.
    """
    ranks = np.full(len(examples), np.inf)
    for i, (example, score) in enumerate(zip(examples, scores, strict=True)):
        if example.right is not None:
            own = score[example.right]
            ranks[i] = (score > own).sum() + ((score == own).sum() + 1) / 2
    genes = np.asarray([e.gene for e in examples])
    unseen = np.asarray([e.unseen for e in examples])
    figures: dict[str, Any] = {}
    for name, chosen in (("unseen publication", unseen), ("leave publication out", genes != "")):
        if not chosen.any():
            continue
        hits = {k: (ranks[chosen] <= k).astype(float) for k in (1, 3, 5, 10)}
        of = genes[chosen]
        per_gene = {k: [float(v[of == g].mean()) for g in np.unique(of)] for k, v in hits.items()}
        figures[name] = {
            "n": int(chosen.sum()),
            "genes": len(np.unique(of)),
            "over cases": {f"top{k}": round(float(v.mean()), 4) for k, v in hits.items()},
            "over genes": {f"top{k}": round(float(np.mean(v)), 4) for k, v in per_gene.items()},
        }
    return figures


def _digest(examples: Sequence[Example]) -> str:
    ids = "\n".join(sorted(e.case_id for e in examples))
    return hashlib.sha256(ids.encode()).hexdigest()


if __name__ == "__main__":
    import json
    import sys

    if len(sys.argv) != 2:
        sys.exit("usage: python -m training.reranker CASES")
    target = Path(__file__).parents[1] / "genecaller" / "data" / "reranker.npz"
    made = train_reranker(
        Path(sys.argv[1]), target, seed=0, progress=lambda step: print(step, file=sys.stderr)
    )
    print(json.dumps(made["held_out_figures"], indent=1))

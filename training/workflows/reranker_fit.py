"""Fit the reranker's weights, calibrate them, and measure them on genes they did not see."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genecaller.graders.gene_rank import place_in_scores
from genecaller.rankers.reranker.conditional_logit import (
    EXPANDED,
    ConditionalLogit,
    choice_loss,
    expand,
    raw_columns,
    standard_of,
)
from genecaller.rankers.reranker.learned import Reranker, probabilities

N_FOLDS = 5
RIDGE = 1e-2
UNSEEN_WORTH = 10.0
"""How many cases one of an unseen publication counts for. What a publication leaves behind when it
is taken out is a thinner knowledge than a new patient meets; cases that never were in it are the
real thing, and fewer."""
GENE_POWER = -0.65
"""A case weighs as its gene's number of cases to this power: large cohorts drown nothing."""
BOUNDS: dict[str, tuple[float | None, float | None]] = {
    "gene absence": (0, None),
    "gene absence below best": (0, None),
    "disease absence": (0, None),
    "gene absence x query terms": (0, 0),
    "excluded typical share": (None, 0),
    "excluded max frequency": (None, 0),
}
"""Signs that hold whatever the cases say. In published cases a finding is often stated to be absent
because the disease is known for it, so that left alone the weights reward a disease for typical
findings that the patient does not have. In front of a patient that would be perverse. That an
occasional finding was looked for may still speak for a disease."""
MOST_STEPS = 40
STANDARD_ROWS = 200_000

Progress = Callable[[str], None]
Tell = Callable[[str], None]
Scores = NDArray[np.float32]


@dataclass(frozen=True)
class Example:
    """One solved case's candidates: features, the row of the right gene (None: not nominated)."""

    case_id: str
    gene: str
    pmid: str | None
    unseen: bool
    matrix: Scores
    right: int | None


def fit_reranker(
    examples: Sequence[Example], fold_of_gene: dict[str, int], progress: Progress
) -> tuple[Reranker, list[Scores]]:
    """Fit each fold's weights and the full ones; also the held-out scores of every example.

    The manifest's "not_converged" says by fit why its search stopped short of the minimum, and
    `progress` hears of it at once.
    """
    fold = np.asarray([fold_of_gene[e.gene] for e in examples])
    scores: list[Any] = [None] * len(examples)
    folds = []
    stopped: dict[str, str] = {}

    def told(what: str) -> Tell:
        def tell(why: str) -> None:
            stopped[what] = why
            progress(f"warning: {what} did not converge ({why})")

        return tell

    for f in range(N_FOLDS):
        progress(f"fitting without fold {f + 1} of {N_FOLDS}")
        seen = [e for e, g in zip(examples, fold, strict=True) if g != f]
        model = fit_logit(seen, told(f"the weights without fold {f + 1}"))
        folds.append(model)
        for i in np.flatnonzero(fold == f).tolist():
            scores[i] = model.predict(examples[i].matrix)
    progress("fitting on everything")
    full = fit_logit(examples, told("the full weights"))
    temperature, doubt = calibrate(examples, scores, told("temperature and doubt"))
    manifest = {"not_converged": stopped}
    return Reranker(full, tuple(folds), fold_of_gene, temperature, doubt, manifest), scores


def fit_logit(examples: Sequence[Example], tell: Tell = lambda why: None) -> ConditionalLogit:
    """Maximum a posteriori weights over the examples whose right gene was nominated.

    `tell` hears why the search stopped where it stopped short of its minimum.
    """
    from scipy.optimize import minimize

    usable = [e for e in examples if e.right is not None]
    n_rows = sum(len(e.matrix) for e in usable)
    every = max(1, n_rows // STANDARD_ROWS)  # the spread of a feature needs no more
    standard = standard_of(np.concatenate([raw_columns(e.matrix) for e in usable[::every]]))
    sizes = np.asarray([len(e.matrix) for e in usable], dtype=np.int64)
    expanded = np.empty((n_rows, len(EXPANDED)), dtype=np.float32)
    start = np.cumsum(sizes) - sizes
    for at, size, example in zip(start.tolist(), sizes.tolist(), usable, strict=True):
        expanded[at : at + size] = expand(example.matrix, standard)
    right = start + np.asarray([e.right for e in usable], dtype=np.int64)
    worth = case_weights(usable)
    found = minimize(
        choice_loss,
        np.zeros(len(EXPANDED)),
        args=(expanded, sizes, right, worth, RIDGE),
        jac=True,
        method="L-BFGS-B",
        bounds=[BOUNDS.get(name, (None, None)) for name in EXPANDED],
        options={"maxiter": MOST_STEPS},
    )
    if not found.success:
        tell(f"{str(found.message).strip().lower()}, after {found.nit} steps")
    return ConditionalLogit(standard, found.x.astype(np.float32))


def case_weights(examples: Sequence[Example]) -> NDArray[np.float64]:
    """One weight a case, adding up to 1, by `GENE_POWER` and `UNSEEN_WORTH`."""
    count = Counter(e.gene for e in examples)
    worth = np.asarray(
        [count[e.gene] ** GENE_POWER * (UNSEEN_WORTH if e.unseen else 1.0) for e in examples]
    )
    return worth / worth.sum()


def calibrate(
    examples: Sequence[Example], scores: Sequence[Scores], tell: Tell = lambda why: None
) -> tuple[float, float]:
    """Temperature and doubt that make the first gene's probability as true as can be.

    Minimises the log loss of "the first gene is the right one" over held-out scores of unseen
    publications (of all cases where there are none).
    """
    from scipy.optimize import minimize

    chosen = [i for i, e in enumerate(examples) if e.unseen] or list(range(len(examples)))
    worth = case_weights([examples[i] for i in chosen])
    right = np.asarray([first_is_right(examples[i], scores[i]) for i in chosen])
    padded = np.full((len(chosen), max(len(scores[i]) for i in chosen)), -np.inf)
    for row, i in zip(padded, chosen, strict=True):
        row[: len(scores[i])] = scores[i] - scores[i].mean()

    def loss(parameters: NDArray[np.float64]) -> float:
        share = first_probability(padded, float(np.exp(parameters[0])), float(parameters[1]))
        sure = np.clip(share, 1e-9, 1 - 1e-9)
        return -float((worth * np.log(np.where(right, sure, 1 - sure))).sum())

    spread = float(np.mean([np.std(scores[i]) for i in chosen]))
    start = np.asarray([np.log(max(spread, 1e-3)), 1.0])
    found = minimize(loss, start, method="Nelder-Mead", options={"maxiter": 120})
    if not found.success:
        tell(f"{str(found.message).strip().lower()}, after {found.nit} steps")
    return float(np.exp(found.x[0])), float(found.x[1])


def first_probability(
    padded: NDArray[np.float64], temperature: float, doubt: float
) -> NDArray[np.float64]:
    """The largest of `learned.probabilities` for many cases at once, shape (n,).

    `padded` (n, most) holds each case's centred scores, -inf behind the last.
    """
    scaled = padded / temperature
    best = scaled.max(axis=1)
    top = np.maximum(best, doubt)
    total = np.exp(scaled - top[:, None]).sum(axis=1) + np.exp(doubt - top)
    return np.asarray(np.exp(best - top) / total)


def first_is_right(example: Example, score: Scores) -> bool:
    """Whether the best candidate is the right gene."""
    return example.right is not None and int(np.argmax(score)) == example.right


def reliability(
    examples: Sequence[Example],
    scores: Sequence[Scores],
    fold: NDArray[np.int64],
) -> dict[str, Any]:
    """How true the first gene's probability is on unseen publications, temperature held out too.

    For each fold, temperature and doubt come from the other folds. `bins` of a tenth each: mean
    probability, share right, n; `brier` is the mean squared error (0 is perfect), `brier_of_base`
    that of always saying the overall share.
    """
    sure, right = [], []
    for f in range(N_FOLDS):
        others = np.flatnonzero(fold != f).tolist()
        own = [i for i in np.flatnonzero(fold == f).tolist() if examples[i].unseen]
        if not own:
            continue
        fitted = calibrate([examples[i] for i in others], [scores[i] for i in others])
        sure += [float(probabilities(scores[i], *fitted).max()) for i in own]
        right += [first_is_right(examples[i], scores[i]) for i in own]
    p, hit = np.asarray(sure), np.asarray(right, dtype=np.float64)
    bins = []
    for low in range(10):
        inside = (p >= low / 10) & ((p < (low + 1) / 10) | (low == 9))
        if inside.any():
            mean, share = round(float(p[inside].mean()), 3), round(float(hit[inside].mean()), 3)
            bins.append({"probability": mean, "right": share, "n": int(inside.sum())})
    base = float(hit.mean()) if len(hit) else 0.0
    brier = float(((p - hit) ** 2).mean()) if len(hit) else 0.0
    return {
        "n": len(p),
        "brier": round(brier, 4),
        "brier_of_base": round(base * (1 - base), 4),
        "bins": bins,
    }


def held_out_figures(examples: Sequence[Example], scores: Sequence[Scores]) -> dict[str, Any]:
    """Shares of cases with the right gene at 1, 3, 5, 10, over cases and over genes, per stratum.

    A right gene that was not nominated is a miss. Ties take the mean rank.
    """
    ranks = np.full(len(examples), np.inf)
    for i, (example, score) in enumerate(zip(examples, scores, strict=True)):
        if example.right is not None and (place := place_in_scores(score, example.right)):
            ranks[i] = place.mean
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

"""The learned reranker: weights over all methods' scores, evidence and facts; probabilities.

Trained by `training/workflows/reranker.py` on cases whose own publication was taken out of the
knowledge.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from functools import cache, cached_property
from importlib.resources import files
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genecaller.cases import Case
from genecaller.errors import ModelError
from genecaller.rankers.base import GeneScores
from genecaller.rankers.methods.gene_ranker import genes_from_diseases
from genecaller.rankers.methods.prior import prior_scores
from genecaller.rankers.methods.term_similarity import Matcher
from genecaller.rankers.profiles.disease_metadata import DiseaseFacts, facts_of
from genecaller.rankers.profiles.disease_profiles import DiseaseProfiles, Floats
from genecaller.rankers.query import query_of
from genecaller.rankers.reranker.conditional_logit import ConditionalLogit, Standard
from genecaller.rankers.reranker.features import FEATURES, Candidates, candidates_of
from ontology.genes import same_gene

Probabilities = NDArray[np.float64]

NAME = "learned"
PAPER = (
    "a conditional logit over the other methods and their evidence (McFadden D, Conditional logit "
    "analysis of qualitative choice behavior, in: Frontiers in Econometrics, 1974)"
)
SHIPPED = "data/reranker.npz"


@dataclass(frozen=True)
class Reranker:
    """Trained weights: `full` saw every training gene, `folds[i]` all but those of fold i.

    `fold_of_gene` says which fold left a training gene out. A score becomes a probability by a
    softmax over the candidates of (score - their mean) / `temperature`, with one more option,
    "none of these", that always scores `doubt`; both were fitted on held-out genes. `manifest`
    says what it was trained on.
    """

    full: ConditionalLogit
    folds: tuple[ConditionalLogit, ...]
    fold_of_gene: dict[str, int]
    temperature: float
    doubt: float
    manifest: dict[str, Any]

    def fold_without(self, gene: str) -> int | None:
        """The fold whose weights never saw a gene; None for a gene that no weights saw.

        The gene may have another name by now than when the weights were trained. Raises ModelError
        where two training genes have become one gene, which then every fold saw.
        """
        folds = self._folds_of.get(same_gene(gene) or "", frozenset())
        if len(folds) > 1:
            raise ModelError(
                f"{gene}: the reranker's folds know it as two genes, so none of them never saw it; "
                "train the weights anew with `python -m training.workflows.reranker`"
            )
        return next(iter(folds), None)

    def saw(self, gene: str) -> bool:
        """Whether the full weights were trained on cases of a gene, under whatever name."""
        return same_gene(gene) in self._folds_of

    @cached_property
    def _folds_of(self) -> dict[str, frozenset[int]]:
        found: dict[str, frozenset[int]] = {}
        for gene, fold in self.fold_of_gene.items():
            name = same_gene(gene) or gene
            found[name] = found.get(name, frozenset()) | {fold}
        return found


@dataclass(frozen=True)
class LearnedRanker:
    """Nominates candidate genes by the classical views, then orders them by the weights.

    `fold` None uses the weights trained on everything. For cases of training genes, measured
    figures are only honest with `held_out`.
    """

    name: str
    paper: str
    matcher: Matcher
    facts: DiseaseFacts
    model: Reranker
    fold: int | None = None

    def score(self, case: Case) -> GeneScores:
        """The probability of every gene; a case without usable terms gets the prior's order."""
        profiles = self.matcher.profiles
        query = query_of(case, profiles.hpo)
        if query.is_empty:
            prior = np.where(profiles.is_annotated, prior_scores(profiles), np.float32(-np.inf))
            scores = genes_from_diseases(profiles, prior)
            return replace(scores, score=_as_probability(scores.score))
        candidates = candidates_of(self.matcher, self.facts, case, query)
        weights = self.model.full if self.fold is None else self.model.folds[self.fold]
        chosen = probabilities(
            weights.predict(candidates.matrix), self.model.temperature, self.model.doubt
        )
        return self._over_all_genes(candidates, chosen)

    def on(self, profiles: DiseaseProfiles) -> LearnedRanker:
        """The same weights over other profiles (a view with some annotations taken out)."""
        return replace(self, matcher=Matcher(profiles), facts=facts_of(profiles))

    def held_out(self, gene: str) -> LearnedRanker:
        """The ranker that never saw a gene: a fold's for a training gene, else the full one.

        For evaluation only: to choose by the answer's gene is fair because no weights
        know which genes were left out of them, and none that is used was trained on this one.
        """
        return replace(self, fold=self.model.fold_without(gene))

    def confidence(self, scores: GeneScores) -> float:
        """The probability that the first gene is the right one."""
        return float(scores.score.max(initial=0.0))

    def _over_all_genes(self, candidates: Candidates, chosen: Probabilities) -> GeneScores:
        """Genes that were not nominated follow below the candidates in the plain sum's order."""
        profiles = self.matcher.profiles
        scores = genes_from_diseases(profiles, candidates.sum_of_disease, candidates.sum_of_gene)
        score, disease = scores.score, scores.disease
        score[candidates.gene] = -np.inf
        best = float(score.max(initial=-np.inf))
        if best > -np.inf:
            finite = score > -np.inf
            below = np.exp(score - best)
            below *= 0.5 * float(chosen.min(initial=1.0))
            score = np.where(finite, below, -np.inf)
        score[candidates.gene] = chosen
        disease[candidates.gene] = profiles.diseases[candidates.disease]
        return GeneScores(score, disease)


def probabilities(scores: Floats, temperature: float, doubt: float) -> Probabilities:
    """Softmax over candidates (n,) and "none of these", whose share is left out of the result.

    Scores are centred first: only their differences mean anything.
    """
    scaled = (scores.astype(np.float64) - scores.mean()) / temperature
    top = max(float(scaled.max(initial=-np.inf)), doubt)
    weight = np.exp(scaled - top)
    return np.asarray(weight / (weight.sum() + np.exp(doubt - top)), dtype=np.float64)


def _as_probability(score: Probabilities) -> Probabilities:
    finite = np.isfinite(score)
    share = np.full(len(score), -np.inf)
    weight = np.exp(score[finite] - score[finite].max(initial=0.0))
    share[finite] = weight / max(float(weight.sum()), 1e-12)
    return share


@cache
def shipped_reranker() -> Reranker | None:
    """The weights inside the package, None where there are none for these features."""
    resource = files("genecaller").joinpath(SHIPPED)
    if not resource.is_file():
        return None
    return read_reranker(resource.read_bytes())


def read_reranker(content: bytes) -> Reranker | None:
    """Read saved weights; None where they were trained on other features than today's."""
    try:
        with np.load(BytesIO(content), allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files}
        manifest = json.loads(str(arrays["manifest"]))
        if tuple(manifest["features"]) != FEATURES:
            return None
        return Reranker(
            full=_logit(arrays, "full"),
            folds=tuple(_logit(arrays, f"fold{i}") for i in range(manifest["n_folds"])),
            fold_of_gene=manifest["fold_of_gene"],
            temperature=manifest["temperature"],
            doubt=manifest["doubt"],
            manifest=manifest,
        )
    except (OSError, ValueError, KeyError) as error:
        raise ModelError(
            f"the reranker's weights are damaged ({error}): train them anew with "
            "`python -m training.workflows.reranker`, or use --ranker sum"
        ) from error


def write_reranker(model: Reranker, path: Path) -> None:
    """Save weights in the form that `read_reranker` takes, compressed."""
    arrays: dict[str, Any] = {"manifest": np.asarray(json.dumps(model.manifest, sort_keys=True))}
    named = [("full", model.full), *((f"fold{i}", f) for i, f in enumerate(model.folds))]
    for name, logit in named:
        arrays[f"{name}.mean"] = logit.standard.mean
        arrays[f"{name}.spread"] = logit.standard.spread
        arrays[f"{name}.weight"] = logit.weight
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(path, **arrays)


def _logit(arrays: dict[str, Any], name: str) -> ConditionalLogit:
    standard = Standard(arrays[f"{name}.mean"], arrays[f"{name}.spread"])
    return ConditionalLogit(standard, arrays[f"{name}.weight"])

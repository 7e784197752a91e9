"""Every ranker by name, and the way from a ranker's scores to a ranking with explanations."""

from __future__ import annotations

import difflib

import numpy as np

from genecaller.cases import Case
from genecaller.errors import UsageError
from genecaller.rankers.base import GeneScores, Ranker
from genecaller.rankers.explain.evidence import weigh_all
from genecaller.rankers.explain.explanation import explain
from genecaller.rankers.explain.input_quality import shortcomings
from genecaller.rankers.methods import boqa as bayes
from genecaller.rankers.methods import combined as summed
from genecaller.rankers.methods import enrichment, likelihood, prior, resnik
from genecaller.rankers.methods import phrank as overlap
from genecaller.rankers.methods.gene_ranker import MethodRanker
from genecaller.rankers.methods.term_similarity import Matcher
from genecaller.rankers.profiles.cache import open_profiles
from genecaller.rankers.profiles.disease_metadata import facts_of
from genecaller.rankers.query import query_of
from genecaller.rankers.reranker import learned
from genecaller.ranking import RankedGene, Ranking, Weights
from ontology.knowledge import Knowledge

METHODS = {
    module.NAME: (module.PAPER, module.score_diseases)
    for module in (summed, resnik, likelihood, overlap, enrichment, bayes, prior)
}
"""Untrained methods by name: paper and function from a query to a score for every disease."""
RANKERS: tuple[str, ...] = ("default", learned.NAME, *METHODS)
"""Every name that `make_ranker` takes; "default" is the best of the classical ones."""


WITHOUT_WEIGHTS = (
    "the learned ranker's weights are missing or of another version: this is the plain sum's order"
)


def make_ranker(name: str, knowledge: Knowledge) -> Ranker:
    """Load a ranker for a knowledge; raises UsageError, with the nearest name, for an unknown.

    "default" is the learned reranker, or the plain sum where its weights are not there.
    """
    if name not in RANKERS:
        near = difflib.get_close_matches(name, RANKERS, n=1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise UsageError(f"there is no ranker {name!r}: expected {', '.join(RANKERS)}{hint}")
    profiles = open_profiles(knowledge)
    if name in ("default", learned.NAME):
        model = learned.shipped_reranker()
        if model is not None:
            return learned.LearnedRanker(
                name, learned.PAPER, Matcher(profiles), facts_of(profiles), model
            )
        if name == learned.NAME:
            raise UsageError(
                "the learned ranker's weights are not installed or are of another version: "
                "train them with `python -m training.workflows.reranker`, or use --ranker sum"
            )
    paper, method = METHODS[summed.NAME if name == "default" else name]
    return MethodRanker(name, paper, method, Matcher(profiles))


def held_out(ranker: Ranker, gene: str) -> Ranker:
    """What an evaluation scores a case of `gene` with: nothing that was trained on that gene."""
    return ranker.held_out(gene) if isinstance(ranker, learned.LearnedRanker) else ranker


def weights_of(ranker: Ranker) -> Weights | None:
    """Which weights a ranker orders genes by; None where it was not trained."""
    if not isinstance(ranker, learned.LearnedRanker):
        return None
    return "full" if ranker.fold is None else "held-out"


def rank(ranker: Ranker, case: Case, knowledge: Knowledge, top: int = 50) -> Ranking:
    """The first `top` genes of a case by score, ties by symbol, each with its explanation."""
    scores = ranker.score(case)
    order = order_of(scores)[:top]
    diseases = [int(scores.disease[i]) for i in order]
    told = weigh_all(knowledge, case, sorted({d for d in diseases if d >= 0}))
    explained = {evidence.disease_id: explain(evidence) for evidence in told}
    ids = knowledge.annotations.disease_ids
    genes = tuple(
        RankedGene(
            rank=position,
            symbol=knowledge.annotations.gene_symbols[gene],
            score=float(scores.score[gene]),
            disease=ids[disease] if disease >= 0 else None,
            explanation=explained[ids[disease]] if disease >= 0 else "",
        )
        for position, (gene, disease) in enumerate(zip(order.tolist(), diseases, strict=True), 1)
    )
    problems = shortcomings(
        open_profiles(knowledge),
        query_of(case, knowledge.hpo),
        scores,
        is_probability=isinstance(ranker, learned.LearnedRanker),
    )
    if ranker.name == "default" and not isinstance(ranker, learned.LearnedRanker):
        problems = (*problems, WITHOUT_WEIGHTS)
    return Ranking(case.id, ranker.name, None, knowledge.stamp, genes, problems, weights_of(ranker))


def order_of(scores: GeneScores) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Gene indices from most to least likely, those without a score left out.

    Ties stand in the order of the symbols, which is the genes' own order.
    """
    order = np.argsort(-scores.score, kind="stable")
    return order[: int(np.isfinite(scores.score).sum())]

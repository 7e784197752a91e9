"""The whole way on the tiny knowledge: scores, lists, failures, left-out publications."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest

from genecaller.cases import Case
from genecaller.errors import CaseError, ModelError, UsageError
from genecaller.evaluation import Evaluation, Listed, evaluate, work
from genecaller.evaluation.result import Row
from genecaller.rankers import make_ranker
from genecaller.rankers.base import GeneScores
from genecaller.rankers.profiles.cache import open_profiles
from genecaller.rankers.profiles.leave_publication_out import without_publication
from genecaller.ranking import RankedGene, Ranking
from ontology.knowledge import Knowledge
from tests.genecaller.evaluation.conftest import make_case


@dataclass(frozen=True)
class Fixed:
    """Gives every gene the same score but one; fails on a case id; sees what it is shown."""

    name: str
    first: int
    n: int
    fails_on: str = ""
    paper: str = "none"

    def score(self, case: Case) -> GeneScores:
        assert case.solution is None
        assert case.publication is None
        if case.id == self.fails_on:
            raise ModelError("out of memory")
        score = np.zeros(self.n)
        score[self.first] = 1.0
        return GeneScores(score, np.full(self.n, -1, np.int32))

    def confidence(self, scores: GeneScores) -> float:
        return 0.75


def row(evaluation: Evaluation, ranker: str, stratum: str) -> Row:
    (found,) = [r for r in evaluation.rows if (r.ranker, r.stratum) == (ranker, stratum)]
    return found


def fixed(knowledge: Knowledge, symbol: str, **more: str) -> Fixed:
    annotations = knowledge.annotations
    return Fixed(
        f"all {symbol}", annotations.gene_index[symbol], len(annotations.gene_symbols), **more
    )


def test_figures_by_hand(cases: list[Case], tiny_knowledge: Knowledge) -> None:
    found = evaluate(cases, [fixed(tiny_knowledge, "TSC1")], tiny_knowledge, resamples=50)
    n_genes = len(tiny_knowledge.annotations.gene_symbols)
    tied = (2 + n_genes) / 2  # all but TSC1 share ranks 2 to n
    known = row(found, "all TSC1", "as-published").figures
    assert known.n == 6
    assert known.genes == 4
    assert known.micro["top1"].value == pytest.approx(2 / 6)
    assert known.macro["top1"].value == pytest.approx(1 / 4)
    assert known.micro["mrr"].value == pytest.approx((2 + 4 / tied) / 6)
    whole = row(found, "all TSC1", "all")
    assert whole.figures.micro["top1"].value == pytest.approx(2 / 7)
    assert whole.statuses == {"ranked": 6, "unranked": 1, "unparsed": 0, "failed": 0}
    assert found.unsolved == 1


@pytest.mark.parametrize(("ties", "reached"), [("best", 1.0), ("worst", 2 / 6)])
def test_ties_on_request(
    cases: list[Case], tiny_knowledge: Knowledge, ties: str, reached: float
) -> None:
    found = evaluate(
        cases,
        [fixed(tiny_knowledge, "TSC1")],
        tiny_knowledge,
        ["as-published"],
        ties=ties,  # type: ignore[arg-type]
        resamples=50,
    )
    assert row(found, "all TSC1", "as-published").figures.micro["top3"].value == reached


def test_a_failing_case_is_a_miss_and_its_reason_is_told(
    cases: list[Case], tiny_knowledge: Knowledge
) -> None:
    ranker = fixed(tiny_knowledge, "TSC1", fails_on="cited")
    found = evaluate(cases, [ranker], tiny_knowledge, ["as-published"], resamples=50)
    known = row(found, "all TSC1", "as-published")
    assert known.statuses["failed"] == 1
    assert known.figures.n == 6
    assert known.figures.micro["top1"].value == pytest.approx(1 / 6)
    assert found.outcomes["as-published"][0].problems == ("cited: out of memory",)


def test_lists_are_judged_beside_rankers_and_a_missing_one_is_a_failure(
    cases: list[Case], tiny_knowledge: Knowledge
) -> None:
    genes = (RankedGene(1, "TSC2", None, None, ""), RankedGene(2, "TSC1", None, None, ""))
    rankings = {
        "cited": Ranking("cited", "m", "lm", "k", genes),
        "unseen": Ranking("unseen", "m", "lm", "k", (), ("no gene",)),
        "bare": Ranking("bare", "m", "lm", "k", genes),
    }
    listed = Listed("model", rankings, model="lm", adapter="a7", knowledge="other")
    found = evaluate(
        cases, [fixed(tiny_knowledge, "TSC1")], tiny_knowledge, listed=[listed], resamples=50
    )
    known = row(found, "model", "as-published")
    assert known.statuses == {"ranked": 1, "unranked": 1, "unparsed": 1, "failed": 3}
    assert known.figures.micro["top3"].value == pytest.approx(1 / 6)
    assert (known.model, known.adapter) == ("lm", "a7")
    (paired,) = [p for p in found.comparisons if p.stratum == "as-published"]
    assert [won.case_id for won in paired.comparison.a_ahead[:2]] == ["unseen", "cited"]
    assert any("model rests on other, the strata on" in note for note in found.notes)


def test_leaving_publications_out_ranks_as_with_the_reduced_knowledge(
    cases: list[Case], tiny_knowledge: Knowledge
) -> None:
    ranker = make_ranker("sum", tiny_knowledge)
    found = evaluate(
        cases,
        [ranker],
        tiny_knowledge,
        ["as-published", "leave-publication-out"],
        resamples=50,
    )
    (before,) = found.outcomes["as-published"]
    (after,) = found.outcomes["leave-publication-out"]
    at = [case.id for case in found.solved.cases].index("cited")
    reduced = without_publication(open_profiles(tiny_knowledge), "PMID:29196670")
    scores = ranker.on(reduced).score(cases[0]).score  # type: ignore[attr-defined]
    gene = tiny_knowledge.annotations.gene_index["TSC1"]
    assert after.standings[at].best == int((scores > scores[gene]).sum()) + 1
    assert not np.array_equal(scores, ranker.score(cases[0]).score)
    unseen = [case.id for case in found.solved.cases].index("unseen")
    assert after.standings[unseen] == before.standings[unseen]


def test_a_ranker_that_cannot_leave_out_is_refused(
    cases: list[Case], tiny_knowledge: Knowledge
) -> None:
    with pytest.raises(UsageError, match="cannot leave publications out"):
        evaluate(cases, [fixed(tiny_knowledge, "TSC1")], tiny_knowledge, ["leave-publication-out"])


def test_stated_confidence_is_judged(cases: list[Case], tiny_knowledge: Knowledge) -> None:
    found = evaluate(cases, [fixed(tiny_knowledge, "TSC1")], tiny_knowledge, resamples=50)
    judged = row(found, "all TSC1", "as-published").reliability
    assert judged is not None
    assert judged.n == 6
    assert judged.brier == pytest.approx((2 * 0.25**2 + 4 * 0.75**2) / 6)
    assert judged.error == pytest.approx(0.75 - 2 / 6)


def test_finer_groups_divide_the_stratum(cases: list[Case], tiny_knowledge: Knowledge) -> None:
    found = evaluate(cases, [fixed(tiny_knowledge, "TSC1")], tiny_knowledge, resamples=50)
    parts = [
        r for r in found.rows if r.grouping == "number of terms" and r.within == "as-published"
    ]
    assert {part.stratum: part.figures.n for part in parts} == {"0": 1, "1-3": 5}


def test_progress_is_told_and_foreseen(cases: list[Case], tiny_knowledge: Knowledge) -> None:
    rankers = [make_ranker("sum", tiny_knowledge), make_ranker("prior", tiny_knowledge)]
    told: list[int] = []
    protocols = ["as-published", "unseen-publication", "leave-publication-out"]
    evaluate(cases, rankers, tiny_knowledge, protocols, resamples=50, advance=told.append)
    assert sum(told) == work(7, 2, protocols) == 28


def test_what_cannot_be_evaluated_is_refused(cases: list[Case], tiny_knowledge: Knowledge) -> None:
    ranker = make_ranker("sum", tiny_knowledge)
    broken = CaseError("is not JSON", source="a.json")
    with pytest.raises(UsageError, match="is evaluated twice"):
        evaluate(cases, [ranker, ranker], tiny_knowledge)
    with pytest.raises(UsageError, match="none of the 1 cases names its causal gene"):
        evaluate([cases[6], broken], [ranker], tiny_knowledge)
    with pytest.raises(UsageError, match="'published' is not one of as-published"):
        evaluate(cases, [ranker], tiny_knowledge, ["published"])
    with pytest.raises(UsageError, match="nothing to evaluate"):
        evaluate(cases, [], tiny_knowledge)
    found = evaluate([*cases, broken], [ranker], tiny_knowledge, ["as-published"], resamples=50)
    assert found.unreadable == ("a.json: is not JSON",)


@dataclass(frozen=True)
class FoldOf(Fixed):
    """Trained: knows the answer of every case but those of the gene that was held out of it."""

    held: str = ""

    def held_out(self, gene: str) -> FoldOf:
        return replace(self, held=gene, first=self.first if gene != "TSC1" else self.first + 1)


def test_a_trained_ranker_is_judged_by_what_never_saw_the_gene(
    cases: list[Case], tiny_knowledge: Knowledge
) -> None:
    annotations = tiny_knowledge.annotations
    ranker = FoldOf("trained", annotations.gene_index["TSC1"], len(annotations.gene_symbols))
    found = evaluate(cases, [ranker], tiny_knowledge, ["as-published"], resamples=50)
    assert row(found, "trained", "as-published").figures.micro["top1"].value == 0
    assert any("never saw the case's gene" in note for note in found.notes)


def test_a_case_is_judged_whatever_name_its_gene_has(tiny_knowledge: Knowledge) -> None:
    """KIAA0243 was a name of TSC1; the knowledge has the approved symbol."""
    case = make_case("renamed", "KIAA0243", "OMIM:191100", "PMID:1", "HP:0009716")
    found = evaluate([case], [fixed(tiny_knowledge, "TSC1")], tiny_knowledge, resamples=50)
    assert row(found, "all TSC1", "as-published").figures.micro["top1"].value == 1.0


def test_what_a_list_lacks_is_named(cases: list[Case], tiny_knowledge: Knowledge) -> None:
    listed = Listed("m", {"cited": Ranking("cited", "m", None, "k", ())})
    found = evaluate(cases, [], tiny_knowledge, listed=[listed], resamples=50)
    assert found.outcomes["as-published"][0].problems == (
        "no ranking for 6 of 7 cases: 'unseen', 'no-pmid', 'inheritance-only' and others",
    )

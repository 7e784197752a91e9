import numpy as np
import pytest

from genecaller.errors import UsageError
from genecaller.rankers import RANKERS, make_ranker, rank
from genecaller.rankers.base import GeneScores
from genecaller.rankers.registry import METHODS, held_out, order_of
from genecaller.rankers.reranker import learned as learned_module
from ontology.knowledge import Knowledge
from tests.genecaller.rankers.conftest import (
    CORTICAL_TUBERS,
    HYPOPARATHYROIDISM,
    SEIZURE,
    SENSORINEURAL,
    SUBEPENDYMAL_NODULES,
    MakeCase,
)


@pytest.mark.parametrize("name", RANKERS)
def test_every_ranker_ranks_a_real_case(
    name: str, knowledge: Knowledge, make_case: MakeCase
) -> None:
    ranker = make_ranker(name, knowledge)
    case = make_case(CORTICAL_TUBERS, SUBEPENDYMAL_NODULES, SEIZURE)
    ranking = rank(ranker, case, knowledge, top=10)
    assert ranking.ranker == ranker.name == name
    assert ranker.paper
    assert [gene.rank for gene in ranking.genes] == list(range(1, 11))
    assert all(gene.explanation and gene.disease for gene in ranking.genes)
    scores = [gene.score for gene in ranking.genes]
    assert scores == sorted(scores, reverse=True)
    if name != "prior":
        assert {"TSC1", "TSC2"} <= {gene.symbol for gene in ranking.genes}
    assert ranking.knowledge == knowledge.stamp


@pytest.mark.parametrize("name", RANKERS)
def test_a_ranker_does_not_see_the_answer(
    name: str, knowledge: Knowledge, make_case: MakeCase
) -> None:
    from genecaller.cases import Publication, Solution

    ranker = make_ranker(name, knowledge)
    case = make_case(SEIZURE, SUBEPENDYMAL_NODULES)
    solved = make_case(
        SEIZURE,
        SUBEPENDYMAL_NODULES,
        solution=Solution("KCNQ2"),
        publication=Publication("PMID:12742592"),
        text="KCNQ2",
    )
    assert np.array_equal(ranker.score(case).score, ranker.score(solved).score)


def test_an_unknown_name_gets_the_nearest(tiny_knowledge: Knowledge) -> None:
    with pytest.raises(UsageError, match="did you mean 'resnik'"):
        make_ranker("resnick", tiny_knowledge)


def test_without_weights_the_default_is_the_sum(
    tiny_knowledge: Knowledge, monkeypatch: pytest.MonkeyPatch, make_case: MakeCase
) -> None:
    monkeypatch.setattr(learned_module, "shipped_reranker", lambda: None)
    case = make_case(SEIZURE)
    default, plain = make_ranker("default", tiny_knowledge), make_ranker("sum", tiny_knowledge)
    assert np.array_equal(default.score(case).score, plain.score(case).score)
    with pytest.raises(UsageError, match="weights are not installed"):
        make_ranker("learned", tiny_knowledge)


def test_ties_stand_in_the_symbols_order() -> None:
    scores = GeneScores(np.asarray([0.5, -np.inf, 0.5, 0.9]), np.zeros(4, dtype=np.int32))
    assert order_of(scores).tolist() == [3, 0, 2]


def test_an_untrained_method_is_its_own_held_out(tiny_knowledge: Knowledge) -> None:
    ranker = make_ranker("sum", tiny_knowledge)
    assert held_out(ranker, "TSC1") is ranker


def test_every_method_names_its_paper() -> None:
    assert all(len(paper) > 30 for paper, _ in METHODS.values())


def test_what_does_not_suffice_is_said(knowledge: Knowledge, make_case: MakeCase) -> None:
    ranker = make_ranker("sum", knowledge)
    assert "prior" in rank(ranker, make_case(), knowledge).problems[0]
    few = rank(ranker, make_case(SEIZURE), knowledge).problems
    assert "only 1 usable present term" in few[0]
    vague = rank(ranker, make_case("HP:0000707", "HP:0000478", "HP:0001626"), knowledge).problems
    assert any("very general" in problem for problem in vague)
    tied = make_case(CORTICAL_TUBERS, SUBEPENDYMAL_NODULES, SEIZURE, "HP:0009729")
    assert "share the first place" in rank(ranker, tied, knowledge).problems[0]
    enough = make_case(HYPOPARATHYROIDISM, SENSORINEURAL, "HP:0000089")  # renal hypoplasia
    assert rank(ranker, enough, knowledge).problems == ()


def test_a_flat_posterior_is_said(knowledge: Knowledge, make_case: MakeCase) -> None:
    ranker = make_ranker("default", knowledge)
    vague = make_case("HP:0001249", "HP:0001263", "HP:0001250")
    problems = rank(ranker, vague, knowledge).problems
    assert any("no gene stands out" in problem for problem in problems)


def test_to_exclude_a_typical_finding_never_speaks_for_a_disease(
    knowledge: Knowledge, make_case: MakeCase
) -> None:
    ranker = make_ranker("default", knowledge)
    annotations, hpo = knowledge.annotations, knowledge.hpo
    compared = 0
    for gene in ("NSD1", "PTPN11", "GATA3", "CHD7", "KCNQ2", "FBN1", "MECP2", "TSC2"):
        at = annotations.gene_index[gene]
        before = ranker.score(make_case(SEIZURE))
        disease = int(before.disease[at])
        rows = annotations.rows_of(disease)
        typical = [
            hpo.ids[t]
            for t, share in zip(
                annotations.term[rows].tolist(), annotations.frequency[rows].tolist(), strict=True
            )
            if share >= 0.8 and hpo.is_phenotypic_abnormality[t]
        ]
        if len(typical) < 5:
            continue
        shown, absent = tuple(typical[1:5]), typical[0]
        without = ranker.score(make_case(*shown))
        excluded = ranker.score(make_case(*shown, excluded=(absent,)))
        if without.disease[at] == excluded.disease[at] == disease:
            compared += 1
            assert excluded.score[at] <= without.score[at] * 1.01, gene
    assert compared >= 3


def test_default_without_its_weights_says_so(
    tiny_knowledge: Knowledge, make_case: MakeCase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("genecaller.rankers.reranker.learned.shipped_reranker", lambda: None)
    case = make_case(SUBEPENDYMAL_NODULES)
    told = rank(make_ranker("default", tiny_knowledge), case, tiny_knowledge)
    assert any("plain sum" in problem for problem in told.problems)
    monkeypatch.undo()
    told = rank(make_ranker("default", tiny_knowledge), case, tiny_knowledge)
    assert not any("plain sum" in problem for problem in told.problems)

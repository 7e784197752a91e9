"""Items never tell the answer, and worked answers claim nothing that the knowledge does not."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from genecaller.cases.case import Case, CaseTerm, Publication, Solution
from genecaller.llm.prompt import Form
from genecaller.rankers.registry import make_ranker, order_of
from genecaller.rankers.reranker.learned import LearnedRanker
from ontology.knowledge import Knowledge
from training.data.dataset import Item, prompt_of, worked_answer_of
from training.data.gene_items import ItemMaker
from training.data.simulate import Simulator

THOUGHT = (
    r"<think>(\S+ explains \d+ of \d+(, \S+ \d+ of \d+)?|Few findings are specific; \S+ remains)"
    r"\.</think>"
)


def maker(knowledge: Knowledge, form: Form = "hybrid", candidates: int = 5) -> ItemMaker:
    return ItemMaker(knowledge, make_ranker("default", knowledge), form, candidates)


def gene_of(case: Case) -> str | None:
    return case.solution.gene if case.solution is not None else None


def cited_labels(answer: str, knowledge: Knowledge) -> list[tuple[str, str]]:
    """Each (gene, label) that a worked answer cites."""
    labels = set(knowledge.hpo.names)
    found: list[tuple[str, str]] = []
    for line in answer.splitlines():
        gene = re.match(r"\d+\. (\S+) - ", line)
        if gene is None:
            assert re.fullmatch(THOUGHT, line), line
            continue
        text = line[gene.end() :]
        if text in labels:
            found.append((gene.group(1), text))
        else:
            assert text == "no finding explained", text
    return found


@pytest.mark.parametrize("form", ["hybrid", "open"])
def test_every_claim_of_a_worked_answer_is_grounded(knowledge: Knowledge, form: Form) -> None:
    a, hpo = knowledge.annotations, knowledge.hpo
    cases = list(Simulator(knowledge).patients(40, seed=11))
    by_id = {case.id: case for case in cases}
    checked = 0
    for item in maker(knowledge, form).items(cases, worked=True, missing="drop"):
        case = by_id[item["case_id"]]
        answer = worked_answer_of(item)
        assert answer is not None
        present = {term.label for term in case.terms}
        for gene, label in cited_labels(answer, knowledge):
            assert label in present
            checked += 1
            term = hpo.index[next(t.hpo_id for t in case.terms if t.label == label)]
            related = set(hpo.ancestors(term).tolist()) | set(hpo.descendants(term).tolist())
            annotated = {
                int(t)
                for d in a.diseases_of_gene[a.gene_index[gene]]
                for t in a.term[a.rows_of(int(d))]
            }
            assert related & annotated, (gene, label)
    assert checked > 120


def test_the_right_gene_comes_first_and_the_form_is_the_prompts(knowledge: Knowledge) -> None:
    cases = list(Simulator(knowledge).patients(30, seed=12))
    items = list(maker(knowledge).items(cases, worked=True, missing="drop"))
    assert 5 < len(items) <= 30
    for item in items:
        answer = str(worked_answer_of(item))
        assert answer.startswith("<think>")
        genes = re.findall(r"^\d+\. (\S+) - ", answer, re.MULTILINE)
        assert genes[0] == item["gene"]
        assert len(set(genes)) == len(genes) <= 5
        assert set(genes) <= set(item["candidates"])


def test_prompts_do_not_tell_the_answer(knowledge: Knowledge) -> None:
    cases = list(Simulator(knowledge).patients(40, seed=13))
    for item in maker(knowledge, "open").items(cases):
        text = "\n".join(m["content"] for m in prompt_of(item))
        assert not re.search(rf"\b{re.escape(item['gene'])}\b", text)
        assert worked_answer_of(item) is None
        assert item["candidates"] == []
    ranker = make_ranker("default", knowledge)
    assert isinstance(ranker, LearnedRanker)
    fitted = set(ranker.model.fold_of_gene)
    cases += [
        case for case in Simulator(knowledge).patients(400, seed=15) if gene_of(case) in fitted
    ]
    differ = 0
    for item in maker(knowledge).items(cases):
        # Candidates stand in the order of a ranker that never saw the answer.
        case = next(c for c in cases if c.id == item["case_id"])
        scores = ranker.held_out(item["gene"]).score(case.without_solution())
        symbols = knowledge.annotations.gene_symbols
        assert item["candidates"] == [symbols[int(gene)] for gene in order_of(scores)[:5]]
        differ += item["candidates"] != [
            symbols[int(gene)] for gene in order_of(ranker.score(case.without_solution()))[:5]
        ]
    assert differ > 0


def test_shuffled_candidates_are_the_same_in_another_order(knowledge: Knowledge) -> None:
    cases = list(Simulator(knowledge).patients(40, seed=14))
    plain = list(maker(knowledge).items(cases, worked=True, missing="drop"))
    mixed = replace(maker(knowledge), shuffled=True)
    moved = list(mixed.items(cases, worked=True, missing="drop"))
    for before, after in zip(plain, moved, strict=True):
        assert sorted(before["candidates"]) == sorted(after["candidates"])
        assert f"1. {after['gene']} - " in str(worked_answer_of(after))
    places = {item["candidates"].index(item["gene"]) for item in moved}
    assert len(places) == 5
    assert moved == list(mixed.items(cases, worked=True, missing="drop"))


def test_cases_that_cannot_be_asked_or_won_are_left_out(knowledge: Knowledge) -> None:
    term = (CaseTerm("HP:0001250", "Seizure"),)
    unsolved = Case("u", terms=term)
    empty = Case("e", solution=Solution("FBN1"))
    hopeless = Case("h", terms=term, solution=Solution("FBN1", "OMIM:154700"))
    make = maker(knowledge)
    assert [i["case_id"] for i in make.items([unsolved, empty, hopeless])] == ["h"]
    assert list(make.items([hopeless], missing="drop")) == []


def test_a_training_case_is_prepared_as_if_its_publication_had_not_been_read(
    knowledge: Knowledge,
) -> None:
    """A case that copies one publication's annotations must look worse without them."""
    a, hpo = knowledge.annotations, knowledge.hpo
    disease = a.disease_index["OMIM:619959"]  # ACCES syndrome: few, well cited annotations
    rows = a.rows_of(disease)
    pmids = [p for r in a.reference[rows] for p in a.references[int(r)].split(";")]
    pmid = max({p for p in pmids if p.startswith("PMID:")}, key=pmids.count)
    own = a.rows_of_publication[pmid]
    terms = [int(t) for t in a.term[own] if hpo.is_phenotypic_abnormality[int(t)]][:8]
    case = Case(
        "c",
        terms=tuple(CaseTerm(hpo.ids[t], hpo.names[t]) for t in terms),
        publication=Publication(pmid),
        solution=Solution("UBA2", "OMIM:619959"),
    )

    def explained(item: Item) -> int:
        found = re.search(r"UBA2 - .*?, (\d+) of", prompt_of(item)[-1]["content"])
        return int(found.group(1)) if found else 0

    ranker = make_ranker("default", knowledge)
    seen = next(ItemMaker(knowledge, ranker, candidates=10, leave_out=False).items([case]))
    unseen = next(ItemMaker(knowledge, ranker, candidates=10).items([case]))
    assert explained(seen) == len(terms)
    assert explained(unseen) < explained(seen)

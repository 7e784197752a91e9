from collections.abc import Sequence

import pytest

from genecaller.cases import Case, CaseTerm, Solution
from genecaller.llm import Decoding, LanguageModel, decode
from genecaller.llm.candidates import CANDIDATES
from genecaller.llm.decoding.choice import VOTES
from genecaller.llm.prompt import Prompt
from genecaller.pipeline.sources import ModelSource
from genecaller.rankers import make_ranker
from genecaller.rankers.reranker.learned import LearnedRanker
from ontology.genes import gene_names
from ontology.knowledge import Knowledge

PROMPTS = [Prompt("1-hybrid", "s", "one"), Prompt("1-open", "s", "two")]
OFFERED: Sequence[Sequence[str] | None] = [["TSC2", "TSC1"], None]
KNOWN = ["PTEN", "CHD7"]


def test_greedy_is_free_and_the_default_of_the_model(tiny_model: LanguageModel) -> None:
    found = decode(tiny_model, PROMPTS, gene_names(), "greedy", OFFERED, KNOWN)
    assert [one.text for one in found] == tiny_model.generate(PROMPTS)


def test_held_answers_name_only_what_was_offered_or_is_known(tiny_model: LanguageModel) -> None:
    found = decode(tiny_model, PROMPTS[:1], gene_names(), "held", OFFERED[:1], KNOWN)
    found += decode(tiny_model, PROMPTS[1:], gene_names(), "held", OFFERED[1:], KNOWN)
    for one, allowed in zip(found, (OFFERED[0], KNOWN), strict=True):
        assert allowed is not None
        assert one.answer.symbols
        assert set(one.answer.symbols) <= set(allowed)


def test_a_vote_keeps_the_texts_of_all_its_answers(tiny_model: LanguageModel) -> None:
    first = decode(tiny_model, PROMPTS[:1], gene_names(), "vote", OFFERED[:1], KNOWN, seed=1)
    again = decode(tiny_model, PROMPTS[:1], gene_names(), "vote", OFFERED[:1], KNOWN, seed=1)
    assert first == again
    assert first[0].text.count("\n\n") >= VOTES - 1
    assert set(first[0].answer.symbols) <= {"TSC2", "TSC1"}


@pytest.mark.parametrize("decoding", ["greedy", "held", "vote"])
def test_a_case_is_ranked_and_its_provenance_tells_how(
    tiny_model: LanguageModel, tiny_knowledge: Knowledge, decoding: Decoding
) -> None:
    ranker = make_ranker("default", tiny_knowledge)
    source = ModelSource(
        tiny_model, "hybrid", ranker, tiny_knowledge, top=5, candidates=3, decoding=decoding
    )
    case = Case(id="c", terms=(CaseTerm("HP:0009717", "Cortical tubers"),))
    (answer,) = source.answer([case])
    version = source.provenance.prompt_version
    assert version is not None
    assert version.endswith("-hybrid" if decoding == "greedy" else f"-hybrid-{decoding}")
    assert answer.ranking.model == tiny_model.name
    if decoding != "greedy":
        assert 1 <= len(answer.ranking.genes) <= 3 < CANDIDATES
        assert all(gene.disease for gene in answer.ranking.genes)


def test_judged_cases_are_offered_what_never_saw_their_gene(
    tiny_model: LanguageModel, knowledge: Knowledge
) -> None:
    ranker = make_ranker("default", knowledge)
    assert isinstance(ranker, LearnedRanker)
    source = ModelSource(tiny_model, "hybrid", ranker, knowledge, top=5)
    terms = (
        CaseTerm("HP:0001250", "Seizure"),
        CaseTerm("HP:0001263", "Global developmental delay"),
    )
    differ = 0
    for gene in sorted(ranker.model.fold_of_gene)[:40]:
        case = Case("c", terms, solution=Solution(gene))
        blind = ModelSource(tiny_model, "hybrid", ranker.held_out(gene), knowledge, top=5)
        offered = source._ask(case, judged=True)
        assert offered == blind._ask(case, judged=False)
        differ += offered != source._ask(case, judged=False)
    assert differ > 0

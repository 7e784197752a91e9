import pytest

from genecaller.llm import LanguageModel, answer_by_vote, vote
from genecaller.llm.answer import Answer, parse_answer
from genecaller.llm.prompt import Prompt
from ontology.genes import gene_names


def answer(text: str) -> Answer:
    return parse_answer(text, gene_names())


def test_what_most_answers_say_wins() -> None:
    voted = vote(
        [
            answer("<think>one</think>\n1. TSC1 - a\n2. TSC2 - b"),
            answer("<think>two</think>\n1. TSC2 - c\n2. MTOR - d"),
            answer("<think>three</think>\n1. TSC2 - e"),
        ]
    )
    assert voted.answer.symbols == ("TSC2", "TSC1", "MTOR")
    assert voted.support == pytest.approx((1.0, 1 / 3, 1 / 3))
    assert voted.answer.genes[0].explanation == "c"
    assert voted.answer.thoughts == "two"
    assert voted.answer.problems == ()


def test_scores_are_those_of_reciprocal_rank_fusion() -> None:
    # A twice second: 2 / 62; B first and sixth: 1 / 61 + 1 / 66; so A stands before B
    first = answer("1. TSC1\n2. TSC2")
    second = answer("1. MTOR\n2. TSC2\n3. PTEN\n4. FBN1\n5. CHD7\n6. TSC1")
    assert vote([first, second]).answer.symbols[:2] == ("TSC2", "TSC1")
    # with a small k a first place weighs more
    assert vote([first, second], k=1).answer.symbols[:2] == ("TSC2", "TSC1")
    assert vote([first, second], k=0).answer.symbols[0] == "TSC1"


def test_ties_stand_by_best_rank_then_symbol_and_never_by_order() -> None:
    answers = [answer("1. TSC2"), answer("1. MTOR"), answer("1. PTEN")]
    for order in (answers, answers[::-1]):
        assert vote(order).answer.symbols == ("MTOR", "PTEN", "TSC2")


def test_answers_without_genes_count() -> None:
    voted = vote([answer("1. TSC2"), answer("no idea")])
    assert voted.support == (0.5,)
    assert [str(p) for p in voted.answer.problems] == ["1 of 2 sampled answers name no gene"]
    nothing = vote([answer("no idea")])
    assert nothing.answer.genes == ()
    assert len(nothing.answers) == 1
    with pytest.raises(ValueError, match="no answers"):
        vote([])


def test_a_model_votes_with_itself(tiny_model: LanguageModel) -> None:
    prompts = [Prompt("1-hybrid", "s", "one"), Prompt("1-hybrid", "s", "two")]
    offered = [["TSC2", "TSC1", "MTOR"], ["PTEN"]]

    def ask(seed: int) -> list[tuple[str, ...]]:
        voted = answer_by_vote(
            tiny_model,
            prompts,
            gene_names(),
            num_samples=4,
            temperature=1.5,
            seed=seed,
            max_new_tokens=280,
            symbols=offered,
        )
        assert all(len(one.answers) == 4 for one in voted)
        return [one.answer.symbols for one in voted]

    first = ask(3)
    assert first == ask(3)
    assert set(first[0]) <= set(offered[0])
    assert first[1] == ("PTEN",)

from __future__ import annotations

from dataclasses import replace

import pytest

from genecaller.errors import StoreError
from genecaller.ranking import RankedGene, Ranking
from genecaller.store import Store, StoredAnswer, StoredGrade
from tests.genecaller.store.conftest import KNOWLEDGE, MADE_WITH, full_case, ranking_of


@pytest.fixture(autouse=True)
def saved(store: Store, run_id: int) -> None:
    store.save_cases([full_case("a"), full_case("b")], run_id=run_id)


def test_a_ranking_comes_back_with_its_provenance(store: Store, run_id: int) -> None:
    given = [ranking_of("a"), ranking_of("a", "model"), ranking_of("b")]
    ids = store.save_rankings(given, run_id=run_id)
    assert len(set(ids)) == 3
    of_a = store.rankings_of_case("a")
    assert [each.ranking for each in of_a] == [given[1], given[0]]
    assert [each.ranking_id for each in of_a] == [ids[1], ids[0]]
    assert {each.provenance for each in of_a} == {MADE_WITH}
    assert {each.case_version for each in of_a} == {1}
    assert of_a[0].ranking.genes[1].disease is None
    assert of_a[0].ranking.genes[0].score is None
    assert [each.ranking for each in store.rankings_of_run(run_id)] == given[::-1]
    assert store.ranked_cases(run_id) == {("a", "default"), ("a", "model"), ("b", "default")}


def test_genes_and_rankings_can_be_bounded(store: Store, run_id: int) -> None:
    store.save_rankings([ranking_of("a", n=30)], run_id=run_id)
    later = store.start_run("rank", MADE_WITH)
    store.save_rankings([ranking_of("a", n=2)], run_id=later)
    newest, oldest = store.rankings_of_case("a", top=5)
    assert [gene.rank for gene in oldest.ranking.genes] == [1, 2, 3, 4, 5]
    assert len(newest.ranking.genes) == 2
    assert [each.run_id for each in store.rankings_of_case("a", limit=1)] == [later]


def test_a_miss_is_a_ranking_without_genes(store: Store, run_id: int) -> None:
    miss = Ranking("a", "model", "smol", KNOWLEDGE, (), ("the answer names no gene",))
    store.save_rankings([miss], run_id=run_id)
    assert store.rankings_of_case("a")[0].ranking == miss


def test_a_run_may_repeat_its_last_batch(store: Store, run_id: int) -> None:
    first = store.save_rankings([ranking_of("a")], run_id=run_id)
    again = store.save_rankings([ranking_of("a"), ranking_of("b")], run_id=run_id)
    assert again[0] == first[0]
    assert len(store.rankings_of_run(run_id)) == 2
    assert len(store.rankings_of_case("a")[0].ranking.genes) == 3


def test_another_ranking_of_a_case_in_one_run_takes_the_place_of_the_first(
    store: Store, run_id: int
) -> None:
    nan = replace(ranking_of("b"), genes=(RankedGene(1, "G1", float("nan"), None, "x"),))
    first, of_b = store.save_rankings([ranking_of("a", n=3), nan], run_id=run_id)
    answers = [StoredAnswer(first, "said"), StoredAnswer(of_b, "kept")]
    store.save_answers(answers)
    changed = replace(ranking_of("a", n=2), problems=("read again",))
    assert store.save_rankings([changed, nan], run_id=run_id) == [first, of_b]
    assert [each.ranking for each in store.rankings_of_case("a")] == [changed]
    assert store.read_answers(first) == []
    # The very same one changes nothing, a score that is no number included.
    assert [answer.text for answer in store.read_answers(of_b)] == ["kept"]
    assert len(store.rankings_of_run(run_id)) == 2


def test_a_ranking_is_tied_to_the_version_it_was_made_of(store: Store, run_id: int) -> None:
    store.save_rankings([ranking_of("a")], run_id=run_id)
    store.save_version("a", replace(full_case("a"), age="P1Y"), off=(), run_id=run_id)
    later = store.start_run("rank", MADE_WITH)
    store.save_rankings([ranking_of("a")], run_id=later)
    assert [each.case_version for each in store.rankings_of_case("a")] == [2, 1]
    # A run that read the first version again ranked that one, though a later is there.
    last = store.start_run("rank", MADE_WITH)
    store.save_cases([full_case("a")], run_id=last)
    store.save_rankings([ranking_of("a")], run_id=last)
    assert [each.case_version for each in store.rankings_of_case("a")] == [1, 2, 1]


def test_a_ranking_goes_to_the_patient_that_its_run_saved(store: Store, run_id: int) -> None:
    other = replace(full_case("a"), sex="male")
    later = store.start_run("rank", MADE_WITH)
    (saved,) = store.save_cases([other], run_id=later)
    store.save_rankings([ranking_of("a", n=2)], run_id=later)
    assert saved.case_id == "a (2)"
    assert store.rankings_of_case("a") == []
    (ranked,) = store.rankings_of_case("a (2)")
    assert ranked.ranking == replace(ranking_of("a", n=2), case_id="a (2)")
    assert store.ranked_cases(later) == {("a", "default")}
    # Another run that saved neither has to say which.
    last = store.start_run("rank", MADE_WITH)
    with pytest.raises(StoreError, match=r"several cases came as 'a' \('a', 'a \(2\)', \.\.\.\)"):
        store.save_rankings([ranking_of("a")], run_id=last)
    store.save_rankings([ranking_of("a")], run_id=last, saved={"a": saved})
    store.save_rankings([ranking_of("a (2)", "model")], run_id=last)
    assert len(store.rankings_of_case("a (2)")) == 3
    assert store.rankings_of_case("a") == []


def test_a_what_if_ranking_says_what_was_switched_off(store: Store) -> None:
    run_id = store.start_run("rank", MADE_WITH)
    store.add_case(full_case("a"), off=("HP:0000347",), run_id=run_id)
    store.save_rankings([ranking_of("a")], run_id=run_id)
    whole = store.start_run("rank", MADE_WITH)
    store.add_case(full_case("a"), off=(), run_id=whole)
    store.save_rankings([ranking_of("a")], run_id=whole)
    assert [each.switched_off for each in store.rankings_of_case("a")] == [(), ("HP:0000347",)]
    assert len(store.case_history("a")) == 1
    assert len(store.read_case("a").case.terms) == 2


def test_a_ranking_that_does_not_fit_is_refused_with_its_whole_batch(
    store: Store, run_id: int
) -> None:
    other = replace(ranking_of("b"), knowledge="2099-01-01/s1")
    with pytest.raises(StoreError, match="made with knowledge 2099-01-01/s1, run 1 with 2025"):
        store.save_rankings([ranking_of("a"), other], run_id=run_id)
    with pytest.raises(StoreError, match="case 'zz' is not in the store; save the case first"):
        store.save_rankings([ranking_of("a"), ranking_of("zz")], run_id=run_id)
    with pytest.raises(StoreError, match="no run 99"):
        store.save_rankings([ranking_of("a")], run_id=99)
    zero = replace(ranking_of("a").genes[0], rank=0)
    with pytest.raises(StoreError, match=r"CHECK constraint failed .*ranked_genes"):
        store.save_rankings([replace(ranking_of("a"), genes=(zero,))], run_id=run_id)
    assert store.rankings_of_run(run_id) == []


def test_answers_and_grades_hang_on_their_ranking(store: Store, run_id: int) -> None:
    (ranking_id,) = store.save_rankings([ranking_of("a", "model")], run_id=run_id)
    answers = [
        StoredAnswer(
            ranking_id=ranking_id,
            text="<think>eyes</think>\n1. TSC2",
            sample=i,
            prompt="A patient ...",
            thoughts="eyes",
            problems=("cut off",),
            seconds=1.5,
            prompt_tokens=200,
            answer_tokens=40,
        )
        for i in range(2)
    ]
    ids = store.save_answers([*answers, StoredAnswer(ranking_id, "", sample=2)])
    found = store.read_answers(ranking_id)
    assert [answer.answer_id for answer in found] == ids
    assert [replace(answer, answer_id=None) for answer in found[:2]] == answers
    assert found[2].seconds is None
    grades = [
        StoredGrade(ranking_id, "gene_rank", 0.7, {"rank": 2}),
        StoredGrade(ranking_id, "grounded", None, None, "the grader ran out of time", ids[0]),
        StoredGrade(ranking_id, "format", 0.0, answer_id=ids[1]),
    ]
    graded = store.start_run("evaluate", MADE_WITH)
    store.save_grades(grades, run_id=graded)
    assert store.read_grades(ranking_id) == grades
    with pytest.raises(StoreError, match="no ranking 77"):
        store.save_answers([StoredAnswer(77, "x")])
    with pytest.raises(StoreError, match="no ranking 77"):
        store.save_grades([StoredGrade(77, "format", 1.0)], run_id=graded)

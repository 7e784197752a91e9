from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from genecaller.cases import Case, CaseTerm, Publication, Solution
from genecaller.errors import StoreError
from genecaller.store import SavedCase, Store
from ontology.recognise.mention import Mention
from tests.genecaller.store.conftest import full_case


def mention(start: int, hpo_id: str, status: str) -> Mention:
    return Mention(
        start=start,
        end=start + 4,
        text="eyes",
        hpo_id=hpo_id,
        label=f"label of {hpo_id}",
        status=status,  # type: ignore[arg-type]
        rule="exact",
        matched="eyes",
        score=0.9,
        onset="HP:0003593",
    )


def test_a_case_comes_back_as_it_was(store: Store, run_id: int) -> None:
    case = full_case()
    assert store.save_cases([case], run_id=run_id) == [SavedCase("case 1", 1, True, "case 1")]
    stored = store.read_case("case 1")
    assert stored.case == case
    assert (stored.version, stored.run_id, stored.mentions) == (1, run_id, None)
    assert stored.saved.tzinfo is not None
    bare = Case("bare")
    store.save_cases([bare], run_id=run_id)
    assert store.read_case("bare").case == bare


words = st.text(st.characters(exclude_categories=()), min_size=1, max_size=20)
terms = st.lists(
    st.builds(CaseTerm, words, words, st.none() | words, st.none() | words, st.none() | words),
    max_size=4,
    unique_by=lambda term: term.hpo_id,
).map(tuple)
cases = st.builds(
    Case,
    id=words,
    terms=terms,
    excluded_terms=terms,
    sex=st.sampled_from([None, "female", "male", "other"]),
    age=st.none() | words,
    onset=st.none() | words,
    text=st.none() | words,
    publication=st.none() | st.builds(Publication, words, st.none() | words),
    solution=st.none() | st.builds(Solution, words, st.none() | words, st.none() | words),
    source=st.none() | words,
    problems=st.lists(words, max_size=2).map(tuple),
)


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(batch=st.lists(cases, min_size=1, max_size=12, unique_by=lambda case: case.id))
def test_any_case_comes_back_as_it_was(store: Store, run_id: int, batch: list[Case]) -> None:
    with store.transaction():
        saved = store.save_cases(batch, run_id=run_id)
        stored = {one.case.id: one.case for one in store.read_cases([s.case_id for s in saved])}
    # Examples come upon each other's ids: the later of two cases gets a key of its own.
    assert [replace(stored[at.case_id], id=at.given_id) for at in saved] == [
        replace(case, source=each.source, problems=each.problems)
        for case, each in zip(batch, (stored[at.case_id] for at in saved), strict=True)
    ]


def test_the_same_content_is_no_new_version(store: Store, run_id: int) -> None:
    case = full_case()
    store.save_cases([case], run_id=run_id)
    moved = replace(case, source="elsewhere.json", problems=("another",))
    assert (
        store.save_cases([case, moved], run_id=run_id)
        == [SavedCase("case 1", 1, False, "case 1")] * 2
    )
    assert len(store.case_history("case 1")) == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"sex": "male"},
        {"age": None},
        {"onset": None},
        {"text": "another text"},
        {"publication": None},
        {"publication": Publication("PMID:124", "A title; DROP TABLE cases")},
        {"solution": None},
        {"solution": Solution("TSC1", "OMIM:613254", "Tuberous sclerosis-2", "TSC-2")},
        {"terms": ()},
        {"excluded_terms": ()},
        {"terms": full_case().excluded_terms, "excluded_terms": full_case().terms},
        {"terms": (*full_case().terms[:1], CaseTerm("HP:0000347", "Micrognathia"))},
    ],
)
def test_a_correction_is_a_new_version_and_overwrites_nothing(
    changes: dict[str, object], store: Store, run_id: int
) -> None:
    case = full_case()
    corrected = replace(case, **changes)  # type: ignore[arg-type]
    store.save_cases([case], run_id=run_id)
    later = store.start_run("curate", store.read_run(run_id).provenance)
    saved = store.save_version("case 1", corrected, off=(), run_id=later, by="dr a", note="misread")
    assert saved == SavedCase("case 1", 2, True, "case 1")
    newest, oldest = store.case_history("case 1")
    assert (newest.case, newest.saved_by, newest.note) == (corrected, "dr a", "misread")
    assert (oldest.case, oldest.saved_by, oldest.run_id) == (case, None, run_id)
    assert store.read_case("case 1").version == 2
    assert store.read_case("case 1", 1).case == case
    # Going back is a correction like any other.
    store.save_version("case 1", case, off=(), run_id=run_id)
    assert [stored.version for stored in store.case_history("case 1")] == [3, 2, 1]
    assert not store.save_version("case 1", case, off=(), run_id=run_id).is_new


def test_two_patients_of_one_id_are_two_cases(store: Store, run_id: int) -> None:
    """What came under one id with other content is another patient until a person says not."""
    first, second = full_case(), replace(full_case(), sex="male", text="Another boy.")
    store.save_cases([first], run_id=run_id)
    later = store.start_run("rank", store.read_run(run_id).provenance)
    (saved,) = store.save_cases([second], run_id=later)
    assert saved == SavedCase("case 1 (2)", 1, True, "case 1")
    assert saved.is_renamed
    (told,) = store.read_events(later)
    assert told.message == "another case has the id 'case 1'; this one is stored as 'case 1 (2)'"
    assert store.read_case("case 1").case == first
    assert store.read_case("case 1 (2)").case == replace(second, id="case 1 (2)")
    assert store.read_case("case 1 (2)").given_id == "case 1"
    # Either file read again is the case it was.
    again = store.save_cases([second], run_id=later) + store.save_cases([first], run_id=later)
    assert [(each.case_id, each.version, each.is_new) for each in again] == [
        ("case 1 (2)", 1, False),
        ("case 1", 1, False),
    ]
    third = store.add_case(replace(first, age=None), off=(), run_id=later)
    assert (third.case_id, third.version) == ("case 1 (3)", 1)
    # A key that another case took is not given twice.
    (fourth,) = store.save_cases([replace(first, id="case 1 (2)")], run_id=later)
    assert (fourth.case_id, fourth.given_id) == ("case 1 (2) (2)", "case 1 (2)")
    assert store.counts().cases == 4


def test_two_patients_of_one_id_in_one_batch_are_refused(store: Store, run_id: int) -> None:
    case = full_case()
    with pytest.raises(StoreError, match="two different cases of one batch are called 'case 1'"):
        store.save_cases([case, replace(case, age="P52Y")], run_id=run_id)
    assert store.counts().cases == 0
    assert len(store.save_cases([case, case], run_id=run_id)) == 2
    assert store.counts().case_versions == 1


def test_the_first_file_read_again_does_not_undo_a_correction(store: Store, run_id: int) -> None:
    case = full_case()
    store.save_cases([case], run_id=run_id)
    corrected = replace(case, age="P52Y")
    assert store.save_version("case 1", corrected, off=(), run_id=run_id).version == 2
    (saved,) = store.save_cases([case], run_id=run_id)
    assert saved == SavedCase("case 1", 1, False, "case 1")
    assert store.read_case("case 1").case == corrected


def test_a_new_version_is_of_the_case_that_is_named(store: Store, run_id: int) -> None:
    store.save_cases([full_case()], run_id=run_id)
    update = replace(full_case(), id="visit2.json", age="P52Y")
    saved = store.save_version("case 1", update, off=(), run_id=run_id)
    assert saved == SavedCase("case 1", 2, True, "visit2.json")
    assert store.read_case("case 1").case == replace(update, id="case 1")
    assert [one.given_id for one in store.case_history("case 1")] == ["visit2.json", "case 1"]
    # The same file once more is that version, not a further case.
    (again,) = store.save_cases([update], run_id=run_id)
    assert again == SavedCase("case 1", 2, False, "visit2.json")
    assert not again.is_renamed
    with pytest.raises(StoreError, match="case 'nobody' is not in the store"):
        store.save_version("nobody", update, off=(), run_id=run_id)


def test_a_reduced_case_is_not_taken_for_the_whole(store: Store, run_id: int) -> None:
    whole = full_case()
    off = ("HP:0000347", "HP:0000175")
    reduced = replace(whole, terms=whole.terms[:1])
    with pytest.raises(StoreError, match="lacks HP:0000347, which a what-if switched off"):
        store.add_case(reduced, off=off, run_id=run_id)
    assert store.counts().cases == 0
    store.add_case(whole, off=off, run_id=run_id)
    assert store.read_case("case 1").case == whole
    with pytest.raises(StoreError, match="lacks HP:0000347"):
        store.save_version("case 1", reduced, off=off, run_id=run_id)
    assert len(store.case_history("case 1")) == 1


def test_terms_say_where_they_come_from(store: Store, run_id: int) -> None:
    case = full_case()
    said = [
        mention(40, "HP:0000316", "present"),
        mention(0, "HP:0000316", "present"),
        mention(9, "HP:0001250", "uncertain"),
        mention(20, "HP:0001251", "family"),
        mention(30, "HP:0000118", "present"),
    ]
    store.save_cases([case], run_id=run_id, mentions={"case 1": said})
    stored = store.read_case("case 1")
    assert [(t.hpo_id, t.status, t.origin, len(t.mentions)) for t in stored.terms] == [
        ("HP:0000316", "present", "recognised", 2),
        ("HP:0000347", "present", "recorded", 0),
        ("HP:0000175", "excluded", "recorded", 0),
        ("HP:0001250", "uncertain", "recognised", 1),
        ("HP:0001251", "family", "recognised", 1),
        ("HP:0000118", "left_out", "recognised", 1),
    ]
    assert stored.case == case
    assert stored.mentions == tuple(sorted(said, key=lambda m: m.start))
    # Saved again by someone who knows of no mentions, nothing changes; a corrected one counts.
    assert store.save_cases([case], run_id=run_id)[0].version == 1
    corrected = [*said[:3], mention(20, "HP:0001251", "uncertain"), said[4]]
    assert store.save_cases([case], run_id=run_id, mentions={"case 1": said})[0].version == 1
    assert store.save_cases([case], run_id=run_id, mentions={"case 1": corrected})[0].version == 2


def test_cases_are_read_by_id_in_their_latest_version(store: Store, run_id: int) -> None:
    store.save_cases([full_case("b"), full_case("a"), full_case("c")], run_id=run_id)
    store.save_version("b", replace(full_case("b"), age=None), off=(), run_id=run_id)
    assert [(s.case.id, s.version) for s in store.read_cases()] == [("a", 1), ("b", 2), ("c", 1)]
    assert [s.case.id for s in store.read_cases(["c", "b", "zz"])] == ["b", "c"]
    assert store.read_cases([]) == []


def test_what_is_not_there_is_said(store: Store, run_id: int) -> None:
    store.save_cases([full_case()], run_id=run_id)
    assert store.case_history("zz") == []
    with pytest.raises(StoreError, match="case 'zz' is not in the store"):
        store.read_case("zz")
    with pytest.raises(StoreError, match="case 'case 1', version 2, is not in the store"):
        store.read_case("case 1", 2)
    with pytest.raises(StoreError, match="no run 99"):
        store.save_cases([full_case("x")], run_id=99)
    assert store.case_history("x") == []

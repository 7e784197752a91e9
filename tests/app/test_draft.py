"""Edits of a draft: each makes a new value, and the case that is ranked follows."""

from __future__ import annotations

from pathlib import Path

from app import draft as edits
from app.draft import (
    Draft,
    case_of,
    draft_of_case,
    draft_of_stored,
    draft_of_text,
    drafts_of_text,
    findings,
)
from genecaller.cases import Case, CaseTerm
from genecaller.store import Provenance, open_store
from ontology.knowledge import Knowledge

TEXT = "A 3-year-old boy with seizures and hypotonia. No cleft palate. His mother has ptosis."
SEIZURE, HYPOTONIA, CLEFT, PTOSIS = "HP:0001250", "HP:0001252", "HP:0000175", "HP:0000508"


def statuses(draft: Draft) -> dict[str, str]:
    return {f.term.hpo_id: f.status for f in findings(draft)}


def test_a_report_becomes_findings_with_sex_and_age(knowledge: Knowledge) -> None:
    draft = draft_of_text(TEXT, knowledge, "a")
    assert statuses(draft) == {
        SEIZURE: "present",
        HYPOTONIA: "present",
        CLEFT: "excluded",
        PTOSIS: "family",
    }
    assert (draft.sex, draft.age) == ("male", "P3Y")
    case = case_of(draft, knowledge)
    assert case.hpo_ids == (SEIZURE, HYPOTONIA)
    assert case.excluded_hpo_ids == (CLEFT,)
    assert case.text == TEXT


def test_correcting_a_mention_changes_the_case_and_not_the_old_draft(knowledge: Knowledge) -> None:
    draft = draft_of_text(TEXT, knowledge, "a")
    at = [m.hpo_id for m in draft.mentions].index(HYPOTONIA)
    absent = edits.edit_mention(draft, at, status="excluded")
    assert case_of(absent, knowledge).hpo_ids == (SEIZURE,)
    assert set(case_of(absent, knowledge).excluded_hpo_ids) == {HYPOTONIA, CLEFT}
    other = edits.edit_mention(draft, at, term=CaseTerm(PTOSIS, "Ptosis"))
    assert case_of(other, knowledge).hpo_ids == (SEIZURE, PTOSIS)
    assert case_of(edits.remove_mention(draft, at), knowledge).hpo_ids == (SEIZURE,)
    assert case_of(draft, knowledge).hpo_ids == (SEIZURE, HYPOTONIA)


def test_a_finding_switched_off_stays_listed_and_is_not_ranked_by(knowledge: Knowledge) -> None:
    draft = edits.switch(draft_of_text(TEXT, knowledge, "a"), SEIZURE)
    assert SEIZURE in statuses(draft)
    assert case_of(draft, knowledge).hpo_ids == (HYPOTONIA,)
    assert case_of(edits.switch(draft, SEIZURE), knowledge).hpo_ids == (SEIZURE, HYPOTONIA)


def test_findings_are_added_and_removed(knowledge: Knowledge) -> None:
    draft = edits.add(Draft("a"), [CaseTerm(SEIZURE, "Seizure")])
    draft = edits.add(draft, [CaseTerm(CLEFT, "Cleft palate")], "excluded")
    assert statuses(draft) == {SEIZURE: "present", CLEFT: "excluded"}
    draft = edits.add(draft, [CaseTerm(SEIZURE, "Seizure")], "excluded")
    assert statuses(draft) == {SEIZURE: "excluded", CLEFT: "excluded"}
    assert statuses(edits.remove(draft, SEIZURE)) == {CLEFT: "excluded"}


def test_a_case_with_terms_is_edited_by_its_terms(knowledge: Knowledge) -> None:
    seizure = CaseTerm(SEIZURE, "Seizure", onset="HP:0003593")
    case = Case("p", (seizure,), (CaseTerm(CLEFT, "Cleft palate"),), sex="female", age="P2Y")
    draft = draft_of_case(case, knowledge)
    assert case_of(draft, knowledge) == case
    assert case_of(edits.set_status(draft, CLEFT, "present"), knowledge).hpo_ids == (
        SEIZURE,
        CLEFT,
    )


def test_a_record_that_says_otherwise_than_its_text_keeps_its_word(knowledge: Knowledge) -> None:
    """The text's mentions neither add findings nor turn the record's round."""
    case = Case(
        "r", (CaseTerm(HYPOTONIA, "Hypotonia"),), (CaseTerm(SEIZURE, "Seizure"),), text=TEXT
    )
    draft = draft_of_case(case, knowledge)
    assert statuses(draft) == {HYPOTONIA: "present", SEIZURE: "excluded"}
    assert case_of(draft, knowledge) == case


def test_what_is_told_of_a_text_stays_and_what_edits_change_does_not(knowledge: Knowledge) -> None:
    text = f"{TEXT} His parents are first cousins. Possible microcephaly."
    (draft,) = drafts_of_text(text, knowledge, "a")
    assert draft.problems == ("the parents are stated to be consanguineous",)


def test_a_stored_case_opens_as_it_was_left(knowledge: Knowledge, tmp_path: Path) -> None:
    draft = draft_of_text(TEXT, knowledge, "kept")
    at = [m.hpo_id for m in draft.mentions].index(HYPOTONIA)
    draft = edits.edit_mention(draft, at, status="excluded")
    draft = edits.remove(draft, CLEFT)
    draft = edits.add(draft, [CaseTerm("HP:0000316", "Hypertelorism")])
    store = open_store(tmp_path / "store.duckdb")
    with store.run("rank", Provenance(knowledge.stamp)) as run_id:
        kept = {"mentions": {"kept": draft.mentions}, "run_id": run_id}
        (first,) = store.save_cases([case_of(draft, knowledge)], **kept)  # type: ignore[arg-type]
        opened = draft_of_stored(store.read_case("kept"))
        assert statuses(opened) == statuses(draft)
        again = {"mentions": {"kept": opened.mentions}, "run_id": run_id}
        (second,) = store.save_cases([case_of(opened, knowledge)], **again)  # type: ignore[arg-type]
    assert (first.version, second.version) == (1, 1)
    assert not second.is_new

"""What the pages store: whole cases, one a patient, versions only where a person says so."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from app import draft as edits
from app.ranked_case import rank_case
from genecaller.cases import CaseTerm
from genecaller.rankers import make_ranker
from genecaller.store import Store, open_store
from ontology.knowledge import Knowledge
from tests.app.conftest import MAIN
from tests.app.test_answering import Typist, asked, wait

SEIZURES = b"A 3-year-old boy with seizures, cortical tubers and hypotonia."
ECTOPIA = b"A 40-year-old woman with ectopia lentis and arachnodactyly."
TUBERS = "HP:0009717"
SEVERAL = """Patient 1 is a 4-year-old girl with seizures and cortical tubers. No microcephaly.

Patient 2 is her 7-year-old brother. He had hypotonia and scoliosis but no seizures.

Patient 3, a 40-year-old man, had ectopia lentis.
"""


@pytest.fixture
def store(own_home: Path) -> Store:
    return open_store()


def new_app() -> AppTest:
    return AppTest.from_file(str(MAIN), default_timeout=300).run()


def upload(app: AppTest, name: str, content: bytes) -> AppTest:
    app.file_uploader(key="upload").upload(name, content).run()
    assert not app.exception
    return app


def rank_upload(app: AppTest) -> AppTest:
    app.button(key="rank-upload").click().run()
    assert not app.exception
    return app


def kept(store: Store) -> dict[str, list[tuple[str, ...]]]:
    """The present terms of every version of every case, oldest first."""
    found = [one.case_id for one in store.search_cases().cases]
    return {key: [s.case.hpo_ids for s in reversed(store.case_history(key))] for key in found}


def captions(app: AppTest) -> str:
    return " ".join(caption.value for caption in app.caption)


def test_two_uploads_of_one_name_are_two_cases(store: Store) -> None:
    rank_upload(upload(new_app(), "report.txt", SEIZURES))
    app = upload(new_app(), "report.txt", ECTOPIA)
    assert app.radio[0].label == "The case library has report\\.txt already. This upload is"
    assert app.radio[0].value == "another patient"
    rank_upload(app)
    assert app.session_state["desk"].draft.case_id == "report.txt (2)"
    assert app.subheader[0].value == "report\\.txt \\(2\\)"
    assert "Another case is stored as report" in app.warning[0].value
    found = kept(store)
    assert {key: len(versions) for key, versions in found.items()} == {
        "report.txt": 1,
        "report.txt (2)": 1,
    }
    assert TUBERS in found["report.txt"][0]
    assert found["report.txt (2)"][0] == ("HP:0001083", "HP:0001166")
    assert [r.ranking.case_id for r in store.rankings_of_case("report.txt (2)")] == [
        "report.txt (2)"
    ]


def test_the_same_file_again_is_the_same_case(store: Store) -> None:
    rank_upload(upload(new_app(), "report.txt", SEIZURES))
    app = upload(new_app(), "report.txt", SEIZURES)
    assert not app.radio
    rank_upload(app)
    assert {key: len(versions) for key, versions in kept(store).items()} == {"report.txt": 1}


def test_an_upload_becomes_a_version_where_a_person_says_it_is_the_same_patient(
    store: Store,
) -> None:
    rank_upload(upload(new_app(), "report.txt", SEIZURES))
    app = upload(new_app(), "report.txt", SEIZURES.replace(b"hypotonia", b"microcephaly"))
    app.radio[0].set_value("report.txt").run()
    rank_upload(app)
    (versions,) = kept(store).values()
    assert [len(version) for version in versions] == [3, 3]
    assert "HP:0001252" in versions[0]
    assert "HP:0000252" in versions[1]
    assert "said by a person in the app" in str(store.read_case("report.txt").note)
    assert "Stored on this machine as version 2" in captions(app)


def test_an_older_version_is_opened_and_a_further_one_made_of_it(store: Store) -> None:
    app = rank_upload(upload(new_app(), "report.txt", SEIZURES))
    desk = app.session_state["desk"]
    desk.edit(edits.remove(desk.draft, TUBERS))
    app.run()
    assert "Edited since it was stored" in captions(app)
    app.button(key="save").click().run()
    assert [len(v) for v in kept(store)["report.txt"]] == [3, 2]
    history = store.case_history("report.txt")
    app = new_app()
    app.session_state["desk"].open_stored(history[1], history[0].version)
    app.run()
    assert not app.exception
    assert "This is version 1 as it was stored; the latest is version 2" in app.info[0].value
    assert "explains 3 of 3" in drawn(app)
    desk = app.session_state["desk"]
    desk.edit(edits.add(desk.draft, [CaseTerm("HP:0000508", "Ptosis")]))
    app.run()
    app.button(key="save").click().run()
    assert [len(v) for v in kept(store)["report.txt"]] == [3, 2, 4]
    assert len(app.info) == 0


def test_what_is_opened_again_as_it_once_was_is_an_older_version(store: Store) -> None:
    app = rank_upload(upload(new_app(), "report.txt", SEIZURES))
    desk = app.session_state["desk"]
    desk.edit(edits.remove(desk.draft, TUBERS))
    app.run()
    app.button(key="save").click().run()
    app = rank_upload(upload(new_app(), "report.txt", SEIZURES))
    app.run()
    assert "This is version 1 as it was stored; the latest is version 2" in app.info[0].value
    assert len(kept(store)["report.txt"]) == 2


def test_a_term_that_the_release_does_not_hold_can_be_opened(store: Store) -> None:
    app = new_app()
    draft = edits.add(edits.Draft("x"), [CaseTerm(TUBERS, "Cortical tubers")])
    draft = edits.add(draft, [CaseTerm("HP:9999999", "A newer term")])
    app.session_state["desk"].open(draft)
    app.run()
    assert not app.exception
    assert "explains 1 of 1" in drawn(app)


def drawn(app: AppTest) -> str:
    return "".join(element.proto.body for element in app.get("html"))


def paste(app: AppTest, text: str) -> AppTest:
    app.text_area[0].set_value(text)
    next(b for b in app.button if b.label == "Rank genes").click()
    app.run()
    assert not app.exception
    return app


def test_a_what_if_is_never_stored(store: Store, knowledge: Knowledge) -> None:
    app = paste(new_app(), SEIZURES.decode())
    desk = app.session_state["desk"]
    (key,) = kept(store)
    desk.edit(edits.switch(desk.draft, TUBERS))
    app.run()
    assert any("**What-if:** ranked without Cortical tubers" in m.value for m in app.markdown)
    assert "explains 2 of 2" in drawn(app)
    # A what-if is no edit of the record.
    assert "Stored on this machine as version 1" in captions(app)
    assert "The files hold the whole case, with Cortical tubers" in captions(app)
    desk.edit(edits.add(desk.draft, [CaseTerm("HP:0000508", "Ptosis")]))
    app.run()
    app.button(key="save").click().run()
    assert not app.exception
    first, second = kept(store)[key]
    assert TUBERS in first
    assert set(second) == {*first, "HP:0000508"}
    latest = store.read_case(key)
    assert {term.status for term in latest.terms} == {"present"}
    rankings = store.rankings_of_case(key)
    assert {r.switched_off for r in rankings} == {()}
    default = make_ranker("default", knowledge)
    whole = rank_case(latest.case, knowledge, default, {}).ranking.genes
    newest = max(rankings, key=lambda r: r.ranking_id)
    assert [g.symbol for g in newest.ranking.genes] == [g.symbol for g in whole]
    assert "explains 3 of 3" in drawn(app)
    app.button(key="end-what-if").click().run()
    assert " of 4<" in drawn(app)
    assert " of 3<" not in drawn(app)


@pytest.mark.parametrize("left_out", [(), ("Cortical tubers",)])
def test_an_answer_is_stored_with_the_version_that_it_was_asked_about_or_not_at_all(
    store: Store, knowledge: Knowledge, left_out: tuple[str, ...]
) -> None:
    app = paste(new_app(), "Cortical tubers were seen.")
    desk = app.session_state["desk"]
    (key,) = kept(store)
    done = wait(asked(knowledge, Typist(["1. TSC2 - cortical tubers"])))
    done.left_out = left_out
    desk.asked = done
    desk.edit(edits.add(desk.draft, [CaseTerm("HP:0000508", "Ptosis")]))
    app.run()
    app.button(key="save").click().run()
    assert not app.exception
    answers = [r for r in store.rankings_of_case(key) if r.ranking.ranker == "model"]
    assert [r.case_version for r in answers] == ([] if left_out else [1])
    if left_out:
        assert "A what-if, asked without Cortical tubers: not stored" in captions(app)


def test_a_pasted_report_of_several_patients_is_split_and_each_is_a_case(store: Store) -> None:
    app = paste(new_app(), SEVERAL)
    assert any("The report describes 3 patients" in m.value for m in app.markdown)
    assert kept(store) == {}
    app.button(key="patient-1").click().run()
    assert not app.exception
    draft = app.session_state["desk"].draft
    assert draft.case_id.endswith("#2")
    statuses = {f.term.label: f.status for f in edits.findings(draft)}
    assert statuses == {"Hypotonia": "present", "Scoliosis": "present", "Seizure": "excluded"}
    assert (draft.sex, draft.age) == ("male", "P7Y")
    app.button(key="another").click().run()
    app.button(key="patient-2").click().run()
    assert [f.term.label for f in edits.findings(app.session_state["desk"].draft)] == [
        "Ectopia lentis"
    ]
    assert len(kept(store)) == 2


def test_a_person_may_say_that_it_is_all_one_patient(store: Store) -> None:
    app = paste(new_app(), SEVERAL)
    app.button(key="one-patient").click().run()
    assert not app.exception
    assert any("3 patients" in text.value for text in app.text)
    assert len(kept(store)) == 1


def test_a_foreign_text_is_told_in_the_words_of_rank(store: Store) -> None:
    text = "Niña de 3 años con convulsiones, microcefalia e hipotonía. No presenta paladar "
    text += "hendido."
    app = paste(new_app(), text)
    assert any("the text seems to be in Spanish" in text.value for text in app.text)


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Make the store unwritable until the returned function is called."""
    from genecaller.errors import StoreError

    def refuse(*_: object, **__: object) -> None:
        raise StoreError("the disk is full")

    monkeypatch.setattr("app.components.record.keep_case", refuse)
    return monkeypatch.undo


def test_a_case_that_could_not_be_stored_says_so_and_can_be_stored_later(
    own_home: Path, failing: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    app = paste(new_app(), SEIZURES.decode())
    app.run()
    assert "Not stored." in captions(app)
    failing()
    monkeypatch.setenv("GENECALLER_HOME", str(own_home))
    app.button(key="save").click().run()
    assert len(kept(open_store())) == 1
    assert "Stored on this machine as version 1" in captions(app)

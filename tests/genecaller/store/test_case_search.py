from __future__ import annotations

from dataclasses import replace

import pytest

from genecaller.cases import Case, CaseTerm, Publication, Solution
from genecaller.errors import StoreError
from genecaller.store import CaseFilter, Store, open_store
from tests.genecaller.store.conftest import MADE_WITH

SEIZURE, ATAXIA = CaseTerm("HP:0001250", "Seizure"), CaseTerm("HP:0001251", "Ataxia")
CASES = [
    Case(
        "PMID_1_p1",
        (SEIZURE, ATAXIA),
        sex="male",
        text="A boy with 100% staring spells.",
        publication=Publication("PMID:1", "Two brothers"),
        solution=Solution("SLC2A1", "OMIM:606777", "GLUT1 deficiency", "GLUT1"),
    ),
    Case("PMID_1_p2", (ATAXIA, SEIZURE), sex="male", source="b.json"),
    Case("PMID_2_p1", (ATAXIA,), (SEIZURE,), sex="male", problems=("x", "y")),
    Case("bare", text="nothing yet"),
    Case("bare 2"),
]


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """The cases in a store that is only read."""
    path = tmp_path_factory.mktemp("library") / "kept.duckdb"
    store = open_store(path)
    run_id = store.start_run("import", MADE_WITH)
    store.save_cases([replace(CASES[0], text="an earlier version: GAUCHER")], run_id=run_id)
    store.save_version(CASES[0].id, CASES[0], off=(), run_id=run_id)
    store.save_cases(CASES[1:], run_id=run_id)
    return open_store(path, read_only=True)


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (CaseFilter(), [0, 1, 2, 3, 4]),
        (CaseFilter(words="STARING"), [0]),
        (CaseFilter(words="100%"), [0]),
        (CaseFilter(words="%"), [0]),
        (CaseFilter(words="_2_"), [2]),
        (CaseFilter(words="gaucher"), []),
        (CaseFilter(words="seizure"), [0, 1]),
        (CaseFilter(words="seizure boy"), [0]),
        (CaseFilter(words="glut1"), [0]),
        (CaseFilter(words="brothers"), [0]),
        (CaseFilter(words="b.json"), [1]),
        (CaseFilter(words="'; DROP TABLE cases; --"), []),
        (CaseFilter(words="  "), [0, 1, 2, 3, 4]),
        (CaseFilter(case_id="pmid_1"), [0, 1]),
        (CaseFilter(gene="slc2a1"), [0]),
        (CaseFilter(gene="SLC2"), []),
        (CaseFilter(disease="glut1"), [0]),
        (CaseFilter(disease="omim:606777"), [0]),
        (CaseFilter(pmid="PMID:1"), [0]),
        (CaseFilter(solved=True), [0]),
        (CaseFilter(solved=False), [1, 2, 3, 4]),
        (CaseFilter(hpo_ids=("HP:0001250",)), [0, 1]),
        (CaseFilter(hpo_ids=("HP:0001250", "HP:0001251"), solved=False), [1]),
        (CaseFilter(min_terms=1, max_terms=1), [2]),
        (CaseFilter(max_terms=0), [3, 4]),
        (CaseFilter(run_id=1, min_terms=2), [0, 1]),
        (CaseFilter(run_id=2), []),
    ],
)
def test_a_search_finds(wanted: CaseFilter, found: list[int], filled: Store) -> None:
    page = filled.search_cases(wanted, order="id")
    assert [case.case_id for case in page.cases] == [CASES[i].id for i in found]
    assert page.total == len(found)


def test_a_line_of_the_library(filled: Store) -> None:
    (line,) = filled.search_cases(CaseFilter(solved=True)).cases
    assert (line.case_id, line.version, line.sex) == ("PMID_1_p1", 2, "male")
    assert (line.gene, line.disease_label) == ("SLC2A1", "GLUT1 deficiency")
    assert (line.n_terms, line.n_excluded, line.has_text) == (2, 0, True)
    (other,) = filled.search_cases(CaseFilter(case_id="PMID_2")).cases
    assert (other.gene, other.has_text, other.n_problems) == (None, False, 2)


def test_pages_follow_each_other(filled: Store) -> None:
    pages = [filled.search_cases(order="id", limit=2, offset=offset) for offset in (0, 2, 4, 6)]
    assert [len(page.cases) for page in pages] == [2, 2, 1, 0]
    assert {page.total for page in pages} == {5}
    ids = [case.case_id for page in pages for case in page.cases]
    assert ids == sorted(case.id for case in CASES)


def test_orders(store: Store, run_id: int) -> None:
    store.save_cases(CASES, run_id=run_id)
    store.save_cases([Case("newest")], run_id=run_id)
    assert store.search_cases(order="newest").cases[0].case_id == "newest"
    assert store.search_cases(order="oldest").cases[-1].case_id == "newest"
    counts = [case.n_terms for case in store.search_cases(order="terms").cases]
    assert counts == sorted(counts, reverse=True)
    with pytest.raises(StoreError, match="order 'best' is none of newest"):
        store.search_cases(order="best")  # type: ignore[arg-type]


def test_cases_that_no_ranker_can_tell_apart(store: Store, run_id: int) -> None:
    store.save_cases(CASES, run_id=run_id)
    assert store.duplicates() == [("PMID_1_p1", "PMID_1_p2")]
    corrected = replace(CASES[1], sex="female")
    store.save_version(corrected.id, corrected, off=(), run_id=run_id)
    assert store.duplicates() == []


def test_counts(filled: Store) -> None:
    found = filled.counts()
    assert (found.cases, found.case_versions, found.solved, found.runs) == (5, 6, 1, 1)
    assert (found.rankings, found.evaluations, found.adapters) == (0, 0, 0)

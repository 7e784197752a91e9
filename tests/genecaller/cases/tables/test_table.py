"""Tables: delimiters, column names, several ids a cell, one row a case or one a term."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from genecaller.cases import Case, Solution
from genecaller.errors import UsageError

Read = Callable[..., list[Any]]


def shapes(cases: list[object]) -> list[tuple[str, tuple[str, ...], tuple[str, ...]]]:
    return [(c.id, c.hpo_ids, c.excluded_hpo_ids) for c in cases if isinstance(c, Case)]


ONE = [("p1", ("HP:0001250", "HP:0009717"), ()), ("p2", ("HP:0000175",), ())]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("x.csv", 'id,hpo_ids\np1,"HP:0001250,HP:0009717"\np2,HP:0000175\n'),
        ("x.csv", "id,hpo_ids\r\np1,HP:0001250;HP:0009717\r\np2,HP:0000175\r\n"),
        ("x.csv", "id,hpo_ids\np1,HP:0001250,HP:0009717\np2,HP:0000175\n"),
        ("x.csv", "Patient ID;HPO Terms\np1;HP:0001250, HP:0009717\np2;HP:0000175\n"),
        ("x.tsv", "sample\tphenotype\np1\tHP:0001250|HP:0009717\np2\tHP:0000175\n"),
        ("x.tsv", "#case_id\tcodes\np1\tHP:0001250 HP:0009717\np2\tHP:0000175\n"),
        ("x.txt", "caseId\tHPO\np1\tSeizure (HP:0001250) HP_0009717\np2\tHP:0000175\n"),
        ("x.csv", "id,features\np1,Seizure; Cortical tubers\np2,cleft palate\n"),
        ("x.csv", "p1,HP:0001250,HP:0009717\np2,HP:0000175\n"),
        ("x.tsv", "id\thpo\np1\tHP:0001250\np1\tHP:0009717\np2\tHP:0000175\n"),
    ],
)
def test_one_table_in_many_forms(name: str, content: str, read: Read) -> None:
    assert shapes(list(read(name, content))) == ONE


def test_all_columns(read: Read) -> None:
    content = (
        "id,HPO,Excluded HPO,Sex,Age,Causal gene,OMIM,PMID,Comment\n"
        'p1,HP:0001250,"HP:0000175;HP:0000316",F,3 years,MLL2,OMIM:147920,123,"a, b"\n'
    )
    (case,) = read("x.csv", content)
    assert isinstance(case, Case)
    assert case.excluded_hpo_ids == ("HP:0000175", "HP:0000316")
    assert (case.sex, case.age, case.pmid) == ("female", "P3Y", "PMID:123")
    assert case.solution == Solution("KMT2D", "OMIM:147920", recorded_gene="MLL2")
    assert case.source is not None
    assert case.source.endswith("x.csv, line 2")


@pytest.mark.parametrize(
    ("column", "yes", "no"),
    [
        ("status", "present", "excluded"),
        ("excluded", "false", "TRUE"),
        ("observed", "yes", "no"),
        ("negated", "0", "1"),
    ],
)
def test_one_row_a_term_with_its_status(column: str, yes: str, no: str, read: Read) -> None:
    rows = [f"p1\tHP:0001250\t{yes}", f"p1\tHP:0000175\t{no}", "p1\tHP:0000316\tperhaps"]
    (case,) = read("x.tsv", "\n".join([f"patient\thpo_id\t{column}", *rows]))
    assert shapes([case]) == [("p1", ("HP:0001250",), ("HP:0000175",))]
    assert isinstance(case, Case)
    assert case.problems == (
        f"line 4: {column}: 'perhaps' says neither present nor excluded; left out",
    )


def test_rows_of_several_ids_are_cases_even_where_ids_repeat(read: Read) -> None:
    cases = read("x.csv", "id,hpo\np1,HP:0001250;HP:0000175\np1,HP:0000316\n")
    assert [case.id for case in cases if isinstance(case, Case)] == ["p1", "p1#2"]


@pytest.mark.parametrize("name", ["x.txt", "x.csv", "x"])
def test_a_list_of_ids_is_one_case(name: str, read: Read) -> None:
    found = shapes(list(read(name, "HP:0001250\nHP:0009717\r\n\nHP:0000175\n")))
    assert found == [(name, ("HP:0001250", "HP:0009717", "HP:0000175"), ())]


def test_a_table_of_reports_is_read_as_reports(read: Read) -> None:
    (case,) = read("x.csv", 'id,report\np1,"A girl had seizures, no cleft palate."\n')
    assert shapes([case]) == [("p1", ("HP:0001250",), ("HP:0000175",))]


def test_a_row_without_terms_is_a_case_with_a_problem(read: Read) -> None:
    _, second = read("x.csv", "id,hpo\np1,HP:0001250\np2,\n")
    assert isinstance(second, Case)
    assert second.problems == ("no phenotypic feature is stated as present",)


def test_wrong_ids_are_reported_with_their_line(read: Read) -> None:
    (case,) = read("x.csv", "id,hpo\np1,HP:0001250; HP:9999999; HP:12; HP:0001303\n")
    assert isinstance(case, Case)
    assert case.hpo_ids == ("HP:0001250",)
    assert [p[:18] for p in case.problems] == [
        "line 2: HP:9999999",
        "line 2: 'HP:12' is",
        "line 2: HP:0001303",
        "stated more than o",
    ]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("a,b\n1,2\n", "no column holds HPO ids"),
        ("id,hpo\n", "holds no case"),
        (",,\n;\n", "holds no case"),
        (",,\n,\n", "without any content"),
        ('id,"hpo\np1,HP:0001250\n', "is no readable table"),
    ],
)
def test_what_is_no_table(content: str, said: str, read: Read) -> None:
    with pytest.raises(UsageError, match=said):
        read("x.csv", content)


def test_a_report_that_cites_ids_is_no_table(read: Read) -> None:
    (case,) = read("x.txt", "A boy had seizures (HP:0001250).\nHe had no cleft palate.\n")
    assert isinstance(case, Case)
    assert case.text is not None


def test_a_cell_may_be_as_long_as_a_report(read: Read) -> None:
    text = "A boy. " + "word " * 100_000
    (case,) = read("x.csv", f"id,hpo_ids,text\na,HP:0001250,{text}\n")
    assert (case.id, case.hpo_ids) == ("a", ("HP:0001250",))
    assert case.text == text.strip()


def test_a_row_that_begins_with_nothing_is_named_by_its_line(read: Read) -> None:
    cases = read("x.tsv", "p1\tHP:0001250\n\tHP:0000175\n")
    assert [case.id for case in cases] == ["p1", "x.tsv:2"]


def test_a_long_run_of_blanks_in_a_heading_takes_no_time(read: Read) -> None:
    begun = time.process_time()
    (case,) = read("x.csv", f"id,seizures{' ' * 20_000}or not,hpo_ids\na,,HP:0001250\n")
    assert (case.id, case.hpo_ids) == ("a", ("HP:0001250",))
    assert time.process_time() - begun < 5

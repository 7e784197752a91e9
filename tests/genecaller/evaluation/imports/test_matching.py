"""Names in results and ids of cases: matched where one finds one, told where not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genecaller.evaluation.imports import read_results
from genecaller.evaluation.imports.names import CaseIds
from ontology.knowledge import Knowledge


def matched(
    ids: list[str], names: list[str], sources: dict[str, str] | None = None
) -> dict[str, str]:
    return CaseIds.of(ids, sources).match(dict.fromkeys(names, ())).case_of


@pytest.mark.parametrize(
    ("case_id", "written"),
    [
        ("PMID:31234567-Mueller-2020-TSC2-P1", "Mueller-2020-TSC2-P1"),
        ("PMID_31234567_Mueller_P1", "Mueller_P1"),
        ("Mueller-P1", "PMID:31234567-Mueller-P1"),
        ("cohort7:Okafor-III_2", "okafor-iii-2"),
        ("Okafor III-2", "OKAFOR_III_2"),
        ("Straße 1", "STRASSE-1"),
        ("caf\N{LATIN SMALL LETTER E WITH ACUTE}/1", "CAF\N{LATIN CAPITAL LETTER E WITH ACUTE} 1"),
        ("a#2", "a_2"),
    ],
)
def test_one_name_and_one_case_find_each_other(case_id: str, written: str) -> None:
    others = ["someone else", "P2"]
    assert matched([case_id, *others], [written]) == {written: case_id}


@pytest.mark.parametrize(
    ("ids", "names"),
    [
        (["PMID:1-P1", "PMID:2-P1"], ["P1"]),
        (["P-1", "p_1"], ["P1"]),
        (["PMID:1-P1"], ["P1", "p1"]),
        (["P1"], ["PMID:1-P1", "PMID:2-P1"]),
        (["PMID:1-17"], ["17"]),
        (["Anna"], ["Hanna"]),
    ],
)
def test_what_may_be_several_or_none_is_not_matched(ids: list[str], names: list[str]) -> None:
    assert matched(ids, names) == {}


def test_an_exact_name_leaves_no_room_for_a_similar_one() -> None:
    assert matched(["P-1", "P2"], ["P-1", "p1", "P2"]) == {"P-1": "P-1", "P2": "P2"}


def test_the_case_s_own_file_names_it() -> None:
    sources = {"proband 17": "zip/dir/Ito-2021.phenopacket.json", "x": "table.csv, line 3"}
    assert matched(["proband 17", "x"], ["Ito-2021"], sources) == {"Ito-2021": "proband 17"}
    # a table of several cases names none of them
    several = {"a": "table.csv, line 2", "b": "table.csv, line 3"}
    assert matched(["a", "b"], ["table"], several) == {}


@given(st.lists(st.text(max_size=8), max_size=6, unique=True), st.data())
def test_no_case_is_given_two_rankings(ids: list[str], data: st.DataObject) -> None:
    names = data.draw(st.lists(st.sampled_from([*ids, "P1", "p-1", "x:P1"]), unique=True))
    found = matched(ids, names)
    assert len(set(found.values())) == len(found)
    assert all(found[name] == name for name in names if name in ids)


EXOMISER = [
    {"geneSymbol": "TSC1", "combinedScore": 0.95},
    {"geneSymbol": "TSC2", "combinedScore": 0.9},
]


def folder_of(tmp_path: Path, *names: str) -> Path:
    for name in names:
        (tmp_path / f"{name}-exomiser.json").write_text(json.dumps(EXOMISER))
    return tmp_path


def test_results_named_without_the_publication_are_matched_and_told(
    tmp_path: Path, tiny_knowledge: Knowledge
) -> None:
    folder = folder_of(tmp_path, "Mueller-P1", "Ito-girl")
    ids = ["PMID:31234567-Mueller-P1", "PMID:31234567-Ito-girl", "PMID:9-Other"]
    found = read_results(folder, tiny_knowledge, case_ids=ids)
    (listed,) = found.listed
    assert set(listed.rankings) == set(ids[:2])
    assert found.problems == ()
    assert found.notes == (
        "exomiser: 2 of its cases matched without what stands before the id, as 'Ito-girl' for "
        "'PMID:31234567-Ito-girl'",
        "exomiser: 1 of the 3 cases are not among its results: 'PMID:9-Other'; "
        "those that are solved count as misses",
    )


def test_results_of_other_cases_give_no_figure_but_a_word(
    tmp_path: Path, tiny_knowledge: Knowledge
) -> None:
    folder = folder_of(tmp_path, "P1", "P2")
    found = read_results(folder, tiny_knowledge, case_ids=["Anna", "Berta"])
    assert found.listed == ()
    assert found.problems == (
        f"exomiser ({folder}): none of its 2 cases is among the 2 evaluated; the results name "
        "'P1', 'P2', the cases are 'Anna', 'Berta'. No figure is made of them: "
        "give both the same names",
    )
    unclear = read_results(folder, tiny_knowledge, case_ids=["PMID:1-P1", "PMID:2-P1"])
    assert unclear.listed == ()
    assert "'P1' ('PMID:1-P1' or 'PMID:2-P1')" in unclear.problems[0]


def test_partly_matching_results_are_counted(tmp_path: Path, tiny_knowledge: Knowledge) -> None:
    folder = folder_of(tmp_path, "P1", "P2", "P3", "P4", "P5")
    found = read_results(folder, tiny_knowledge, case_ids=["P1"])
    assert set(found.listed[0].rankings) == {"P1"}
    assert found.notes == (
        "exomiser: 4 of its 5 cases are not among those evaluated and left out: "
        "'P2', 'P3', 'P4' and 1 more",
    )


def test_gene_names_that_hgnc_does_not_know_are_told(
    tmp_path: Path, tiny_knowledge: Knowledge
) -> None:
    """A spreadsheet made dates of MARCHF1 and SEPTIN2."""
    (tmp_path / "t.csv").write_text("case,gene,score\na,1-Mar,3\na,TSC1,2\na,2-Sep,1\n")
    found = read_results(tmp_path / "t.csv", tiny_knowledge)
    assert found.notes == (
        "t: 2 of its 3 gene names are unknown to HGNC or stand for several genes; "
        "they keep their places: '1-Mar', '2-Sep'",
    )
    ranking = found.listed[0].rankings["a"]
    assert [gene.symbol for gene in ranking.genes] == ["1-Mar", "TSC1", "2-Sep"]

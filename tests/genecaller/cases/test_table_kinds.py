"""Tables as registries, forms and other tools export them: each row of each read as it is meant."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.genecaller.cases.kinds import blocks, filled, short

Read = Callable[..., list[Any]]


@pytest.mark.parametrize(("name", "content", "cases"), blocks("tables.txt"))
def test_each_table(name: str, content: str, cases: list[str], read: Read) -> None:
    assert [short(case) for case in read(name, content)] == cases


@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("first", ["", "sep=;"])
def test_what_excel_writes(mark: str, end: str, first: str, read: Read) -> None:
    lines = [
        *([first] if first else []),
        "record_id;sex;hpo_1;hpo_1_status;hpo_2;hpo_2_status;HPO nicht vorhanden",
        "1;F;{S};1;{C};0;{T}",
        "2;M;{H};1;;;{M}",
    ]
    cases = read("x.csv", filled(mark + end.join(lines) + end))
    assert [short(case) for case in cases] == ["1 +S -C -T", "2 +H -M"]


def problems(read: Read, content: str) -> list[str]:
    (case,) = read("x.csv", filled(content))
    return [p for p in case.problems if p != "no phenotypic feature is stated as present"]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (
            "id,hpo_ids,sex\np,{S},F,extra\n",
            "line 2: 1 more cells than the header has columns ('extra'); left out: put cells that "
            "hold the delimiter in quotes",
        ),
        (
            "id,hpo_1,hpo_1_status,hpo_2,hpo_2_status\np,{S},1,{C},blue\n",
            "line 2: hpo_2_status: 'blue' says neither present nor excluded; left out",
        ),
        (
            "id,hpo_id,excluded,observed\np,{S},0,no\n",
            "line 2: excluded: '0' and observed: 'no' contradict each other; left out",
        ),
        (
            "id,hpo,suspected\np,{S},{C}\n",
            "stated as uncertain, counted neither as present nor as excluded: HP:0000175 "
            "(Cleft palate)",
        ),
        (
            "id,hpo,family history\np,{S},{C}\n",
            "stated of a relative, counted neither as present nor as excluded: HP:0000175 "
            "(Cleft palate)",
        ),
        (
            "id,{S},{C}\np,1,often\n",
            "line 2, 'HP:0000175': 'often' says neither present nor excluded; left out",
        ),
        (
            "id,hpo,comment\np,{S},no {C} so far\n",
            "column 'comment' mentions HPO ids that are not read as findings",
        ),
        (
            "record_id,hpo___hp_0001250,hpo___hp_0000175\np,1,0\n",
            "1 boxes are not ticked: read neither as present nor as excluded",
        ),
        (
            'id,hpo\np,"denies {S}, {C}"\n',
            "line 2: 'denies HP:0001250, HP:0000175' leaves open whether HP:0000175 is present or "
            "excluded; left out",
        ),
        (
            "id,hpo,sex\np,{S},2\n",
            "sex: '2' is neither female, male nor other; left out",
        ),
        (
            "id,hpo,sex\np,{S},F\np,{C},M\n",
            "its rows differ in 'sex'; the first is taken",
        ),
    ],
)
def test_what_is_left_out_is_told(content: str, told: str, read: Read) -> None:
    assert told in problems(read, content)


def test_a_row_without_an_id_but_with_a_sex_is_a_patient_of_its_own(read: Read) -> None:
    cases = read("x.csv", filled("id,hpo,sex\np,{S},F\n,{T},\n,{C},M\n"))
    assert [short(case) for case in cases] == ["p +S +T", "x.csv:4 +C"]
    assert cases[0].problems == (
        "rows that name no patient are read as those of the patient above",
    )


def test_a_list_of_one_patient_is_named_by_its_file(read: Read) -> None:
    (case,) = read("x.csv", filled("#hpo_id\tdescription\n{S}\tSeizure\n{T}\tCortical tubers\n"))
    assert (case.id, case.text, case.problems) == ("x.csv", None, ())
    assert case.source.endswith("x.csv")


def test_answers_that_are_ages_are_onsets(read: Read) -> None:
    content = "id,{S},{T}\na,P3Y,3 y\nb,6 months,observed\n"
    cases = read("x.csv", filled(content))
    assert [[term.onset for term in case.terms] for case in cases] == [
        ["P3Y", "P3Y"],
        ["P6M", None],
    ]


def test_onsets_of_terms_and_of_cases(read: Read) -> None:
    long = "id,hpo_id,onset\np,{S},P1Y\np,{T},P2Y\nq,{S},P3Y\nq,{T},P3Y\n"
    first, second = read("x.csv", filled(long))
    assert ([t.onset for t in first.terms], first.onset) == (["P1Y", "P2Y"], None)
    assert ([t.onset for t in second.terms], second.onset) == ([None, None], "P3Y")
    (wide,) = read("x.csv", filled("id,hpo_ids,onset\np,{S};{T},HP:0003577\n"))
    assert (wide.hpo_ids, wide.onset) == (("HP:0001250", "HP:0009717"), "HP:0003577")

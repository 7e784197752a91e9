"""Ages in every form that sources use."""

from __future__ import annotations

from typing import Any

import pytest

from genecaller.cases.age import age_in, duration_in, time_element
from ontology.knowledge import Knowledge


@pytest.mark.parametrize(
    ("written", "duration"),
    [
        ("P51Y", "P51Y"),
        ("p10y3m", "P10Y3M"),
        ("P2W", "P2W"),
        ("PT4H", "PT4H"),
        ("51", "P51Y"),
        (51, "P51Y"),
        (3.5, "P42M"),
        ("51 years", "P51Y"),
        ("6-month-old", "P6M"),
        ("6 mo", "P6M"),
        ("10 days", "P10D"),
        ("2 weeks of age", "P2W"),
        ("P0.5Y", "P6M"),
        ("P0,5Y", "P6M"),
        ("p1.5y", "P1Y6M"),
        ("P3.3Y", "P3Y3M18D"),
        ("P1.5W", "P10DT12H"),
        ("P1Y2M3DT4H", "P1Y2M3DT4H"),
        ("PT5M", "PT5M"),
        ("P0D", "P0D"),
        ("2.5 months", "P2M15D"),
        ("0.04", "P15D"),
        ("P151Y", None),
        ("-P1Y", None),
        ("P-1Y", None),
        ("P3M10Y", None),
        ("P" + "9" * 400 + "Y", None),
        ("9" * 400, None),
        (10**400, None),
        (1980, None),
        ("1980", None),
        (1e300, None),
        ("1" + " " * 1_000_000 + "x", None),
        ("P", None),
        ("PT", None),
        ("adult", None),
        ("", None),
        (-1, None),
        (float("nan"), None),
        (float("inf"), None),
        (True, None),
        (None, None),
        ([3], None),
    ],
)
def test_durations(written: object, duration: str | None) -> None:
    assert duration_in(written) == duration


def test_an_age_may_be_an_onset_term(tiny_knowledge: Knowledge) -> None:
    assert age_in("HP:0003577", tiny_knowledge.hpo) == "HP:0003577"
    assert age_in("HP:0003595", tiny_knowledge.hpo) == "HP:0003577"
    assert age_in("HP:9999999", tiny_knowledge.hpo) is None


@pytest.mark.parametrize(
    ("written", "onset"),
    [
        ("Congenital onset", "HP:0003577"),
        ("congenital", "HP:0003577"),
        ("at birth", "HP:0003577"),
        ("http://purl.obolibrary.org/obo/HP_0003577", "HP:0003577"),
        ("Neonatal onset", "HP:0003623"),
        ("newborn", "HP:0003623"),
        ("Childhood-onset", "HP:0011463"),
        ("Adult", "HP:0003581"),
        ("Late onset", "HP:0003584"),
        ("late", None),
        ("HP:0001250", None),
        ("Seizure", None),
        ("HP:0003674", None),
        ("Onset", None),
        ({"id": "HP:0003577", "label": "Congenital onset"}, "HP:0003577"),
        ({"id": "HP:0001250"}, None),
        ({"age": {"iso8601duration": "P0.5Y"}}, "P6M"),
        ({"iso8601duration": "P2M"}, "P2M"),
    ],
)
def test_classes_of_onset_by_id_and_by_name(
    written: object, onset: str | None, knowledge: Knowledge
) -> None:
    assert age_in(written, knowledge.hpo) == onset


@pytest.mark.parametrize(
    ("element", "age"),
    [
        ({"age": {"iso8601duration": "P1Y"}}, "P1Y"),
        ({"age": {"iso8601duration": "one"}}, None),
        ({"age": "P1Y"}, None),
        ({"ageRange": {"start": {"iso8601duration": "P1Y"}, "end": {}}}, "P1Y"),
        ({"ontologyClass": {"id": "HP:0003577"}}, "HP:0003577"),
        ({"ontologyClass": {"id": 3}}, None),
        ({"ontologyClass": {"id": "HP:0001250"}}, None),
        ({"timestamp": "2210-03-01T00:00:00Z"}, None),
        ({"timestamp": "2020-03-01T00:00:00Z"}, "P9Y11M"),
        ({"interval": {"start": "2010-03-12", "end": "2011-01-01"}}, "P10D"),
        ({"timestamp": "1999-03-01T00:00:00Z"}, None),
        ({}, None),
    ],
)
def test_time_elements(element: dict[str, Any], age: str | None, tiny_knowledge: Knowledge) -> None:
    assert time_element(element, tiny_knowledge.hpo, "2010-03-02T00:00:00Z") == age


@pytest.mark.parametrize(
    ("weeks", "name"),
    [
        (9, "Embryonal onset"),
        (12, "Late first trimester onset"),
        (20, "Second trimester onset"),
        (28, "Third trimester onset"),
    ],
)
def test_gestational_ages_are_stages_of_pregnancy(
    weeks: int, name: str, knowledge: Knowledge
) -> None:
    for written in ({"weeks": weeks, "days": 1}, {"weeks": str(weeks)}, {"days": 7 * weeks}):
        found = time_element({"gestationalAge": written}, knowledge.hpo)
        assert found is not None
        assert knowledge.hpo.name(found) == name


@pytest.mark.parametrize("written", [{}, {"weeks": 60}, {"weeks": -1}, {"weeks": "ten"}])
def test_no_gestational_age(written: dict[str, Any], knowledge: Knowledge) -> None:
    assert time_element({"gestationalAge": written}, knowledge.hpo) is None

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
    ("element", "age"),
    [
        ({"age": {"iso8601duration": "P1Y"}}, "P1Y"),
        ({"age": {"iso8601duration": "one"}}, None),
        ({"age": "P1Y"}, None),
        ({"ageRange": {"start": {"iso8601duration": "P1Y"}, "end": {}}}, "P1Y"),
        ({"ontologyClass": {"id": "HP:0003577"}}, "HP:0003577"),
        ({"ontologyClass": {"id": 3}}, None),
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
    found = time_element({"gestationalAge": {"weeks": weeks, "days": 1}}, knowledge.hpo)
    assert found is not None
    assert knowledge.hpo.name(found) == name

"""Phenopackets against the schema's own package: what protobuf writes, and what it accepts."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from genecaller.cases import Case
from genecaller.cases.readers.phenopacket import read_phenopacket
from genecaller.cases.write import write_phenopacket
from ontology.knowledge import Knowledge
from tests.genecaller.cases.test_write import cases

schema = pytest.importorskip(
    "phenopackets.schema.v2", reason="the phenopackets package (dev extra) is not installed"
)
json_format = pytest.importorskip("google.protobuf.json_format")

SEXES = {0: None, 1: "female", 2: "male", 3: "other"}
durations = st.builds(
    lambda y, m: f"P{y}Y{m}M" if m else f"P{y}Y", st.integers(0, 90), st.integers(0, 11)
)
quick = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@st.composite
def times(draw: st.DrawFn) -> tuple[Any, str | None]:
    """A TimeElement, and the age that it states."""
    element = schema.TimeElement()
    kind = draw(st.sampled_from(["age", "age_range", "ontology_class"]))
    age = draw(durations)
    if kind == "age":
        element.age.iso8601duration = age
    elif kind == "age_range":
        element.age_range.start.iso8601duration = age
        element.age_range.end.iso8601duration = "P99Y"
    else:
        age = "HP:0003577"
        element.ontology_class.id = age
        element.ontology_class.label = "Congenital onset"
    return element, age


@st.composite
def packets(draw: st.DrawFn, knowledge: Knowledge) -> tuple[Any, dict[str, Any]]:
    """A phenopacket as a message, and what is to be read from it."""
    packet = schema.Phenopacket(
        id=draw(st.text(st.characters(codec="ascii", categories=["L"]), min_size=1))
    )
    sex = draw(st.integers(0, 3))
    packet.subject.id = "s"
    packet.subject.sex = sex
    expected: dict[str, Any] = {"id": packet.id, "sex": SEXES[sex], "age": None, "onset": None}
    if draw(st.booleans()):
        element, expected["age"] = draw(times())
        packet.subject.time_at_last_encounter.CopyFrom(element)
    present: dict[str, str | None] = {}
    excluded: dict[str, str | None] = {}
    for hpo_id in draw(st.lists(st.sampled_from(knowledge.hpo.ids), unique=True, max_size=8)):
        feature = packet.phenotypic_features.add()
        feature.type.id = hpo_id
        feature.type.label = knowledge.hpo.name(hpo_id)
        feature.excluded = draw(st.booleans())
        onset = None
        if draw(st.booleans()):
            element, onset = draw(times())
            feature.onset.CopyFrom(element)
        if draw(st.booleans()):
            feature.severity.id = "HP:0012828"
            feature.modifiers.add(id="HP:0012832", label="Bilateral")
            feature.description = draw(st.text(max_size=20))
        (excluded if feature.excluded else present)[hpo_id] = onset
    if draw(st.booleans()):
        disease = packet.diseases.add()
        disease.term.id = "OMIM:613254"
        disease.excluded = draw(st.booleans())
        element, onset = draw(times())
        disease.onset.CopyFrom(element)
        expected["onset"] = None if disease.excluded else onset
    packet.meta_data.created_by = "protobuf"
    packet.meta_data.created.FromDatetime(datetime(2026, 1, 1, tzinfo=UTC))
    packet.meta_data.phenopacket_schema_version = "2.0"
    return packet, {**expected, "present": present, "excluded": excluded}


@quick
@given(data=st.data())
def test_what_protobuf_writes_is_read_as_meant(
    data: st.DataObject, tiny_knowledge: Knowledge
) -> None:
    packet, expected = data.draw(packets(tiny_knowledge))
    text = json_format.MessageToJson(
        packet,
        preserving_proto_field_name=data.draw(st.booleans()),
        always_print_fields_with_no_presence=data.draw(st.booleans()),
        use_integers_for_enums=data.draw(st.booleans()),
    )
    case = read_phenopacket(json.loads(text), tiny_knowledge, case_id="x", source="x")
    assert case.id == expected["id"]
    assert {term.hpo_id: term.onset for term in case.terms} == expected["present"]
    assert {term.hpo_id: term.onset for term in case.excluded_terms} == expected["excluded"]
    assert (case.sex, case.age, case.onset) == (expected["sex"], expected["age"], expected["onset"])
    assert set(case.problems) <= {"no phenotypic feature is stated as present"}


@quick
@given(
    born=st.dates(date(1990, 1, 1), date(2020, 1, 1)),
    days=st.integers(0, 20_000),
    snake=st.booleans(),
)
def test_dates_are_ages_at_them(
    born: date, days: int, snake: bool, tiny_knowledge: Knowledge
) -> None:
    then = datetime.fromordinal(born.toordinal() + days).replace(tzinfo=UTC)
    packet = schema.Phenopacket(id="p")
    packet.subject.date_of_birth.FromDatetime(datetime(born.year, born.month, born.day, tzinfo=UTC))
    packet.subject.time_at_last_encounter.timestamp.FromDatetime(then)
    feature = packet.phenotypic_features.add(type={"id": "HP:0001250"})
    feature.onset.timestamp.FromDatetime(then)
    packet.meta_data.phenopacket_schema_version = "2.0"
    written = json_format.MessageToDict(packet, preserving_proto_field_name=snake)
    case = read_phenopacket(written, tiny_knowledge, case_id="x", source="x")
    assert case.problems == ()
    assert case.age is not None
    assert case.age == case.terms[0].onset
    years = then.year - born.year - ((then.month, then.day) < (born.month, born.day))
    if years:
        assert case.age.startswith(f"P{years}Y")


@quick
@given(data=st.data())
def test_what_we_write_is_a_phenopacket_to_protobuf(
    data: st.DataObject, tiny_knowledge: Knowledge
) -> None:
    case: Case = data.draw(cases(tiny_knowledge))
    written = write_phenopacket(case, tiny_knowledge)
    packet = json_format.ParseDict(written, schema.Phenopacket(), ignore_unknown_fields=False)
    features = {f.type.id: f.excluded for f in packet.phenotypic_features}
    assert features == {
        **dict.fromkeys(case.hpo_ids, False),
        **dict.fromkeys(case.excluded_hpo_ids, True),
    }
    assert SEXES[packet.subject.sex] == case.sex
    again = json.loads(json_format.MessageToJson(packet))
    mine = read_phenopacket(written, tiny_knowledge, case_id="x", source="x")
    assert read_phenopacket(again, tiny_knowledge, case_id="x", source="x") == mine

"""JSON as registries and tools write it: records, wrapped patients, lists of terms, mentions."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from genecaller.cases import Case
from genecaller.cases.mention_output import as_json_lines
from ontology.knowledge import Knowledge
from ontology.recognise import recogniser_for
from tests.genecaller.cases.kinds import blocks, short

Read = Callable[..., list[Any]]

SEIZURE, CLEFT = "HP:0001250", "HP:0000175"


@pytest.mark.parametrize(("name", "content", "cases"), blocks("records.txt"))
def test_each_record(name: str, content: str, cases: list[str], read: Read) -> None:
    assert [short(case) for case in read(name, content)] == cases


EXCLUDED: list[tuple[str, Any]] = [
    *(("excluded", value) for value in (True, "true", "TRUE", 1, "1", "yes", "excluded")),
    *(("status", value) for value in ("absent", "Excluded", "not observed", {"label": "Absent"})),
    *(("observed", value) for value in (False, "no", 0, "false", "not observed")),
    *(("present", value) for value in (False, "0", "absent")),
    *(("negated", value) for value in (True, "true")),
    *(("is_excluded", "1"), ("isNegated", True), ("negation", "negated"), ("absent", True)),
    *(("isAbsent", "yes"), ("is_present", "0"), ("termPresence", "no"), ("presence", "absent")),
    *(("assertion", "ABSENT"), ("polarity", "negative"), ("notObserved", True)),
    *(("hpo_status", "negative"), ("verificationStatus", "refuted"), ("ruled_out", True)),
    *(("denied", True), ("unaffected", True), ("frequency", "Excluded (0%)")),
    ("label", "No cleft palate"),
]
PRESENT: list[tuple[str, Any]] = [
    *(("excluded", value) for value in (False, "false", 0, "no", None, "")),
    *(("negated", "False"), ("status", "present"), ("status", "observed"), ("observed", "yes")),
    *(("present", 1), ("observed", "P3Y"), ("suspected", False), ("family", False)),
    *(("value", 0.95), ("score", 0), ("count", 1), ("frequency", "Very frequent")),
    *(("evidence", "not stated"), ("label", "Cleft palate"), ("source", "unknown")),
]
NEITHER: list[tuple[str, Any]] = [
    *(("excluded", value) for value in ("blue", 7, "?", {"a": "b"})),
    *(("status", value) for value in ("uncertain", "family", "maybe", "blue", "mother")),
    *(("observed", value) for value in ("unknown", "not assessed", -9)),
    *(("suspected", True), ("experiencer", "family"), ("confirmed", False)),
    ("certainty", "possible"),
]


def flagged(key: str, value: Any, read: Read) -> Case:
    (case,) = read("x.json", {"id": "p", "terms": [SEIZURE, {"hpo_id": CLEFT, key: value}]})
    return case  # type: ignore[no-any-return]


@pytest.mark.parametrize(("key", "value"), EXCLUDED)
def test_flags_of_exclusion(key: str, value: Any, read: Read) -> None:
    assert short(flagged(key, value, read)) == "p +S -C"


@pytest.mark.parametrize(("key", "value"), PRESENT)
def test_flags_of_presence_and_of_nothing(key: str, value: Any, read: Read) -> None:
    case = flagged(key, value, read)
    assert (short(case), case.problems) == ("p +S +C", ())


@pytest.mark.parametrize(("key", "value"), NEITHER)
def test_flags_of_neither_are_told(key: str, value: Any, read: Read) -> None:
    case = flagged(key, value, read)
    assert short(case) == "p +S"
    (problem,) = case.problems
    assert CLEFT in problem
    assert "left out" in problem or "counted neither as present nor as excluded" in problem


def test_flags_that_contradict_each_other_are_told(read: Read) -> None:
    item = {"hpo_id": CLEFT, "excluded": False, "observed": "no"}
    (case,) = read("x.json", {"id": "p", "terms": [SEIZURE, item]})
    assert case.problems == (
        f"terms[1] ({CLEFT}): excluded: False and observed: 'no' contradict each other; left out",
    )


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("similar_patients", [CLEFT]),
        ("differential_notes", {"a": [{"b": f"see {CLEFT}"}]}),
        ("panel", CLEFT),
        ("comment", f"no {CLEFT}"),
        ("siblings", [{"id": "q", "hpo": [CLEFT]}]),
    ],
)
def test_an_unknown_key_with_ids_is_told_and_not_read(key: str, value: Any, read: Read) -> None:
    (case,) = read("x.json", {"id": "p", "hpo_ids": [SEIZURE], key: value})
    assert short(case) == "p +S"
    assert case.problems == (
        f"{key}: holds HPO ids, but says nothing of the patient's findings; not read",
    )


def test_an_unreadable_onset_or_severity_of_a_term_is_told(read: Read) -> None:
    term = {"hpo_id": SEIZURE, "onset": "long ago", "severity": "HP:9999999"}
    (case,) = read("x.json", {"id": "p", "terms": [term]})
    assert (case.terms[0].onset, case.terms[0].severity) == (None, None)
    assert case.problems == (
        "terms[0].onset: no age can be read from it; left out",
        "terms[0].severity: is no term of HPO 2025-01-16; left out",
    )


TEXT = (
    "A girl with seizures and cortical tubers, no cleft palate. Possible micrognathia. "
    "Her mother had hypertelorism. The seizures had begun in infancy."
)


@pytest.mark.parametrize("name", ["x.jsonl", "x.txt", "x.json"])
def test_the_lines_that_normalize_prints_are_one_case(
    name: str, read: Read, tiny_knowledge: Knowledge
) -> None:
    mentions = recogniser_for(tiny_knowledge).recognise(TEXT)
    assert {m.status for m in mentions} == {"present", "excluded", "uncertain", "family"}
    (case,) = read(name, "\n".join(as_json_lines(mentions)))
    assert short(case) == f"{name} +S +T -C"
    assert case.text is None
    assert case.problems == (
        "stated as uncertain, counted neither as present nor as excluded: HP:0000347 "
        "(Micrognathia)",
        "stated of a relative, counted neither as present nor as excluded: HP:0000316 "
        "(Hypertelorism)",
    )


def test_one_line_of_normalize_is_read_as_the_finding_it_is(read: Read) -> None:
    for status, expected in (("present", "+S"), ("excluded", "-S"), ("uncertain", "")):
        line = {"start": 0, "end": 7, "text": "Seizure", "hpo_id": SEIZURE, "status": status}
        (case,) = read("x.jsonl", json.dumps(line))
        assert short(case) == f"x.jsonl {expected}".strip()


def test_lines_of_terms_among_cases_are_a_case_of_their_own(read: Read) -> None:
    lines = [
        {"hpo_id": SEIZURE, "status": "absent"},
        {"id": "a", "terms": [CLEFT]},
        {"hpo_id": CLEFT, "status": "present"},
    ]
    cases = read("x.jsonl", "\n".join(map(json.dumps, lines)))
    assert [short(case) for case in cases] == ["a +C", "x.jsonl +C -S"]


def test_what_stands_beside_a_wrapped_patient_is_the_patients(read: Read, tmp_path: Path) -> None:
    (case,) = read("x.json", {"case_id": "p", "sex": "F", "data": {"hpo": [SEIZURE], "age": 3}})
    assert replace(case, source=None, terms=()) == Case("p", sex="female", age="P3Y")

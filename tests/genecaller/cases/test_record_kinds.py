"""JSON as registries and tools write it: records, wrapped patients, lists of terms, mentions."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from genecaller.cases import Case

Read = Callable[..., list[Any]]

S, T, C, H, M = "HP:0001250", "HP:0009717", "HP:0000175", "HP:0000316", "HP:0000347"
LETTERS = {S: "S", T: "T", C: "C", H: "H", M: "M"}


def short(case: Any) -> str:
    """A case as "id +S +T -C"; an error as its class."""
    if not isinstance(case, Case):
        return "ERROR"
    signs = [f"+{LETTERS[i]}" for i in case.hpo_ids]
    signs += [f"-{LETTERS[i]}" for i in case.excluded_hpo_ids]
    return " ".join([case.id, *signs])


def flagged(**flags: Any) -> dict[str, Any]:
    return {"id": "p", "terms": [S, {"hpo_id": C, **flags}]}


RECORDS: list[tuple[str, Any, str]] = [
    *((f"{key} {value!r}", flagged(**{key: value}), "p +S -C") for key, value in [
        ("excluded", True), ("excluded", "true"), ("excluded", "TRUE"), ("excluded", 1),
        ("excluded", "yes"), ("is_excluded", "1"), ("negated", True), ("negated", "true"),
        ("isNegated", True), ("negation", "negated"), ("absent", True), ("isAbsent", "yes"),
        ("status", "absent"), ("status", "Excluded"), ("status", "not observed"),
        ("status", {"label": "Absent"}), ("observed", False), ("observed", "no"),
        ("observed", 0), ("observed", "false"), ("present", False), ("present", "0"),
        ("is_present", "0"), ("termPresence", "no"), ("presence", "absent"),
        ("assertion", "ABSENT"), ("polarity", "negative"), ("notObserved", True),
        ("hpo_status", "negative"), ("verificationStatus", "refuted"), ("ruled_out", True),
        ("denied", True), ("unaffected", True), ("frequency", "Excluded (0%)"),
        ("label", "No cleft palate"),
    ]),
    *((f"{key} {value!r}", flagged(**{key: value}), "p +S +C") for key, value in [
        ("excluded", False), ("excluded", "false"), ("excluded", 0), ("excluded", "no"),
        ("excluded", None), ("excluded", ""), ("negated", "False"), ("status", "present"),
        ("observed", "yes"), ("present", 1), ("status", "observed"), ("value", 0.95),
        ("score", 0), ("count", 1), ("observed", "P3Y"), ("suspected", False),
        ("frequency", "Very frequent"), ("evidence", "not stated"), ("label", "Cleft palate"),
    ]),
    *((f"{key} {value!r}", flagged(**{key: value}), "p +S") for key, value in [
        ("excluded", "blue"), ("excluded", 7), ("excluded", "so-so"),
        ("status", "uncertain"), ("status", "family"), ("observed", "unknown"),
        ("observed", "not assessed"), ("suspected", True), ("status", "maybe"),
        ("experiencer", "family"), ("confirmed", False), ("certainty", "possible"),
    ]),
    ("flags that contradict", flagged(excluded=False, observed="no"), "p +S"),
    ("flags that agree", flagged(excluded=True, observed="no"), "p +S -C"),
    ("lirical", {"sampleId": "p", "hpoIds": [S], "negatedHpoIds": [C]}, "p +S -C"),
    ("lirical as text", {"sampleId": "p", "hpoIds": f"{S},{T}", "negatedHpoIds": C}, "p +S +T -C"),
    ("denied", {"id": "p", "phenotypes": ["Seizure"], "denied_phenotypes": ["Cleft palate"]}, "p +S -C"),
    ("not observed", {"id": "p", "observedFeatures": [S], "notObservedFeatures": [C]}, "p +S -C"),
    ("pertinent negatives", {"id": "p", "hpo": [S], "pertinentNegatives": [C]}, "p +S -C"),
    ("bare keys", {"id": "p", "present": ["Seizure"], "absent": ["Cleft palate"]}, "p +S -C"),
    ("suspected", {"id": "p", "hpo": [S], "suspected": [C]}, "p +S"),
    ("family history", {"id": "p", "hpo": [S], "familyHistory": [C]}, "p +S"),
    ("nested lists", {"id": "p", "phenotypes": {"present": [S], "absent": [C]}}, "p +S -C"),
    ("answers by id", {"id": "p", "phenotypes": {S: True, C: False}}, "p +S -C"),
    ("answers by name", {"id": "p", "features": {"Seizure": "yes", "Cleft palate": "no"}}, "p +S -C"),
    ("answers by id with flags", {"id": "p", "hpo": {S: {"status": "present"}, C: {"status": "absent"}}}, "p +S -C"),
    ("ids as keys", {"id": "p", S: "yes", C: "no"}, "p +S -C"),
    ("names as keys", {"id": "p", "Seizure": 1, "Cleft palate": 0}, "p +S -C"),
    ("pairs", {"id": "p", "hpo_1": S, "hpo_1_status": 1, "hpo_2": C, "hpo_2_status": 0}, "p +S -C"),
    ("two keys of terms", {"id": "p", "terms": [S], "phenotypes": [T]}, "p +S +T"),
    ("ids and names", {"id": "p", "hpo_ids": [S, T], "hpo_terms": ["Seizure", "Cortical tubers"]}, "p +S +T"),
    ("signs", {"id": "p", "terms": [f"-{C}", f"!{H}", f"+{S}", f"NOT {M}"]}, "p +S -C -H -M"),
    ("words", {"id": "p", "terms": [f"{C} (not present)", "no micrognathia", "Seizure"]}, "p +S -C -M"),
    ("no terms but excluded ones", {"id": "p", "excluded": [C]}, "p -C"),
    ("term objects", {"id": "p", "features": [{"term": {"id": S}}, {"type": {"id": C}, "negated": True}]}, "p +S -C"),
    ("phenotips", {"external_id": "p", "sex": "F", "features": [
        {"id": S, "label": "Seizure", "type": "phenotype", "observed": "yes"},
        {"id": C, "label": "Cleft palate", "type": "phenotype", "observed": "no"}]}, "p +S -C"),
    ("matchmaker", {"patient": {"id": "p", "features": [
        {"id": S, "observed": "yes"}, {"id": C, "observed": "no"}]}}, "p +S -C"),
    ("genomics england", {"participantId": "p", "hpoTermList": [
        {"term": S, "termPresence": "yes"}, {"term": C, "termPresence": "no"},
        {"term": H, "termPresence": "unknown"}]}, "p +S -C"),
    ("face2gene", {"case_id": "p", "case_data": {
        "present_features": [{"feature": {"hpo_full_id": S, "name": "Seizure"}}],
        "absent_features": [{"feature": {"hpo_full_id": C, "name": "Cleft palate"}}]}}, "p +S -C"),
    ("face2gene flags", {"case_id": "p", "features": [
        {"hpo_id": S, "is_present": "1"}, {"hpo_id": C, "is_present": "0"}]}, "p +S -C"),
    ("exomiser analysis", {"analysis": {"id": "p", "vcf": "x.vcf", "hpoIds": [S, T]}}, "p +S +T"),
    ("fhir-like", {"id": "p", "phenotypes": [
        {"code": S, "verificationStatus": "confirmed"},
        {"code": C, "verificationStatus": "refuted"}]}, "p +S -C"),
    ("case as name", {"case": "p", "hpo": [S]}, "p +S"),
]  # fmt: skip


@pytest.mark.parametrize(("record", "case"), [r[1:] for r in RECORDS], ids=[r[0] for r in RECORDS])
def test_each_record(record: Any, case: str, read: Read) -> None:
    assert [short(found) for found in read("x.json", record)] == [case]


FILES: list[tuple[str, str, Any, list[str]]] = [
    ("a list of ids", "x.json", [S, T], ["x.json +S +T"]),
    ("doc2hpo", "x.json", [
        {"start": 0, "length": 7, "hmName2Id": [{"hpoId": S, "hpoName": "Seizure"}], "negated": False},
        {"start": 9, "length": 7, "hmName2Id": [{"hpoId": C, "hpoName": "Cleft palate"}], "negated": True},
    ], ["x.json +S -C"]),
    ("txt2hpo", "x.json", [
        {"hpid": [S], "index": [0, 7], "matched": "Seizure"},
        {"hpid": [T], "index": [9, 15], "matched": "tubers"},
    ], ["x.json +S +T"]),
    ("items of one patient", "x.json", [
        {"id": S, "label": "Seizure", "status": "present"},
        {"id": C, "label": "Cleft palate", "status": "absent"},
    ], ["x.json +S -C"]),
    ("items of several patients", "x.jsonl", [
        {"patient_id": "a", "hpo_id": S, "status": "present"},
        {"patient_id": "a", "hpo_id": C, "status": "absent"},
        {"patient_id": "b", "hpo_id": H},
    ], ["a +S -C", "b +H"]),
    ("patients under a key", "x.json", {"patients": [{"id": "a", "hpo": [S]}, {"id": "b", "absent": [C]}]},
     ["a +S", "b -C"]),
    ("members", "x.json", {"pedigree": {"members": [
        {"participantId": "a", "hpoTermList": [{"term": S, "termPresence": "yes"}]},
        {"participantId": "b", "hpoTermList": [{"term": C, "termPresence": "no"}]}]}},
     ["a +S", "b -C"]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "content", "cases"), [f[1:] for f in FILES], ids=[f[0] for f in FILES]
)
def test_each_file(name: str, content: Any, cases: list[str], read: Read) -> None:
    text = "\n".join(map(json.dumps, content)) if name.endswith("l") else json.dumps(content)
    assert [short(case) for case in read(name, text)] == cases

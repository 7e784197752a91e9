"""Phenopackets with flags, dates and interpretations as exports write them."""

from __future__ import annotations

from typing import Any

import pytest

from genecaller.cases import Case
from genecaller.cases.readers.phenopacket import read_phenopacket
from ontology.knowledge import Knowledge

Json = dict[str, Any]
SEIZURE, TUBERS, CLEFT = "HP:0001250", "HP:0009717", "HP:0000175"


def read(knowledge: Knowledge, *features: Any, **more: Any) -> Case:
    packet = {
        "id": "p",
        "subject": {"id": "s", "sex": "FEMALE"},
        "phenotypicFeatures": [{"type": {"id": SEIZURE}}, *features],
        "metaData": {"phenopacketSchemaVersion": "2.0"},
        **more,
    }
    return read_phenopacket(packet, knowledge, case_id="x", source="x")


def cleft(**flags: Any) -> Json:
    return {"type": {"id": CLEFT, "label": "Cleft palate"}, **flags}


@pytest.mark.parametrize(
    "feature",
    [
        cleft(excluded="true"),
        cleft(excluded="True"),
        cleft(excluded="yes"),
        cleft(excluded=1),
        cleft(negated=True),
        cleft(is_excluded=True),
        cleft(isNegated="true"),
        cleft(observed="no"),
        cleft(present=False),
        cleft(status="absent"),
        cleft(modifiers=[{"id": "PATO:0000462", "label": "Absent"}]),
        {"type": {"id": CLEFT, "label": "No cleft palate"}},
        {"type": {"id": "", "label": "Cleft palate"}, "excluded": "true"},
        {"id": CLEFT, "label": "Cleft palate", "negated": True},
        f"{CLEFT} (absent)",
    ],
)
def test_excluded_in_any_spelling_is_excluded(feature: Any, tiny_knowledge: Knowledge) -> None:
    case = read(tiny_knowledge, feature)
    assert case.hpo_ids == (SEIZURE,)
    assert case.excluded_hpo_ids == (CLEFT,)


def test_what_the_schema_does_not_know_is_told(tiny_knowledge: Knowledge) -> None:
    (problem,) = read(tiny_knowledge, cleft(excluded="true")).problems
    assert problem == "$.phenotypicFeatures[1] (Cleft palate): excluded 'true' is read as excluded"
    (problem,) = read(tiny_knowledge, cleft(negated=True)).problems
    assert problem == "$.phenotypicFeatures[1] (Cleft palate): negated True is read as excluded"
    assert read(tiny_knowledge, cleft(excluded=True)).problems == ()


@pytest.mark.parametrize("flags", [{"excluded": False}, {"excluded": None}, {"negated": False}, {}])
def test_not_excluded_is_present_without_a_word(flags: Json, tiny_knowledge: Knowledge) -> None:
    case = read(tiny_knowledge, cleft(**flags))
    assert case.hpo_ids == (SEIZURE, CLEFT)
    assert case.problems == ()


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        ({"excluded": "blue"}, "excluded: 'blue' says neither present nor excluded; left out"),
        ({"excluded": 7}, "excluded: 7 says neither present nor excluded; left out"),
        ({"excluded": {"a": 1}}, "says neither present nor excluded; left out"),
        ({"excluded": False, "observed": "no"}, "contradict each other; left out"),
        ({"status": "unknown"}, "status 'unknown' is read as uncertain"),
        ({"status": "family"}, "status 'family' is read as family"),
    ],
)
def test_what_is_neither_is_left_out_and_told(
    flags: Json, said: str, tiny_knowledge: Knowledge
) -> None:
    case = read(tiny_knowledge, cleft(**flags))
    assert (case.hpo_ids, case.excluded_hpo_ids) == ((SEIZURE,), ())
    assert said in case.problems[0]
    assert case.problems[0].startswith("$.phenotypicFeatures[1] (Cleft palate): ")


def test_dates_are_ages_where_the_date_of_birth_is_known(tiny_knowledge: Knowledge) -> None:
    packet = {
        "id": "p",
        "subject": {
            "id": "s",
            "date_of_birth": "2014-10-05T00:00:00Z",
            "time_at_last_encounter": {"timestamp": "2025-01-20T00:00:00Z"},
        },
        "phenotypic_features": [
            {"type": {"id": SEIZURE}, "onset": {"timestamp": "2016-10-10T00:00:00Z"}}
        ],
        "diseases": [
            {
                "term": {"id": "OMIM:1"},
                "excluded": "true",
                "onset": {"age": {"iso8601duration": "P1D"}},
            },
            {"term": {"id": "OMIM:613254"}, "onset": {"timestamp": "2016-12-10T00:00:00Z"}},
        ],
        "meta_data": {"phenopacket_schema_version": "2.0"},
    }
    case = read_phenopacket(packet, tiny_knowledge, case_id="x", source="x")
    assert (case.age, case.terms[0].onset, case.onset) == ("P10Y3M", "P2Y", "P2Y2M")
    del packet["subject"]["date_of_birth"]  # type: ignore[attr-defined]
    case = read_phenopacket(packet, tiny_knowledge, case_id="x", source="x")
    assert (case.age, case.terms[0].onset, case.onset) == (None, None, None)
    assert sum("no age can be read" in problem for problem in case.problems) == 3


def interpreted(progress: Any, *genes: tuple[Any, ...]) -> Json:
    items = []
    for symbol, status, *acmg in genes:
        item: Json = {"gene": {"symbol": symbol}}
        if status is not None:
            item["interpretationStatus"] = status
        if acmg:
            item["variantInterpretation"] = {"acmgPathogenicityClassification": acmg[0]}
        items.append(item)
    diagnosis = {"disease": {"id": "OMIM:613254"}, "genomicInterpretations": items}
    return {"interpretations": [{"progressStatus": progress, "diagnosis": diagnosis}]}


TAKEN = "no interpretationStatus says that its gene is causal; as the only one it is taken"
UNSURE = "names 2 genes without saying which is causal; counts as unsolved"
NO_GENE = "marked as solved but names no causal gene; counts as unsolved"


@pytest.mark.parametrize(
    ("more", "gene", "said"),
    [
        (interpreted(None, ("TSC2", None)), "TSC2", TAKEN),
        (interpreted("SOLVED", ("TSC2", None)), "TSC2", TAKEN),
        (interpreted("COMPLETED", ("TSC2", "UNKNOWN_STATUS")), "TSC2", TAKEN),
        (interpreted(0, ("TSC2", 0)), "TSC2", TAKEN),
        (interpreted("SOLVED", ("TSC2", "CAUSATIVE")), "TSC2", None),
        (interpreted("solved", ("TSC2", "causative")), "TSC2", None),
        (interpreted(3, ("TSC2", 4)), "TSC2", None),
        (interpreted("SOLVED", ("TSC1", "CONTRIBUTORY"), ("TSC2", "CAUSATIVE")), "TSC2", None),
        (interpreted("SOLVED", ("TSC1", None), ("TSC2", "CAUSATIVE")), "TSC2", None),
        (interpreted(None, ("TSC1", "REJECTED"), ("TSC2", None)), "TSC2", TAKEN),
        (interpreted(None, ("TSC1", None, "BENIGN"), ("TSC2", None)), "TSC2", TAKEN),
        (interpreted(None, ("TSC1", None, 2), ("TSC2", None)), "TSC2", TAKEN),
        (interpreted(None, ("TSC2", None, "PATHOGENIC")), "TSC2", TAKEN),
        (interpreted(None, ("TSC2", None), ("TSC2", None)), "TSC2", TAKEN),
        (interpreted(None, ("TSC1", None), ("TSC2", None)), None, UNSURE),
        (interpreted("IN_PROGRESS", ("TSC2", None)), None, None),
        (interpreted("UNSOLVED", ("TSC2", None)), None, None),
        (interpreted("UNSOLVED", ("TSC2", "CAUSATIVE")), None, None),
        (interpreted(None, ("TSC2", "CANDIDATE")), None, None),
        (interpreted("SOLVED", ("TSC2", "REJECTED")), None, NO_GENE),
        (interpreted("SOLVED", ("NA", "CAUSATIVE")), None, NO_GENE),
        (interpreted(None, ("TSC2", None, "UNCERTAIN_SIGNIFICANCE")), None, None),
    ],
)
def test_the_answer_by_its_status(
    more: Json, gene: str | None, said: str | None, tiny_knowledge: Knowledge
) -> None:
    case = read(tiny_knowledge, **more)
    assert (case.solution.gene if case.solution else None) == gene
    if said is None:
        assert case.problems == ()
    else:
        assert len(case.problems) == 1
        assert case.problems[0].startswith(said)


@pytest.mark.parametrize(
    ("sex", "expected", "told"),
    [
        ("female", "female", 0),
        ("M", "male", 0),
        ("UNKNOWN_SEX", None, 0),
        (0, None, 0),
        ("XX", None, 1),
    ],
)
def test_other_spellings_of_the_sex(
    sex: Any, expected: str | None, told: int, tiny_knowledge: Knowledge
) -> None:
    case = read(tiny_knowledge, subject={"id": "s", "sex": sex})
    assert (case.sex, len(case.problems)) == (expected, told)

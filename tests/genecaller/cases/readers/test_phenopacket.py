"""Phenopackets of version 2, whole and damaged, and those of version 1."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from genecaller.cases import Case, CaseTerm, Publication, Solution
from genecaller.cases.readers.phenopacket import is_phenopacket, read_phenopacket
from genecaller.errors import CaseError
from ontology.knowledge import Knowledge

Json = dict[str, Any]


def as_case(packet: Json, knowledge: Knowledge) -> Case:
    return read_phenopacket(packet, knowledge, case_id="file.json", source="file.json")


def test_everything_a_phenopacket_says(packet: Json, tiny_knowledge: Knowledge) -> None:
    assert as_case(packet, tiny_knowledge) == Case(
        id="PMID_1_II_1",
        terms=(
            CaseTerm("HP:0001250", "Seizure", onset="P2M", severity="HP:0012828"),
            CaseTerm("HP:0009717", "Cortical tubers"),
        ),
        excluded_terms=(CaseTerm("HP:0000175", "Cleft palate"),),
        sex="female",
        age="P10Y3M",
        onset="HP:0003577",
        publication=Publication("PMID:38386308", "A title."),
        solution=Solution("TSC2", "OMIM:613254", "Tuberous sclerosis-2"),
        source="file.json",
    )


def test_protobufs_other_spelling_is_the_same_case(packet: Json, tiny_knowledge: Knowledge) -> None:
    names = {
        "phenotypicFeatures": "phenotypic_features",
        "timeAtLastEncounter": "time_at_last_encounter",
        "ontologyClass": "ontology_class",
        "metaData": "meta_data",
        "progressStatus": "progress_status",
        "genomicInterpretations": "genomic_interpretations",
        "interpretationStatus": "interpretation_status",
        "variantInterpretation": "variant_interpretation",
        "variationDescriptor": "variation_descriptor",
        "geneContext": "gene_context",
        "valueId": "value_id",
        "externalReferences": "external_references",
        "phenopacketSchemaVersion": "phenopacket_schema_version",
    }

    def renamed(value: Any) -> Any:
        if isinstance(value, dict):
            return {names.get(key, key): renamed(item) for key, item in value.items()}
        return [renamed(item) for item in value] if isinstance(value, list) else value

    other = renamed(packet)
    assert is_phenopacket(other)
    assert as_case(other, tiny_knowledge) == as_case(packet, tiny_knowledge)


@pytest.mark.parametrize(
    ("sex", "expected"),
    [
        ("MALE", "male"),
        ("OTHER_SEX", "other"),
        ("UNKNOWN_SEX", None),
        (1, "female"),
        (True, None),
        ([], None),
        (None, None),
    ],
)
def test_sex(sex: Any, expected: str | None, packet: Json, tiny_knowledge: Knowledge) -> None:
    packet["subject"]["sex"] = sex
    assert as_case(packet, tiny_knowledge).sex == expected


def test_without_features_it_is_a_case_with_a_problem(
    packet: Json, tiny_knowledge: Knowledge
) -> None:
    del packet["phenotypicFeatures"]
    assert is_phenopacket(packet)
    case = as_case(packet, tiny_knowledge)
    assert case.terms == ()
    assert case.problems == ("no phenotypic feature is stated as present",)


@pytest.mark.parametrize(
    "change",
    [
        {"interpretationStatus": "REJECTED"},
        {"interpretationStatus": "CANDIDATE"},
        {"variantInterpretation": {}},
        {"variantInterpretation": None},
        {"variantInterpretation": {"variationDescriptor": {"geneContext": {}}}},
    ],
)
def test_without_a_causal_gene_it_is_unsolved(
    change: Json, packet: Json, tiny_knowledge: Knowledge
) -> None:
    packet["interpretations"][0]["diagnosis"]["genomicInterpretations"][0].update(change)
    case = as_case(packet, tiny_knowledge)
    assert case.solution is None
    assert case.problems == ("marked as solved but names no causal gene; counts as unsolved",)


def test_unsolved_is_no_problem(packet: Json, tiny_knowledge: Knowledge) -> None:
    packet["interpretations"][0]["progressStatus"] = "UNSOLVED"
    case = as_case(packet, tiny_knowledge)
    assert case.solution is None
    assert case.problems == ()


def test_two_genes_are_reported_without_naming_them(
    packet: Json, tiny_knowledge: Knowledge
) -> None:
    found = packet["interpretations"][0]["diagnosis"]["genomicInterpretations"]
    found.append({"interpretationStatus": "CAUSATIVE", "gene": {"symbol": "TSC1"}})
    found.append(copy.deepcopy(found[0]))
    case = as_case(packet, tiny_knowledge)
    assert case.solution is not None
    assert case.solution.gene == "TSC2"
    assert case.problems == ("names 2 causal genes; the first is taken as the answer",)


def test_the_disease_may_stand_only_among_the_diseases(
    packet: Json, tiny_knowledge: Knowledge
) -> None:
    del packet["interpretations"][0]["diagnosis"]["disease"]
    packet["diseases"].insert(0, {"term": {"id": "OMIM:1"}, "excluded": True})
    solution = as_case(packet, tiny_knowledge).solution
    assert solution == Solution("TSC2", "OMIM:613254", "Tuberous sclerosis-2")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"subject": []}, "$.subject: expected an object, found a list; left out"),
        ({"subject": {"timeAtLastEncounter": {"age": 3}}}, "$.subject.timeAtLastEncounter: no age"),
        ({"interpretations": "x"}, "$.interpretations: expected a list of objects"),
        ({"interpretations": [1]}, "$.interpretations: expected a list of objects"),
        ({"diseases": [{"onset": 1}]}, "$.diseases[0].onset: expected an object, found a number"),
        ({"metaData": 1}, "$.metaData: expected an object, found a number"),
        ({"phenotypicFeatures": [1]}, "$.phenotypicFeatures[0]: expected an object with type.id"),
        ({"phenotypicFeatures": [{"type": 1}]}, "$.phenotypicFeatures[0]: expected an object"),
        (
            {"phenotypicFeatures": [{"type": {"id": "HP:0001250"}, "severity": {"id": "HP:1"}}]},
            "$.phenotypicFeatures[0].severity: is no term",
        ),
    ],
)
def test_a_damaged_part_is_left_out_and_named(
    change: Json, said: str, packet: Json, tiny_knowledge: Knowledge
) -> None:
    case = as_case({**packet, **change}, tiny_knowledge)
    assert any(problem.startswith(said) for problem in case.problems), case.problems


def test_features_that_are_no_list_are_an_error(packet: Json, tiny_knowledge: Knowledge) -> None:
    packet["phenotypicFeatures"] = {}
    with pytest.raises(CaseError, match=r"file.json, \$.phenotypicFeatures: expected a list"):
        as_case(packet, tiny_knowledge)


@pytest.mark.parametrize(
    "sign",
    [
        {"metaData": {"phenopacketSchemaVersion": "1.0.0-RC3"}},
        {"genes": [{"id": "HGNC:1", "symbol": "A1BG"}]},
        {"variants": []},
        {"subject": {"ageAtCollection": {"age": "P3Y"}}},
        {"phenotypicFeatures": [{"type": {"id": "HP:0001250"}, "negated": True}]},
    ],
)
def test_version_1_is_recognised_and_refused(
    sign: Json, packet: Json, tiny_knowledge: Knowledge
) -> None:
    packet["metaData"] = {}
    packet.update(sign)
    with pytest.raises(CaseError, match=r"schema version 1 \(\$.*convert it"):
        as_case(packet, tiny_knowledge)


def test_a_newer_negated_word_does_not_make_version_2_old(
    packet: Json, tiny_knowledge: Knowledge
) -> None:
    packet["phenotypicFeatures"][0]["negated"] = False
    assert len(as_case(packet, tiny_knowledge).terms) == 2


def test_the_publication_may_stand_in_the_id_alone(packet: Json, tiny_knowledge: Knowledge) -> None:
    del packet["metaData"]["externalReferences"]
    packet["id"] = "PMID:28289718-Grozeva-2015-KMT2D"
    assert as_case(packet, tiny_knowledge).pmid == "PMID:28289718"


def test_without_an_id_it_gets_the_files_name(packet: Json, tiny_knowledge: Knowledge) -> None:
    packet["id"] = " "
    assert as_case(packet, tiny_knowledge).id == "file.json"

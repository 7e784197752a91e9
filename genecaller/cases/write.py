"""Cases written as GA4GH phenopackets, and as JSON lines that read back as they were."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from genecaller.cases.case import Case, CaseTerm
from genecaller.cases.files.opening import shown
from genecaller.errors import UsageError
from ontology.files import replacing
from ontology.genes import gene_names
from ontology.hpo import Hpo
from ontology.knowledge import Knowledge

SCHEMA_VERSION = "2.0.2"
_SEXES = {"female": "FEMALE", "male": "MALE", "other": "OTHER_SEX", None: "UNKNOWN_SEX"}
# An onset needs a disease to stand on: the root of MONDO where none is established.
_SOME_DISEASE = {"id": "MONDO:0000001", "label": "disease"}


def write_phenopacket(
    case: Case, knowledge: Knowledge, *, created: str | None = None
) -> dict[str, Any]:
    """The case as a phenopacket of schema version 2, ready for `json.dumps`.

    `created` is an ISO 8601 time stamp, now where it is None. Everything reads back but what a
    phenopacket has no place for: the text, the reader's problems, ids as first recorded.
    """
    hpo = knowledge.hpo
    subject: dict[str, Any] = {"id": case.id}
    if case.age:
        subject["timeAtLastEncounter"] = _time(case.age, hpo)
    subject["sex"] = _SEXES[case.sex]
    packet: dict[str, Any] = {
        "id": case.id,
        "subject": subject,
        "phenotypicFeatures": [
            *(_feature(term, hpo, excluded=False) for term in case.terms),
            *(_feature(term, hpo, excluded=True) for term in case.excluded_terms),
        ],
    }
    disease = _disease(case)
    if case.solution:
        packet["interpretations"] = [_interpretation(case, disease)]
    if case.onset or case.solution:
        packet["diseases"] = [{"term": disease}]
        if case.onset:
            packet["diseases"][0]["onset"] = _time(case.onset, hpo)
    packet["metaData"] = _meta_data(case, hpo.release, created)
    return packet


def write_jsonl(cases: Iterable[Case], path: Path) -> int:
    """Write one record a line and return how many; an existing file is replaced only when whole.

    Raises UsageError where the file cannot be written.
    """
    n = 0
    try:
        with replacing(path) as file:
            for case in cases:
                file.write(json.dumps(as_record(case), ensure_ascii=False) + "\n")
                n += 1
    except OSError as error:
        raise UsageError(f"{shown(path)}: cannot be written ({error.strerror})") from error
    return n


def as_record(case: Case) -> dict[str, Any]:
    """The case as the JSON object of one line; what is unknown is left out."""
    record: dict[str, Any] = {
        "id": case.id,
        "terms": [_term(term) for term in case.terms],
        "excluded_terms": [_term(term) for term in case.excluded_terms],
        "sex": case.sex,
        "age": case.age,
        "onset": case.onset,
        "text": case.text,
        "publication": None,
        "solution": None,
        "problems": list(case.problems),
    }
    if case.publication:
        record["publication"] = _known(
            {"pmid": case.publication.pmid, "title": case.publication.title}
        )
    if case.solution:
        record["solution"] = _known(
            {
                "gene": case.solution.gene,
                "disease_id": case.solution.disease_id,
                "disease_label": case.solution.disease_label,
                "recorded_gene": case.solution.recorded_gene,
            }
        )
    return {key: value for key, value in record.items() if value not in (None, [])} | {
        "terms": record["terms"]
    }


def _term(term: CaseTerm) -> dict[str, str]:
    return _known(
        {
            "hpo_id": term.hpo_id,
            "label": term.label,
            "recorded_id": term.recorded_id,
            "onset": term.onset,
            "severity": term.severity,
        }
    )


def _known(fields: dict[str, str | None]) -> dict[str, str]:
    return {key: value for key, value in fields.items() if value is not None}


def _feature(term: CaseTerm, hpo: Hpo, *, excluded: bool) -> dict[str, Any]:
    feature: dict[str, Any] = {"type": {"id": term.hpo_id, "label": term.label}}
    if excluded:
        feature["excluded"] = True
    if term.severity:
        feature["severity"] = _class(term.severity, hpo)
    if term.onset:
        feature["onset"] = _time(term.onset, hpo)
    return feature


def _time(age: str, hpo: Hpo) -> dict[str, Any]:
    if age.startswith("HP:"):
        return {"ontologyClass": _class(age, hpo)}
    return {"age": {"iso8601duration": age}}


def _class(hpo_id: str, hpo: Hpo) -> dict[str, str]:
    return {"id": hpo_id, "label": hpo.name(hpo_id) if hpo_id in hpo.index else hpo_id}


def _disease(case: Case) -> dict[str, str]:
    if case.solution and case.solution.disease_id:
        label = case.solution.disease_label or case.solution.disease_id
        return {"id": case.solution.disease_id, "label": label}
    return dict(_SOME_DISEASE)


def _interpretation(case: Case, disease: dict[str, str]) -> dict[str, Any]:
    assert case.solution
    symbol = case.solution.gene
    hgnc_id = gene_names().hgnc_ids.get(symbol, symbol)
    return {
        "id": case.id,
        "progressStatus": "SOLVED",
        "diagnosis": {
            "disease": disease,
            "genomicInterpretations": [
                {
                    "subjectOrBiosampleId": case.id,
                    "interpretationStatus": "CAUSATIVE",
                    "gene": {"valueId": hgnc_id, "symbol": symbol},
                }
            ],
        },
    }


def _meta_data(case: Case, release: str, created: str | None) -> dict[str, Any]:
    meta: dict[str, Any] = {
        "created": created or datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "createdBy": "genecaller",
        "resources": [
            {
                "id": "hp",
                "name": "human phenotype ontology",
                "url": "http://purl.obolibrary.org/obo/hp.owl",
                "version": release,
                "namespacePrefix": "HP",
                "iriPrefix": "http://purl.obolibrary.org/obo/HP_",
            }
        ],
        "phenopacketSchemaVersion": SCHEMA_VERSION,
    }
    if case.publication:
        reference = {"id": case.publication.pmid, "description": case.publication.title}
        meta["externalReferences"] = [_known(reference)]
    return meta

"""A phenopacket to change, and a short way to read whatever a test writes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from genecaller.cases import Case
from genecaller.cases.read import read_cases
from genecaller.errors import CaseError
from ontology.knowledge import Knowledge


@pytest.fixture
def packet() -> dict[str, Any]:
    """A phenopacket of version 2 as phenopacket-store writes it, with ids of the tiny HPO."""
    return {
        "id": "PMID_1_II_1",
        "subject": {
            "id": "II:1",
            "timeAtLastEncounter": {"age": {"iso8601duration": "P10Y3M"}},
            "sex": "FEMALE",
        },
        "phenotypicFeatures": [
            {
                "type": {"id": "HP:0001250", "label": "Seizure"},
                "onset": {"age": {"iso8601duration": "P2M"}},
                "severity": {"id": "HP:0012828", "label": "Severe"},
            },
            {"type": {"id": "HP:0009717", "label": "Cortical tubers"}},
            {"type": {"id": "HP:0000175", "label": "Cleft palate"}, "excluded": True},
        ],
        "interpretations": [
            {
                "id": "i",
                "progressStatus": "SOLVED",
                "diagnosis": {
                    "disease": {"id": "OMIM:613254", "label": "Tuberous sclerosis-2"},
                    "genomicInterpretations": [
                        {
                            "subjectOrBiosampleId": "II:1",
                            "interpretationStatus": "CAUSATIVE",
                            "variantInterpretation": {
                                "variationDescriptor": {
                                    "id": "v",
                                    "geneContext": {"valueId": "HGNC:12363", "symbol": "TSC2"},
                                }
                            },
                        }
                    ],
                },
            }
        ],
        "diseases": [
            {
                "term": {"id": "OMIM:613254", "label": "Tuberous sclerosis-2"},
                "onset": {"ontologyClass": {"id": "HP:0003577", "label": "Congenital onset"}},
            }
        ],
        "metaData": {
            "phenopacketSchemaVersion": "2.0.2",
            "externalReferences": [{"id": "PMID:38386308", "description": "A title."}],
        },
    }


@pytest.fixture
def read(tmp_path: Path, tiny_knowledge: Knowledge) -> Callable[..., list[Any]]:
    """Write some content under a name and read it as cases."""

    def call(name: str, content: Any) -> list[Case | CaseError]:
        path = tmp_path / name
        if isinstance(content, bytes):
            path.write_bytes(content)
        else:
            text = content if isinstance(content, str) else json.dumps(content)
            path.write_text(text, encoding="utf-8", newline="")
        return list(read_cases(path, tiny_knowledge))

    return call

"""GA4GH phenopackets, schema version 2, read into cases."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from genecaller.cases.case import Case, Publication, Sex
from genecaller.cases.cells.flags import shown
from genecaller.cases.findings import NONE_PRESENT, collect
from genecaller.cases.readers.interpretation import (
    is_excluded,
    kind_of,
    object_of,
    objects_of,
    solution_of,
    text_of,
)
from genecaller.cases.readers.phenotypic_features import findings_of, time_of
from genecaller.cases.solution import is_no_sex, pmid_in, publication, sex_in
from genecaller.errors import CaseError
from ontology.hpo import Hpo
from ontology.knowledge import Knowledge

# protobuf's JSON allows an enum's name or its number.
_SEXES: dict[object, Sex] = {
    **dict.fromkeys(("FEMALE", 1), "female"),
    **dict.fromkeys(("MALE", 2), "male"),
    **dict.fromkeys(("OTHER_SEX", 3), "other"),
}
_V1_TOP = ("genes", "variants", "htsFiles")
_V1_FEATURE = ("negated", "ageOfOnset", "classOfOnset", "ageRangeOfOnset")
_V1_SUBJECT = ("ageAtCollection", "ageRangeAtCollection")
_PMID_ID = re.compile(r"PMID[:_](\d+)", re.IGNORECASE)
_SNAKE = re.compile(r"_([a-z0-9])")

Json = dict[str, Any]


def is_phenopacket(record: Json) -> bool:
    """Whether a JSON object is a phenopacket of any version, or a family or cohort of them."""
    if not {"phenotypicFeatures", "phenotypic_features"}.isdisjoint(record):
        return True
    has_meta = not {"metaData", "meta_data"}.isdisjoint(record)
    return has_meta and not {"subject", "proband", "members", "interpretations"}.isdisjoint(record)


def split_phenopackets(record: Json, source: str) -> Iterator[tuple[Json, str, tuple[str, ...]]]:
    """Each phenopacket of a phenopacket, family or cohort, with its JSON path and problems."""
    if "proband" in record and isinstance(record["proband"], dict):
        others = record.get("relatives")
        n = len(others) if isinstance(others, list) else 0
        note = "a family: only its proband is read"
        if n:
            note += f"; {n} relative{'s are' if n > 1 else ' is'} left out"
        yield {"id": record.get("id"), **record["proband"]}, "$.proband", (note,)
    elif isinstance(record.get("members"), list):
        for i, member in enumerate(record["members"]):
            yield member, f"$.members[{i}]", ()
    else:
        yield record, "$", ()


def read_phenopacket(
    packet: Json, knowledge: Knowledge, *, case_id: str, source: str, path: str = "$"
) -> Case:
    """One phenopacket as a case; `case_id` is used where it has no id of its own.

    Parts that are malformed are left out and named in `problems`. Raises CaseError for schema
    version 1 and where the features are no list.
    Source: Jacobsen et al. 2022, Nat Biotechnol 40:817, and the schema's documentation.
    """
    if not isinstance(packet, dict):
        raise CaseError(
            f"expected a phenopacket, found {kind_of(packet)}; correct or remove it",
            source=source,
            where=path,
        )
    packet = _camel(packet)
    _refuse_version_1(packet, source, path)
    hpo = knowledge.hpo
    problems: list[str] = []
    subject = object_of(packet, "subject", path, problems)
    found = collect(findings_of(packet, subject, hpo, source, path, problems), hpo)
    problems += found.problems
    if not found.terms:
        problems.append(NONE_PRESENT)
    diseases = objects_of(packet, "diseases", path, problems)
    return Case(
        id=text_of(packet.get("id")) or case_id,
        terms=found.terms,
        excluded_terms=found.excluded_terms,
        sex=_sex(subject.get("sex"), path, problems),
        age=time_of(subject, "timeAtLastEncounter", hpo, f"{path}.subject", problems, subject),
        onset=_onset(diseases, hpo, subject, problems),
        publication=_publication(packet, path, problems),
        solution=solution_of(packet, diseases, path, problems),
        source=source,
        problems=tuple(problems),
    )


def _sex(value: object, path: str, problems: list[str]) -> Sex | None:
    if isinstance(value, str):
        named = _SEXES.get(value.strip().upper()) or sex_in(value)
        unknown = is_no_sex(value)
    else:
        is_number = isinstance(value, int) and not isinstance(value, bool)
        named = _SEXES.get(value) if is_number else None
        unknown = value is None or (is_number and value == 0)
    if named is None and not unknown:
        problems.append(
            f"{path}.subject.sex: expected FEMALE, MALE, OTHER_SEX or UNKNOWN_SEX, found "
            f"{shown(value)}; left out"
        )
    return named


def _onset(
    diseases: list[tuple[str, Json]], hpo: Hpo, subject: Json, problems: list[str]
) -> str | None:
    for where, disease in diseases:
        if not is_excluded(disease) and "onset" in disease:
            return time_of(disease, "onset", hpo, where, problems, subject)
    return None


def _publication(packet: Json, path: str, problems: list[str]) -> Publication | None:
    meta = object_of(packet, "metaData", path, problems)
    for _, reference in objects_of(meta, "externalReferences", f"{path}.metaData", problems):
        for key in ("id", "reference"):
            written = reference.get(key)
            if isinstance(written, str) and not written.isdigit() and pmid_in(written):
                return publication(written, reference.get("description"))
    named = _PMID_ID.match(text_of(packet.get("id")) or "")
    return publication(named[1]) if named else None


def _refuse_version_1(packet: Json, source: str, path: str) -> None:
    meta = packet.get("metaData")
    version = meta.get("phenopacketSchemaVersion") if isinstance(meta, dict) else None
    signs = [f"{path}.metaData.phenopacketSchemaVersion is {version}"] if _is_1(version) else []
    if not signs and version is None:
        signs += [f"{path}.{key}" for key in _V1_TOP if key in packet]
        subject, features = packet.get("subject"), packet.get("phenotypicFeatures")
        if isinstance(subject, dict):
            signs += [f"{path}.subject.{key}" for key in _V1_SUBJECT if key in subject]
        for i, feature in enumerate(features if isinstance(features, list) else ()):
            if isinstance(feature, dict) and not set(_V1_FEATURE).isdisjoint(feature):
                signs.append(f"{path}.phenotypicFeatures[{i}]")
                break
    if signs:
        raise CaseError(
            f"is a phenopacket of schema version 1 ({signs[0]}); expected version 2: convert it "
            "first, for example with phenopacket-tools (pxf convert)",
            source=source,
        )


def _is_1(version: object) -> bool:
    return str(version).strip().lstrip("vV").split(".")[0] == "1"


def _camel(value: Any) -> Any:
    """The names that protobuf writes by default, from those of its schema (snake_case)."""
    if isinstance(value, dict):
        return {_SNAKE.sub(lambda m: m[1].upper(), k): _camel(v) for k, v in value.items()}
    return [_camel(item) for item in value] if isinstance(value, list) else value

"""GA4GH phenopackets, schema version 2, read into cases."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from genecaller.cases.age import time_element
from genecaller.cases.answer_key import is_no_sex, pmid_in, publication, sex_in
from genecaller.cases.case import Case, Publication, Sex
from genecaller.cases.cell import read_cell
from genecaller.cases.findings import NONE_PRESENT, Finding, collect, current_id, hpo_id_in
from genecaller.cases.flags import read_flags, shown
from genecaller.cases.interpretation import (
    is_excluded,
    kind_of,
    object_of,
    objects_of,
    solution_of,
    text_of,
)
from genecaller.cases.term_objects import term_of
from genecaller.cases.wording import is_answer, names_it, polarity_of, term_names
from genecaller.errors import CaseError
from ontology.hpo import Hpo
from ontology.knowledge import Knowledge
from ontology.status import Status, heading_status

# protobuf's JSON allows an enum's name or its number.
_SEXES: dict[object, Sex] = {
    **dict.fromkeys(("FEMALE", 1), "female"),
    **dict.fromkeys(("MALE", 2), "male"),
    **dict.fromkeys(("OTHER_SEX", 3), "other"),
}
_NO_FLAGS = ("type", "onset", "resolution", "severity", "modifiers", "evidence", "description")
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
    found = collect(_features(packet, subject, hpo, source, path, problems), hpo)
    problems += found.problems
    if not found.terms:
        problems.append(NONE_PRESENT)
    diseases = objects_of(packet, "diseases", path, problems)
    return Case(
        id=text_of(packet.get("id")) or case_id,
        terms=found.terms,
        excluded_terms=found.excluded_terms,
        sex=_sex(subject.get("sex"), path, problems),
        age=_time(subject, "timeAtLastEncounter", hpo, f"{path}.subject", problems, subject),
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


def _features(
    packet: Json, subject: Json, hpo: Hpo, source: str, path: str, problems: list[str]
) -> Iterator[Finding]:
    features = packet.get("phenotypicFeatures")
    if features is None:
        return
    if not isinstance(features, list):
        raise CaseError(
            f"expected a list of features, found {kind_of(features)}; correct it, or export the "
            "phenopacket again",
            source=source,
            where=f"{path}.phenotypicFeatures",
        )
    for i, feature in enumerate(features):
        where = f"{path}.phenotypicFeatures[{i}]"
        if isinstance(feature, str):
            cell = read_cell(feature, hpo, where=where)
            problems += cell.problems
            yield from cell.findings
            continue
        hpo_id, label = _type(feature, hpo) if isinstance(feature, dict) else (None, None)
        if hpo_id is None:
            problems.append(f"{where}: expected an object with type.id, an HPO id; left out")
            continue
        status = _status(feature, hpo_id, label, hpo, where, problems)
        if status is None:
            continue
        onset = severity = None
        if "onset" in feature:
            onset = _time(feature, "onset", hpo, where, problems, subject)
        if "severity" in feature:
            severity = _severity(feature, hpo, where, problems)
        yield Finding(hpo_id, label, status, onset, severity, where)


def _type(feature: Json, hpo: Hpo) -> tuple[str | None, str | None]:
    """The id, or else the name, of a feature's term and its label; an id may stand without type."""
    kind = feature.get("type")
    if not isinstance(kind, dict):
        term, label = term_of(feature)
        known = term and (hpo_id_in(term) or term.casefold() in hpo.id_by_name)
        return (term, label) if known else (None, None)
    label = text_of(kind.get("label"))
    hpo_id = kind.get("id") or label
    return (hpo_id if isinstance(hpo_id, str) else None), label


def _status(
    feature: Json, hpo_id: str, label: str | None, hpo: Hpo, where: str, problems: list[str]
) -> Status | None:
    """The status of a feature; None, and a problem, where its flags leave it open.

    The schema knows `excluded` alone, true or false; other flags and values are read as what they
    say, and told.
    """
    flags = [(key, value) for key, value in feature.items() if key not in _NO_FLAGS]
    for _, modifier in objects_of(feature, "modifiers", where, []):
        word = text_of(modifier.get("label"))
        if word and is_answer(word):
            flags.append(("status", word))
    if label and heading_status(label) not in (None, "present"):
        names = term_names(hpo_id_in(hpo_id) or "", hpo)
        if names_it(label, names, hpo) and (said := polarity_of(label, names, hpo).status):
            flags.append(("status", said))
    found = read_flags(flags)
    if found.status is None:
        problems.append(f"{where} ({label or hpo_id}): {found.problem}")
        return None
    plain = all(key == "excluded" and isinstance(value, bool | None) for key, value in flags)
    if found.stated and not plain and not _lifted(flags):
        said_by = ", ".join(f"{key} {shown(value)}" for key, value in flags if value is not None)
        problems.append(f"{where} ({label or hpo_id}): {said_by} is read as {found.status}")
    return found.status


def _lifted(flags: list[tuple[str, Any]]) -> bool:
    """Whether flags say false, as a default does, and nothing else."""
    return all(value is None or value is False for _, value in flags)


def _severity(feature: Json, hpo: Hpo, where: str, problems: list[str]) -> str | None:
    written = object_of(feature, "severity", where, problems).get("id")
    severity = current_id(written, hpo) if isinstance(written, str) else None
    if severity is None:
        problems.append(f"{where}.severity: is no term of HPO {hpo.release}; left out")
    return severity


def _time(
    parent: Json, key: str, hpo: Hpo, where: str, problems: list[str], subject: Json | None = None
) -> str | None:
    if parent.get(key) is None:
        return None
    element = object_of(parent, key, where, problems)
    born = subject.get("dateOfBirth") if subject else None
    age = time_element(element, hpo, born) if element else None
    if element and age is None:
        problems.append(
            f"{where}.{key}: no age can be read from it (expected an ISO 8601 duration such as "
            "P10Y3M, or an HPO onset term); left out"
        )
    return age


def _onset(
    diseases: list[tuple[str, Json]], hpo: Hpo, subject: Json, problems: list[str]
) -> str | None:
    for where, disease in diseases:
        if not is_excluded(disease) and "onset" in disease:
            return _time(disease, "onset", hpo, where, problems, subject)
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

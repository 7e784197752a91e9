"""The features of a phenopacket as findings, with whatever flags exports give them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from genecaller.cases.age import time_element
from genecaller.cases.cells.cell import read_cell
from genecaller.cases.cells.flags import read_flags, shown
from genecaller.cases.cells.wording import is_answer, names_it, polarity_of, term_names
from genecaller.cases.findings import Finding, current_id, hpo_id_in
from genecaller.cases.readers.interpretation import kind_of, object_of, objects_of, text_of
from genecaller.cases.readers.term_objects import term_of
from genecaller.errors import CaseError
from ontology.hpo import Hpo
from ontology.status import Status, heading_status

Json = dict[str, Any]

_NO_FLAGS = ("type", "onset", "resolution", "severity", "modifiers", "evidence", "description")


def findings_of(
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
            onset = time_of(feature, "onset", hpo, where, problems, subject)
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


def time_of(
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

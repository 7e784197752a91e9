"""The columns of a table that say whose row it is, and the patients that they name."""

from __future__ import annotations

from collections.abc import Sequence

from genecaller.cases.cells.keys import plain_key
from genecaller.cases.cells.words import words_of

PERSON_KEYS = (
    *("case_id", "caseid", "patient_id", "patientid", "patient", "individual_id", "individual"),
    *("participant_id", "participants_id", "participant", "proband_id", "proband", "subject_id"),
    *("subject", "record_id", "record", "person_id", "person", "sample_id", "sampleid", "sample"),
    *("external_id", "study_id", "donor_id", "pseudonym", "mrn", "id", "identifier", "case"),
)
FAMILY_KEYS = ("family_id", "family", "fid", "pedigree_id", "kindred")
_PERSONS, _NUMBERS = words_of("person word"), words_of("number word")


def person_columns(header: Sequence[str]) -> tuple[int, ...]:
    """The columns that say whose row it is: one, or family and individual; none where none do."""
    plain = [plain_key(name.lstrip("#")) for name in header]
    family = next((plain.index(key) for key in FAMILY_KEYS if key in plain), None)
    person = next((plain.index(key) for key in PERSON_KEYS if key in plain), None)
    if person is None:
        person = next((i for i, key in enumerate(plain) if _is_person(key)), None)
    if person is None:
        member = next((plain.index(k) for k in ("member", "relation", "role") if k in plain), None)
        return tuple(i for i in (family, member) if i is not None and family is not None)
    return (person,) if family is None else (family, person)


def _is_person(key: str) -> bool:
    words = key.split("_")
    if _PERSONS.isdisjoint(words) or "status" in words:
        return False
    return len(words) == 1 or not _NUMBERS.isdisjoint(words)


def people_of(
    rows: Sequence[tuple[int, tuple[str, ...]]], persons: tuple[int, ...]
) -> list[str | None]:
    """Each row's patient: the individual, with the family where individuals repeat across it."""
    if not persons:
        return [None] * len(rows)
    own = persons[-1]
    names: list[str | None] = [cells[own] or None for _, cells in rows]
    if len(persons) < 2:
        return names
    family = persons[0]
    families: dict[str, set[str]] = {}
    for _, cells in rows:
        families.setdefault(cells[own], set()).add(cells[family])
    if all(len(found) == 1 for found in families.values()) and all(names):
        return names
    return [
        "-".join(part for part in (cells[family], cells[own]) if part) or None for _, cells in rows
    ]

"""JSON objects of one term each: the lines that `normalize` prints, and other tools' lists."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from genecaller.cases.case import Case
from genecaller.cases.cells.keys import plain_key, written
from genecaller.cases.findings import NONE_PRESENT, Finding, collect, hpo_id_in
from genecaller.cases.readers.case_fields import CASE_KEYS
from genecaller.cases.readers.term_objects import holds_ids, read_terms, term_of
from genecaller.cases.tables.person_columns import PERSON_KEYS
from ontology.hpo import Hpo

Json = dict[str, Any]

_TERM_KEYS = (
    *("hpo_id", "hpoid", "hpo", "hpid", "hp_id", "hpo_code", "hpo_term", "term", "term_id"),
    *("phenotype_id", "phenotype", "feature", "symptom", "type", "curie", "hm_name2id"),
)
_PLACES = ("start", "begin", "offset", "index", "span", "spans", "start_offset", "position")
_BESIDE = ("recorded_id", "onset", "severity", "modifiers", "modifier", "frequency", "evidence")
_OF_CASES = frozenset(("messages", "solution", "publication", "members", "proband", "terms"))


def is_term_row(value: Any) -> bool:
    """Whether a JSON value is one term and no case: an id, or an object about one term.

    So is each line that `genecaller normalize` prints.
    """
    if isinstance(value, str):
        return hpo_id_in(value) is not None
    if not isinstance(value, dict):
        return False
    plain = {plain_key(key): item for key, item in value.items()}
    if not _OF_CASES.isdisjoint(plain) or not (CASE_KEYS - {"onset", "label"}).isdisjoint(plain):
        return False
    placed = not plain.keys().isdisjoint(_PLACES)
    named = [key for key in _TERM_KEYS if _is_one(plain.get(key), listed=placed)]
    own = plain.get("id")
    is_own = isinstance(own, str) and hpo_id_in(own) is not None
    if not named and not is_own:
        return False
    term, _ = term_of(value)
    if term is None or hpo_id_in(term) is None:
        return False
    terms = [key for key, item in plain.items() if key not in _BESIDE and holds_ids(item)]
    return len(terms) == 1


def row_person(value: Any) -> str | None:
    """The patient that an object about one term names, None where it names none."""
    if not isinstance(value, dict):
        return None
    plain = {plain_key(key): item for key, item in value.items()}
    for key in PERSON_KEYS:
        text = written(plain.get(key))
        if text and not hpo_id_in(text):
            return text
    return None


def read_term_rows(rows: Sequence[tuple[Any, str]], hpo: Hpo, *, case_id: str, source: str) -> Case:
    """The case of objects of one term each (with their places): all of one patient.

    A mention that comes again in the text is one finding.
    """
    problems: list[str] = []
    seen: dict[tuple[str, str], Finding] = {}
    for value, where in rows:
        item = value
        if isinstance(value, dict):
            item = {
                key: content
                for key, content in value.items()
                if plain_key(key) not in ("text", "matched", "rule", "score", *_PLACES)
            }
        for finding in read_terms(item, hpo, problems, where=where):
            key = (hpo_id_in(finding.written) or finding.written, finding.status)
            first = seen.setdefault(key, finding)
            seen[key] = first._replace(
                onset=first.onset or finding.onset, severity=first.severity or finding.severity
            )
    found = collect(seen.values(), hpo)
    problems += found.problems
    if not found.terms:
        problems.append(NONE_PRESENT)
    return Case(case_id, found.terms, found.excluded_terms, source=source, problems=tuple(problems))


def _is_one(value: Any, *, listed: bool) -> bool:
    if isinstance(value, list):
        return listed and len(value) == 1 and _is_one(value[0], listed=False)
    return isinstance(value, dict) or (isinstance(value, str) and bool(value.strip()))

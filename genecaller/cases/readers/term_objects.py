"""Findings from JSON: lists of ids or names, objects with flags, terms with their answers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from genecaller.cases.age import age_in, time_element
from genecaller.cases.cells.cell import read_cell
from genecaller.cases.cells.cell_parts import CODE
from genecaller.cases.cells.flags import combine, read_flags, shown
from genecaller.cases.cells.keys import plain_key, written
from genecaller.cases.cells.wording import names_it, polarity_of, term_names
from genecaller.cases.findings import Finding, current_id, hpo_id_in
from genecaller.cases.tables.columns import is_prose, is_term_key
from genecaller.cases.tables.heading_term import AnswerColumn, heading_term
from genecaller.cases.tables.table_rows import answered_term
from ontology.hpo import Hpo
from ontology.status import Status, heading_status

Json = dict[str, Any]

ID_KEYS = (
    *("recorded_id", "hpo_id", "hpoid", "hpo", "hpid", "hp_id", "term_id", "id", "code", "curie"),
    *("phenotype_id", "hpo_code", "hpo_full_id", "hpo_term", "term", "type", "feature"),
    *("phenotype", "symptom", "concept", "hpo_term_id", "feature_id", "hm_name2id"),
)
NAME_KEYS = (
    *("label", "name", "hpo_name", "hpo_label", "phenotype_name", "feature_name", "term_name"),
    *("term", "hpo_term", "phenotype", "feature", "symptom", "type"),
)
_ONSETS = ("onset", "age_of_onset", "age_at_onset", "class_of_onset", "onset_age")
_NOT_IDS = frozenset(
    (*_ONSETS, "severity", "modifiers", "modifier", "frequency", "inheritance", "qualifiers")
)
_NO_FLAGS = _NOT_IDS - {"frequency"}
_DEEP = 12


def read_terms(
    value: Any,
    hpo: Hpo,
    problems: list[str],
    *,
    status: Status = "present",
    where: str,
    deep: int = 0,
) -> Iterator[Finding]:
    """The findings in a JSON value that stands under a key of terms with the given status.

    Takes texts of ids or names, lists, objects of one term with any flags ("excluded", "status",
    "observed"), objects of terms with answers, and objects of lists under "present", "absent"
    and the like. What is not understood is added to `problems`.
    """
    if value is None or value == "":
        return
    if isinstance(value, str):
        found = read_cell(value, hpo, status=status, where=where)
        problems += found.problems
        yield from found.findings
    elif isinstance(value, list) and deep < _DEEP:
        for i, item in enumerate(value):
            yield from read_terms(
                item, hpo, problems, status=status, where=f"{where}[{i}]", deep=deep + 1
            )
    elif isinstance(value, dict) and deep < _DEEP:
        term, label = term_of(value)
        if term is not None:
            yield from _item(value, term, label, hpo, problems, status, where)
        else:
            yield from _inner(value, hpo, problems, status, where, deep)
    else:
        problems.append(f"{where}: {shown(value)} is no term; left out")


def term_of(item: Json, deep: int = 0) -> tuple[str | None, str | None]:
    """The id or else the name of the term that an object is about, and its label."""
    plain = {plain_key(key): value for key, value in item.items()}
    label = next((text for key in NAME_KEYS[:7] if (text := written(plain.get(key)))), None)
    inner_label = None
    others = (key for key in plain if key not in ID_KEYS and key not in _NOT_IDS)
    for key in (*ID_KEYS, *others):
        value = plain.get(key)
        if key not in ID_KEYS and (not isinstance(value, str) or heading_status(key)):
            continue
        if isinstance(value, list) and len(value) == 1:
            value = value[0]
        if isinstance(value, str) and hpo_id_in(value):
            return value.strip(), label
        if isinstance(value, dict) and key in ID_KEYS and deep < 3:
            inner, inner_label = term_of(value, deep + 1)
            if inner is not None and hpo_id_in(inner):
                return inner, inner_label or label
    for key in (*NAME_KEYS, *ID_KEYS):
        value = plain.get(key)
        if isinstance(value, dict) and deep < 3:
            inner, _ = term_of(value, deep + 1)
            if inner is not None:
                return inner, label
        text = written(value)
        if text and not isinstance(value, list):
            return text, label
    return None, label


def holds_ids(value: Any, deep: int = 0) -> bool:
    """Whether a JSON value holds an HPO id anywhere, also among its keys."""
    if isinstance(value, str):
        return CODE.search(value) is not None
    if deep > _DEEP:
        return False
    if isinstance(value, list):
        return any(holds_ids(item, deep + 1) for item in value)
    if isinstance(value, dict):
        return any(CODE.search(key) or holds_ids(item, deep + 1) for key, item in value.items())
    return False


def _item(
    item: Json,
    term: str,
    label: str | None,
    hpo: Hpo,
    problems: list[str],
    status: Status,
    where: str,
) -> Iterator[Finding]:
    names = term_names(hpo_id_in(term) or hpo.id_by_name.get(term.casefold(), ""), hpo)
    flags = [
        (key, value)
        for key, value in item.items()
        if not _is_the_term(key, value, term) and plain_key(key) not in _NO_FLAGS
    ]
    found = read_flags(flags)
    if found.status is None:
        problems.append(f"{where} ({term}): {found.problem}")
        return
    own = found.status if found.stated else None
    if label and label != term and names_it(label, names, hpo):
        said = polarity_of(label, names, hpo).status
        own = said if own is None and said != "present" else own
    final = combine(status, own, "yes" if _plain_yes(flags) else "")
    if final is None:
        problems.append(f"{where} ({term}): is stated as {status} and as {own}; left out")
        return
    onset = _onset(item, hpo, problems, where) or found.onset
    severity = _severity(item, hpo, problems, where)
    if hpo_id_in(term) or term.casefold() in hpo.id_by_name:
        yield Finding(term, label, final, onset, severity, where)
        return
    cell = read_cell(term, hpo, status=final, where=where)
    problems += cell.problems
    if not cell.findings and not cell.problems:
        problems.append(f"{where}: {shown(term)} is no term; left out")
    for finding in cell.findings:
        if own is not None and finding.status != final:
            problems.append(f"{where}: {shown(term)} is stated as {own} too; left out")
            continue
        yield finding._replace(onset=onset or finding.onset, severity=severity)


def _is_the_term(key: str, value: Any, term: str) -> bool:
    if isinstance(value, str) and value.strip() == term:
        return True
    return isinstance(value, dict | list) and plain_key(key) in (*ID_KEYS, *NAME_KEYS)


def _plain_yes(flags: list[tuple[str, Any]]) -> bool:
    return all(not isinstance(v, str) or v.casefold() in ("yes", "y", "true") for _, v in flags)


def _inner(
    value: Json, hpo: Hpo, problems: list[str], status: Status, where: str, deep: int
) -> Iterator[Finding]:
    """The findings of an object that is no term: its keys are terms, or say how it is with some."""
    for key, inner in value.items():
        if inner in (None, "", [], {}):
            continue
        place = f"{where}.{key}"
        term = heading_term(key, hpo)
        if term is not None:
            yield from _answered(key, term, inner, hpo, problems, status, place)
            continue
        said = heading_status(key)
        if is_term_key(key) or said is not None or isinstance(inner, dict | list):
            under = combine(status, said)
            if under is None:
                problems.append(f"{place}: stands under {status} and says {said}; left out")
            elif is_term_key(key) or said is not None or not is_prose(key):
                yield from read_terms(
                    inner, hpo, problems, status=under, where=place, deep=deep + 1
                )
        elif holds_ids(inner):
            problems.append(f"{place}: holds HPO ids, but says nothing of the patient; left out")


def _answered(
    key: str,
    term: Finding,
    inner: Any,
    hpo: Hpo,
    problems: list[str],
    status: Status,
    place: str,
) -> Iterator[Finding]:
    """A term as a key and its answer as the value: `"HP:0001250": "no"`."""
    if isinstance(inner, dict):
        yield from _item({**inner, "hpo_id": term.written}, term.written, None, hpo, problems,
                         status, place)  # fmt: skip
        return
    answer = json.dumps(inner) if isinstance(inner, bool | int | float) else str(inner)
    if isinstance(inner, list) or (heading_term(answer, hpo) and not age_in(answer, hpo)):
        problems.append(f"{place}: {shown(inner)} is no answer; left out")
        return
    found, wrong = answered_term(AnswerColumn(0, term), key, answer, place)
    problems += wrong
    for finding in found:
        own = combine(status, finding.status, "yes")
        if own is None:
            problems.append(f"{place}: is stated as {status} and as {finding.status}; left out")
        else:
            yield finding._replace(status=own)


def _onset(item: Json, hpo: Hpo, problems: list[str], where: str) -> str | None:
    for key, value in item.items():
        if plain_key(key) not in _ONSETS or value in (None, "", {}):
            continue
        if isinstance(value, dict):
            hpo_id = value.get("id")
            age = current_id(hpo_id, hpo) if isinstance(hpo_id, str) else time_element(value, hpo)
        else:
            age = age_in(value, hpo)
        if age is not None:
            return age
        problems.append(f"{where}.{key}: no age can be read from it; left out")
    return None


def _severity(item: Json, hpo: Hpo, problems: list[str], where: str) -> str | None:
    value = item.get("severity")
    text = written(value.get("id") if isinstance(value, dict) else value)
    if text is None:
        return None
    severity = current_id(text, hpo) or hpo.id_by_name.get(text.casefold())
    if severity is None:
        problems.append(f"{where}.severity: is no term of HPO {hpo.release}; left out")
    return severity

"""One JSON object as a case: our own record, or a line of OpenAI's fine-tuning form."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from genecaller.cases.case import Case
from genecaller.cases.cells.cell_parts import CODE
from genecaller.cases.cells.flags import asks
from genecaller.cases.cells.keys import first_of, listed, plain_key
from genecaller.cases.cells.wording import is_answer, strip_polarity
from genecaller.cases.findings import NONE_PRESENT, Finding, collect
from genecaller.cases.readers.case_fields import (
    CASE_KEYS,
    ID_KEYS,
    TEXT_KEYS,
    TITLE_KEYS,
    with_fields,
)
from genecaller.cases.readers.phenopacket import is_phenopacket
from genecaller.cases.readers.term_objects import holds_ids, read_terms
from genecaller.cases.tables.columns import columns_of, is_prose, is_term_key
from genecaller.cases.tables.heading_term import heading_term
from genecaller.cases.tables.table_rows import distinct, row_terms
from genecaller.errors import CaseError
from ontology.hpo import Hpo
from ontology.knowledge import Knowledge
from ontology.status import heading_status

Json = dict[str, Any]


_OTHER = frozenset(
    (
        *(*ID_KEYS, *TEXT_KEYS, *CASE_KEYS, *TITLE_KEYS, "messages", "problems", "solution"),
        *("publication", "answer", "correct_answer", "reference_answer", "reference", "target"),
        *("recorded_gene", "family_id", "tools", "response_format"),
    )
)


def is_record(record: Json, hpo: Hpo | None = None) -> bool:
    """Whether a JSON object says anything about a patient that can be read here."""
    keys = {plain_key(key) for key in record}
    return not keys.isdisjoint(("messages", *TEXT_KEYS)) or any(
        _speaks_of_terms(key, value, hpo)
        or (hpo is not None and heading_term(key, hpo) is not None)
        for key, value in record.items()
    )


def unwrapped(value: Any, hpo: Hpo, deep: int = 0) -> list[tuple[Any, str]]:
    """The cases that a JSON value holds, each with its path: itself, or those it only wraps.

    Exports put the patient, or a list of patients, under a key ({"patient": {...}}); what stands
    beside one patient ("id", "sex") is read as that patient's.
    """
    if not isinstance(value, dict) or is_phenopacket(value) or is_record(value, hpo) or deep > 3:
        return [(value, "")]
    inside: list[tuple[Any, str]] = []
    for key, inner in value.items():
        items = inner if isinstance(inner, list) else [inner]
        if not all(isinstance(item, dict) for item in items):
            continue
        for i, item in enumerate(items):
            place = f"{key}[{i}]" if isinstance(inner, list) else key
            inside += [
                (found, f"{place}.{path}".rstrip("."))
                for found, path in unwrapped(item, hpo, deep + 1)
                if is_phenopacket(found) or is_record(found, hpo)
            ]
    if len(inside) == 1 and not is_phenopacket(inside[0][0]):
        beside = {k: v for k, v in value.items() if isinstance(v, str | int | float)}
        return [({**beside, **inside[0][0]}, inside[0][1])]
    return inside or [(value, "")]


def read_record(record: Json, knowledge: Knowledge, *, case_id: str, source: str) -> Case:
    """One object as a case; `case_id` is used where it has no id of its own.

    Takes our own record (see `genecaller.cases.write`) and `{"messages": [...], other keys}`:
    there, terms and gene come from the other keys, and where no terms are given, from the text
    of the user's messages. Keys are understood by their words: "negatedHpoIds", "not_observed".
    Raises CaseError where neither terms nor text are there.
    """
    fields = {plain_key(key): value for key, value in record.items() if value is not None}
    hpo = knowledge.hpo
    problems = [str(p) for p in listed(fields.get("problems")) if isinstance(p, str)]
    text = _text_of(fields, source)
    findings, spoken = _findings(record, hpo, problems)
    if not spoken:
        if text is None:
            raise CaseError("holds neither terms nor text of a patient", source=source)
        return _from_text(fields, text, knowledge, case_id, source, problems)
    found = collect(findings, hpo)
    problems += found.problems
    if not found.terms and NONE_PRESENT not in problems:
        problems.append(NONE_PRESENT)
    short = fields.get("case")
    if isinstance(short, str) and text == short and len(short) <= 64 and "\n" not in short:
        case_id, text = short.strip(), None  # the patient's name, and no report
    case = Case(
        id=case_id,
        terms=found.terms,
        excluded_terms=found.excluded_terms,
        text=text,
        source=source,
        problems=tuple(problems),
    )
    return with_fields(case, fields, hpo)


def _speaks_of_terms(key: str, value: Any, hpo: Hpo | None) -> bool:
    """Whether a key and its value are findings, or say that there are none."""
    plain = plain_key(key)
    if plain in _OTHER or value is None or is_prose(key):
        return False
    if is_term_key(key):
        return True
    if heading_status(key) is None:
        return CODE.search(key) is not None
    if heading_status(key) == "family" and isinstance(value, dict | list):
        return _is_plain(value) and holds_ids(value)
    if holds_ids(value):
        return True
    if is_answer(plain.replace("_", " ")) and isinstance(value, list | dict):
        return True
    names = value if isinstance(value, list) else []
    return hpo is not None and any(
        isinstance(name, str) and strip_polarity(name, hpo).name for name in names
    )


def _is_plain(value: Any) -> bool:
    """Whether a value is a list of texts: of findings, and not of relatives with theirs."""
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _may_speak(key: str) -> bool:
    return is_term_key(key) or heading_status(key) is not None or CODE.search(key) is not None


def _findings(record: Json, hpo: Hpo, problems: list[str]) -> tuple[list[Finding], bool]:
    """The findings of all keys, each term once a status, and whether any key speaks of terms."""
    flat: dict[str, str] = {}
    findings: list[Finding] = []
    spoken = False
    for key, value in record.items():
        if value is None or plain_key(key) in _OTHER:
            continue
        is_flat = isinstance(value, str | bool | int | float)
        if is_flat and not is_prose(key) and (_may_speak(key) or not holds_ids(value)):
            flat[key] = value if isinstance(value, str) else json.dumps(value)
        elif _speaks_of_terms(key, value, hpo):
            spoken = True
            status = heading_status(key) or "present"
            findings += read_terms(value, hpo, problems, status=status, where=key)
        elif holds_ids(value):
            problems.append(
                f"{key}: holds HPO ids, but says nothing of the patient's findings; not read"
            )
    columns = columns_of(list(flat), [list(flat.values())], hpo)
    if columns.terms or columns.answers:
        spoken = True
        row = row_terms(list(flat), list(flat.values()), columns, hpo, where=None)
        findings += row.findings
        problems += row.problems
        if row.unticked:
            problems.append(
                f"{row.unticked} boxes are not ticked: read neither as present nor as excluded"
            )
    for key, cell in flat.items():
        if is_term_key(key) and not asks(key) and not cell.strip():
            spoken = True
    return _without_labels(findings, hpo), spoken


def _without_labels(findings: list[Finding], hpo: Hpo) -> list[Finding]:
    """Findings without those that an earlier key states too: ids and names of the same terms."""
    seen: dict[tuple[str, str], str] = {}
    out = []
    for finding in findings:
        (term,) = distinct([finding], hpo)
        key = (finding.where or "").split("[")[0].split(".")[0]
        if seen.setdefault((term, finding.status), key) == key:
            out.append(finding)
    return out


def _from_text(
    fields: Json, text: str, knowledge: Knowledge, case_id: str, source: str, problems: list[str]
) -> Case:
    from genecaller.cases.readers.text import case_from_text

    case = case_from_text(text, knowledge, case_id)
    case = replace(case, source=source, problems=(*problems, *case.problems))
    return with_fields(case, fields, knowledge.hpo)


def _text_of(fields: Json, source: str) -> str | None:
    if "messages" in fields:
        texts = [_content(message) for message in _messages(fields["messages"], source)]
        return "\n\n".join(text for text in texts if text) or None
    value = first_of(fields, TEXT_KEYS)
    return value if isinstance(value, str) and value.strip() else None


def _messages(messages: Any, source: str) -> Iterator[Json]:
    """The user's messages: the system's are no case, and the assistant's hold the answer."""
    if not isinstance(messages, list) or not all(isinstance(m, dict) for m in messages):
        raise CaseError(
            "messages: expected a list of objects with role and content; correct it",
            source=source,
        )
    for message in messages:
        if message.get("role") == "user":
            yield message


def _content(message: Json) -> str:
    content = message.get("content")
    if isinstance(content, list):
        parts = [part.get("text") for part in content if isinstance(part, dict)]
        return "\n".join(part for part in parts if isinstance(part, str))
    return content.strip() if isinstance(content, str) else ""

"""What a case file is, from its content: JSON, lines, a table, an export, a report, or no case."""

from __future__ import annotations

import re
from typing import Literal

from genecaller.cases.files.case_file import CaseFile
from genecaller.cases.files.foreign import kind_of_markup, kind_of_suffix, kind_of_text
from genecaller.cases.files.json_text import parse_json
from genecaller.cases.readers.medline import looks_like_medline
from genecaller.cases.tables.grid import looks_like_table
from genecaller.errors import CaseError
from ontology.files import lines_of

Kind = Literal["json", "jsonl", "table", "medline", "pubmed-xml", "text"]

_JSON = re.compile(r"\{\s*[\"'}]|\[\s*(?:[\[{\"]|\]\s*\Z)")  # "[ ] Seizures" is a box to tick
_JSON_SUFFIXES = (".json", ".jsonl", ".ndjson")
_PUBMED = re.compile(r"<(?:\w+:)?Pubmed(?:Book)?Article")
_HELD = {
    "json": "JSON",
    "jsonl": "JSON lines",
    "pubmed-xml": "a PubMed export",
    "text": "plain text",
    "table": "a table",
    "medline": "a MEDLINE export",
}
_NAMES = {"text": ".txt", "table": ".csv or .tsv", "medline": ".nbib"}
_FIRST_LINES = 20


def kind_of(file: CaseFile) -> Kind:
    """What a file is, from its content; its suffix decides only where the content leaves it open.

    Raises CaseError where it is nothing that can hold a case, and says what it is.
    """
    file.refuse_binary()
    text = file.beginning
    named_json = file.suffix in _JSON_SUFFIXES
    if not text.startswith("{\\rtf") and (
        _JSON.match(text) or (named_json and text[:1] in ("{", "["))
    ):
        return _json_form(file, text)
    if _PUBMED.search(text) and text.startswith("<"):
        return "pubmed-xml"
    foreign = kind_of_markup(text) or kind_of_text(text)
    if foreign:
        raise CaseError(foreign, source=file.name)
    if named_json:
        return "json" if file.suffix == ".json" and not _holds_objects(text) else "jsonl"
    found = _plain_kind(file, text)
    foreign = kind_of_suffix(file.suffix) if found == "text" else None
    if foreign:
        raise CaseError(foreign, source=file.name)
    return found


def report_text(file: CaseFile) -> tuple[str, tuple[str, ...]]:
    """The text of a report, and what had to be assumed; raises CaseError for any other form.

    What is read there as structure (JSON, a table) would lose its meaning as running text.
    """
    kind = kind_of(file)
    if kind in ("json", "jsonl"):
        refuse_misnamed(file)
    if kind not in ("text", "medline"):
        raise CaseError(
            f"is {_HELD[kind]}, not the text of a report; `genecaller rank` reads it",
            source=file.name,
        )
    return file.text()


def _plain_kind(file: CaseFile, text: str) -> Literal["medline", "table", "text"]:
    if looks_like_medline(text):
        return "medline"
    return "table" if file.suffix in (".csv", ".tsv") or looks_like_table(text) else "text"


def refuse_misnamed(file: CaseFile) -> None:
    """Raise CaseError where a file is named as JSON and holds nothing like it."""
    text = file.beginning
    if text[:1] in ("{", "[") or _holds_objects(text) or _is_json(file):
        return
    kind = _plain_kind(file, text)
    raise CaseError(
        f"is named {file.suffix} but holds {_HELD[kind]}; give it the name of what it is "
        f"({_NAMES[kind]}), or export the JSON again",
        source=file.name,
    )


def _json_form(file: CaseFile, text: str) -> Kind:
    """Whether JSON is one document (or several), or an object a line, whatever its name says."""
    lines = file.lines()
    first, second = next(lines, None), next(lines, None)
    named_lines = file.suffix in (".jsonl", ".ndjson")
    if first is None or isinstance(first, CaseError):
        return "jsonl" if named_lines else "json"
    if first[1].strip() in ("{", "[") and not named_lines:
        return "json"
    if second is None:
        return "jsonl" if named_lines and text.startswith("{") else "json"
    if _parses(first[1], dict):
        return "jsonl"
    if text.startswith("[") or _is_json(file):
        return "json"
    # Neither a line nor the whole is JSON: lines with a fault, or a document with one.
    if named_lines:
        return "json" if first[1].strip() == "{" and not _holds_objects(text) else "jsonl"
    return "jsonl" if _holds_objects(text) else "json"


def _holds_objects(text: str) -> bool:
    """Whether any of the first lines is a whole JSON object that is not indented."""
    lines = lines_of(text)[:_FIRST_LINES]
    return any(line.startswith("{") and _parses(line, dict) for line in lines)


def _is_json(file: CaseFile) -> bool:
    try:
        file.json()
    except CaseError:
        return False
    return True


def _parses(text: str, kind: type) -> bool:
    try:
        return isinstance(parse_json(text.strip(), source=""), kind)
    except CaseError:
        return False

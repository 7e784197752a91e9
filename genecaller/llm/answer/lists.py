"""Where the list is in an answer: JSON, numbered, bulleted, a table, or bare lines."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

ListKind = Literal["json", "numbered", "table", "bulleted", "bare"]

_NUMBERED = re.compile(
    r"[\s#>*_(|]{0,12}(?:rank\s{0,3})?#?(\d{1,4})\s{0,3}[*_]{0,3}\s{0,3}(?:\\?[.)\]:]|-(?=\s)|–|—)[*_]{0,3}\s{0,8}",
    re.IGNORECASE,
)
_BULLET = re.compile(r"\s{0,12}(?:[-*+•▪◦‣·]|–|—)\s{1,8}")
_RULE = re.compile(r"[\s|:=-]{3,}")
_SYMBOL_KEYS = ("symbol", "gene_symbol", "gene", "genesymbol", "hgnc_symbol", "gene_name", "name")
_REASON_KEYS = (
    "explanation",
    "reason",
    "because",
    "reasoning",
    "rationale",
    "evidence",
    "justification",
    "why",
)
_LIST_KEYS = ("genes", "ranking", "ranked_genes", "candidates", "answer", "answers", "results")
_QUOTED_GENE = re.compile(r'"(?:symbol|gene_symbol|gene)"\s{0,8}:\s{0,8}"([^"\n]{1,40})"', re.I)
_QUOTED = re.compile(r'"([A-Za-z][A-Za-z0-9-]{1,20})"(?!\s{0,8}:)')


@dataclass(frozen=True, slots=True)
class Entry:
    """One list entry: the text where the symbol must stand first, and what explains it."""

    text: str
    explanation: str | None = None


def json_entries(body: str) -> tuple[list[Entry], bool]:
    """Entries of the first JSON list or object in the text, and whether it was cut off."""
    starts = [at for at in (body.find("["), body.find("{")) if at >= 0]
    for start in sorted(starts):
        after = body[start + 1 : start + 40].lstrip()
        if after[:1] not in ('"', "{", "["):
            continue
        try:
            value, _ = json.JSONDecoder().raw_decode(body, start)
        except (ValueError, RecursionError):
            rest = body[start:]
            found = _QUOTED_GENE.findall(rest) or _QUOTED.findall(rest)
            if found:
                return [Entry(text) for text in found], True
            continue
        entries = list(_walk(value, 4))
        if entries:
            return entries, False
    return [], False


def _walk(value: Any, depth: int) -> Iterator[Entry]:
    if depth == 0:
        return
    if isinstance(value, str):
        yield Entry(value)
    elif isinstance(value, list):
        items = value
        if items and all(isinstance(item, dict) and _is_rank(item.get("rank")) for item in items):
            items = sorted(items, key=lambda item: item["rank"])
        for item in items:
            yield from _walk(item, depth - 1)
    elif isinstance(value, dict):
        lowered = {str(key).lower(): content for key, content in value.items()}
        for key in _LIST_KEYS:
            if isinstance(lowered.get(key), list | dict):
                yield from _walk(lowered[key], depth - 1)
                return
        for key in _SYMBOL_KEYS:
            if isinstance(lowered.get(key), str):
                reason = next((lowered[k] for k in _REASON_KEYS if k in lowered), None)
                yield Entry(lowered[key], _as_words(reason))
                return
        for key, content in value.items():
            if isinstance(content, list | dict):
                yield from _walk(content, depth - 1)
            elif str(key).lower() not in (*_REASON_KEYS, "thoughts", "disease", "case"):
                yield Entry(str(key), content if isinstance(content, str) else None)


def _is_rank(value: Any) -> bool:
    return isinstance(value, int | float) and value == value


def _as_words(value: Any) -> str | None:
    if isinstance(value, list):
        return "; ".join(str(part) for part in value[:50])
    return None if value is None else str(value)


def line_entries(lines: list[str]) -> list[tuple[ListKind, list[Entry]]]:
    """Every reading of the lines as a list, the surest form first.

    In a numbered or bulleted list, lines that start no entry continue the one above, up to an
    empty line.
    """
    readings: list[tuple[ListKind, list[Entry]]] = [
        ("numbered", _marked(lines, _NUMBERED)),
        ("table", _table(lines)),
        ("bulleted", _marked(lines, _BULLET)),
        ("bare", [Entry(line) for line in lines if line.strip()]),
    ]
    return [(kind, entries) for kind, entries in readings if entries]


def _marked(lines: list[str], marker: re.Pattern[str]) -> list[Entry]:
    entries: list[Entry] = []
    current: list[str] | None = None
    blank = False
    for line in lines:
        found = marker.match(line)
        if found:
            if current:
                entries.append(Entry("\n".join(current)))
            current = [line[found.end() :]]
        elif not line.strip():
            blank = True
            continue
        elif current is not None and (not blank or line[0] in " \t"):
            current.append(line.strip())
        elif current is not None:
            entries.append(Entry("\n".join(current)))
            current = None
        blank = False
    if current:
        entries.append(Entry("\n".join(current)))
    return entries


def _table(lines: list[str]) -> list[Entry]:
    rows = [
        [cell.strip() for cell in line.strip().strip("|").split("|")]
        for line in lines
        if line.count("|") >= 2 and not _RULE.fullmatch(line)
    ]
    if len(rows) < 2:
        return []
    header = [cell.strip("* ").lower() for cell in rows[0]]
    column = next((i for i, cell in enumerate(header) if cell.startswith(("gene", "symbol"))), None)
    if column is None:
        column = 1 if rows[0][0].strip("*# .").isdigit() and len(rows[0]) > 1 else 0
    else:
        rows = rows[1:]
    entries = []
    for row in rows:
        if column < len(row):
            rest = [cell for i, cell in enumerate(row) if i != column and not cell.isdigit()]
            entries.append(Entry(row[column], "; ".join(filter(None, rest))))
    return entries

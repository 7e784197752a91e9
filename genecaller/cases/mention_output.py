"""A text's mentions as people and other tools want them: JSON lines, colours, a phenopacket."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from genecaller.cases.case import Case
from genecaller.cases.readers.text import cases_from_text
from genecaller.cases.write import write_phenopacket
from genecaller.errors import UsageError
from ontology.knowledge import Knowledge
from ontology.recognise import Mention

if TYPE_CHECKING:
    from rich.text import Text

_ESCAPED = {ord(c): f"\\u{ord(c):04x}" for c in "\x85\u2028\u2029"}
"""Characters that some programs take for the end of a line, as JSON escapes them."""
STYLES = {
    "present": "bold green",
    "excluded": "red strike",
    "uncertain": "yellow",
    "family": "magenta",
}
"""How each status looks on a terminal; the legend of `coloured` uses the same."""


def as_json_lines(
    mentions: Iterable[Mention], case_id: str | None = None
) -> Iterator[str]:  # fmt: skip
    """One JSON object a mention, fields that are None left out, no line ends of any kind inside.

    `kind` says what the line is ("mention") and `case_id` whose: the lines of one id are one
    patient's.
    """
    for mention in mentions:
        record: dict[str, Any] = {"kind": "mention", "case_id": case_id, **asdict(mention)}
        kept = {name: value for name, value in record.items() if value is not None}
        yield json.dumps(kept, ensure_ascii=False).translate(_ESCAPED)


def coloured(text: str, mentions: Iterable[Mention]) -> Text:
    """The text with each mention in its status's colour and its term behind it.

    Returns a `rich.text.Text`; of overlapping mentions the labels all follow the last one's end.
    """
    from rich.text import Text

    out = Text()
    done = 0
    for group in _touching(mentions):
        start, end = group[0].start, max(m.end for m in group)
        out.append(text[done:start])
        styled = Text(text[start:end])
        for mention in group:
            styled.stylize(STYLES[mention.status], mention.start - start, mention.end - start)
        out.append_text(styled)
        labels = dict.fromkeys((m.label, m.hpo_id, m.status) for m in group)
        for label, hpo_id, status in labels:
            mark = "" if status == "present" else f" {status}"
            out.append(f" [{label} {hpo_id}{mark}]", style="dim")
        done = end
    out.append(text[done:])
    return out


def as_phenopacket(text: str, knowledge: Knowledge, case_id: str) -> dict[str, Any]:
    """The GA4GH phenopacket (schema 2) of the one patient a report describes.

    Raises UsageError where it numbers several: `as_phenopackets` has one for each.
    """
    cases = cases_from_text(text, knowledge, case_id)
    if len(cases) > 1:
        raise UsageError(f"{case_id}: the report describes {len(cases)} patients, expected one")
    return write_phenopacket(cases[0], knowledge)


def as_phenopackets(cases: Sequence[Case], knowledge: Knowledge) -> str:
    """The phenopackets of a report's cases as JSON: one object, or a list of several."""
    packets = [write_phenopacket(case, knowledge) for case in cases]
    return json.dumps(packets if len(packets) > 1 else packets[0], ensure_ascii=False, indent=2)


def _touching(mentions: Iterable[Mention]) -> Iterator[list[Mention]]:
    group: list[Mention] = []
    end = -1
    for mention in sorted(mentions, key=lambda m: (m.start, m.end)):
        if group and mention.start >= end:
            yield group
            group = []
        group.append(mention)
        end = max(end, mention.end)
    if group:
        yield group

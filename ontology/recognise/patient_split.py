"""Several patients in one report: who they are and where each one's text stands."""

from __future__ import annotations

import re
from dataclasses import dataclass

_NAME = (
    r"(?P<name>(?:patient|pt|case|proband|individual|subject|participant|sibling|sib|twin|fetus|"
    r"foetus)\s*(?:no\.?|number|#)?\s*"
    r"(?P<mark>\d{1,2}|[IVX]{1,4}(?:[-.:]\d{1,2})?|[A-H]))"
)
_START = re.compile(
    rf"(?:^|\n|(?<=[.;:]\s))[ \t]*(?:the\s)?{_NAME}\b(?=\s*(?:[:.,)(\n-]|\w))", re.I
)


@dataclass(frozen=True, slots=True)
class PatientText:
    """One patient of a report: the name the report uses and the stretches `(start, end)`."""

    name: str
    spans: tuple[tuple[int, int], ...]

    def text(self, report: str) -> str:
        """All that the report says under this patient's name."""
        return "\n".join(report[start:end] for start, end in self.spans)

    def place(self, start: int, end: int) -> tuple[int, int]:
        """Where characters `start:end` of its own text stand in the report."""
        for first, last in self.spans:
            length = last - first
            if start < length:
                return first + start, first + min(end, length)
            start, end = start - length - 1, end - length - 1
        raise ValueError(f"character {start} is behind the patient's text")


def split_patients(report: str) -> tuple[PatientText, ...]:
    """The patients a report numbers, in order; empty where it does not number at least two.

    A stretch begins where a line or sentence begins with "Patient 2", "Case B", "Proband II-1";
    what stands before the first such place belongs to none.
    """
    found = [(m.start("name"), m["name"], m["mark"].upper()) for m in _START.finditer(report)]
    marks = dict.fromkeys(mark for _, _, mark in found)
    if len(marks) < 2:
        return ()
    spans: dict[str, list[tuple[int, int]]] = {mark: [] for mark in marks}
    names: dict[str, str] = {}
    for n, (start, name, mark) in enumerate(found):
        end = found[n + 1][0] if n + 1 < len(found) else len(report)
        spans[mark].append((start, end))
        names.setdefault(mark, " ".join(name.split()))
    return tuple(PatientText(names[mark], tuple(spans[mark])) for mark in marks)

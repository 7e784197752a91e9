"""Cells of the tables that are taken away: a spreadsheet shows them and runs none."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
"""What a spreadsheet takes for the beginning of a formula, the full-width forms too."""
_UNSEEN = "\u00ad\u180e\u200b\u200c\u200d\u2060\ufeff\u200e\u200f\x00"
"""What some spreadsheets drop before they look at a cell's first character."""


def as_text_cell(value: object) -> str:
    """A cell on one line, without blanks around it; what looks like a formula is marked as text.

    Source: OWASP, CSV injection.
    """
    text = "" if value is None else " ".join(str(value).split())
    if isinstance(value, int | float):
        return text
    return f"'{text}" if text.lstrip(f"{_UNSEEN} ").startswith(_FORMULA) else text


def as_table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A header and its rows as tab-separated text."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter="\t", lineterminator="\n")
    writer.writerow([as_text_cell(name) for name in head])
    writer.writerows([as_text_cell(cell) for cell in row] for row in rows)
    return out.getvalue()

"""Reads the frequency of an annotation: counts, a percentage, or a class, and says it in words."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

CLASS_IDS = (
    "HP:0040280",
    "HP:0040281",
    "HP:0040282",
    "HP:0040283",
    "HP:0040284",
    "HP:0040285",
)
"""The HPO frequency classes, most frequent first; a class is stored as its place here."""
CLASS_NAMES = ("obligate", "very frequent", "frequent", "occasional", "very rare", "excluded")
CLASS_MIDPOINTS = (1.0, 0.895, 0.545, 0.17, 0.025, 0.0)
"""What the rankers compute with: the middle of each class's range (HP:0040279 and below)."""
NO_CLASS = -1

_COUNTS = re.compile(r"(\d{1,9})\s*/\s*(\d{1,9})", re.ASCII)
_PERCENT = re.compile(r"(\d{1,3}(?:\.\d+)?)\s*%", re.ASCII)


@dataclass(frozen=True, slots=True)
class Frequency:
    """One frequency as written: `numerator` of `denominator` patients, a class, or a share alone.

    Absent parts are -1, -1, `NO_CLASS` and NaN, as the columns of `Annotations` have them.
    `share` is 0..1 in every form.
    """

    numerator: int
    denominator: int
    share: float
    frequency_class: int


NOT_STATED = Frequency(-1, -1, float("nan"), NO_CLASS)


@lru_cache(maxsize=1 << 14)
def read_frequency(written: str) -> Frequency | None:
    """Read one frequency field: "3/7", "42%", an HPO class, or nothing; None for anything else."""
    written = written.strip()
    if not written:
        return NOT_STATED
    if written in CLASS_IDS:
        place = CLASS_IDS.index(written)
        return Frequency(-1, -1, CLASS_MIDPOINTS[place], place)
    if counts := _COUNTS.fullmatch(written):
        numerator, denominator = int(counts[1]), int(counts[2])
        if denominator == 0 or numerator > denominator:
            return None
        return Frequency(numerator, denominator, numerator / denominator, NO_CLASS)
    if percent := _PERCENT.fullmatch(written):
        share = float(percent[1]) / 100
        return Frequency(-1, -1, share, NO_CLASS) if share <= 1 else None
    return None


def frequency_words(stated: Iterable[tuple[int, int, float, int]]) -> str | None:
    """Say what the sources of one finding of one disease state together; None where none does.

    `stated` holds numerator, denominator, share and class of each source. Counts are added up and
    stand alone ("7 of 18"), as the rankers pool them; else the class ("very frequent") or the
    percentage ("42%"), several in descending order ("very frequent or occasional").
    """
    numerator = denominator = 0
    said: dict[str, float] = {}
    for n, of, share, frequency_class in stated:
        if of > 0:
            numerator, denominator = numerator + n, denominator + of
        elif frequency_class >= 0:
            said[CLASS_NAMES[frequency_class]] = share
        elif share == share:  # not NaN
            said[f"{100 * share:.3g}%"] = share
    if denominator:
        return f"{min(numerator, denominator)} of {denominator}"
    return " or ".join(sorted(said, key=lambda words: -said[words])) or None

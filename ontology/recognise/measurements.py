"""Numbers that are findings: centiles, deviations, laboratory values, vital signs, ages."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from ontology.recognise.anthropometry import growth
from ontology.recognise.laboratory import first_words, laboratory
from ontology.recognise.measured import Measured
from ontology.recognise.tokens import Tokens
from ontology.recognise.vitals import milestones, vital_signs


def measured(folded: str, tokens: Tokens) -> Iterator[Measured]:
    """Every finding that a number in the folded text states, in no order.

    Only the surroundings of telling words are read, so that the time is linear and small.
    """
    at: dict[str, list[int]] = {}
    lab_words = first_words()
    telling = _telling()
    for i, surface in [(i, s) for i, s in enumerate(tokens.surfaces) if s in telling]:
        kind = _ANCHORS.get(surface)
        if kind is not None:
            at.setdefault(kind, []).append(int(tokens.start[i]))
        if surface in lab_words:
            at.setdefault("laboratory", []).append(int(tokens.start[i]))
    sign = folded.find("%")
    while sign >= 0:
        at.setdefault("growth", []).append(sign)
        sign = folded.find("%", sign + 1)
    if "growth" in at:
        yield from growth(folded, _windows(sorted(at["growth"]), 40, 30))
    if "laboratory" in at:
        yield from laboratory(folded, at["laboratory"])
    if "vital" in at:
        yield from vital_signs(folded, _windows(at["vital"], 30, 90))
    if "milestone" in at:
        yield from milestones(folded, _windows(at["milestone"], 10, 90))


_ANCHORS = {
    word: kind
    for kind, words in (
        ("growth", "centile percentile centiles percentiles sd sds deviation deviations z zscore "
                   "score scores ile tile iles"),
        ("vital", "pressure bp temperature temp fever saturation spo2 sao2 iq quotient bmi mass"),
        ("milestone", "walked walking walk ambulated sat sitting sit word words spoke talk talking "
                      "speaking"),
    )
    for word in words.split()
}  # fmt: skip


@cache
def _telling() -> frozenset[str]:
    """The words beside which a number may be a finding."""
    return first_words() | _ANCHORS.keys()


def _windows(positions: list[int], before: int, after: int) -> list[tuple[int, int]]:
    """Stretches of text around the positions, those that meet made one."""
    out: list[tuple[int, int]] = []
    for position in positions:
        start, end = max(0, position - before), position + after
        if out and start <= out[-1][1]:
            out[-1] = (out[-1][0], end)
        else:
            out.append((start, end))
    return out

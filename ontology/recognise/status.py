"""The status of each finding of a block: what its sentence, its answer and its heading say."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from ontology.recognise.answers import read_answers
from ontology.recognise.candidates import Candidate
from ontology.recognise.columns import read_columns
from ontology.recognise.cues import find_cues
from ontology.recognise.lists import Reach, reaches
from ontology.recognise.sections import Section
from ontology.recognise.sentence import Sentence
from ontology.recognise.tokens import Tokens, sentence_ends
from ontology.status import Status

Spans = Sequence[tuple[int, int]]


def status_of(
    text: str,
    tokens: Tokens,
    found: Sequence[Candidate],
    sections: Sequence[Section],
    carried: Status | None = None,
) -> tuple[list[Status], Status | None]:
    """The status of each candidate of a block, and that of a list which its end leaves open.

    `found` is in the order of the text; `carried` is what the block before left open. An answer
    beside a finding decides before its sentence, and its sentence before the heading above it.
    """
    if not found:
        return [], None
    spans = [(c.start, c.end) for c in found]
    answers = read_answers(text, tokens.folded, spans)
    if "|" in text or "\t" in text:
        columns = read_columns(text, tokens.folded, spans)
        answers.status.update(columns.status)
        answers.used += columns.used
    lists, left_open = reaches(text, tokens.folded, spans, answers.used, carried)
    told = _tokens_in([*answers.used, *(reach.title for reach in lists)], tokens)
    said = _sentences(tokens, found, sections, told)
    result: list[Status] = []
    family = [(section.start, section.end) for section in sections if section.family]
    for n, c in enumerate(found):
        above = _above(lists, c.start) if lists else None
        status = _together(said[n], answers.status.get(n), above, normal=c.entry.normal)
        result.append("family" if family and _within(family, c.start) else status)
    return result, left_open


def _together(said: Status, answer: Status | None, above: Status | None, *, normal: bool) -> Status:
    """One status of what the sentence, the answer and the heading say.

    What contradicts itself is open: "present" under "Absent". A statement of normality excludes
    its finding, and denied it is open: "Normal hearing: no".
    """
    if said == "family" or answer == "family":
        return "family"
    status: Status = said
    if answer is not None:
        if answer == "present":
            asserted: Status = "uncertain" if above == "excluded" else "present"
            status = said if said != "present" else asserted
        else:
            status = answer
    elif said == "present" and above is not None:
        status = above
    if normal:
        if status == "uncertain" or (status == "excluded" and (answer or above == "excluded")):
            return "uncertain" if status == "excluded" else "excluded"
        return "excluded"
    return status


def _sentences(
    tokens: Tokens, found: Sequence[Candidate], sections: Sequence[Section], told: set[int]
) -> list[Status]:
    """What each finding's sentence says of it; `told` are tokens that are read elsewhere."""
    result: list[Status] = ["present"] * len(found)
    surfaces = tokens.surfaces
    taken = {position for c in found for position in c.kept} | told
    bounds = sentence_ends(surfaces)
    openings = _patient_openings(tokens, sections)
    cues = [c for c in find_cues(surfaces, taken) if c.kind != "kin" or c.first not in openings]
    at = [cue.first for cue in cues]
    by_sentence: dict[int, list[int]] = {}
    for n, c in enumerate(found):
        by_sentence.setdefault(bisect_left(bounds, c.kept[0]), []).append(n)
    for sentence, members in by_sentence.items():
        left = bounds[sentence - 1] + 1 if sentence else 0
        right = bounds[sentence] if sentence < len(bounds) else len(surfaces)
        here = cues[bisect_left(at, left) : bisect_left(at, right)]
        reader = Sentence(tokens, left, right, here, [found[n].kept for n in members])
        for n, status in zip(members, reader.read(), strict=True):
            result[n] = status
    return result


def _tokens_in(spans: Spans, tokens: Tokens) -> set[int]:
    found: set[int] = set()
    for start, end in spans:
        first = int(tokens.end.searchsorted(start, side="right"))
        found.update(range(first, int(tokens.start.searchsorted(end))))
    return found


def _above(lists: Sequence[Reach], start: int) -> Status | None:
    """The status of the nearest heading above a character, None under none."""
    for reach in reversed(lists):
        if reach.start <= start < reach.end:
            return reach.status
    return None


def _patient_openings(tokens: Tokens, sections: Sequence[Section]) -> set[int]:
    """Tokens right below "Patient 2:", where "his sister" is the patient."""
    found: set[int] = set()
    for section in sections:
        if section.patient:
            first = int(tokens.start.searchsorted(section.start))
            found.update(range(first, first + 5))
    return found


def _within(stretches: Spans, at: int) -> bool:
    """Whether a character stands in one of the stretches, which are in order."""
    i = bisect_right(stretches, at, key=lambda stretch: stretch[0]) - 1
    return i >= 0 and at < stretches[i][1]

"""Headings: "Family history:", "Eyes:", and what a heading says of the lines below it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ontology.recognise.answer_words import answer_in

_HEADING = re.compile(
    r"(?:^|(?<=\n)|(?<=[.;]\s)|(?<=[.;]\s\s))[ \t*#\-•\d.)]{0,8}"
    r"(?P<title>[a-z][a-z0-9 '/&,\-]{1,45}?)\s*(?::|(?=\n))",
)
_FAMILY = re.compile(
    r"\bfamily\b|\bmother\b|\bfather\b|\bsibling|\bparents?\b|\bpedigree\b|\bbrother\b|\bsister\b"
    r"|\baunts?\b|\buncles?\b|\bcousins?\b|\bgrand(?:mother|father|parents)\b"
)
_TELLS = re.compile(r"\b(?:den(?:y|ies|ied|ying)|reports?|reported|notes?|noted|concerns?)\b")
"""What relatives say of the patient: "Parents deny:"."""
_PLAIN = re.compile(
    r"history|examination|exam|findings|physical|presentation|patient|proband|course|results?|"
    r"investigations?|laboratory|labs|imaging|diagnosis|assessment|plan|review|birth|development|"
    r"background|conclusions?|methods|discussion|introduction|case|report|summary|medications?|"
    r"neurolog|genetic|growth|vital|general|symptoms|signs|clinical|complaint|description"
)
_KNOWN = re.compile(
    r"\b(?:eyes?|ears?|nose|mouth|face|facies|head|neck|chest|lungs?|heart|cardiac|cardiovascular|"
    r"abdomen|genitalia|genitourinary|skin|hair|nails?|hands?|feet|extremities|limbs?|spine|back|"
    r"musculoskeletal|teeth|palate|lips?|fingers?|toes|thorax|skull|respiratory|thyroid|joints?)\b"
)


@dataclass(frozen=True, slots=True)
class Section:
    """Characters `start:end` of a folded text below one heading (its title, without the colon)."""

    start: int
    end: int
    title: str

    @property
    def family(self) -> bool:
        """Whether what stands here is said of relatives."""
        return (
            bool(_FAMILY.search(self.title))
            and not self.title.startswith("past")
            and not _TELLS.search(self.title)
        )

    @property
    def patient(self) -> bool:
        """Whether it is the text of one patient of several."""
        return bool(re.match(r"(?:patient|case|proband|subject|individual)\b", self.title))

    @property
    def anatomy(self) -> bool:
        """Whether the heading names a part of the body."""
        return bool(_KNOWN.search(self.title))


def sections(folded: str, carried: str | None = None) -> list[Section]:
    """The sections of a text, in order; what stands before the first heading is in none.

    A heading is a short title at the start of a line or sentence, closed by a colon, or a line of
    its own that is a known title. A section ends at the next heading; one on relatives also at
    an empty line, at the end of its line if its text stands beside the title, and where a
    sentence turns to the patient. `carried` is the title that the text before ended under.
    """
    heads: list[tuple[int, int, str]] = [] if carried is None else [(0, 0, carried)]
    for match in _HEADING.finditer(folded):
        title = match["title"].strip()
        known = bool(_FAMILY.search(title) or _PLAIN.search(title) or _KNOWN.search(title))
        if known and len(title.split()) <= 6:
            heads.append((match.start(), match.end(), title))
    found: list[Section] = []
    for i, (_, end, title) in enumerate(heads):
        stop = heads[i + 1][0] if i + 1 < len(heads) else len(folded)
        section = Section(end, stop, title)
        if section.family:
            section = Section(end, _family_end(folded, end, stop), title)
        found.append(section)
    return found


_TURNS = re.compile(
    r"[.;]\s+(?=(?:the )?(?:patient|proband|index case)\b|s?he\b|on (?:\w+ )?examination|"
    r"(?:physical|clinical|neurological) exam|at birth\b|pregnancy\b)"
)


_FIRST_SENTENCE = re.compile(r"[\s:]*(?P<said>[^.;\n]{1,60})[.;]")


def _family_end(folded: str, start: int, stop: int) -> int:
    line = folded.find("\n", start, stop)
    beside = folded[start : line if line >= 0 else stop].strip(" :\t")
    if beside and line >= 0:
        stop = line
    answer = _FIRST_SENTENCE.match(folded, start, stop)
    if answer and answer_in(answer["said"]):
        return answer.end()  # "Family history: none. Seizures began ..."
    blank = re.search(r"\n[ \t]*\n", folded[start + 1 : stop])
    if blank:
        stop = start + 1 + blank.start()
    turn = _TURNS.search(folded, start, stop)
    return turn.end() if turn else stop

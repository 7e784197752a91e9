"""Is it there, and whose is it: negation, doubt and family, clause by clause."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from typing import Protocol

from ontology.recognise.mention import Status
from ontology.recognise.tokens import Tokens


class Spanned(Protocol):
    """Anything with character offsets into the text."""

    @property
    def start(self) -> int: ...
    @property
    def end(self) -> int: ...


_SENTENCE_END = re.compile(r"[.!?](?=\s|$)|;|\n\s*\n|\n(?=\s*(?:[-*\d]|[a-z ]{3,30}:))")
_NEGATED = re.compile(
    r"\b(?:no|not|without|denie[sd]|denying|neither|nor|absence of|absent|negative for|never|"
    r"free of|rather than|lack of|lacked|lacks|excluded|ruled out|non|cannot|didn't|doesn't|"
    r"wasn't|isn't)\b"
)
_NEGATED_AFTER = re.compile(
    r"\b(?:(?:was|were|is|are) (?:absent|not|excluded|ruled out|negative|normal|unremarkable)|"
    r"absent|ruled out|excluded|unlikely)\b"
)
_SCOPE_END = re.compile(
    r"\b(?:but|however|except|although|though|apart from|aside from|other than|which|who|"
    r"presented with|developed|had|has|shows?|showed|because|since|due to|secondary to)\b|[:]"
)
_DOUBT = re.compile(
    r"\b(?:possible|possibly|probable|probably|suspected|suspicion of|suspicious for|"
    r"questionable|rule out|r/o|may have|might|could|cannot be excluded|uncertain|"
    r"query|differential diagnosis)\b"
)
_FAMILY = re.compile(
    r"\b(?:mother|father|brother|sister|maternal|paternal|grandmother|grandfather|uncle|aunt|"
    r"cousins?|siblings?|parents?|family history|grandparents?|son|daughter)\b"
)
_REPORTS = re.compile(
    r"\b(?:mother|father|parents?|family|brother|sister)(?:'s)? (?:has |have |had )?"
    r"(?:reports?|reported|noticed|noted|describe[sd]?|denie[sd]|stated?|states|complain\w*)\b"
)


def status_of(folded: str, tokens: Tokens, spans: Sequence[Spanned]) -> list[Status]:
    """The status of each span, by the sentence it stands in."""
    ends = [m.end() for m in _SENTENCE_END.finditer(folded)]
    result: list[Status] = []
    for span in spans:
        at = bisect_right(ends, span.start)
        left = max(ends[at - 1] if at else 0, span.start - 300)
        right = min(ends[at] if at < len(ends) else len(folded), span.end + 120)
        result.append(_status(folded[left : span.start], folded[span.end : right]))
    return result


def _status(before: str, after: str) -> Status:
    family = _FAMILY.search(before)
    if family and not _REPORTS.search(before) and not re.search(r"\b(?:patient|proband)\b", before):
        return "family"
    scope = before
    for match in _SCOPE_END.finditer(before):
        scope = before[match.end() :]
    ahead = _SCOPE_END.split(after)[0]
    if _NEGATED.search(scope) or _NEGATED_AFTER.match(ahead.lstrip()):
        return "excluded"
    if _DOUBT.search(scope):
        return "uncertain"
    return "present"

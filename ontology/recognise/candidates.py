"""Which hits are mentions: gaps and conjunctions licensed, capitals asked of abbreviations."""

from __future__ import annotations

from dataclasses import dataclass

from ontology.recognise.index import Entry
from ontology.recognise.match import Content, Hit, Matcher
from ontology.recognise.tokens import Tokens
from ontology.recognise.vocabulary import Vocabulary

_DEGREE = frozenset(
    "mild mildly moderate moderately severe severely marked markedly slight slightly very "
    "extremely relatively somewhat bilateral bilaterally unilateral unilaterally left right "
    "both congenital progressive significant significantly profound profoundly quite "
    "apparent apparently mid partial partially complete diffuse generalised generalized".split()  # noqa: SIM905
)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A possible mention: tokens `first` to `last` of the block, the entry, why and how sure."""

    first: int
    last: int
    start: int
    end: int
    entry: Entry
    rule: str
    score: float


def judge(
    hit: Hit,
    matcher: Matcher,
    content: Content,
    tokens: Tokens,
    text: str,
    vocabulary: Vocabulary,
) -> Candidate | None:
    """The candidate that a hit stands for, None where nothing licenses it."""
    table = matcher.index.exact if hit.level == "exact" else matcher.index.broad
    first, last = int(content.position[hit.first]), int(content.position[hit.last])
    start, end = int(tokens.start[first]), int(tokens.end[last])
    barriers = int(content.barriers[hit.last] - content.barriers[hit.first])
    rule = "exact" if hit.level == "exact" else "word classes"
    score = 1.0 if hit.level == "exact" else 0.8
    if hit.gap_end > hit.gap_start:
        licence = _gap_licence(hit, content, tokens)
        if licence is None:
            return None
        rule, cost = licence
        score -= cost
        barriers = 0
    for entry in table[hit.key]:
        if entry.abbreviation and not _is_abbreviation(text[start:end], entry.written):
            continue
        if barriers > entry.barriers:
            continue
        return Candidate(first, last, start, end, entry, rule, score - 0.04 * entry.rank)
    return None


def _gap_licence(hit: Hit, content: Content, tokens: Tokens) -> tuple[str, float] | None:
    b = content.barriers
    before = int(b[hit.gap_start] - b[hit.gap_start - 1])
    after = int(b[hit.gap_end] - b[hit.gap_end - 1])
    kept = int(b[hit.gap_start - 1] - b[hit.first]) + int(b[hit.last] - b[hit.gap_end])
    if kept:
        return None
    if before or after:
        return "coordination", 0.15
    inside = int(b[hit.gap_end - 1] - b[hit.gap_start])
    if inside:
        return None
    skipped = [tokens.surfaces[int(content.position[i])] for i in range(hit.gap_start, hit.gap_end)]
    if all(word in _DEGREE for word in skipped):
        return "gap", 0.05
    if len(skipped) == 1:
        return "gap", 0.25
    return None


def _is_abbreviation(written: str, entry: str) -> bool:
    """Capitals as the entry has them: "GDD", "GDDs", not "gdd"."""
    if len(entry) > 5 and not entry.isupper():
        return True
    return written == entry or written.rstrip("s") == entry

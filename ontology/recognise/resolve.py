"""Which of overlapping candidates stand.

The rule: what explains more words, less well-founded ones counting for less, wins; what shares
a word with a winner falls. A coordinated candidate ("short" of "short, broad thumbs") may share
words, but needs one of its own that no winner holds. A distractor wins like any other and is
then left out.
"""

from __future__ import annotations

from ontology.recognise.candidates import Candidate
from ontology.recognise.entry import NO_TERM

THRESHOLD = 0.62


def resolve(found: list[Candidate]) -> list[Candidate]:
    """The candidates that stand, in the order of the text."""
    found = [c for c in found if c.score >= THRESHOLD]
    found.sort(key=_weight)
    holder: dict[int, Candidate] = {}
    chosen: list[Candidate] = []
    for c in found:
        if c.joint or any(position in holder for position in c.kept):
            continue
        chosen.append(c)
        for position in c.kept:
            holder[position] = c
    for rules in (("coordination",), ("stacked", "gap"), ("heading",)):
        _add_sharing([c for c in found if c.rule in rules], holder, chosen)
    chosen = [c for c in chosen if c.entry.term != NO_TERM]
    chosen.sort(key=lambda c: (c.start, c.end, c.entry.term))
    return chosen


def _add_sharing(
    found: list[Candidate], holder: dict[int, Candidate], chosen: list[Candidate]
) -> None:
    """Add what shares words with the chosen, each with a word of its own."""
    own_words: dict[int, list[Candidate]] = {}
    for c in found:
        own = [position for position in c.kept if position not in holder]
        if not own:
            continue
        if any(
            other.entry.term == c.entry.term or other.kept == c.kept
            for position in own
            for other in own_words.get(position, ())
        ):
            continue
        holders = [holder[position] for position in c.kept if position in holder]
        if any(h.entry.term in (c.entry.term, NO_TERM) for h in holders):
            continue
        if c.rule in ("stacked", "gap") and not all(
            position in holder and holder[position] in holders for position in c.gap
        ):
            continue
        chosen.append(c)
        for position in own:
            own_words.setdefault(position, []).append(c)
    for position, claims in own_words.items():
        holder.setdefault(position, claims[0])


def _weight(c: Candidate) -> tuple[float, int, int, int]:
    return (-(len(c.kept) - 2.5 * (1 - c.score)), c.start, c.end, c.entry.term)

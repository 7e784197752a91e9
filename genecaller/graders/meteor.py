"""METEOR between two texts: words aligned exactly, then by stem, with a penalty for disorder."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

_ENDINGS = (("sses", "ss"), ("ies", "y"), ("ss", "ss"), ("us", "us"), ("is", "is"), ("s", ""))


def meteor(
    candidate: Sequence[str],
    reference: Sequence[str],
    *,
    alpha: float = 0.9,
    beta: float = 3.0,
    gamma: float = 0.5,
) -> float:
    """METEOR of one sentence against one reference (Banerjee and Lavie, ACL workshop 2005).

    The stages are exact words and singular forms; synonyms would need WordNet, which is not
    shipped. Weights as in that paper. A whole match in one piece has no penalty, as in the
    authors' own program from version 1.3 on.
    """
    links = _align(candidate, reference)
    if not links:
        return 0.0
    matched = len(links)
    precision, recall = matched / len(candidate), matched / len(reference)
    mean = precision * recall / (alpha * precision + (1 - alpha) * recall)
    pieces = 1 + sum(right != (left[0] + 1, left[1] + 1) for left, right in pairwise(links))
    if pieces == 1 and precision == recall == 1:
        return 1.0
    penalty: float = gamma * (pieces / matched) ** beta
    return mean * (1 - penalty)


def singular(word: str) -> str:
    """A word without the ending of a plural, the lightest of stemmers (Harman 1991)."""
    if len(word) > 3:
        for ending, instead in _ENDINGS:
            if word.endswith(ending):
                return word[: len(word) - len(ending)] + instead
    return word


def _align(candidate: Sequence[str], reference: Sequence[str]) -> list[tuple[int, int]]:
    """Pairs of positions in the candidate's order, each position once, exact words first.

    Of several equal words the one that goes on from the link before is taken, else the nearest
    free one further on, else the first free one: greedy, in place of METEOR's search for the
    fewest crossings.
    """
    links: dict[int, int] = {}
    taken: set[int] = set()
    stages: tuple[Callable[[str], str], ...] = (str, singular)
    for form in stages:
        where: dict[str, list[int]] = {}
        for j, word in enumerate(reference):
            where.setdefault(form(word.lower()), []).append(j)
        for i, word in enumerate(candidate):
            if i in links:
                continue
            free = [j for j in where.get(form(word.lower()), ()) if j not in taken]
            if not free:
                continue
            before = links.get(i - 1, -1)
            chosen = (
                before + 1 if before + 1 in free else next((j for j in free if j > before), free[0])
            )
            links[i] = chosen
            taken.add(chosen)
    return sorted(links.items())

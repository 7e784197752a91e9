"""Which cases are the same patient told twice, or nearly: found without comparing all pairs."""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from collections.abc import Iterator, Sequence

from genecaller.cases import Case

SIMILARITY = 0.9
MIN_TERMS = 5
ROUNDING = 1e-9


def near_duplicates(
    cases: Sequence[Case], similarity: float = SIMILARITY, min_terms: int = MIN_TERMS
) -> Iterator[tuple[int, int]]:
    """Yield index pairs of cases that are alike, whatever their genes.

    Alike are two cases with at least `min_terms` present terms each whose sets have a Jaccard
    index of at least `similarity`, or with the same text up to case and spacing. Not every pair
    of a group of identical cases is yielded, but enough to link them all.
    """
    yield from _same(cases)
    yield from _similar(cases, similarity, min_terms)


def _same(cases: Sequence[Case]) -> Iterator[tuple[int, int]]:
    first: dict[str, int] = {}
    for i, case in enumerate(cases):
        words = " ".join((case.text or "").casefold().split())
        if words:
            digest = hashlib.sha256(words.encode()).hexdigest()
            if first.setdefault(digest, i) != i:
                yield first[digest], i


def _similar(cases: Sequence[Case], similarity: float, min_terms: int) -> Iterator[tuple[int, int]]:
    """Prefix filtering (Bayardo et al. 2007): similar sets share one of their rarest terms."""
    kept = [i for i, case in enumerate(cases) if len(set(case.hpo_ids)) >= min_terms]
    carriers = Counter(hpo_id for i in kept for hpo_id in set(cases[i].hpo_ids))
    sets: dict[int, frozenset[str]] = {}
    of_set: dict[frozenset[str], int] = {}
    by_rare: dict[str, list[int]] = {}
    for i in kept:
        terms = frozenset(cases[i].hpo_ids)
        if of_set.setdefault(terms, i) != i:
            yield of_set[terms], i
            continue
        sets[i] = terms
        ordered = sorted(terms, key=lambda hpo_id: (carriers[hpo_id], hpo_id))
        seen: set[int] = set()
        prefix = len(terms) - math.ceil(similarity * len(terms) - ROUNDING) + 1
        for hpo_id in ordered[:prefix]:
            for j in by_rare.setdefault(hpo_id, []):
                if j not in seen:
                    seen.add(j)
                    common = len(terms & sets[j])
                    union = len(terms) + len(sets[j]) - common
                    if common >= similarity * union - ROUNDING:
                        yield j, i
            by_rare[hpo_id].append(i)

"""Similarity by shared n-grams: BLEU, GLEU and ROUGE between two texts, each from 0 to 1."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence

_TOKEN = re.compile(r"\w+|[^\w\s]")
_WORD = re.compile(r"[a-z0-9]+")


def tokens_of(text: str) -> list[str]:
    """Words and single punctuation marks, in their case."""
    return _TOKEN.findall(text)


def words_of(text: str) -> list[str]:
    """Lower-case runs of letters a-z and digits, which is what ROUGE compares."""
    return _WORD.findall(text.lower())


def _ngrams(tokens: Sequence[str], n: int) -> Counter[tuple[str, ...]]:
    return Counter(tuple(tokens[i : i + n]) for i in range(len(tokens) - n + 1))


def bleu(candidate: Sequence[str], reference: Sequence[str], longest: int = 4) -> float:
    """BLEU of one sentence against one reference (Papineni et al., ACL 2002).

    As sacreBLEU does for sentences: orders longer than the candidate are left out, and an order
    without a match counts half, a quarter, ... of one (NIST's smoothing), so that a near miss is
    not a plain 0. No match of single words is 0.
    """
    logs: list[float] = []
    halving = 1.0
    for n in range(1, min(longest, len(candidate)) + 1):
        own = _ngrams(candidate, n)
        matched = (own & _ngrams(reference, n)).total()
        if not matched:
            if n == 1:
                return 0.0
            halving *= 2
        logs.append(math.log((matched or 1 / halving) / own.total()))
    if not logs:
        return 0.0
    brevity = min(0.0, 1 - len(reference) / len(candidate))
    return math.exp(brevity + sum(logs) / len(logs))


def gleu(candidate: Sequence[str], reference: Sequence[str], longest: int = 4) -> float:
    """Google's GLEU: the smaller of precision and recall of all 1- to 4-grams together.

    Wu et al. 2016, "Google's Neural Machine Translation System", section 4.3.
    """
    matched = own = wanted = 0
    for n in range(1, longest + 1):
        mine, theirs = _ngrams(candidate, n), _ngrams(reference, n)
        matched += (mine & theirs).total()
        own += mine.total()
        wanted += theirs.total()
    return matched / max(own, wanted) if own and wanted else 0.0


def rouge_n(candidate: Sequence[str], reference: Sequence[str], n: int) -> float:
    """ROUGE-N as F1 of n-gram precision and recall (Lin, ACL workshop 2004)."""
    own, wanted = _ngrams(candidate, n), _ngrams(reference, n)
    return _f1((own & wanted).total(), own.total(), wanted.total())


def rouge_l(candidate: Sequence[str], reference: Sequence[str]) -> float:
    """ROUGE-L as F1 over the longest common subsequence (Lin, ACL workshop 2004)."""
    from rapidfuzz.distance import LCSseq

    shared = LCSseq.similarity(list(candidate), list(reference))
    return _f1(shared, len(candidate), len(reference))


def _f1(matched: int, own: int, wanted: int) -> float:
    # 2PR / (P + R), without the divisions that could be by zero
    return 2 * matched / (own + wanted) if own and wanted else 0.0

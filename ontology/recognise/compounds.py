"""Words written apart that the ontology writes together: "toe nails", "micro-cephaly"."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from ontology.recognise.lemma import lemma
from ontology.recognise.tokens import Tokens

_PREFIXES = frozenset([
    "pre", "post", "micro", "macro", "hyper", "hypo", "brachy", "dolicho", "plagio", "trigono",
    "scapho", "tri", "poly", "oligo", "retro", "intra", "inter", "sub", "supra", "infra",
    "peri", "para", "epi", "mega", "hemi", "pan", "auto", "pseudo", "neuro", "cardio", "hepato",
    "spleno", "nephro", "osteo", "chondro", "kerato", "dermo", "thrombo", "leuko", "brady",
    "tachy", "crypto", "hydro", "entero", "ventriculo", "quadri", "tetra", "para", "hemi", "di",
    "mono", "ano", "dys", "mal"
])  # fmt: skip


class Compounds:
    """The words of the ontology that may stand in two parts."""

    def __init__(self, whole: dict[tuple[str, str], str]) -> None:
        self.whole = whole
        self.first = frozenset(left for left, _ in whole)

    @classmethod
    def found_in(cls, lemmas: Iterable[str]) -> Compounds:
        """Every word that falls into a known prefix and a rest, or into two other words."""
        known = set(lemmas)
        whole: dict[tuple[str, str], str] = {}
        for word in sorted(known):
            if len(word) < 6 or not word.isalpha():
                continue
            for cut in range(3, len(word) - 2):
                left, right = word[:cut], word[cut:]
                if left in _PREFIXES or (left in known and right in known):
                    whole[left, right] = word
        return cls(whole)

    def join_words(self, words: list[str]) -> list[str]:
        """Base forms with the parts of a compound made one."""
        out: list[str] = []
        for word in words:
            whole = self.whole.get((out[-1], word)) if out else None
            if whole is None:
                out.append(word)
            else:
                out[-1] = whole
        return out

    def join(self, tokens: Tokens) -> Tokens:
        """Tokens with the parts of a compound made one, where a space or hyphen parts them."""
        surfaces, first, whole = tokens.surfaces, self.first, self.whole
        at = [i for i, s in enumerate(surfaces) if s in first]
        if not at:
            return tokens
        drop: list[int] = []
        merged = list(surfaces)
        end = tokens.end.copy()
        for i in at:
            if i + 1 >= len(surfaces) or tokens.start[i + 1] - tokens.end[i] != 1:
                continue
            if drop and drop[-1] == i:
                continue
            found = whole.get((surfaces[i], lemma(surfaces[i + 1])))
            if found is not None:
                merged[i] = found
                end[i] = end[i + 1]
                drop.append(i + 1)
        if not drop:
            return tokens
        keep = np.ones(len(surfaces), dtype=np.bool_)
        keep[drop] = False
        gone = set(drop)
        kept = [s for i, s in enumerate(merged) if i not in gone]
        return Tokens(kept, tokens.start[keep], end[keep], tokens.folded)

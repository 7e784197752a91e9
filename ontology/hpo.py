"""The terms of the Human Phenotype Ontology, loaded: names, synonyms, ids, the graph."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

PHENOTYPIC_ABNORMALITY = "HP:0000118"

IndexArray = NDArray[np.int32]
Scope = Literal["EXACT", "BROAD", "NARROW", "RELATED"]


@dataclass(frozen=True, slots=True)
class Synonym:
    """One synonym of a term: text, scope, and type ("layperson", "abbreviation", ...) if any."""

    text: str
    scope: Scope
    type: str | None


@dataclass(frozen=True, slots=True)
class Resolution:
    """What an id means today: the current primary id, and how it was reached.

    `hpo_id` is None where the id is unknown, or obsolete without a single replacement;
    `candidates` then holds what the ontology suggests to consider instead.
    """

    recorded_id: str
    hpo_id: str | None
    status: Literal["current", "alternative", "replaced", "obsolete", "unknown"]
    candidates: tuple[str, ...] = ()


@dataclass(frozen=True)
class Hpo:
    """All current terms of one HPO release, in the order of their ids.

    Everything per term is a tuple or array over the same index 0..n-1. The graph is compressed
    rows: the parents of term i are `parent_index[parent_start[i]:parent_start[i + 1]]`;
    `ancestor_*` is its reflexive, transitive closure (each row sorted, the term itself included).
    `information_content` is -ln of the share of diseases annotated to the term or a descendant
    (Resnik 1995), with the largest finite value where no disease is.
    """

    release: str
    ids: tuple[str, ...]
    names: tuple[str, ...]
    definitions: tuple[str | None, ...]
    synonyms: tuple[tuple[Synonym, ...], ...]
    alternative_ids: dict[str, str]
    replaced_ids: dict[str, str | None]
    consider_ids: dict[str, tuple[str, ...]]
    parent_start: IndexArray
    parent_index: IndexArray
    ancestor_start: IndexArray
    ancestor_index: IndexArray
    information_content: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.ids)

    @cached_property
    def index(self) -> dict[str, int]:
        """Current primary id -> index."""
        return {hpo_id: i for i, hpo_id in enumerate(self.ids)}

    @cached_property
    def id_by_name(self) -> dict[str, str]:
        """Case-folded name or exact synonym -> current id; a synonym of several terms is absent."""
        found: dict[str, str | None] = {}
        for hpo_id, synonyms in zip(self.ids, self.synonyms, strict=True):
            for synonym in synonyms:
                if synonym.scope == "EXACT":
                    key = synonym.text.casefold()
                    found[key] = hpo_id if found.get(key, hpo_id) == hpo_id else None
        found.update(zip((name.casefold() for name in self.names), self.ids, strict=True))
        return {name: hpo_id for name, hpo_id in found.items() if hpo_id is not None}

    @cached_property
    def words_before_commas(self) -> frozenset[str]:
        """The last word before a comma in any name or synonym, case-folded: "disability"."""
        texts = (*self.names, *(s.text for synonyms in self.synonyms for s in synonyms))
        parts = (part for text in texts if "," in text for part in text.split(",")[:-1])
        return frozenset(words[-1] for part in parts if (words := part.casefold().split()))

    def resolve(self, hpo_id: str) -> Resolution:
        """Map any id, old or new, to the current primary id."""
        if hpo_id in self.index:
            return Resolution(hpo_id, hpo_id, "current")
        if hpo_id in self.alternative_ids:
            return Resolution(hpo_id, self.alternative_ids[hpo_id], "alternative")
        if hpo_id in self.replaced_ids:
            target = self.replaced_ids[hpo_id]
            if target is not None:
                return Resolution(hpo_id, target, "replaced")
            return Resolution(hpo_id, None, "obsolete", self.consider_ids.get(hpo_id, ()))
        return Resolution(hpo_id, None, "unknown")

    def name(self, hpo_id: str) -> str:
        """The label of a current id; KeyError otherwise."""
        return self.names[self.index[hpo_id]]

    def parents(self, i: int) -> IndexArray:
        """Indices of the direct parents of term i."""
        return self.parent_index[self.parent_start[i] : self.parent_start[i + 1]]

    def ancestors(self, i: int) -> IndexArray:
        """Indices of term i and all its ancestors, ascending."""
        return self.ancestor_index[self.ancestor_start[i] : self.ancestor_start[i + 1]]

    @cached_property
    def _children(self) -> tuple[IndexArray, IndexArray]:
        return _transpose(self.parent_start, self.parent_index)

    def children(self, i: int) -> IndexArray:
        """Indices of the direct children of term i, ascending."""
        start, index = self._children
        return index[start[i] : start[i + 1]]

    @cached_property
    def _descendants(self) -> tuple[IndexArray, IndexArray]:
        return _transpose(self.ancestor_start, self.ancestor_index)

    def descendants(self, i: int) -> IndexArray:
        """Indices of term i and all its descendants, ascending."""
        start, index = self._descendants
        return index[start[i] : start[i + 1]]

    @cached_property
    def is_phenotypic_abnormality(self) -> NDArray[np.bool_]:
        """Shape (n,): whether each term is Phenotypic abnormality or below it."""
        mask = np.zeros(len(self), dtype=np.bool_)
        mask[self.descendants(self.index[PHENOTYPIC_ABNORMALITY])] = True
        return mask


def _transpose(start: IndexArray, index: IndexArray) -> tuple[IndexArray, IndexArray]:
    n = len(start) - 1
    rows = np.repeat(np.arange(n, dtype=np.int32), np.diff(start))
    order = np.argsort(index, kind="stable")
    out_start = np.zeros(n + 1, dtype=np.int32)
    np.cumsum(np.bincount(index, minlength=n), out=out_start[1:])
    return out_start, rows[order]

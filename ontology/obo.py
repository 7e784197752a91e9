"""Reads hp.obo: the current terms of a release, their graph, and what became of old ids."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np

from ontology.errors import KnowledgeError
from ontology.hpo import Hpo, IndexArray, Scope, Synonym


def read_obo(path: Path) -> Hpo:
    """Read the current terms of a release; raises KnowledgeError where it is no HPO release."""
    import pronto

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # pronto guesses the encoding aloud
            ontology = pronto.Ontology(str(path))
    except (ValueError, SyntaxError, TypeError, KeyError) as error:
        raise KnowledgeError(f"{path} is not a readable OBO file: {error}") from error
    release = str(ontology.metadata.data_version or "").rstrip("/").rsplit("/", 1)[-1]
    if not release:
        raise KnowledgeError(f"{path} states no data-version: it does not look like an HPO release")
    current = sorted(
        (t for t in ontology.terms() if not t.obsolete and t.id.startswith("HP:") and t.name),
        key=lambda t: t.id,
    )
    if not current:
        raise KnowledgeError(f"{path} holds no HPO term")
    index = {t.id: i for i, t in enumerate(current)}
    parents = [
        sorted(index[p.id] for p in t.superclasses(distance=1, with_self=False) if p.id in index)
        for t in current
    ]
    ancestors = _closure(parents)
    alternative, replaced, consider = _old_ids(ontology, index)
    parent_start, parent_index = _rows(parents)
    ancestor_start, ancestor_index = _rows(ancestors)
    return Hpo(
        release=release,
        ids=tuple(t.id for t in current),
        names=tuple(str(t.name) for t in current),
        definitions=tuple(str(t.definition) if t.definition else None for t in current),
        synonyms=tuple(_synonyms(t) for t in current),
        alternative_ids=alternative,
        replaced_ids=replaced,
        consider_ids=consider,
        parent_start=parent_start,
        parent_index=parent_index,
        ancestor_start=ancestor_start,
        ancestor_index=ancestor_index,
        information_content=np.zeros(len(current), dtype=np.float32),
    )


def _synonyms(term: Any) -> tuple[Synonym, ...]:
    found = sorted(
        (s.description, s.scope, s.type.id if s.type is not None else "") for s in term.synonyms
    )
    return tuple(
        Synonym(text, _scope(scope), kind or None)
        for text, scope, kind in found
        if not kind.startswith("HP:")  # allelic requirement marks are no names
    )


def _scope(written: str) -> Scope:
    scopes: dict[str, Scope] = {"EXACT": "EXACT", "BROAD": "BROAD", "NARROW": "NARROW"}
    return scopes.get(written, "RELATED")


def _old_ids(
    ontology: Any, index: dict[str, int]
) -> tuple[dict[str, str], dict[str, str | None], dict[str, tuple[str, ...]]]:
    alternative: dict[str, str] = {}
    replaced: dict[str, str | None] = {}
    consider: dict[str, tuple[str, ...]] = {}
    for term in ontology.terms():
        if term.id in index:
            alternative.update((old, term.id) for old in term.alternate_ids if old not in index)
        elif term.obsolete:
            targets = sorted(t.id for t in term.replaced_by if t.id in index)
            replaced[term.id] = targets[0] if len(targets) == 1 else None
            hints = sorted({t.id for t in term.consider if t.id in index} | set(targets))
            if replaced[term.id] is None and hints:
                consider[term.id] = tuple(hints)
    for old in alternative:
        replaced.pop(old, None)
        consider.pop(old, None)
    return alternative, replaced, consider


def _closure(parents: list[list[int]]) -> list[list[int]]:
    closed: list[set[int] | None] = [None] * len(parents)

    def visit(start: int) -> None:
        stack = [start]
        while stack:
            i = stack[-1]
            missing = [p for p in parents[i] if closed[p] is None]
            if missing:
                stack.extend(missing)
                continue
            stack.pop()
            if closed[i] is None:
                closed[i] = {i}.union(*(closed[p] or () for p in parents[i]))

    for i in range(len(parents)):
        visit(i)
    return [sorted(found or ()) for found in closed]


def _rows(rows: list[list[int]]) -> tuple[IndexArray, IndexArray]:
    start = np.zeros(len(rows) + 1, dtype=np.int32)
    np.cumsum([len(row) for row in rows], out=start[1:])
    return start, np.asarray([i for row in rows for i in row], dtype=np.int32)

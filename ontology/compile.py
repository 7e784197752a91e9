"""Compile a knowledge release (hp.obo, phenotype.hpoa, genes_to_phenotype.txt) into arrays."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ontology.annotations import Annotations
from ontology.errors import KnowledgeError
from ontology.genes import gene_names
from ontology.hpo import Hpo, IndexArray, Scope, Synonym

# Midpoints of the HPO frequency classes (HP:0040279 and below).
FREQUENCY_CLASSES = {
    "HP:0040280": 1.0,
    "HP:0040281": 0.895,
    "HP:0040282": 0.545,
    "HP:0040283": 0.17,
    "HP:0040284": 0.025,
    "HP:0040285": 0.0,
}
UNNAMED = (None, "", "-")
"""What stands for the symbol of a locus that is linked to a disease but names no gene."""
SOURCE_FILES = ("hp.obo", "phenotype.hpoa", "genes_to_phenotype.txt")

Progress = Callable[[str], None]


def compile_knowledge(source: Path, progress: Progress) -> tuple[Hpo, Annotations]:
    """Read the three release files in `source` and link them.

    `progress` is told each step in a few words. Raises KnowledgeError where a file is missing,
    truncated, or not what its name says.
    """
    for name in SOURCE_FILES:
        if not (source / name).is_file():
            raise KnowledgeError(
                f"{source / name} is missing: a knowledge release needs {', '.join(SOURCE_FILES)}"
            )
    progress("reading hp.obo")
    terms = _read_obo(source / "hp.obo")
    progress("reading phenotype.hpoa and genes_to_phenotype.txt")
    annotations = _read_annotations(source, terms)
    progress("computing information content")
    return _with_information_content(terms, annotations), annotations


def _read_obo(path: Path) -> Hpo:
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


def _read_annotations(source: Path, hpo: Hpo) -> Annotations:
    import duckdb

    with duckdb.connect(":memory:") as connection:
        try:
            rows = connection.execute(
                """
                SELECT database_id, disease_name, coalesce(qualifier, '') = 'NOT' AS negated,
                       hpo_id, coalesce(reference, '') AS reference, coalesce(evidence, ''),
                       coalesce(onset, ''), coalesce(frequency, ''), upper(coalesce(sex, '')),
                       coalesce(aspect, '')
                FROM read_csv(?, delim = '\t', comment = '#', header = true, all_varchar = true,
                              quote = '')
                ORDER BY ALL
                """,
                [str(source / "phenotype.hpoa")],
            ).fetchall()
            links = connection.execute(
                """
                SELECT DISTINCT TRY_CAST(ncbi_gene_id AS INTEGER), gene_symbol, disease_id
                FROM read_csv(?, delim = '\t', header = true, all_varchar = true, quote = '')
                ORDER BY ALL
                """,
                [str(source / "genes_to_phenotype.txt")],
            ).fetchall()
        except duckdb.Error as error:
            raise KnowledgeError(
                f"the annotations in {source} cannot be read: {str(error).splitlines()[0]}"
            ) from error
    if not rows or not links:
        raise KnowledgeError(f"the annotations in {source} are empty")
    return _link(rows, links, hpo)


def _link(rows: list[Any], links: list[Any], hpo: Hpo) -> Annotations:
    disease_names: dict[str, str] = {}
    columns: list[tuple[Any, ...]] = []
    references: dict[str, int] = {}
    for disease, name, negated, term, reference, evidence, onset, frequency, sex, aspect in rows:
        resolved = hpo.resolve(term).hpo_id
        if resolved is None:
            continue
        disease_names.setdefault(disease, name)
        numerator, denominator, share = _frequency(frequency)
        onset_id = hpo.resolve(onset).hpo_id if onset else None
        columns.append(
            (
                disease,
                hpo.index[resolved],
                negated,
                numerator,
                denominator,
                share,
                hpo.index[onset_id] if onset_id else -1,
                {"FEMALE": 1, "MALE": 2}.get(sex, 0),
                aspect,
                evidence,
                references.setdefault(reference, len(references)),
            )
        )
    disease_ids = sorted(disease_names)
    disease_index = {disease_id: i for i, disease_id in enumerate(disease_ids)}
    columns.sort(key=lambda c: (disease_index[c[0]], c[1], c[2], c[10], c[3], c[4]))
    names = gene_names()
    links = [(n, symbol, d) for n, symbol, d in links if n is not None]
    linked = {disease_index[d] for _, _, d in links if d in disease_index}
    symbols = {ncbi: names.symbol_of_ncbi(ncbi) or symbol for ncbi, symbol, _ in links}
    symbols = {ncbi: symbol for ncbi, symbol in symbols.items() if symbol not in UNNAMED}
    ordered = sorted(symbols.items(), key=lambda item: (item[1], item[0]))
    gene_index = {ncbi: i for i, (ncbi, _) in enumerate(ordered)}
    pairs = sorted(
        {
            (gene_index[n], disease_index[d])
            for n, _, d in links
            if n in gene_index and d in disease_index
        }
    )

    def column(k: int, dtype: Any) -> NDArray[Any]:
        return np.asarray([c[k] for c in columns], dtype=dtype)

    return Annotations(
        disease_ids=tuple(disease_ids),
        disease_names=tuple(disease_names[d] for d in disease_ids),
        disease=np.asarray([disease_index[c[0]] for c in columns], dtype=np.int32),
        term=column(1, np.int32),
        negated=column(2, np.bool_),
        numerator=column(3, np.int32),
        denominator=column(4, np.int32),
        frequency=column(5, np.float32),
        onset=column(6, np.int32),
        sex=column(7, np.int8),
        aspect=column(8, "U1"),
        evidence=column(9, "U3"),
        reference=column(10, np.int32),
        references=tuple(references),
        linked_diseases=np.asarray(sorted(linked), dtype=np.int32),
        gene_symbols=tuple(symbol for _, symbol in ordered),
        ncbi_gene_ids=np.asarray([ncbi for ncbi, _ in ordered], dtype=np.int32),
        pair_gene=np.asarray([g for g, _ in pairs], dtype=np.int32),
        pair_disease=np.asarray([d for _, d in pairs], dtype=np.int32),
    )


def _frequency(written: str) -> tuple[int, int, float]:
    """Counts and share of one frequency field: "3/7", "42%", an HPO class, or nothing."""
    if written in FREQUENCY_CLASSES:
        return -1, -1, FREQUENCY_CLASSES[written]
    numerator, slash, denominator = written.partition("/")
    if slash and numerator.isdigit() and denominator.isdigit() and int(denominator) > 0:
        return int(numerator), int(denominator), min(1.0, int(numerator) / int(denominator))
    if written.endswith("%"):
        try:
            return -1, -1, min(1.0, float(written[:-1]) / 100)
        except ValueError:
            return -1, -1, float("nan")
    return -1, -1, float("nan")


def _with_information_content(hpo: Hpo, annotations: Annotations) -> Hpo:
    from dataclasses import replace

    seen = np.zeros(len(hpo), dtype=np.int64)
    for disease in range(len(annotations.disease_ids)):
        rows = annotations.rows_of(disease)
        present = annotations.term[rows][~annotations.negated[rows]]
        if len(present):
            closed = np.unique(np.concatenate([hpo.ancestors(int(t)) for t in present]))
            seen[closed] += 1
    with np.errstate(divide="ignore"):
        content = -np.log(seen / len(annotations.disease_ids))
    content[seen == 0] = np.log(len(annotations.disease_ids))
    return replace(hpo, information_content=np.maximum(content, 0.0).astype(np.float32))

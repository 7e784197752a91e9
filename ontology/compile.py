"""Compile a knowledge release (hp.obo, phenotype.hpoa, genes_to_phenotype.txt) into arrays."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ontology.annotations import Annotations
from ontology.errors import KnowledgeError
from ontology.genes import gene_names
from ontology.hpo import Hpo
from ontology.obo import read_obo
from ontology.release_tables import (
    GENES,
    HPOA,
    AnnotationRow,
    GeneRow,
    Tally,
    read_annotation_rows,
    read_gene_rows,
)

UNNAMED = ("", "-")
"""What stands for the symbol of a locus that is linked to a disease but names no gene."""
SOURCE_FILES = ("hp.obo", HPOA, GENES)

Progress = Callable[[str], None]


def compile_knowledge(source: Path, progress: Progress) -> tuple[Hpo, Annotations]:
    """Read the three release files in `source` and link them.

    `progress` is told each step in a few words. What of the annotations had to be left out is
    counted in their `problems`. Raises KnowledgeError where a file is missing, truncated, or not
    what its name says.
    """
    for name in SOURCE_FILES:
        if not (source / name).is_file():
            raise KnowledgeError(
                f"{source / name} is missing: a knowledge release needs {', '.join(SOURCE_FILES)}"
            )
    try:
        progress("reading hp.obo")
        terms = read_obo(source / "hp.obo")
        progress("reading phenotype.hpoa and genes_to_phenotype.txt")
        annotations = _read_annotations(source, terms)
    except OSError as error:
        raise KnowledgeError(f"{source} cannot be read: {error.strerror or error}") from error
    progress("computing information content")
    return _with_information_content(terms, annotations), annotations


def _read_annotations(source: Path, hpo: Hpo) -> Annotations:
    tally = Tally()
    rows, stated = read_annotation_rows(source / HPOA, tally)
    links = read_gene_rows(source / GENES, tally)
    if stated is not None and stated != hpo.release:
        tally.say(f"{HPOA} is of release {stated}, hp.obo of {hpo.release}")
    annotations = _link(rows, links, hpo, tally)
    if not len(annotations.term):
        raise KnowledgeError(f"{source / HPOA} holds no annotation of a term of hp.obo")
    if not len(annotations.pair_gene):
        raise KnowledgeError(f"{source / GENES} holds no gene of an annotated disease")
    return annotations


def _link(rows: list[AnnotationRow], links: list[GeneRow], hpo: Hpo, tally: Tally) -> Annotations:
    disease_names: dict[str, str] = {}
    columns: list[tuple[Any, ...]] = []
    references: dict[str, int] = {}
    for row in rows:
        resolution = hpo.resolve(row.hpo_id)
        if resolution.hpo_id is None:
            why = (
                "is obsolete without a single successor"
                if resolution.status == "obsolete"
                else ("is unknown to hp.obo")
            )
            tally.add(
                f"{HPOA}, rows left out: their term {why}",
                f"{row.hpo_id} of {row.disease_id}, line {row.line}",
            )
            continue
        disease_names.setdefault(row.disease_id, row.disease_name)
        onset_id = hpo.resolve(row.onset).hpo_id if row.onset else None
        if row.onset and onset_id is None:
            tally.add(
                f"{HPOA}, onsets unknown to hp.obo (their rows stay, without)",
                f"{row.onset!r}, line {row.line}",
            )
        columns.append(
            (
                row.disease_id,
                hpo.index[resolution.hpo_id],
                row.negated,
                row.frequency.numerator,
                row.frequency.denominator,
                row.frequency.share,
                hpo.index[onset_id] if onset_id else -1,
                row.sex,
                row.aspect,
                row.evidence,
                references.setdefault(row.reference, len(references)),
                row.frequency.frequency_class,
            )
        )
    disease_ids = sorted(disease_names)
    disease_index = {disease_id: i for i, disease_id in enumerate(disease_ids)}
    columns.sort(key=lambda c: (disease_index[c[0]], c[1], c[2], c[10], c[3], c[4]))
    known = [link for link in links if link.disease_id in disease_index]
    for link in links:
        if link.disease_id not in disease_index:
            tally.add(
                f"{GENES}, pairs left out: {HPOA} does not hold their disease",
                f"{link.symbol} and {link.disease_id}",
            )
    linked = {disease_index[link.disease_id] for link in known}
    symbols = _symbols(links, tally)
    ordered = sorted(symbols.items(), key=lambda item: (item[1], item[0]))
    gene_index = {ncbi: i for i, (ncbi, _) in enumerate(ordered)}
    pairs = sorted(
        {
            (gene_index[link.ncbi_gene_id], disease_index[link.disease_id])
            for link in known
            if link.ncbi_gene_id in gene_index
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
        frequency_class=column(11, np.int8),
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
        n_symbols_stated=len({ncbi for ncbi, symbol, _ in links if symbol not in UNNAMED}),
        problems=tally.sentences(),
    )


def _symbols(links: list[GeneRow], tally: Tally) -> dict[int, str]:
    """NCBI Gene id -> HGNC symbol, or the release's own; a locus without a name is counted."""
    stated = {ncbi: symbol for ncbi, symbol, _ in links if symbol not in UNNAMED}
    symbols: dict[int, str] = {}
    names = gene_names()
    for ncbi in dict.fromkeys(link.ncbi_gene_id for link in links):
        symbol = names.symbol_of_ncbi(ncbi) or stated.get(ncbi)
        if symbol is None:
            tally.add(
                f"{GENES}, loci without a gene's name (their diseases stay, linked to no gene)",
                f"NCBI Gene {ncbi}",
            )
        else:
            symbols[ncbi] = symbol
    return symbols


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

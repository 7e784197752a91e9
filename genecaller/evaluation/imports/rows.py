"""What one row of a tool's table says: which genes, for which case, how good."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from genecaller.evaluation.imports.formats import OWN, Format
from genecaller.evaluation.imports.numerals import NOTHING, Numerals, kind_of
from genecaller.pipeline.results_table import unmarked
from genecaller.ranking import Weights
from ontology.genes import gene_names
from ontology.knowledge import Knowledge

FURTHEST_PLACE = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Row:
    """One row as its tool wrote it: several genes where it names a disease with several.

    A gene without a name ("") stands for one that could not be read: it keeps its place.
    """

    ranker: str | None
    case_id: str
    genes: tuple[str, ...]
    disease: str | None
    score: float | None
    rank: float | None


def row_of(
    cells: Mapping[str, Any],
    form: Format,
    knowledge: Knowledge,
    of_file: str | None,
    numerals: Mapping[str, Numerals],
) -> Row | None:
    """One row's meaning; None for a row that says only that a gene was not found.

    `of_file` is the case of a table without a case column. Raises ValueError, with the reason,
    for a row that means nothing.
    """
    if form is OWN:
        cells = {name: unmarked(v) if isinstance(v, str) else v for name, v in cells.items()}
    column, written = first(cells, form.case)
    case = exact_text(written, "case") if form is OWN else text_of(written, "case")
    if case is None and (of_file is None or column is not None):
        raise ValueError("names no case")
    case_id = case if case is not None else str(of_file)
    ranker = exact_text(cells.get("ranker"), "ranker") if form is OWN else None
    if form is OWN and exact_text(cells.get("symbol"), "symbol") is None:
        return Row(ranker, case_id, (), None, None, None)
    rank_column, rank_written = first(cells, form.rank)
    rank = _numeral(numerals, rank_column).read(rank_written, "rank")
    if rank is not None and not 1 <= rank <= FURTHEST_PLACE:
        if form.rank_zero_is_missing and rank == 0:
            return None
        raise ValueError(f"rank {rank:g} is not 1 or more, or no place in a list")
    score_column, score_written = first(cells, form.score)
    score = _numeral(numerals, score_column).read(score_written, "score")
    if score is not None and score_column in form.lower_is_better:
        score = -score
    if rank is None and score is None:
        raise ValueError("has neither a score nor a rank")
    if form is OWN and score is not None:
        # Our lists break ties by symbol to be written down: the scores tell what was tied.
        rank = None
    disease = text_of(first(cells, form.disease)[1], "disease")
    symbol_of = exact_text if form is OWN else text_of
    symbol = symbol_of(first(cells, form.symbol)[1], "gene")
    gene_ids = [_gene_id(name, cells.get(name)) for name in form.gene_id]
    genes = _genes(symbol, [one for one in gene_ids if one], disease, knowledge)
    return Row(ranker, case_id, genes, disease, score, rank)


def own_genes(genes: list[Any], ranker: str | None, case_id: str) -> tuple[list[Row], list[str]]:
    """The genes of a line of `genecaller score`, and what is wrong with those that are broken.

    A broken gene keeps its place, and then the order of the list counts for all of them.
    """
    rows: list[Row] = []
    problems: list[str] = []
    for at, gene in enumerate(genes):
        try:
            if not isinstance(gene, dict):
                raise ValueError(f"is {kind_of(gene)}, expected an object")
            symbol = exact_text(gene.get("symbol"), "symbol")
            disease = text_of(gene.get("disease"), "disease")
            score, rank = (Numerals().read(gene.get(name), name) for name in ("score", "rank"))
            if symbol is None:
                raise ValueError("has no symbol")
            if rank is not None and not 1 <= rank <= FURTHEST_PLACE:
                raise ValueError(f"has rank {rank:g}, which is no place in a list")
            if score is None and rank is None:
                raise ValueError("has neither a score nor a rank")
        except ValueError as error:
            problems.append(f"genes[{at}]: {error}")
            named = gene.get("symbol") if isinstance(gene, dict) else None
            rows.append(
                Row(ranker, case_id, (named if isinstance(named, str) else "",), None, None, None)
            )
        else:
            # Our lists break ties by symbol to be written down: the scores tell what was tied.
            own_rank = None if score is not None else rank
            rows.append(Row(ranker, case_id, (symbol,), disease, score, own_rank))
    if problems:
        rows = [
            Row(ranker, case_id, row.genes, row.disease, None, float(place))
            for place, row in enumerate(rows, 1)
        ]
    return rows, problems


def weights_of(value: Any) -> Weights | None:
    """The weights that a line or row of ours names."""
    return cast("Weights", value) if value in ("full", "held-out") else None


def _genes(
    symbol: str | None, gene_ids: list[str], disease: str | None, knowledge: Knowledge
) -> tuple[str, ...]:
    """The HGNC symbols a row stands for: by id, by name, or by the genes of its disease.

    A gene that HGNC does not know keeps its written name: it holds a place in the list.
    """
    names = gene_names()
    for written in (*gene_ids, *([symbol] if symbol else [])):
        found = names.resolve(written).symbol
        if found is not None:
            return (found,)
    if symbol is not None or gene_ids:
        return (symbol or gene_ids[0],)
    if disease is None:
        raise ValueError("names neither a gene nor a disease")
    annotations = knowledge.annotations
    at = annotations.disease_index.get(disease)
    genes = () if at is None else annotations.genes_of_disease[at].tolist()
    return tuple(annotations.gene_symbols[gene] for gene in genes)


def first(cells: Mapping[str, Any], names: Iterable[str]) -> tuple[str | None, Any]:
    """The first of the columns that the row has, with its value."""
    return next(((name, cells[name]) for name in names if name in cells), (None, None))


def exact_text(value: Any, what: str) -> str | None:
    """A text that we wrote ourselves, as it is; None where there is none. Raises ValueError."""
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        raise ValueError(f"{what} is {kind_of(value)}, expected text")
    return value


def text_of(value: Any, what: str) -> str | None:
    """A cell's words, None for the ways in which tools write nothing; raises ValueError."""
    if isinstance(value, bool | list | dict):
        raise ValueError(f"{what} is {kind_of(value)}, expected text")
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return None
    words = str(value).strip()
    return None if words.lower() in NOTHING else words


def _numeral(numerals: Mapping[str, Numerals], column: str | None) -> Numerals:
    return numerals.get(column or "", Numerals())


def _gene_id(column: str, value: Any) -> str | None:
    """An id with its database: bare numbers are HGNC's in a column named so, else NCBI Gene's."""
    words = text_of(value, "gene id")
    if words is not None and words.isdecimal():
        return f"HGNC:{words}" if column.startswith("hgnc") else f"NCBIGENE:{words}"
    return words

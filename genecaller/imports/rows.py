"""What one row of a tool's table says: which genes, for which case, how good."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from genecaller.imports.formats import FORMATS, Format
from genecaller.imports.names import CaseIds
from ontology.genes import gene_names
from ontology.knowledge import Knowledge

OWN = FORMATS[0]
THOUSANDS = re.compile(r"-?\d{1,3}(,\d{3})+(\.\d+)?")


@dataclass(frozen=True, slots=True)
class Row:
    """One row as its tool wrote it: several genes where it names a disease with several."""

    ranker: str | None
    case_id: str
    genes: tuple[str, ...]
    disease: str | None
    score: float | None
    rank: float | None


def row_of(
    cells: dict[str, Any], form: Format, knowledge: Knowledge, of_file: str, ids: CaseIds
) -> Row | None:
    """One row's meaning; None for a row that says only that a gene was not found.

    Raises ValueError, with the reason, for a row that means nothing.
    """
    case = text_of(first(cells, form.case)[1])
    if case is None and any(name in cells for name in form.case):
        raise ValueError("names no case")
    case_id = ids.match(case) if case else of_file
    ranker = text_of(cells.get("ranker")) if form is OWN else None
    if form is OWN and text_of(cells.get("symbol")) is None:
        return Row(ranker, case_id, (), None, None, None)
    rank = number_of(first(cells, form.rank)[1], "rank")
    if rank is not None and rank < 1:
        if form.rank_zero_is_missing and rank == 0:
            return None
        raise ValueError(f"rank {rank:g} is not 1 or more")
    column, written = first(cells, form.score)
    score = number_of(written, "score")
    if score is not None and column in form.lower_is_better:
        score = -score
    if rank is None and score is None:
        raise ValueError("has neither a score nor a rank")
    if form is OWN and score is not None:
        # Our lists break ties by symbol to be written down: the scores tell what was tied.
        rank = None
    disease = text_of(first(cells, form.disease)[1])
    symbol = text_of(first(cells, form.symbol)[1])
    gene_ids = [_gene_id(name, cells.get(name)) for name in form.gene_id]
    genes = _genes(symbol, [one for one in gene_ids if one], disease, knowledge)
    return Row(ranker, case_id, genes, disease, score, rank)


def own_gene(gene: dict[str, Any], ranker: str | None, case_id: str) -> Row:
    """One gene of a line of `genecaller score`; raises KeyError, TypeError or ValueError."""
    score = number_of(gene.get("score"), "score")
    rank = None if score is not None else float(gene["rank"])
    return Row(ranker, case_id, (str(gene["symbol"]),), text_of(gene.get("disease")), score, rank)


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


def first(cells: dict[str, Any], names: Iterable[str]) -> tuple[str | None, Any]:
    """The first of the columns that the row has, with its value."""
    return next(((name, cells[name]) for name in names if name in cells), (None, None))


def text_of(value: Any) -> str | None:
    """A cell's words, None for the ways in which tools write nothing."""
    words = "" if value is None else str(value).strip()
    return None if words.lower() in ("", "n/a", "na", ".", "-", "null", "none") else words


def number_of(value: Any, what: str) -> float | None:
    """A number as tools write it: "6,080.832", "45.03%", "-∞"; None where there is none."""
    if isinstance(value, int | float) and not isinstance(value, bool) and not math.isnan(value):
        return float(value)
    words = text_of(value)
    if words is None:
        return None
    plain = words.replace("\N{MINUS SIGN}", "-").replace("∞", "inf").removesuffix("%")
    if THOUSANDS.fullmatch(plain):
        plain = plain.replace(",", "")
    try:
        number = float(plain)
    except ValueError:
        number = math.nan
    if math.isnan(number):
        raise ValueError(f"{what} {words[:40]!r} is not a number")
    return number


def _gene_id(column: str, value: Any) -> str | None:
    """An id with its database: bare numbers are HGNC's in a column named so, else NCBI Gene's."""
    words = text_of(value)
    if words is not None and words.isdigit():
        return f"HGNC:{words}" if column.startswith("hgnc") else f"NCBIGENE:{words}"
    return words

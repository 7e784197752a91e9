"""Other tools' rankings read into ours, to be judged on the same cases in the same tables."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from genecaller.errors import UsageError
from genecaller.evaluate.entrants import Listed
from genecaller.imports.formats import FORMATS, format_of
from genecaller.imports.names import CaseIds
from genecaller.imports.rows import OWN, Row, own_gene, row_of, text_of
from genecaller.imports.table import Table, UnreadableTable, is_table, open_table
from genecaller.ranking import RankedGene, Ranking
from ontology.knowledge import Knowledge

UNSTATED = "not stated"
"""What an imported ranking names as its knowledge: other tools rarely say what they used."""


@dataclass(frozen=True, slots=True)
class Imported:
    """The rankings of a file or folder, one `Listed` for each ranker named in it.

    `formats` are the tools recognised. `problems` name every file, line and row left out.
    """

    listed: tuple[Listed, ...]
    formats: tuple[str, ...]
    problems: tuple[str, ...]


@dataclass
class _Reading:
    """What has been gathered so far."""

    knowledge: Knowledge
    ids: CaseIds
    problems: list[str] = field(default_factory=list)
    formats: dict[str, None] = field(default_factory=dict)
    rankings: dict[str, dict[str, Ranking]] = field(default_factory=dict)
    made_with: dict[str, tuple[str | None, str | None]] = field(default_factory=dict)


def read_results(
    path: Path,
    knowledge: Knowledge,
    *,
    name: str | None = None,
    case_ids: Iterable[str] = (),
    advance: Callable[[int], None] = lambda n: None,
) -> Imported:
    """Read Exomiser, LIRICAL, Phen2Gene, PhEval, `genecaller score` or plain tables.

    `path` is a file, or a folder with a file a case; the form is told by the columns. `name`
    is what the tables call the results (else the tool's own name). `case_ids` are those to be
    evaluated: a case's name is matched to them without regard to case and punctuation. Symbols
    and gene ids become HGNC symbols; a disease without a gene becomes its genes in the
    knowledge. `advance` counts files. Raises UsageError where nothing can be read at all.
    """
    reading = _Reading(knowledge, CaseIds.of(case_ids))
    for file in _files(path):
        try:
            _read_file(file, path, name, reading)
        except UnreadableTable as error:
            reading.problems.append(f"{file}: {error}")
        advance(1)
    if not reading.rankings:
        reason = reading.problems[0] if reading.problems else "no file of a known form"
        known = "; ".join(one.source for one in FORMATS)
        raise UsageError(f"{path}: no rankings could be read ({reason}). Known are: {known}")
    listed = []
    for title, rankings in reading.rankings.items():
        model, stamp = reading.made_with.get(title, (None, None))
        listed.append(Listed(title, rankings, model=model, knowledge=stamp))
    return Imported(tuple(listed), tuple(reading.formats), tuple(reading.problems))


def _files(path: Path) -> list[Path]:
    if path.is_dir():
        return sorted(file for file in path.rglob("*") if file.is_file() and is_table(file))
    if not path.is_file():
        raise UsageError(f"{path}: there is no such file or folder of results")
    return [path]


def _read_file(file: Path, path: Path, name: str | None, reading: _Reading) -> None:
    table = open_table(file)
    if {"caseid", "genes"} <= set(table.columns):
        form, collected = OWN, _own_lines(table, file, reading)
    else:
        found = format_of(table.columns)
        if found is None:
            raise UnreadableTable(
                f"has no columns to rank by; its columns are {', '.join(table.columns[:12])}"
            )
        form = found
        has_case = any(column in table.columns for column in form.case)
        of_file = reading.ids.case_of(file, form, table.comments)
        # A file of one case without a usable row still says that this case got no answer.
        collected = {} if has_case else {(None, of_file): []}
        for place, values in table.rows:
            if values is None:
                reading.problems.append(f"{file}, {place}: does not fit the head, left out")
                continue
            cells = dict(zip(table.columns, values, strict=True))
            try:
                row = row_of(cells, form, reading.knowledge, of_file, reading.ids)
            except ValueError as error:
                reading.problems.append(f"{file}, {place}: {error}, left out")
                continue
            if row is not None:
                collected.setdefault((row.ranker, row.case_id), []).append(row)
    reading.formats[form.name] = None
    tool = path.stem if form.name == "plain" else form.name
    several = len({ranker for ranker, _ in collected}) > 1
    for (ranker, case_id), rows in collected.items():
        title = (ranker if several or name is None else name) or name or tool
        if case_id in reading.rankings.setdefault(title, {}):
            reading.problems.append(f"{file}: {case_id} was read before, left out here")
        else:
            reading.rankings[title][case_id] = ranking_of(case_id, title, rows)


Collected = dict[tuple[str | None, str], list[Row]]


def _own_lines(table: Table, file: Path, reading: _Reading) -> Collected:
    """The lines of `genecaller score`, which carry whole lists of genes."""
    collected: Collected = {}
    for place, values in table.rows:
        cells = dict(zip(table.columns, values or [], strict=False))
        genes, case_id = cells.get("genes"), text_of(cells.get("caseid"))
        if case_id is None or not isinstance(genes, list):
            reading.problems.append(f"{file}, {place}: no case_id or no list of genes, left out")
            continue
        ranker = text_of(cells.get("ranker"))
        stated = (text_of(cells.get("model")), text_of(cells.get("knowledge")))
        reading.made_with.setdefault(ranker or OWN.name, stated)
        rows = collected.setdefault((ranker, reading.ids.match(case_id)), [])
        for gene in genes:
            try:
                rows.append(own_gene(gene, ranker, case_id))
            except (AttributeError, TypeError, KeyError, ValueError) as error:
                reading.problems.append(f"{file}, {place}: a gene is broken ({error}), left out")
    return collected


def ranking_of(case_id: str, ranker: str, rows: list[Row]) -> Ranking:
    """Genes in order, each once with its best row.

    The tool's own ranks order the genes where it gives one to every row, else its scores.
    Where a gene stood in several rows, or a row for several genes, places are counted anew.
    """
    by_rank = bool(rows) and all(row.rank is not None for row in rows)

    def key(row: Row) -> float:
        value = row.rank if by_rank else None if row.score is None else -row.score
        return math.inf if value is None else value

    best: dict[str, Row] = {}
    merged = False
    for row in rows:
        merged |= len(row.genes) != 1
        for gene in row.genes:
            merged |= gene in best
            if gene not in best or key(row) < key(best[gene]):
                best[gene] = row
    genes: list[RankedGene] = []
    shared = 0
    previous = math.nan
    for place, (gene, row) in enumerate(
        sorted(best.items(), key=lambda item: (key(item[1]), item[0])), 1
    ):
        if key(row) != previous:
            shared, previous = place, key(row)
        if not by_rank:
            genes.append(RankedGene(place, gene, row.score, row.disease, ""))
            continue
        # Equal scores would tie genes that the tool's own ranks tell apart: they are left out.
        rank = shared if merged else int(key(row))
        genes.append(RankedGene(rank, gene, None, row.disease, ""))
    problems = () if genes else ("the results name no gene for this case",)
    return Ranking(case_id, ranker, None, UNSTATED, tuple(genes), problems)

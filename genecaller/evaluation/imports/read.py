"""Other tools' rankings read into ours, to be judged on the same cases in the same tables."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from genecaller.errors import UsageError
from genecaller.evaluation.imports.formats import FORMATS, OWN, Format, format_of
from genecaller.evaluation.imports.match import match_cases, unknown_genes
from genecaller.evaluation.imports.names import CaseIds, names_of_file
from genecaller.evaluation.imports.numerals import Column, Numerals, decide
from genecaller.evaluation.imports.ordering import Gathered
from genecaller.evaluation.imports.rows import exact_text, own_genes, row_of
from genecaller.evaluation.imports.table import Table, UnreadableTable, is_table, open_table
from genecaller.evaluation.systems import Listed
from genecaller.ranking import Ranking
from ontology.knowledge import Knowledge

MOST_TOLD = 1_000
"""Of the faulty rows of one file, each is told up to this many, then how many more there are."""
TRAINED = ("default", "learned", "model")
"""Our rankers that order genes, or the candidates of a model, by trained weights."""


@dataclass(frozen=True, slots=True)
class Imported:
    """The rankings of a file or folder, one `Listed` for each ranker named in it.

    `formats` are the tools recognised. `problems` name every file, line and row left out, and
    results of which no case is among those asked for; `notes` say how names were matched.
    """

    listed: tuple[Listed, ...]
    formats: tuple[str, ...]
    problems: tuple[str, ...]
    notes: tuple[str, ...] = ()


Collected = dict[tuple[str | None, str], Gathered]


@dataclass
class Reading:
    """What has been gathered so far; names of cases are as they were written.

    `others` are further names that a case's file states, `made_with` model and knowledge.
    """

    knowledge: Knowledge
    problems: list[str] = field(default_factory=list)
    formats: dict[str, None] = field(default_factory=dict)
    rankings: dict[str, dict[str, Ranking]] = field(default_factory=dict)
    others: dict[str, tuple[str, ...]] = field(default_factory=dict)
    made_with: dict[str, dict[tuple[str | None, str | None], None]] = field(default_factory=dict)
    told: Counter[Path] = field(default_factory=Counter)

    def tell(self, file: Path, place: str, problem: str) -> None:
        """Note what is wrong at one place of a file; of very many the rest is only counted."""
        self.told[file] += 1
        if self.told[file] <= MOST_TOLD:
            self.problems.append(f"{file}, {place}: {problem}")


def read_results(
    path: Path,
    knowledge: Knowledge,
    *,
    name: str | None = None,
    case_ids: Iterable[str] = (),
    sources: Mapping[str, str] | None = None,
    advance: Callable[[int], None] = lambda n: None,
) -> Imported:
    """Read Exomiser, LIRICAL, Phen2Gene, PhEval, `genecaller score` or plain tables.

    `path` is a file, or a folder with a file a case; the form is told by the columns. `name`
    is what the tables call the results (else the tool's own name). `case_ids` are those to be
    evaluated, `sources` the files they come from: see `CaseIds` for how names are matched to
    them. Symbols and gene ids become HGNC symbols; a disease without a gene becomes its genes in
    the knowledge. `advance` counts files. Raises UsageError where nothing can be read at all.
    """
    reading = Reading(knowledge)
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
    ids = CaseIds.of(case_ids, sources)
    listed: list[Listed] = []
    notes: list[str] = []
    unmatched: list[str] = []
    for title, rankings in reading.rankings.items():
        answers, told, nothing = match_cases(title, path, rankings, reading.others, ids)
        notes += [*nothing, *told, *unknown_genes(title, rankings)]
        unmatched += nothing
        if not nothing:
            listed.append(_listed(title, answers, reading, notes))
    # What leaves out a whole tool comes before what leaves out a row.
    problems = (*unmatched, *reading.problems)
    return Imported(tuple(listed), tuple(reading.formats), problems, tuple(notes))


def _listed(title: str, rankings: dict[str, Ranking], reading: Reading, notes: list[str]) -> Listed:
    stated = list(reading.made_with.get(title, {(None, None): None}))
    if len(stated) > 1:
        words = " and ".join(f"model {model}, knowledge {stamp}" for model, stamp in stated[:4])
        notes.append(f"{title}: its results were made by {words}; the tables name the first")
    model, stamp = stated[0]
    return Listed(title, rankings, model=model, knowledge=stamp)


def _files(path: Path) -> list[Path]:
    if path.is_dir():
        return sorted(file for file in path.rglob("*") if file.is_file() and is_table(file))
    if not path.is_file():
        raise UsageError(f"{path}: there is no such file or folder of results")
    return [path]


def _read_file(file: Path, path: Path, name: str | None, reading: Reading) -> None:
    table = open_table(file)
    collected: Collected = {}
    broken: UnreadableTable | None = None
    if {"caseid", "genes"} <= set(table.columns):
        form = OWN
        read = _own_lines
    else:
        found = format_of(table.columns)
        if found is None:
            raise UnreadableTable(
                f"has no columns to rank by; its columns are {', '.join(table.columns[:12])}"
            )
        form = found
        read = _table_rows
    try:
        read(table, form, file, reading, collected)
    except UnreadableTable as error:
        # What was read before the fault stands, and the fault is told.
        broken = error
    reading.formats[form.name] = None
    tool = path.stem if form.name == "plain" else form.name
    several = len({ranker for ranker, _ in collected}) > 1
    for (ranker, case_id), rows in collected.items():
        title = (ranker if several or name is None else name) or name or tool
        if rows.made_with is not None:
            reading.made_with.setdefault(title, {})[rows.made_with] = None
        if case_id in reading.rankings.setdefault(title, {}):
            reading.problems.append(f"{file}: {case_id} was read before, left out here")
        else:
            reading.rankings[title][case_id] = rows.ranking(case_id, ranker or title)
    if (more := reading.told[file] - MOST_TOLD) > 0:
        reading.problems.append(f"{file}: {more} more of its rows are not as they should be")
    if broken is not None:
        raise broken


def _table_rows(
    table: Table, form: Format, file: Path, reading: Reading, collected: Collected
) -> None:
    for column in (*form.symbol, *form.gene_id, *form.score, *form.rank, *form.case):
        if table.columns.count(column) > 1:
            raise UnreadableTable(f"has several columns {column!r}: leave the one that is meant")
    numerals, mixed = _numerals(table, form)
    of_file: str | None = None
    if not any(column in table.columns for column in form.case):
        of_file, others = names_of_file(file, form, table.comments)
        reading.others[of_file] = others
        # A file of one case without a usable row still says that this case got no answer.
        collected[None, of_file] = Gathered()
    for place, values in table.rows():
        if values is None:
            reading.tell(file, place, "does not fit the head, left out")
            continue
        cells = dict(zip(table.columns, values, strict=True))
        try:
            row = row_of(cells, form, reading.knowledge, of_file, numerals)
        except ValueError as error:
            reading.tell(file, place, f"{error}, left out")
            continue
        if row is None:
            continue
        gathered = collected.setdefault((row.ranker, row.case_id), Gathered())
        gathered.add(row)
        if form is OWN:
            gathered.says(_weights(table, cells, row.ranker), cells)
    reading.problems += [f"{file}: {sentence}" for sentence in mixed]


def _numerals(table: Table, form: Format) -> tuple[dict[str, Numerals], list[str]]:
    """How the table writes its scores and ranks, from all of its rows."""
    chosen = [
        next((name for name in names if name in table.columns), None)
        for names in (form.score, form.rank)
    ]
    columns = [Column(name) for name in chosen if name is not None]
    at = [table.columns.index(column.name) for column in columns]
    for _, values in table.rows():
        for column, i in zip(columns, at, strict=True):
            if values is not None:
                column.see(values[i])
    return decide(columns, comma_locale=table.semicolons, english=form.name != "plain")


def _own_lines(
    table: Table, form: Format, file: Path, reading: Reading, collected: Collected
) -> None:
    """The lines of `genecaller score`, which carry whole lists of genes."""
    for place, values in table.rows():
        cells: dict[str, Any] = dict(zip(table.columns, values or (), strict=False))
        genes = cells.get("genes")
        try:
            case_id = exact_text(cells.get("caseid"), "case_id")
            ranker = exact_text(cells.get("ranker"), "ranker")
        except ValueError as error:
            reading.tell(file, place, f"{error}, left out")
            continue
        if case_id is None or not isinstance(genes, list):
            reading.tell(file, place, "no case_id or no list of genes, left out")
            continue
        if ranker is None and "ranker" in table.columns:
            reading.tell(file, place, "names no ranker, left out")
            continue
        if (ranker, case_id) in collected:
            reading.tell(file, place, f"{case_id} by {ranker} was read before, left out here")
            continue
        gathered = collected[ranker, case_id] = Gathered()
        gathered.says(_weights(table, cells, ranker), cells)
        rows, problems = own_genes(genes, ranker, case_id)
        for row in rows:
            gathered.add(row)
        for problem in problems:
            reading.tell(file, place, problem)


def _weights(table: Table, cells: Mapping[str, Any], ranker: str | None) -> Any:
    """Which weights ranked; before that was written, a trained ranker's were the full ones."""
    if "weights" not in table.columns and ranker in TRAINED:
        return "full"
    return cells.get("weights")

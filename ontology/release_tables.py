"""Reads phenotype.hpoa and genes_to_phenotype.txt line by line; what is left out is counted."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from operator import itemgetter
from pathlib import Path
from typing import NamedTuple

from ontology.errors import KnowledgeError
from ontology.files import lines_of
from ontology.frequency import NOT_STATED, Frequency, read_frequency

HPOA = "phenotype.hpoa"
GENES = "genes_to_phenotype.txt"
_HPOA_COLUMNS = (
    "database_id", "disease_name", "qualifier", "hpo_id", "reference", "evidence", "onset",
    "frequency", "sex", "aspect",
)  # fmt: skip
_HPOA_UNUSED = frozenset(["modifier", "biocuration"])
_GENE_COLUMNS = ("ncbi_gene_id", "gene_symbol", "disease_id")
_TERM = re.compile(r"HP:\d{7}")
_DISEASE = re.compile(r"[A-Za-z][\w.-]*:[\w.-]+")
_is_disease = lru_cache(1 << 15)(_DISEASE.fullmatch)
_is_term = lru_cache(1 << 15)(_TERM.fullmatch)
_GENE_ID = re.compile(r"(?:NCBIGene:)?(\d{1,9})", re.ASCII | re.IGNORECASE)
_SEXES = {"": 0, "FEMALE": 1, "MALE": 2}


@dataclass
class Tally:
    """How often each thing happened while reading, with the first example of each."""

    _count: dict[str, int] = field(default_factory=dict)
    _first: dict[str, str] = field(default_factory=dict)

    def add(self, what: str, example: str) -> None:
        """Count one more of `what`, such as "phenotype.hpoa, rows left out: no term id"."""
        self._count[what] = self._count.get(what, 0) + 1
        self._first.setdefault(what, example)

    def say(self, sentence: str) -> None:
        """Note something that can only happen once."""
        self._count[sentence] = 0

    def sentences(self) -> tuple[str, ...]:
        """One sentence each, in the order of the first occurrence."""
        return tuple(
            f"{what}: {n:,} (first: {self._first[what]})" if n else what
            for what, n in self._count.items()
        )


class AnnotationRow(NamedTuple):
    """One line of phenotype.hpoa, its order that of the columns that rows are sorted by."""

    disease_id: str
    disease_name: str
    negated: bool
    hpo_id: str
    reference: str
    evidence: str
    onset: str
    frequency_written: str
    sex: int
    aspect: str
    frequency: Frequency
    line: int


def read_annotation_rows(path: Path, tally: Tally) -> tuple[list[AnnotationRow], str | None]:
    """The rows of phenotype.hpoa in the order of their content, and the release it names.

    A row that cannot be understood is left out and counted in `tally`; a row that repeats another
    stays, as the release has it, and is counted there too.
    Raises KnowledgeError where the file is not UTF-8 text or lacks a column.
    """
    lines = _lines(path)
    release, head = None, 0
    while head < len(lines) and lines[head].startswith("#"):
        if found := re.match(r"#\s*version:\s*(\S+)", lines[head]):
            release = found[1]
        head += 1
    place, width = _columns(path, lines, head, _HPOA_COLUMNS)
    unused = [n for n in lines[head].split("\t") if n not in (*_HPOA_COLUMNS, *_HPOA_UNUSED)]
    for name in unused:
        tally.add(f"{HPOA}, columns not used", repr(name))
    rows: list[AnnotationRow] = []
    seen: set[tuple[object, ...]] = set()
    for number, line in _content(lines, head):
        at = f"line {number}"
        cells = _fitted(line.split("\t"), width, place, tally, at)
        row = None if cells is None else _annotation(cells, place, number, tally)
        if cells is None or row is None:
            continue
        said = (*row[:10], cells[place["modifier"]] if "modifier" in place else "")
        if said in seen:
            tally.add(f"{HPOA}, rows that say what another row says (each counts)", at)
        seen.add(said)
        rows.append(row)
    return sorted(rows, key=lambda row: (*row[:10], row.line)), release


def _fitted(
    cells: list[str], width: int, place: dict[str, int], tally: Tally, at: str
) -> list[str] | None:
    """A row's cells, as many as the header's; tabs inside a disease's name are blanks then."""
    surplus, name, term = len(cells) - width, place["disease_name"], place["hpo_id"]
    if surplus < 0:
        cells += [""] * -surplus
        if -surplus > width - 1 - place["aspect"]:
            tally.add(f"{HPOA}, rows left out: fewer cells than the header's {width}", at)
            return None
    if surplus == 0:
        return cells
    if surplus < 0 or _is_term(cells[term].strip()):
        if any(cell.strip() for cell in cells[width:]):
            tally.add(f"{HPOA}, rows with more cells than the header's {width}, not read", at)
        return cells[:width]
    if name < term and _TERM.fullmatch(cells[term + surplus].strip()):
        whole = " ".join(cell for cell in cells[name : name + surplus + 1] if cell)
        tally.add(f"{HPOA}, rows with a tab in the disease's name, read as a blank", at)
        return [*cells[:name], whole, *cells[name + surplus + 1 :]]
    tally.add(f"{HPOA}, rows left out: more cells than the header's {width}", at)
    return None


def _annotation(
    cells: list[str], place: dict[str, int], number: int, tally: Tally
) -> AnnotationRow | None:
    disease, name, qualifier, term, reference, evidence, onset, written, sex, aspect = (
        cells[place[column]].strip() for column in _HPOA_COLUMNS
    )

    odd: tuple[str, str] | None = None
    if not _is_disease(disease):
        odd = "no disease id such as OMIM:123456", disease
    elif not _is_term(term):
        odd = "no term id such as HP:0001250", term
    elif qualifier and qualifier.upper() != "NOT":
        odd = "a qualifier that is neither empty nor NOT", qualifier
    elif not re.fullmatch(r"[A-Z]?", aspect):
        odd = "no aspect of one letter", aspect
    elif sex.upper() not in _SEXES:
        odd = "a sex that is neither FEMALE nor MALE", sex
    if odd:
        tally.add(f"{HPOA}, rows left out: {odd[0]}", f"{odd[1]!r}, line {number}")
        return None
    frequency = read_frequency(written)
    if frequency is None:
        tally.add(
            f"{HPOA}, frequencies not understood (their rows stay, without)",
            f"{written!r}, line {number}",
        )
        frequency, written = NOT_STATED, ""
    return AnnotationRow(
        disease, name or disease, bool(qualifier), term, reference, evidence, onset,
        written, _SEXES[sex.upper()], aspect, frequency, number,
    )  # fmt: skip


class GeneRow(NamedTuple):
    """One gene (or locus) with one of its diseases, as a release's gene file states them."""

    ncbi_gene_id: int
    symbol: str
    disease_id: str


def read_gene_rows(path: Path, tally: Tally) -> list[GeneRow]:
    """The pairs of genes_to_phenotype.txt, each once, in order; odd rows are counted in `tally`.

    Raises KnowledgeError where the file is not UTF-8 text or lacks a column.
    """
    lines = _lines(path)
    place, width = _columns(path, lines, 0, _GENE_COLUMNS)
    found: set[GeneRow] = set()
    seen: set[tuple[str, ...]] = set()
    wanted = itemgetter(*(place[name] for name in _GENE_COLUMNS))
    for number, line in _content(lines, 0):
        cells = line.split("\t")
        if len(cells) == width and wanted(cells) in seen:
            continue  # the same pair, by another of the disease's terms
        if len(cells) != width:
            tally.add(f"{GENES}, rows left out: not the header's {width} cells", f"line {number}")
            continue
        seen.add(wanted(cells))
        written, symbol, disease = (cell.strip() for cell in wanted(cells))
        gene = _GENE_ID.fullmatch(written)
        if gene is None or int(gene[1]) > 2**31 - 1:
            tally.add(f"{GENES}, rows left out: no NCBI Gene id", f"{written!r}, line {number}")
        elif not _DISEASE.fullmatch(disease):
            tally.add(
                f"{GENES}, rows left out: no disease id such as OMIM:123456",
                f"{disease!r}, line {number}",
            )
        else:
            found.add(GeneRow(int(gene[1]), symbol, disease))
    return sorted(found)


def _lines(path: Path) -> list[str]:
    raw = path.read_bytes()
    try:
        return lines_of(raw.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise KnowledgeError(
            f"{path}, line {line}: byte {raw[error.start]:#04x} is not UTF-8 text: "
            "the file is damaged, or not of an HPO release"
        ) from error


def _columns(
    path: Path, lines: list[str], head: int, wanted: tuple[str, ...]
) -> tuple[dict[str, int], int]:
    """Where each column of the header stands, and how many there are."""
    names = lines[head].split("\t") if head < len(lines) else []
    missing = [name for name in wanted if name not in names]
    if missing:
        raise KnowledgeError(
            f"{path} has no column {', '.join(missing)} in its line {head + 1}: "
            "it is not such a file of an HPO release"
        )
    return {name: i for i, name in enumerate(names)}, len(names)


def _content(lines: list[str], head: int) -> Iterator[tuple[int, str]]:
    """The lines below the header that are not blank, with their numbers from 1."""
    for number, line in enumerate(lines[head + 1 :], head + 2):
        if line.strip():
            yield number, line

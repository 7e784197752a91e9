"""Genes as cells name them: a symbol, one among other words, several, or a word for none."""

from __future__ import annotations

import re
from typing import NamedTuple

from genecaller.cases.cells.words import words_of
from ontology.genes import gene_names
from ontology.status import answer_status

NO_NAME = "its gene is no name that HGNC knows; counts as unsolved"
_LONGEST = 1_000  # characters of a cell that may name a gene
_NO_GENE = words_of("no gene")
_NOT_ESTABLISHED = words_of("gene not established")
_LIKELY_PATHOGENIC = re.compile(r"\b(?:likely|probably)[\s_-]+pathogenic\b", re.IGNORECASE)
_SEPARATORS = re.compile(r"[;,/|&+\n\t]|\s(?:and|or|und|et|y)\s|\s-\s")
# Parts of variant descriptions, whose letters would be read as symbols.
_VARIANT = re.compile(
    r"\b[NX][MRPCG]_\d+(?:\.\d+)?|\b[cgmnpr]\.\s?[^\s;,]+|\(p\.[^)]*\)|\bchr[\dXYM]+\S*|"
    r"\b\d+[ACGT]>[ACGT]\b|\b[A-Z][a-z]{2}\d+(?:[A-Z][a-z]{2}|\*|fs\S*)|\brs\d+\b|"
    r"\b(?:OMIM|MIM|ORPHA|MONDO|PMID)[:\s]\d+",
)
_TOKEN = re.compile(r"[A-Za-z][A-Za-z0-9-]*|\d+[A-Za-z][A-Za-z0-9-]*")
_GENE_ID = re.compile(
    r"\b(?:HGNC:\d+|ENSG\d{11}|(?:NCBIGene|Entrez):\d+)\b(?:\.\d+)?", re.IGNORECASE
)
_LIKE_A_SYMBOL = re.compile(r"(?=.*[A-Z0-9])[A-Za-z0-9][A-Za-z0-9@_.-]{1,19}")
_NEW_SYMBOL = re.compile(r"[A-Z]{3,}[A-Z0-9]*\d[A-Z0-9]*")
_DATE = re.compile(
    r"\d{1,2}[-. ]?(?:Mar|Sep|Dec|Oct)|(?:Mar|Sep|Dec|Oct)[-. ]?\d{1,2}", re.IGNORECASE
)


class GenesNamed(NamedTuple):
    """The genes that a cell names as the answer, and what was assumed; no problem names a gene."""

    genes: tuple[str, ...]
    problems: tuple[str, ...] = ()


def genes_in(written: str) -> GenesNamed:
    """The genes in a cell: their approved symbols, or what is written where it may be a gene.

    Words such as "NA", "none", "negative", "VUS" or "unsolved" are no gene, though some are old
    names of one. "TSC2 (c.123A>G)" is TSC2, with a note; "TSC2 VUS" is not established, and so
    no answer.
    """
    text = " ".join(written.split())
    if len(text) > _LONGEST:
        return GenesNamed((), (NO_NAME,))
    if is_no_gene(text):
        return GenesNamed(())
    if _is_gene(text):
        return GenesNamed((text,))
    if _DATE.fullmatch(text):
        return GenesNamed(
            (), ("its gene looks like a date, as Excel makes of some symbols; counts as unsolved",)
        )
    said = _LIKELY_PATHOGENIC.sub("pathogenic", text)
    found = _symbols(said)
    if found and _open(said, found):
        return GenesNamed((), ("a gene is named, but not as established; counts as unsolved",))
    if found:
        return GenesNamed((*found, *_further(said)), _among_words(said, found))
    pieces = [piece.strip() for piece in _SEPARATORS.split(text) if piece.strip()]
    if pieces and all(_LIKE_A_SYMBOL.fullmatch(piece) for piece in pieces):
        return GenesNamed(tuple(dict.fromkeys(pieces)))
    return GenesNamed((), (NO_NAME,))


def is_no_gene(written: str) -> bool:
    """Whether a text stands for "no gene is known": "NA", "-", "unsolved", "not found"."""
    if len(written) > _LONGEST:
        return False
    text = " ".join(written.split()).casefold()
    bare = text.strip(" .,:;()[]\"'")
    if text in _NO_GENE or bare in _NO_GENE or not re.search(r"\w", bare):
        return True
    if gene_names().resolve(bare).symbol or _symbols(written):
        return False
    return answer_status(bare) in ("excluded", "uncertain")


def _is_gene(text: str) -> bool:
    """Whether a text is one gene's name; an alias that is an answer ("yes", "T") is none."""
    gene = gene_names().resolve(text)
    if gene.symbol is None:
        return False
    return gene.status in ("approved", "id") or answer_status(text) is None


def _among_words(text: str, genes: list[str]) -> tuple[str, ...]:
    words = set(re.findall(r"[\w.:-]+", _GENE_ID.sub(" ", text))) - {*genes, "and", "or"}
    return ("its gene is named among other words; read from them",) if words else ()


def _further(text: str) -> list[str]:
    """Parts that look like symbols which HGNC does not know, beside ones that it knows."""
    pieces = (piece.strip() for piece in _SEPARATORS.split(_VARIANT.sub(" ", text)))
    return [p for p in pieces if _NEW_SYMBOL.fullmatch(p) and not gene_names().resolve(p).symbol]


def _symbols(text: str) -> list[str]:
    """The genes that words of a text name, in order, each once.

    Previous names and aliases count only with a digit: many are common words.
    """
    names = gene_names()
    found: dict[str, str] = {}
    for match in _GENE_ID.finditer(text):
        if symbol := names.resolve(match[0].split(".")[0]).symbol:
            found[symbol] = symbol
    bare = _VARIANT.sub(" ", _GENE_ID.sub(" ", text))
    for match in _TOKEN.finditer(bare):
        token = match[0].strip("-")
        gene = names.resolve(token)
        approved = gene.status == "approved" and token == gene.symbol
        older = gene.status in ("previous", "alias") and re.search(r"[A-Z]", token)
        if approved or (older and len(token) > 2 and re.search(r"\d", token)):
            found.setdefault(str(gene.symbol), token)
    return list(found.values())


def _open(text: str, genes: list[str]) -> bool:
    """Whether the words beside a gene leave open whether it is the answer."""
    if "?" in text:
        return True
    words = {word.casefold() for word in re.findall(r"[A-Za-z]+", text)} - {
        gene.casefold() for gene in genes
    }
    if not _NOT_ESTABLISHED.isdisjoint(words):
        return True
    rest = " ".join(word for word in text.split() if word.strip("();,:") not in genes)
    bare = _VARIANT.sub(" ", rest).strip(" ()[],;:-")
    return (
        answer_status(bare) in ("excluded", "uncertain")
        and re.search(r"[A-Za-z]", bare) is not None
    )

"""Which gene a piece of an answer names: strict in prose, lenient where a symbol must stand."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from genecaller.llm.answer.words import ORDINARY_WORDS
from ontology.genes import GeneMatch, GeneNames

_HEAD = 160
_ID = r"HGNC:\d{1,6}|(?:NCBIGene|Entrez):\d{1,9}|ENSG\d{11}"
_TOKEN = re.compile(rf"{_ID}|[A-Za-z][A-Za-z0-9]*(?:-[A-Za-z0-9]+)*", re.IGNORECASE)
_HEAD_END = re.compile(
    r"\s[-–—~=]+[>\s]|[–—|,;=→?!]|:(?!\d)|\s?\(|\.\s|\.$|\sbecause\b|\t|\s{3,}|\sis\b|\sgene\b"
)
_MARKUP = re.compile(r"\*+|`+|__+|<[^<>\n]{1,20}>|\\")
_LABEL = re.compile(
    r"^\W*(?:the\s+)?(?:gene(?:\s+(?:symbol|name))?|symbol|hgnc)\b\s*[:=]?\s+", re.I
)
_SYMBOL_SHAPE = re.compile(r"[A-Z][A-Z0-9-]{1,20}|C[0-9XY]{1,2}orf[0-9]{1,4}|(?i:" + _ID + r")")
_JOINED = re.compile(r"\s*(?:/|,|&|\+|\bor\b|\band\b)\s*")


@dataclass(frozen=True, slots=True)
class Named:
    """The genes one list entry names (usually one), and its words with markup taken off."""

    matches: tuple[GeneMatch, ...]
    words: str
    head: str


def clean(text: str) -> str:
    """Text without Markdown emphasis, code marks, HTML tags and backslashes."""
    return _MARKUP.sub("", text)


def read_entry(text: str, names: GeneNames) -> Named:
    """What one list entry names.

    A single word where the symbol must stand may be any name in any case; an ordinary word only
    where it is written as a symbol is. A longer head ("mutations in TSC2", "tuberin (TSC2)",
    "TSC1/TSC2") is searched for tokens that look like symbols.
    """
    words = clean(text).strip()
    labelled = _LABEL.sub("", words[:_HEAD]).lstrip(" :#\"'[")
    end = _HEAD_END.search(labelled)
    head = (labelled[: end.start()] if end else labelled).strip(" \"'.,:;[]()-#")
    parts = [part for part in _JOINED.split(head) if part]
    read: tuple[GeneMatch, ...] = ()
    if parts and all(_TOKEN.fullmatch(part) for part in parts):
        read = tuple(read_symbol(part, names) for part in parts)
        if any(match.status != "unknown" for match in read) or looks_like_symbol(head):
            return Named(read, words, head)
    # "Noonan (PTPN11)", "mutations in TSC2": the first symbol further on
    return Named(tuple(_first_mention(words[:_HEAD], names)) or read, words, head)


def read_symbol(written: str, names: GeneNames) -> GeneMatch:
    """A name that stands where a symbol must stand; "unknown" for an ordinary word."""
    match = names.resolve(written)
    if match.status == "unknown" or written.lower() not in ORDINARY_WORDS:
        return match
    is_symbol = written.isupper() and match.status == "approved"
    return match if is_symbol else GeneMatch(written, None, "unknown")


def _first_mention(text: str, names: GeneNames) -> Iterator[GeneMatch]:
    for match in mentions(text, names):
        yield match
        return


def mentions(text: str, names: GeneNames) -> Iterator[GeneMatch]:
    """Genes named in prose, in order: only what is written and known as a symbol.

    A letters-only name counts where it is an approved symbol of three letters or more and no
    ordinary word ("CAT", "REST", "IMPACT" never); one with a digit also as previous symbol or
    alias.
    """
    for token in _TOKEN.finditer(text):
        written = token.group()
        if not _SYMBOL_SHAPE.fullmatch(written) or written.lower() in ORDINARY_WORDS:
            continue
        match = names.resolve(written)
        if match.symbol is None:
            continue
        if len(written) < 3 and not any(letter.isdigit() for letter in written):
            continue
        if match.status in ("approved", "id") or any(letter.isdigit() for letter in written):
            yield match


def looks_like_symbol(text: str) -> bool:
    """Whether a head that resolved to nothing was meant as a gene symbol."""
    return bool(_SYMBOL_SHAPE.fullmatch(text)) and text.lower() not in ORDINARY_WORDS

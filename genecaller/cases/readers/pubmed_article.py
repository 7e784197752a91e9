"""Title and abstract of one PubMed article, read without its definition and without a network.

The article's XML is parsed as it stands: no DTD or schema is looked at, so none is fetched, no
entity of the file's own is expanded, and prefixes of other namespaces (MathML, XLink) need no
declaration.
"""

from __future__ import annotations

import html.entities
import re
from dataclasses import dataclass, field
from xml.parsers import expat

MAX_DEPTH = 200

_ENTITY = re.compile(r"&([A-Za-z][\w.-]*);?")
_OWN = ("amp", "lt", "gt", "quot", "apos")
_NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_PMID = (
    ("PubmedArticle", "MedlineCitation", "PMID"),
    ("PubmedBookArticle", "BookDocument", "PMID"),
)
_TITLE = ("ArticleTitle",)
_BOOK_TITLE = ("BookDocument", "Book", "BookTitle")
_ABSTRACT = ("Abstract", "AbstractText")


@dataclass
class Article:
    """What an article says of itself; `unknown` are names of characters that nobody defines."""

    pmid: str = ""
    title: str = ""
    abstract: str = ""
    unknown: tuple[str, ...] = ()


@dataclass
class _Reading:
    """Where the parser stands, and the text gathered so far."""

    path: list[str] = field(default_factory=list)
    into: list[str] | None = None
    depth: int = 0
    pmid: list[str] = field(default_factory=list)
    title: list[str] = field(default_factory=list)
    book_title: list[str] = field(default_factory=list)
    abstract: list[list[str]] = field(default_factory=list)

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self.path.append(name)
        if len(self.path) > MAX_DEPTH:
            raise ValueError(f"nested more than {MAX_DEPTH} levels deep")
        if self.into is not None:
            return
        path = tuple(self.path)
        if path in _PMID and not self.pmid:
            self._gather(self.pmid)
        elif path[-1:] == _TITLE and not self.title:
            self._gather(self.title)
        elif path[-3:] == _BOOK_TITLE and not self.book_title:
            self._gather(self.book_title)
        elif path[-2:] == _ABSTRACT:
            label = attributes.get("Label")
            self.abstract.append([f"{label}: "] if label else [])
            self._gather(self.abstract[-1])

    def end(self, name: str) -> None:
        if self.into is not None and len(self.path) == self.depth:
            self.into = None
        self.path.pop()

    def data(self, text: str) -> None:
        if self.into is not None:
            self.into.append(text)

    def _gather(self, into: list[str]) -> None:
        self.into, self.depth = into, len(self.path)


def parse_article(written: str) -> Article:
    """One <PubmedArticle> or <PubmedBookArticle>; raises ValueError where it is no whole XML.

    Characters by their HTML names ("&nbsp;") are read; other names stay as they are written.
    """
    unknown: dict[str, None] = {}

    def character(found: re.Match[str]) -> str:
        name = found[1]
        if name in _OWN and found[0].endswith(";"):
            return found[0]
        known = html.entities.html5.get(f"{name};")
        if known is not None and found[0].endswith(";"):
            return known.replace("&", "&amp;").replace("<", "&lt;")
        unknown[found[0]] = None
        return f"&amp;{found[0][1:]}"

    reading = _Reading()
    parser = expat.ParserCreate("utf-8")  # without namespaces: a prefix is a part of the name
    parser.buffer_text = True
    parser.StartElementHandler = reading.start
    parser.EndElementHandler = reading.end
    parser.CharacterDataHandler = reading.data
    text = _ENTITY.sub(character, _NO_XML.sub(" ", written))
    try:
        parser.Parse(text.encode("utf-8"), True)
    except expat.ExpatError as error:
        message = expat.ErrorString(error.code)
        raise ValueError(f"{message}, line {error.lineno} of the article") from error
    return Article(
        pmid="".join(reading.pmid).strip(),
        title=_flat(reading.title or reading.book_title),
        abstract="\n".join(_flat(part) for part in reading.abstract),
        unknown=tuple(unknown)[:5],
    )


def _flat(parts: list[str]) -> str:
    return " ".join("".join(parts).split())

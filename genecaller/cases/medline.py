"""PubMed exports (.nbib/MEDLINE and XML): title and abstract become the text of a case."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from genecaller.cases.case import Case, Publication
from genecaller.cases.file import MAX_RECORD_BYTES, CaseFile, decode, is_utf16
from genecaller.errors import CaseError
from ontology.home import home
from ontology.knowledge import Knowledge

_PMID_LINE = re.compile(r"^PMID- ?\d", re.MULTILINE)
_START = re.compile(rb"<PubmedArticle[\s>]")
_END = b"</PubmedArticle>"
_TAG = re.compile(r"<[^>]+>")
# Biopython reads XML by a definition it carries; any other it would fetch from the network.
_PROLOGUE = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE PubmedArticleSet PUBLIC '
    '"-//NLM//DTD PubMedArticle, 1st January 2025//EN" '
    '"https://dtd.nlm.nih.gov/ncbi/pubmed/out/pubmed_250101.dtd">\n'
)


def looks_like_medline(text: str) -> bool:
    """Whether a text holds MEDLINE records ("PMID- 123" at the start of a line)."""
    return bool(_PMID_LINE.search(text))


def read_medline(file: CaseFile, knowledge: Knowledge) -> Iterator[Case | CaseError]:
    """The records of a MEDLINE export, each one case; a record without text is a CaseError."""
    from Bio import Medline

    for lines in _medline_records(file):
        if isinstance(lines, CaseError):
            yield lines
            continue
        record = Medline.read(io.StringIO("".join(lines)))
        title, abstract = _joined(record.get("TI")), _joined(record.get("AB"))
        yield _case(_joined(record.get("PMID")), title, abstract, file, knowledge)


def read_pubmed_xml(file: CaseFile, knowledge: Knowledge) -> Iterator[Case | CaseError]:
    """The articles of a PubMed XML export, each one case, read one after the other.

    An article that is no XML, or without text, is a CaseError, and the next ones follow.
    """
    number = 0
    for number, written in enumerate(_xml_articles(file), 1):
        if written is None or not written.endswith(_END):
            yield CaseError(
                "is longer than one record may be, or ends in the middle, as if cut off; export "
                "it again",
                source=file.name,
                where=f"article {number}",
            )
            continue
        try:
            article = _parsed(decode(written)[0])
        except ValueError as error:
            message = " ".join(str(error).split())[:200]
            yield CaseError(
                f"is no readable PubMed XML ({message}); export it again",
                source=file.name,
                where=f"article {number}",
            )
            continue
        citation = article.get("MedlineCitation", {})
        body = citation.get("Article", {})
        title = _TAG.sub("", str(body.get("ArticleTitle", "")))
        parts = body.get("Abstract", {}).get("AbstractText", [])
        abstract = "\n".join(_TAG.sub("", _labelled(part)) for part in parts)
        yield _case(str(citation.get("PMID", "")), title, abstract, file, knowledge)


def _medline_records(file: CaseFile) -> Iterator[list[str] | CaseError]:
    """The lines of one record after the other; each begins with its PMID."""
    record: list[str] = []
    for line in file.lines():
        if isinstance(line, CaseError):
            yield line
            continue
        text = line[1].rstrip("\r\n") + "\n"
        if _PMID_LINE.match(text):
            if record:
                yield record
            record = []
        if record or _PMID_LINE.match(text):
            record.append(text)
    if record:
        yield record


def _xml_articles(file: CaseFile) -> Iterator[bytes | None]:
    """The bytes of one article after the other, None for one that is too long to be one."""
    with io.BytesIO(file.text()[0].encode()) if is_utf16(file.head) else file.open() as stream:
        waiting = b""
        while block := stream.read(1 << 20):
            waiting += block
            while start := _START.search(waiting):
                end = waiting.find(_END, start.start())
                if end < 0:
                    waiting = waiting[start.start() :]
                    break
                yield waiting[start.start() : end + len(_END)]
                waiting = waiting[end + len(_END) :]
            else:
                waiting = waiting[-20:]  # an article may begin across two blocks
            if len(waiting) > MAX_RECORD_BYTES:
                yield None
                waiting = b""
        if _START.search(waiting):
            yield waiting


def _parsed(article: str) -> Any:
    """One article by Biopython; raises ValueError where it cannot be read."""
    from Bio import Entrez

    if Entrez.local_cache is None:  # else Biopython keeps a folder in the user's home
        Entrez.local_cache = str(home() / "biopython")
    try:
        document = f"{_PROLOGUE}<PubmedArticleSet>{article}</PubmedArticleSet>".encode()
        return Entrez.read(io.BytesIO(document), validate=False)["PubmedArticle"][0]
    except (RuntimeError, LookupError, TypeError, AttributeError) as error:
        raise ValueError(f"not the structure of a PubMed article: {error}") from error


def _case(
    pmid: str,
    title: str,
    abstract: str,
    file: CaseFile,
    knowledge: Knowledge,
) -> Case | CaseError:
    from genecaller.report import case_from_text

    text = "\n\n".join(part.strip() for part in (title, abstract) if part.strip())
    own_id = f"PMID:{pmid}" if pmid.isdigit() else None
    if not text:
        return CaseError(
            "has neither title nor abstract; export it in the full MEDLINE or PubMed format",
            source=file.name,
            where=own_id or "a record without PMID",
        )
    case = case_from_text(text, knowledge, own_id or file.file_name)
    problems = () if abstract.strip() else ("has no abstract; only the title was read",)
    return replace(
        case,
        publication=Publication(own_id, title.strip() or None),
        source=f"{file.name}, {own_id}" if own_id else file.name,
        problems=(*problems, *case.problems),
    )


def _labelled(part: Any) -> str:
    label = getattr(part, "attributes", {}).get("Label")
    return f"{label}: {part}" if label else str(part)


def _joined(value: Any) -> str:
    return " ".join(value) if isinstance(value, list) else str(value or "")

"""PubMed exports (.nbib/MEDLINE and XML): title and abstract become the text of a case."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from genecaller.cases.case import Case, Publication
from genecaller.cases.file import CaseFile
from genecaller.errors import CaseError
from ontology.knowledge import Knowledge

_PMID_LINE = re.compile(r"^PMID- ?\d+", re.MULTILINE)
_DOCTYPE = re.compile(r"<!DOCTYPE[^>\[]*(\[.*?\]\s*)?>", re.DOTALL)
_DECLARATION = re.compile(r"\s*<\?xml[^>]*\?>")
_TAG = re.compile(r"<[^>]+>")
# Biopython reads XML by a definition it carries; a newer one would be fetched from the network.
_CARRIED = (
    '<!DOCTYPE PubmedArticleSet PUBLIC "-//NLM//DTD PubMedArticle, 1st January 2025//EN" '
    '"https://dtd.nlm.nih.gov/ncbi/pubmed/out/pubmed_250101.dtd">'
)


def looks_like_medline(text: str) -> bool:
    """Whether a text holds MEDLINE records ("PMID- 123" at the start of a line)."""
    return bool(_PMID_LINE.search(text))


def read_medline(file: CaseFile, knowledge: Knowledge) -> Iterator[Case | CaseError]:
    """The records of a MEDLINE export, each one case; a record without text is a CaseError."""
    from Bio import Medline

    text, notes = file.text()
    for record in Medline.parse(io.StringIO(text)):
        if record:
            title, abstract = _joined(record.get("TI")), _joined(record.get("AB"))
            yield _case(_joined(record.get("PMID")), title, abstract, notes, file, knowledge)


def read_pubmed_xml(file: CaseFile, knowledge: Knowledge) -> Iterator[Case | CaseError]:
    """The articles of a PubMed XML export, each one case; raises CaseError where it is no such."""
    from Bio import Entrez
    from Bio.Entrez.Parser import CorruptedXMLError, NotXMLError, ValidationError

    text, notes = file.text()
    document = _with_carried_definition(text, file.name)
    try:
        parsed = Entrez.read(io.BytesIO(document.encode("utf-8")))
    except (CorruptedXMLError, NotXMLError, ValidationError, ValueError, RuntimeError) as error:
        message = " ".join(str(error).split())[:200]
        raise CaseError(
            f"is no readable PubMed XML ({message}); export it again", source=file.name
        ) from error
    articles = parsed.get("PubmedArticle", []) if isinstance(parsed, Mapping) else []
    for article in articles:
        citation = article.get("MedlineCitation", {})
        body = citation.get("Article", {})
        title = _TAG.sub("", str(body.get("ArticleTitle", "")))
        parts = body.get("Abstract", {}).get("AbstractText", [])
        abstract = "\n".join(_TAG.sub("", _labelled(part)) for part in parts)
        yield _case(str(citation.get("PMID", "")), title, abstract, notes, file, knowledge)


def _case(
    pmid: str,
    title: str,
    abstract: str,
    notes: tuple[str, ...],
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
    problems = notes if abstract.strip() else (*notes, "has no abstract; only the title was read")
    return replace(
        case,
        publication=Publication(own_id, title.strip() or None),
        source=f"{file.name}, {own_id}" if own_id else file.name,
        problems=(*problems, *case.problems),
    )


def _with_carried_definition(text: str, source: str) -> str:
    """The document under the definition that Biopython carries, whatever it names itself."""
    declaration = _DECLARATION.match(text)
    body = text[declaration.end() :] if declaration else text
    doctype = _DOCTYPE.search(body)
    if doctype and doctype[1]:
        raise CaseError(
            "defines XML entities of its own, which no PubMed export does; it is not read",
            source=source,
        )
    if doctype:
        body = body[: doctype.start()] + body[doctype.end() :]
    if not body.lstrip().startswith("<PubmedArticleSet"):
        body = f"<PubmedArticleSet>{body.lstrip()}</PubmedArticleSet>"
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{_CARRIED}\n{body.lstrip()}'


def _labelled(part: Any) -> str:
    label = getattr(part, "attributes", {}).get("Label")
    return f"{label}: {part}" if label else str(part)


def _joined(value: Any) -> str:
    return " ".join(value) if isinstance(value, list) else str(value or "")

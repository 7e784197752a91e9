"""PubMed exports (.nbib/MEDLINE and XML): title and abstract become the text of a case."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from genecaller.cases.case import Case, Publication
from genecaller.cases.files.case_file import MAX_RECORD_BYTES, CaseFile, decode
from genecaller.cases.readers.pubmed_article import parse_article
from genecaller.errors import CaseError
from ontology.knowledge import Knowledge

_PMID_LINE = re.compile(r"^PMID- ?\d", re.MULTILINE)
_TAG_LINE = re.compile(r"[A-Z]{2,4} *- ")
_START = re.compile(rb"<Pubmed(?:Book)?Article(?=[\s>])")
_END = re.compile(rb"</Pubmed(?:Book)?Article\s*>")
_LONGEST_TAG = 40


def looks_like_medline(text: str) -> bool:
    """Whether a text holds MEDLINE records ("PMID- 123" at the start of a line)."""
    return bool(_PMID_LINE.search(text))


def read_medline(file: CaseFile, knowledge: Knowledge) -> Iterator[Case | CaseError]:
    """The records of a MEDLINE export, each one case; a record without text is a CaseError."""
    from Bio import Medline

    for found in _medline_records(file):
        if isinstance(found, CaseError):
            yield found
            continue
        lines, notes = found
        record = Medline.read(io.StringIO("".join(lines)))
        title, abstract = _joined(record.get("TI")), _joined(record.get("AB"))
        case = _case(_joined(record.get("PMID")), title, abstract, file, knowledge)
        yield _noted(case, notes)


def read_pubmed_xml(file: CaseFile, knowledge: Knowledge) -> Iterator[Case | CaseError]:
    """The articles of a PubMed XML export, each one case, read one after the other.

    An article that is no XML, or without text, is a CaseError, and the next ones follow.
    """
    number = 0
    for number, written in enumerate(_xml_articles(file), 1):
        if written is None or not _END.search(written):
            yield CaseError(
                "is longer than one record may be, or ends in the middle, as if cut off; export "
                "it again",
                source=file.name,
                where=f"article {number}",
            )
            continue
        text, notes = decode(written)
        try:
            article = parse_article(text)
        except ValueError as error:
            yield CaseError(
                f"is no readable PubMed XML ({error}); export it again",
                source=file.name,
                where=f"article {number}",
            )
            continue
        if article.unknown:
            names = ", ".join(article.unknown)
            notes += (f"names of characters that are not known stand as written: {names}",)
        case = _case(article.pmid, article.title, article.abstract, file, knowledge)
        yield _noted(case, notes)


def _noted(case: Case | CaseError, notes: tuple[str, ...]) -> Case | CaseError:
    if notes and isinstance(case, Case):
        return replace(case, problems=(*notes, *case.problems))
    return case


def _medline_records(
    file: CaseFile,
) -> Iterator[tuple[list[str], tuple[str, ...]] | CaseError]:
    """The lines of one record after the other; each begins with its PMID, or after a blank line."""
    record: list[str] = []
    notes: dict[str, None] = {}
    before = 0
    for line in file.lines():
        if isinstance(line, CaseError):
            yield line
            continue
        number, text, odd = line
        text = text.rstrip("\r\n") + "\n"
        tagged = _TAG_LINE.match(text) is not None
        if _PMID_LINE.match(text) or (tagged and number > before + 1):
            if record:
                yield record, tuple(notes)
            record, notes = [], {}
        if record or tagged:
            record.append(text)
            notes.update(dict.fromkeys(odd))
        before = number
    if record:
        yield record, tuple(notes)


def _xml_articles(file: CaseFile) -> Iterator[bytes | None]:
    """The bytes of one article after the other, None for one that is too long to be one.

    An article that is not closed ends where the next one begins.
    """
    in_unicode = file.unicode_form is not None
    with io.BytesIO(file.text()[0].encode()) if in_unicode else file.open() as stream:
        waiting = b""
        while block := stream.read(1 << 20):
            searched = max(0, len(waiting) - _LONGEST_TAG)  # a tag may lie across two blocks
            waiting, at = waiting + block, 0
            while start := _START.search(waiting, at):
                at = start.start()
                after = max(start.end(), searched)
                next_start = _START.search(waiting, after)
                end = _END.search(
                    waiting, after, next_start.start() if next_start else len(waiting)
                )
                if end is None and next_start is None:
                    break
                stop = end.end() if end else next_start.start() if next_start else at
                yield waiting[at:stop]
                at = stop
            else:
                at = max(at, len(waiting) - _LONGEST_TAG)
            waiting = waiting[at:]
            if len(waiting) > MAX_RECORD_BYTES:
                yield None
                waiting = b""
        if _START.search(waiting):
            yield waiting


def _case(
    pmid: str,
    title: str,
    abstract: str,
    file: CaseFile,
    knowledge: Knowledge,
) -> Case | CaseError:
    from genecaller.cases.readers.text import case_from_text

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


def _joined(value: Any) -> str:
    return " ".join(value) if isinstance(value, list) else str(value or "")

"""MEDLINE and PubMed XML exports, one case a record, never touching the network."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from genecaller.cases import Case, Publication
from genecaller.errors import CaseError, UsageError

Read = Callable[..., list[Any]]

NBIB = """PMID- 123
OWN - NLM
TI  - A girl with seizures
      and cleft palate.
AB  - She was 3 years old. There were no cortical
      tubers.
AU  - Doe J

PMID- 124
TI  - Only seizures.

PMID- 125
DP  - 2020
"""

ARTICLE = """<PubmedArticle><MedlineCitation Status="MEDLINE" Owner="NLM">
<PMID Version="1">%s</PMID>
<Article PubModel="Print"><Journal><JournalIssue CitedMedium="Print"><PubDate><Year>2020</Year>
</PubDate></JournalIssue></Journal><ArticleTitle>A <i>TSC2</i> girl with seizures.</ArticleTitle>
<Abstract><AbstractText Label="CASE">She had a cleft palate &amp; hypertelorism.</AbstractText>
</Abstract><Language>eng</Language><PublicationTypeList><PublicationType UI="D002363">Case Reports
</PublicationType></PublicationTypeList></Article><MedlineJournalInfo><MedlineTA>J</MedlineTA>
</MedlineJournalInfo></MedlineCitation></PubmedArticle>"""
HEAD = (
    '<?xml version="1.0" ?>\n<!DOCTYPE PubmedArticleSet PUBLIC "-//NLM//DTD PubMedArticle, 1st '
    'January 2031//EN" "https://dtd.nlm.nih.gov/ncbi/pubmed/out/pubmed_310101.dtd">\n'
)


@pytest.mark.parametrize("name", ["export.nbib", "export.txt"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_medline(name: str, end: str, read: Read) -> None:
    first, second, third = read(name, NBIB.replace("\n", end))
    assert isinstance(first, Case)
    assert first.id == "PMID:123"
    assert first.text is not None
    assert first.text.startswith("A girl with seizures and cleft palate.\n\nShe was 3")
    assert set(first.hpo_ids) == {"HP:0001250", "HP:0000175"}
    assert first.excluded_hpo_ids == ("HP:0009717",)
    assert (first.sex, first.age) == ("female", "P3Y")
    assert first.publication == Publication("PMID:123", "A girl with seizures and cleft palate.")
    assert isinstance(second, Case)
    assert second.problems[0] == "has no abstract; only the title was read"
    assert isinstance(third, CaseError)
    assert third.where == "PMID:125"


def test_pubmed_xml(read: Read) -> None:
    xml = f"{HEAD}<PubmedArticleSet>{ARTICLE % 7}\n{ARTICLE % 8}</PubmedArticleSet>"
    first, second = read("export.xml", xml)
    assert isinstance(first, Case)
    assert isinstance(second, Case)
    assert (first.id, second.id) == ("PMID:7", "PMID:8")
    assert first.text == (
        "A TSC2 girl with seizures.\n\nCASE: She had a cleft palate & hypertelorism."
    )
    assert set(first.hpo_ids) == {"HP:0001250", "HP:0000175", "HP:0000316"}
    assert first.solution is None


def test_a_broken_article_is_named_and_the_next_goes_on(read: Read) -> None:
    broken = (ARTICLE % 7).replace("</Article>", "")
    unclosed = (ARTICLE % 8).replace("<Abstract>", "<Abstract")
    xml = f"{HEAD}<PubmedArticleSet>{broken}{unclosed}{ARTICLE % 9}{(ARTICLE % 10)[:300]}"
    cases = read("export.xml", xml.encode("utf-16"))
    assert [case.where if isinstance(case, CaseError) else case.id for case in cases] == [
        "article 1",
        "article 2",
        "PMID:9",
        "article 4",
    ]


def test_entities_of_its_own_are_never_expanded(read: Read) -> None:
    head = HEAD.replace('.dtd">', '.dtd" [<!ENTITY lol "seizures">]>')
    article = (ARTICLE % 7).replace("seizures", "&lol;")
    (case,) = read("export.xml", f"{head}<PubmedArticleSet>{article}</PubmedArticleSet>")
    assert "HP:0001250" not in case.hpo_ids


def test_an_article_across_two_blocks(read: Read) -> None:
    padding = "<!-- " + "x" * ((1 << 20) - len(HEAD) - 40) + " -->"
    xml = f"{HEAD}<PubmedArticleSet>{ARTICLE % 1}{padding}{ARTICLE % 7}</PubmedArticleSet>"
    assert [case.id for case in read("export.xml", xml) if isinstance(case, Case)] == [
        *("PMID:1", "PMID:7")
    ]


def test_other_xml_is_refused(read: Read) -> None:
    with pytest.raises(UsageError, match="no PubMed export"):
        read("page.html", "<html><body>seizures</body></html>")

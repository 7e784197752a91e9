"""MEDLINE and PubMed XML exports, one case a record, never touching the network."""

from __future__ import annotations

import time
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


@pytest.mark.parametrize(
    "head",
    [
        HEAD.replace("https://dtd.nlm.nih.gov", "http://dtd.example.org"),
        '<!DOCTYPE PubmedArticleSet SYSTEM "http://dtd.example.org/x.dtd">\n',
        '<!DOCTYPE PubmedArticleSet [<!ENTITY x SYSTEM "http://example.org/x">]>\n',
        '<!DOCTYPE PubmedArticleSet [<!ENTITY x SYSTEM "file:///etc/passwd">]>\n',
    ],
)
def test_no_address_in_a_file_is_asked(head: str, read: Read) -> None:
    """The watch over the network fails this test where anything is."""
    schema = (
        '<PubmedArticleSet xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
        'xsi:noNamespaceSchemaLocation="https://www.ncbi.nlm.nih.gov/x.xsd" '
        'xmlns="http://example.org/ns">'
    )
    own = (ARTICLE % 8).replace(
        "<PubmedArticle>",
        '<PubmedArticle xmlns:xsi="u" xsi:schemaLocation="http://example.org/ns a.xsd">',
    )
    first, second, third = read(
        "export.xml", f"{head}{schema}{ARTICLE % 7}{own}{(ARTICLE % 9).replace('cleft', '&x;')}"
    )
    assert (first.id, second.id, third.id) == ("PMID:7", "PMID:8", "PMID:9")
    assert "HP:0000175" in first.hpo_ids
    assert "HP:0000175" in second.hpo_ids
    assert "root:" not in (third.text or "")
    assert third.problems[0] == "names of characters that are not known stand as written: &x;"


@pytest.mark.parametrize(
    "math",
    [
        "<mml:math><mml:mi>p</mml:mi></mml:math>",
        '<mml:math xmlns:mml="http://www.w3.org/1998/Math/MathML"><mml:mi>p</mml:mi></mml:math>',
        '<m:math xmlns:m="http://example.org/other"><m:mi>p</m:mi></m:math>',
        '<math xmlns="http://www.w3.org/1998/Math/MathML"><mi>p</mi></math>',
        '<ext-link xlink:href="http://example.org" xlink:type="simple">p</ext-link>',
    ],
)
def test_other_namespaces_need_no_declaration(math: str, read: Read) -> None:
    article = (ARTICLE % 7).replace("hypertelorism.", f"hypertelorism ({math} = 1).")
    first, second = read("export.xml", f"{HEAD}<PubmedArticleSet>{article}{ARTICLE % 8}")
    assert first.text.endswith("She had a cleft palate & hypertelorism (p = 1).")
    assert second.id == "PMID:8"


def test_a_billion_laughs_are_none(read: Read) -> None:
    laughs = "".join(f'<!ENTITY l{i + 1} "{f"&l{i};" * 10}">' for i in range(12))
    head = HEAD.replace('.dtd">', f'.dtd" [<!ENTITY l0 "seizures">{laughs}]>')
    article = (ARTICLE % 7).replace("hypertelorism", "&l12;")
    begun = time.process_time()
    (case,) = read("export.xml", f"{head}<PubmedArticleSet>{article}</PubmedArticleSet>")
    assert "&l12;" in case.text
    assert time.process_time() - begun < 20  # the recogniser may load


def test_an_unclosed_article_swallows_no_other(read: Read) -> None:
    unclosed = (ARTICLE % 7).replace("</PubmedArticle>", "")
    xml = f"{HEAD}<PubmedArticleSet>{unclosed}{ARTICLE % 8}{unclosed}{ARTICLE % 9}"
    cases = read("export.xml", xml)
    assert [case.where if isinstance(case, CaseError) else case.id for case in cases] == [
        *("article 1", "PMID:8", "article 3", "PMID:9")
    ]


def test_names_of_characters_and_other_pmids(read: Read) -> None:
    article = (ARTICLE % 7).replace(
        "hypertelorism", "hypertelorism&nbsp;&ndash; caf&eacute; A&amp;B"
    )
    article = article.replace(
        "</MedlineCitation>",
        "<CommentsCorrectionsList><CommentsCorrections><PMID>99</PMID></CommentsCorrections>"
        "</CommentsCorrectionsList></MedlineCitation>",
    )
    (case,) = read("export.xml", f"<PubmedArticleSet>{article}</PubmedArticleSet>")
    assert case.id == "PMID:7"
    assert case.text.endswith("hypertelorism – café A&B.")
    assert case.problems == ()


def test_a_chapter_of_a_book_is_read(read: Read) -> None:
    book = (
        "<PubmedBookArticle><BookDocument><PMID>5</PMID><Book><BookTitle>B</BookTitle></Book>"
        "<ArticleTitle>Seizures</ArticleTitle><Abstract><AbstractText>A cleft palate."
        "</AbstractText></Abstract></BookDocument></PubmedBookArticle>"
    )
    first, second = read("export.xml", f"<PubmedArticleSet>{book}{ARTICLE % 7}</PubmedArticleSet>")
    assert (first.id, first.text) == ("PMID:5", "Seizures\n\nA cleft palate.")
    assert second.id == "PMID:7"


def test_a_record_without_pmid_is_no_part_of_the_one_before(read: Read) -> None:
    second = "OWN - NLM\nTI  - A boy with cleft palate.\nAB  - No seizures.\n"
    cases = read("export.nbib", NBIB.replace("PMID- 124\nTI  - Only seizures.\n", second))
    assert [case.where if isinstance(case, CaseError) else case.id for case in cases] == [
        *("PMID:123", "export.nbib", "PMID:125")
    ]
    assert cases[1].hpo_ids == ("HP:0000175",)
    assert cases[1].excluded_hpo_ids == ("HP:0001250",)


def test_what_was_assumed_of_a_record_is_said(read: Read) -> None:
    content = NBIB.replace("cleft", "café cleft").encode("cp1252")
    first, second, _ = read("export.nbib", content)
    assert "café cleft palate" in first.text
    assert first.problems[0] == "the file is not UTF-8; read as Windows-1252"
    assert "the file is not UTF-8; read as Windows-1252" not in second.problems
    xml = f"<PubmedArticleSet>{ARTICLE % 7}{ARTICLE % 8}".replace("cleft", "café cleft", 1)
    first, second = read("export.xml", xml.encode("cp1252"))
    assert first.problems == ("the file is not UTF-8; read as Windows-1252",)
    assert second.problems == ()


def test_an_article_across_two_blocks(read: Read) -> None:
    padding = "<!-- " + "x" * ((1 << 20) - len(HEAD) - 40) + " -->"
    xml = f"{HEAD}<PubmedArticleSet>{ARTICLE % 1}{padding}{ARTICLE % 7}</PubmedArticleSet>"
    assert [case.id for case in read("export.xml", xml) if isinstance(case, Case)] == [
        *("PMID:1", "PMID:7")
    ]


def test_other_xml_is_refused(read: Read) -> None:
    with pytest.raises(UsageError, match="no PubMed export"):
        read("page.html", "<html><body>seizures</body></html>")

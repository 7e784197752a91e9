"""Genes, diseases and publications as sources write them."""

from __future__ import annotations

import pytest

from genecaller.cases.case import Publication, Solution
from genecaller.cases.solution import curie, pmid_in, publication, sex_in, solve


@pytest.mark.parametrize(
    ("gene", "gene_id", "expected"),
    [
        ("TSC2", None, Solution("TSC2")),
        ("MLL2", None, Solution("KMT2D", recorded_gene="MLL2")),
        (None, "HGNC:12363", Solution("TSC2", recorded_gene="HGNC:12363")),
        ("TSC-TWO", "HGNC:12363", Solution("TSC2", recorded_gene="TSC-TWO")),
        ("TSC2", "nonsense", Solution("TSC2")),
    ],
)
def test_genes_are_mapped(gene: str | None, gene_id: str | None, expected: Solution) -> None:
    assert solve(gene, gene_id) == (expected, ())


def test_an_id_decides_over_a_symbol_of_another_gene() -> None:
    solution, problems = solve("TSC1", "HGNC:12363")
    assert solution == Solution("TSC2", recorded_gene="TSC1")
    assert "id and symbol are of two genes" in problems[0]


def test_an_unknown_gene_is_kept_but_never_named_in_a_problem() -> None:
    solution, problems = solve("NOGENE1", None, "OMIM:1", "A disease")
    assert solution == Solution("NOGENE1", "OMIM:1", "A disease")
    assert len(problems) == 1
    assert "NOGENE1" not in problems[0]


def test_no_gene_is_no_solution() -> None:
    assert solve(None, " ", "OMIM:1") == (None, ())


@pytest.mark.parametrize(
    ("written", "pmid"),
    [
        ("PMID:123", "PMID:123"),
        ("pmid 123", "PMID:123"),
        (123, "PMID:123"),
        ("https://pubmed.ncbi.nlm.nih.gov/123/", "PMID:123"),
        ("https://www.ncbi.nlm.nih.gov/pubmed/123", "PMID:123"),
        ("PMC123", None),
        ("doi:10.1/123", None),
        ("0", None),
        (True, None),
        (None, None),
    ],
)
def test_pubmed_ids(written: object, pmid: str | None) -> None:
    assert pmid_in(written) == pmid


def test_small_things() -> None:
    assert curie("Orphanet:538") == "ORPHA:538"
    assert curie("OMIM:613254") == "OMIM:613254"
    assert curie("MONDO:1") == "MONDO:1"
    assert curie(" ") is None
    assert publication(None, " ") is None
    assert publication(None, "Title") == Publication(None, "Title")
    assert [sex_in(s) for s in ("F", "male", "OTHER_SEX", "?", 3)] == [
        *("female", "male", "other"),
        *(None, None),
    ]

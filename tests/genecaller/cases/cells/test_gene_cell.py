"""Cells for genes: symbols, words for none, genes among other words, and several."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from genecaller.cases.cells.gene_cell import genes_in

Read = Callable[..., list[Any]]


@pytest.mark.parametrize(
    "written",
    [
        *("NA", "N/A", "n.a.", "nan", "-", "--", ".", "?", "0", "", "none", "None", "NULL"),
        *("unknown", "Unknown", "negative", "Negative", "VUS", "vus", "unsolved", "UNSOLVED"),
        *("no", "pending", "not found", "n.d.", "ND", "not identified", "no variant", "#N/A"),
        *("undiagnosed", "no diagnosis", "inconclusive", "WES negative", "wild type", "unbekannt"),
        *("not tested", "no pathogenic variant", "in progress", "\u2013", "(none)"),
    ],
)
def test_words_for_no_gene(written: str) -> None:
    assert genes_in(written) == ((), ())


@pytest.mark.parametrize(
    "written", ["TSC2", "tsc2", "MLL2", "HGNC:12363", "ENSG00000103197", "WAS", "REST", "NOGENE1"]
)
def test_a_gene_alone_is_as_written(written: str) -> None:
    assert genes_in(written) == ((written,), ())


AMONG = ("its gene is named among other words; read from them",)
OPEN = ("a gene is named, but not as established; counts as unsolved",)
NO_NAME = ("its gene is no name that HGNC knows; counts as unsolved",)
DATE = ("its gene looks like a date, as Excel makes of some symbols; counts as unsolved",)


@pytest.mark.parametrize(
    ("written", "genes", "problems"),
    [
        ("TSC2 (c.123A>G)", ("TSC2",), AMONG),
        ("NM_000548.5(TSC2):c.1832G>A (p.Arg611Gln)", ("TSC2",), AMONG),
        ("FBN1 p.C1039Y", ("FBN1",), AMONG),
        ("TSC2 (likely pathogenic)", ("TSC2",), AMONG),
        ("TSC2 (HGNC:12363)", ("TSC2",), ()),
        ("KMT2D (MLL2)", ("KMT2D",), AMONG),
        ("TSC1/TSC2", ("TSC1", "TSC2"), ()),
        ("TSC1; TSC2", ("TSC1", "TSC2"), ()),
        ("TSC1 and TSC2", ("TSC1", "TSC2"), ()),
        ("TSC2;TSC2", ("TSC2",), ()),
        ("TSC2 VUS", (), OPEN),
        ("TSC2?", (), OPEN),
        ("candidate: TSC2", (), OPEN),
        ("no mutation found in TSC2", (), OPEN),
        ("awaiting results", (), NO_NAME),
        ("trisomy 21", (), NO_NAME),
        ("yes", (), NO_NAME),
        ("1-Mar", (), DATE),
        ("Sep-02", (), DATE),
    ],
)
def test_genes_among_words(written: str, genes: tuple[str, ...], problems: tuple[str, ...]) -> None:
    assert genes_in(written) == (genes, problems)


@pytest.mark.parametrize(
    ("record", "gene", "told"),
    [
        ({"gene": "NA"}, None, 0),
        ({"gene": "TSC2 (c.1A>G)"}, "TSC2", 1),
        ({"gene": "TSC1/TSC2"}, "TSC1", 1),
        ({"genes": ["TSC2", "TSC2"]}, "TSC2", 0),
        (
            {
                "genes": [
                    {"gene": "TSC1", "status": "candidate"},
                    {"gene": "TSC2", "status": "solved"},
                ]
            },
            "TSC2",
            0,
        ),
        ({"genes": [{"gene": "TSC2", "status": "rejected"}]}, None, 1),
        ({"genes": [{"symbol": "TSC2"}]}, "TSC2", 0),
        ({"gene": "TSC2", "solved": "no"}, None, 1),
        ({"gene": "TSC2", "solved": True}, "TSC2", 0),
        ({"gene": "TSC2", "acmg_class": "VUS"}, None, 1),
        ({"gene": "TSC2", "acmg_class": "likely pathogenic"}, "TSC2", 0),
        ({"gene": "TSC2", "progressStatus": "IN_PROGRESS"}, None, 1),
        ({"hgnc_id": 12363}, "TSC2", 0),
        ({"entrez_id": "7249"}, "TSC2", 0),
        ({"hgnc_id": "NA"}, None, 0),
        ({"gene": "TSC2 VUS", "hgnc_id": "HGNC:12363"}, None, 1),
        ({"causative_gene": "TSC2"}, "TSC2", 0),
        ({"candidate_genes": ["TSC2"]}, None, 0),
        ({"answer": "NA"}, None, 1),
        ({"solution": {"gene": "UNK"}}, "UNK", 0),
        ({"solution": {"gene": "NA"}}, None, 0),
        ({"label": "no"}, None, 0),
    ],
)
def test_the_gene_of_a_record(
    record: dict[str, Any], gene: str | None, told: int, read: Read
) -> None:
    (case,) = read("x.json", {"id": "p", "hpo_ids": ["HP:0001250"], **record})
    assert (case.solution.gene if case.solution else None) == gene
    assert len(case.problems) == told, case.problems
    assert not any("TSC" in problem for problem in case.problems)


def test_a_column_of_placeholders(read: Read) -> None:
    words = ["TSC2", "N/A", "NA", "negative", "-", "none", "VUS", "", ".", "NULL", "?", "0"]
    rows = [f"{i},HP:0001250;HP:0009717,{word}" for i, word in enumerate(words)]
    cases = read("x.csv", "\n".join(["case_id,hpo_ids,gene", *rows]))
    assert [case.solution.gene if case.solution else None for case in cases] == [
        "TSC2",
        *[None] * 11,
    ]
    assert not any(case.problems for case in cases)

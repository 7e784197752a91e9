"""Gene names: what people write, and the approved symbol it means."""

from __future__ import annotations

import pytest

from ontology.genes import GeneNames, gene_names


@pytest.mark.parametrize(
    ("written", "symbol", "status"),
    [
        ("TSC2", "TSC2", "approved"),
        (" tsc2 ", "TSC2", "approved"),
        ("C9orf72", "C9orf72", "approved"),
        ("MLL2", "KMT2D", "previous"),
        ("HGNC:12363", "TSC2", "id"),
        ("NCBIGene:7249", "TSC2", "id"),
        ("ENSG00000103197", "TSC2", "id"),
        ("no such gene", None, "unknown"),
        ("", None, "unknown"),
    ],
)
def test_written_names_resolve(written: str, symbol: str | None, status: str) -> None:
    match = gene_names().resolve(written)
    assert (match.symbol, match.status) == (symbol, status)


def test_precedence_and_ambiguity() -> None:
    names = GeneNames(
        [
            ("1", "AAA", "11", "", "OLD", "NICK"),
            ("2", "BBB", "", "", "OLD", "OLD|SOLO|AAA"),
            ("3", "CCC", "", "", "", "NICK"),
        ]
    )
    assert names.resolve("AAA").status == "approved"  # not BBB's alias
    assert names.resolve("OLD") == names.resolve("old").__class__(
        "OLD", None, "ambiguous", ("AAA", "BBB")
    )
    assert names.resolve("NICK").candidates == ("AAA", "CCC")
    assert names.resolve("SOLO").symbol == "BBB"
    assert names.symbol_of_ncbi(11) == "AAA"
    assert names.symbol_of_ncbi(12) is None

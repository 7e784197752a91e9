"""Small solved cases over the tiny knowledge, one of every kind that a stratum tells apart."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from genecaller.cases import Case, CaseTerm, Publication, Solution

MakeCase = Callable[..., Case]


def make_case(
    case_id: str,
    gene: str | None,
    disease: str | None,
    pmid: str | None,
    *hpo_ids: str,
) -> Case:
    """A case of which only what matters here is filled in."""
    return Case(
        id=case_id,
        terms=tuple(CaseTerm(hpo_id, hpo_id) for hpo_id in hpo_ids),
        publication=Publication(pmid) if pmid else None,
        solution=Solution(gene, disease) if gene else None,
    )


TSC_TERMS = ("HP:0009716", "HP:0009717", "HP:0001250")


@pytest.fixture(name="make_case")
def _make_case() -> MakeCase:
    return make_case


@pytest.fixture
def cases() -> list[Case]:
    """TSC1 from a cited paper, from an unseen one, without PMID; an unknown gene and disease."""
    return [
        make_case("cited", "TSC1", "OMIM:191100", "PMID:29196670", *TSC_TERMS),
        make_case("unseen", "TSC1", "OMIM:191100", "PMID:1", *TSC_TERMS),
        make_case("no-pmid", "TSC2", "OMIM:613254", None, *TSC_TERMS[:2]),
        make_case("inheritance-only", "TBX1", "OMIM:192430", "PMID:11896389", "HP:0000829"),
        make_case("other-disease", "TSC2", "OMIM:1", "PMID:2", *TSC_TERMS),
        make_case("unknown-gene", "BRCA1", "OMIM:604370", "PMID:3", "HP:0000829"),
        make_case("unsolved", None, None, "PMID:4", "HP:0000829"),
        make_case("bare", "NSD1", "OMIM:117550", "PMID:5"),
    ]

"""Leakage worked by hand on the tiny annotations."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from genecaller.cases import Case
from genecaller.evaluation.leakage import leakage
from genecaller.evaluation.strata import solved_cases
from ontology.knowledge import Knowledge


def test_shares_of_a_cases_own_terms(
    make_case: Callable[..., Case], tiny_knowledge: Knowledge
) -> None:
    # OMIM:117550 has HP:0000316 from PMID:28328121 and others, HP:0001263 from it and
    # PMID:30461603, both in one row; HP:0001249 is from another paper.
    case = make_case("a", "NSD1", "OMIM:117550", "PMID:30461603", "HP:0001263", "HP:0001249")
    found = leakage(solved_cases([case], tiny_knowledge), tiny_knowledge)
    assert (found.cited, found.cited_for_disease, found.compared) == (1, 1, 1)
    assert found.terms_supplied == pytest.approx(1 / 2)
    assert found.only_source == pytest.approx(1 / 2)
    assert found.terms_implied == pytest.approx(1 / 2)


def test_a_broader_term_is_implied_but_not_supplied(
    make_case: Callable[..., Case], tiny_knowledge: Knowledge
) -> None:
    # PMID:14985384 states HP:0001249 (intellectual disability) of OMIM:191100; the root of the
    # nervous system's branch is implied by it.
    case = make_case("a", "TSC1", "OMIM:191100", "PMID:14985384", "HP:0000707")
    found = leakage(solved_cases([case], tiny_knowledge), tiny_knowledge)
    assert (found.terms_supplied, found.terms_implied) == (0.0, 1.0)


def test_cited_for_inheritance_or_for_another_disease_supplies_nothing(
    cases: list[Case], tiny_knowledge: Knowledge
) -> None:
    solved = solved_cases(cases, tiny_knowledge)
    found = leakage(solved, tiny_knowledge)
    assert (found.n, found.with_pmid) == (7, 6)
    assert (found.cited, found.cited_for_disease) == (2, 1)
    assert found.terms_supplied == 1.0
    # HP:0001250, HP:0009716 and HP:0009717 of OMIM:191100 are from this paper alone.
    assert found.only_source == 1.0


def test_without_a_cited_case_there_is_no_share(
    make_case: Callable[..., Case], tiny_knowledge: Knowledge
) -> None:
    case = make_case("a", "NSD1", "OMIM:117550", "PMID:7", "HP:0001263")
    found = leakage(solved_cases([case], tiny_knowledge), tiny_knowledge)
    assert (found.cited_for_disease, found.terms_supplied) == (0, None)

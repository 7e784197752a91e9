"""Search while typing, neighbours of a term."""

from __future__ import annotations

import pytest

from ontology.knowledge import Knowledge
from ontology.search import TermSearch, more_specific, similar_terms, term_page


@pytest.fixture(scope="module")
def search(knowledge: Knowledge) -> TermSearch:
    return TermSearch(knowledge)


@pytest.mark.parametrize(
    ("typed", "label"),
    [
        ("seiz", "Seizure"),
        ("SEIZURE", "Seizure"),
        ("low set e", "Low-set ears"),
        ("big head", "Macrocephaly"),
        ("ears low", "Low-set ears"),
        ("microcefaly", "Microcephaly"),
        ("oedema", "Edema"),
        ("hp:0001250", "Seizure"),
    ],
)
def test_the_best_comes_first(search: TermSearch, typed: str, label: str) -> None:
    assert search.complete(typed)[0].label == label


@pytest.mark.parametrize("typed", ["", "   ", "!!!", "xqzzwv", "hp:9999999", "\n", "a" * 5000])
def test_nothing_fits(search: TermSearch, typed: str) -> None:
    assert search.complete(typed) == ()


def test_one_letter_gives_the_number_asked_for(search: TermSearch) -> None:
    found = search.complete("a", top=7)
    assert len(found) == len({f.hpo_id for f in found}) == 7


def test_an_old_id_is_mapped_with_a_note(search: TermSearch, knowledge: Knowledge) -> None:
    old, new = next(iter(knowledge.hpo.alternative_ids.items()))
    (found,) = search.complete(old)
    assert found.hpo_id == new
    assert found.note is not None
    assert old in found.note


def test_similar_terms_are_neither_above_nor_below(knowledge: Knowledge) -> None:
    hpo = knowledge.hpo
    i = hpo.index["HP:0001250"]
    found = similar_terms(knowledge, "HP:0001250", 20)
    assert len(found) == 20
    related = {hpo.ids[j] for j in [*hpo.ancestors(i).tolist(), *hpo.descendants(i).tolist()]}
    assert not related & {f.hpo_id for f in found}
    assert [f.score for f in found] == sorted((f.score for f in found), reverse=True)


def test_more_specific_terms_are_descendants(knowledge: Knowledge) -> None:
    hpo = knowledge.hpo
    below = {hpo.ids[j] for j in hpo.descendants(hpo.index["HP:0001250"]).tolist()}
    found = more_specific(knowledge, "HP:0001250")
    assert found
    assert {f.hpo_id for f in found} <= below - {"HP:0001250"}


def test_a_page_shows_names_and_neighbours(knowledge: Knowledge) -> None:
    page = term_page(knowledge, "HP:0001250")
    assert page is not None
    assert page.label == "Seizure"
    assert page.diseases > 1000
    assert page.parents
    assert page.children
    assert page.note is None
    assert term_page(knowledge, "HP:9999999") is None

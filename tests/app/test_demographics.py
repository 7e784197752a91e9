"""Ages in words, from the one reader of durations."""

import pytest

from app.components.demographics import spoken_age
from ontology.knowledge import Knowledge


@pytest.mark.parametrize(
    ("age", "words"),
    [
        (None, ""),
        ("P3Y6M", "3 years 6 months"),
        ("P1Y", "1 year"),
        ("P0.5Y", "6 months"),
        ("P2W", "2 weeks"),
        ("P0D", "0 days"),
        ("HP:0003577", "Congenital onset"),
        ("as written", "as written"),
    ],
)
def test_an_age_in_words(age: str | None, words: str, knowledge: Knowledge) -> None:
    assert spoken_age(age, knowledge.hpo) == words

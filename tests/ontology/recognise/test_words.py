"""Base forms, compounds, misspellings."""

from __future__ import annotations

import pytest

from ontology.recognise.compounds import Compounds
from ontology.recognise.derivations import noun_of
from ontology.recognise.lemma import lemma
from ontology.recognise.rewordings import base_words, reworded
from ontology.recognise.spelling import Spelling, deletion_table


@pytest.mark.parametrize(
    ("written", "base"),
    [
        ("seizures", "seizure"), ("feet", "foot"), ("vertebrae", "vertebra"),
        ("metastases", "metastasis"), ("biopsies", "biopsy"), ("oedema", "edema"),
        ("anaemia", "anemia"), ("hirschsprung's", "hirschsprung"), ("diabetes", "diabetes"),
        ("abscesses", "abscess"), ("diseases", "disease"), ("behaviour", "behavior"),
        ("thyroid", "thyroid"), ("retinal", "retinal"), ("ptosis", "ptosis"), ("us", "us"),
    ],
)  # fmt: skip
def test_lemma(written: str, base: str) -> None:
    assert lemma(written) == base


def test_lemma_of_a_lemma_is_itself() -> None:
    for word in ["seizure", "phalanx", "edema", "thorax", "pelvis", "tumor", "larynx"]:
        assert lemma(word) == word


def test_adjectives_lead_only_to_known_nouns() -> None:
    nouns = frozenset(["hypotonia", "microcephaly", "ataxia", "cyanosis"])
    assert noun_of("hypotonic", nouns) == "hypotonia"
    assert noun_of("microcephalic", nouns) == "microcephaly"
    assert noun_of("cyanotic", nouns) == "cyanosis"
    assert noun_of("thyroid", frozenset(["thyroiditis"])) is None
    assert noun_of("tonic", frozenset(["tonia"])) is None


def test_spelling_is_bounded() -> None:
    spelling = Spelling(deletion_table(["philtrum", "palpebral", "mouth"]))
    assert spelling.correct("philrum") == "philtrum"
    assert spelling.correct("palperbal") == "palpebral"
    assert spelling.correct("philtrums") == "philtrum"
    assert spelling.correct("filtrum") is None
    assert spelling.correct("phltrm") is None
    assert spelling.correct("mouht") is None
    assert spelling.correct("a" * 500) is None


def test_a_slip_of_the_pen_never_makes_the_contrary() -> None:
    spelling = Spelling(deletion_table(["microhematuria"]))
    assert spelling.correct("macrohematuria") is None
    assert spelling.correct("micrhematuria") == "microhematuria"


def test_a_name_in_other_words() -> None:
    made = {" ".join(words) for words in reworded(base_words("Impaired vibration sensation"))}
    assert {"impaired vibratory sense", "decreased vibration sensation"} <= made
    assert set(reworded(base_words("Ataxia"))) == set()


def test_an_english_word_is_no_misspelling() -> None:
    spelling = Spelling(deletion_table(["analysis", "adduction"]))
    assert spelling.correct("addition") is None


def test_compounds_join_known_parts() -> None:
    compounds = Compounds.found_in(["toenail", "toe", "nail", "microcephaly", "eyelash"])
    assert compounds.join_words(["toe", "nail"]) == ["toenail"]
    assert compounds.join_words(["micro", "cephaly"]) == ["microcephaly"]
    assert compounds.join_words(["eye", "lash"]) == ["eye", "lash"]

"""Any input: no crash, no span outside the text, no more than linear work."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ontology.knowledge import Knowledge
from ontology.recognise import Mention, recogniser_for
from ontology.recognise.blocks import blocks
from ontology.recognise.tokens import fold, join_lines, tokenise

WORDS = st.sampled_from([
    "no", "not", "seizures", "ataxia", ",", ".", ";", ":", "(", ")", "and", "or", "but", "mother",
    "brother", "with", "absent", "short", "broad", "thumbs", "toes", "family", "history", "normal",
    "palate", "\n", "3rd", "centile", "height", "-3", "SD", "calcium", "1.2", "(2-3)", "mmol/l",
    "ASD", "(SNL)", "possible", "?", "Patient 1:", "Eyes:", "deep-set", "was", "were", "50%", "p97",
    "IQ", "45", "é", "İ", "\u0301", "\u00ad", "𝟛", "ﬁ",
])  # fmt: skip
SETTINGS = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def check(text: str, mentions: tuple[Mention, ...]) -> None:
    for mention in mentions:
        assert 0 <= mention.start < mention.end <= len(text)
        assert mention.text == text[mention.start : mention.end]
    assert list(mentions) == sorted(mentions, key=lambda m: m.start) or len(text) > 0


@SETTINGS
@given(text=st.text(max_size=400))
def test_any_text(knowledge: Knowledge, text: str) -> None:
    check(text, recogniser_for(knowledge).recognise(text))


@SETTINGS
@given(words=st.lists(WORDS, max_size=80), separator=st.sampled_from([" ", "", "\n", "-"]))
def test_any_words(knowledge: Knowledge, words: list[str], separator: str) -> None:
    text = separator.join(words)
    check(text, recogniser_for(knowledge).recognise(text))


@SETTINGS
@given(data=st.binary(max_size=400), encoding=st.sampled_from(["utf-8", "latin-1", "utf-16"]))
def test_any_bytes(knowledge: Knowledge, data: bytes, encoding: str) -> None:
    text = data.decode(encoding, errors="replace")
    check(text, recogniser_for(knowledge).recognise(text))


@given(text=st.text(max_size=300))
def test_folding_keeps_every_offset(text: str) -> None:
    folded = fold(text)
    assert len(folded) == len(text)
    assert len(join_lines(text, folded)) == len(text)
    tokens = tokenise(folded)
    for surface, start, end in zip(tokens.surfaces, tokens.start, tokens.end, strict=True):
        assert folded[start:end] == surface


@given(text=st.text(alphabet="ab. \n", max_size=300), size=st.integers(min_value=2, max_value=40))
def test_blocks_are_the_text(text: str, size: int) -> None:
    pieces = list(blocks(text, size))
    assert "".join(piece for _, piece in pieces) == text
    assert all(text[offset : offset + len(piece)] == piece for offset, piece in pieces)
    assert all(len(piece) <= size for _, piece in pieces)


ADVERSARIAL = {
    "no no no": "no " * 60_000,
    "one word": "a" * 200_000,
    "seizures": "seizures " * 20_000,
    "no seizures": "no seizures " * 12_000,
    "brackets": "(" * 200_000,
    "nested definitions": "hearing loss (HL) (" * 8_000,
    "percent": "5% " * 50_000,
    "colons": "eyes: " * 30_000,
    "short thumb": "short thumb and broad " * 8_000,
    "spaces": " " * 200_000,
    "newlines": "\n" * 200_000,
    "combining": "a\u0301" * 80_000,
}


@pytest.mark.parametrize("name", ADVERSARIAL)
def test_adversarial_text_ends(knowledge: Knowledge, name: str) -> None:
    text = ADVERSARIAL[name]
    check(text, recogniser_for(knowledge).recognise(text))

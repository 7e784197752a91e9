"""Words in pieces, ligatures and unseen characters: read as in plain text, spans as given."""

from __future__ import annotations

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ontology.knowledge import Knowledge
from ontology.recognise import Mention, recogniser_for
from ontology.recognise.typeset import as_meant

SETTINGS = settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
PLAIN = (
    "A 4-year-old girl had hypotonia, scoliosis, hearing impairment, low-set ears and weakness. "
    "There were no seizures, without microcephaly or cleft palate, and the patient denied "
    "fatigue. Her mother has ataxia. Ehlers-Danlos syndrome was suspected because of joint "
    "hypermobility. Findings: short stature; absent: dementia, nystagmus."
)


def read(knowledge: Knowledge, text: str) -> list[tuple[str, str]]:
    found = recogniser_for(knowledge).recognise(text)
    check(text, found)
    return [(m.hpo_id, m.status) for m in found]


def check(text: str, found: tuple[Mention, ...]) -> None:
    for mention in found:
        assert 0 <= mention.start < mention.end <= len(text)
        assert mention.text == text[mention.start : mention.end]


@pytest.mark.parametrize(
    "end", ["-\n", "-\r\n", "- \n  ", "\u00ad\n", "\u2010\n", "\u00ad", "\u200b"]
)
def test_broken_words_are_read_whole(knowledge: Knowledge, end: str) -> None:
    text = f"He had hypo{end}tonia and sco{end}liosis, hearing im{end}pairment, no sei{end}zures."
    found = recogniser_for(knowledge).recognise(text)
    assert [(m.label, m.status) for m in found] == [
        ("Hypotonia", "present"), ("Scoliosis", "present"), ("Hearing impairment", "present"),
        ("Seizure", "excluded"),
    ]  # fmt: skip
    assert [m.text for m in found] == [
        f"hypo{end}tonia", f"sco{end}liosis", f"hearing im{end}pairment", f"sei{end}zures",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ("low-\nset ears", ["Low-set ears"]),
        ("a Dandy-\nWalker malformation", ["Dandy-Walker malformation"]),
        ("hy\u00adper\u00adtel\u00ador\u00adism", ["Hypertelorism"]),
        ("de-\nmen-\ntia", ["Dementia"]),
        ("joint stiﬀness and ﬂat feet", ["Joint stiffness", "Pes planus"]),
        ("anæmia and œsophageal atresia", ["Anemia", "Esophageal atresia"]),
        ("hearing\u00a0impairment, short\u2003stature", ["Hearing impairment", "Short stature"]),
        ("“seizures” and Bull’s eye maculopathy", ["Seizure", "Bull's eye maculopathy"]),
        ("\ufeffseizures\u200b, \u200eataxia\u200f", ["Seizure", "Ataxia"]),
        ("Seizures-\nAtaxia+", ["Seizure", "Ataxia"]),
    ],
)
def test_what_a_page_does_to_words(knowledge: Knowledge, text: str, labels: list[str]) -> None:
    found = recogniser_for(knowledge).recognise(text)
    check(text, found)
    assert [m.label for m in found] == labels


def test_a_line_end_is_no_hyphen_before_a_new_item(knowledge: Knowledge) -> None:
    assert read(knowledge, "Seizures -\nAtaxia +\n") == [
        ("HP:0001250", "excluded"), ("HP:0001251", "present"),
    ]  # fmt: skip


@pytest.mark.parametrize("width", [30, 45, 60, 80])
def test_wrapped_text_reads_as_the_plain_one(knowledge: Knowledge, width: int) -> None:
    lines, line = [], ""
    for word in PLAIN.split(" "):
        if len(line) + len(word) > width:
            lines.append(line.rstrip())
            line = ""
        line += word + " "
    text = "\n".join([*lines, line.rstrip()])
    assert read(knowledge, text) == read(knowledge, PLAIN)
    assert read(knowledge, text.replace("\n", "\r\n")) == read(knowledge, PLAIN)


WORDS = [m.span() for m in re.finditer(r"[a-z]{6,}", PLAIN)]


@SETTINGS
@given(
    cuts=st.lists(
        st.tuples(
            st.sampled_from(range(len(WORDS))), st.integers(2, 4),
            st.sampled_from(["-\n", "-\r\n", "\u00ad", "\u00ad\n", "\u200b", "\u200d", "\u2060"]),
        ),
        max_size=8, unique_by=lambda cut: cut[0],
    )
)  # fmt: skip
def test_any_broken_words_leave_terms_and_statuses(
    knowledge: Knowledge, cuts: list[tuple[int, int, str]]
) -> None:
    text = PLAIN
    for word, at, mark in sorted(cuts, reverse=True):
        start = WORDS[word][0] + at
        text = text[:start] + mark + text[start:]
    text = text.replace("fl", "ﬂ")
    assert read(knowledge, text) == read(knowledge, PLAIN), text


PIECES = st.lists(
    st.sampled_from([
        "seizures", "hypo", "tonia", "no ", "-\n", "-\r\n", "\u00ad", "\u200b", "ﬁ", "ﬂat feet",
        " ", "\n", "HP:0001250", "hp_", "absent:", "[x]", "(-)", "|", "\t", "\u2028", "\x85", "æ",
        "Ehlers", "-", "?", ": no", "\r", "·", "•", "é", "𝟛", "\u0301", ",", "Patient 2:",
    ]),
    max_size=40,
)  # fmt: skip


@SETTINGS
@given(pieces=PIECES)
def test_spans_stay_in_the_text_as_given(knowledge: Knowledge, pieces: list[str]) -> None:
    text = "".join(pieces)
    check(text, recogniser_for(knowledge).recognise(text))


@SETTINGS
@given(text=st.text(alphabet="ab-\n\r \u00ad\u200bﬁæ", max_size=60))
def test_every_character_has_its_place(text: str) -> None:
    plain = as_meant(text, lambda word: len(word) < 3, lambda pair: False)
    for i, character in enumerate(plain.text):
        start, end = plain.given(i, i + 1)
        assert 0 <= start < end <= len(text)
        given_here = text[start:end]
        assert character in given_here or given_here in "ﬁæ\u00ad\u200b" or "-" in character
    starts = [plain.given(i, i + 1)[0] for i in range(len(plain.text))]
    assert starts == sorted(starts)

"""Answers, headings, boxes and tables: the status that a form gives its findings."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ontology.knowledge import Knowledge
from ontology.recognise import Mention, recogniser_for

FIXTURES = Path(__file__).parents[2] / "fixtures" / "faults"
STATUS = {"p": "present", "e": "excluded", "u": "uncertain", "f": "family"}
ROWS = [
    tuple(line.rsplit("|", 1))
    for line in (FIXTURES / "statuses_in_forms.txt").read_text(encoding="utf-8").split("\n")
    if line and line[0] != "#"
]


def mentions(knowledge: Knowledge, text: str) -> tuple[Mention, ...]:
    return recogniser_for(knowledge).recognise(text)


@pytest.mark.parametrize(("written", "statuses"), ROWS, ids=[row[0][:50] for row in ROWS])
def test_every_form_gives_the_status_it_says(
    knowledge: Knowledge, written: str, statuses: str
) -> None:
    found = mentions(knowledge, written.replace("^", "\n"))
    assert [m.status for m in found] == [STATUS[letter] for letter in statuses]


TITLES = [
    *("Absent", "No", "Not present", "Negative", "Pertinent negatives", "Negative findings"),
    *("Absent features", "Excluded", "Excluded phenotypes", "Denies", "Not observed", "Ruled out"),
    *("Features not seen", "The following were not found", "HPO terms (absent)", "Nil", "Neg"),
    *("Does not have", "No evidence of", "ROS negatives", "Negated terms", "Unaffected"),
    *("Never had", "None of the following", "Lacking", "Relevant negatives on examination"),
]
BULLETS = ["", "- ", "* ", "• ", "  ", "1. "]
ITEMS = ["Seizures", "microcephaly", "Scoliosis"]


@pytest.mark.parametrize("title", TITLES)
def test_a_negative_heading_excludes_what_stands_beside_it(
    knowledge: Knowledge, title: str
) -> None:
    for separator in (", ", "; ", " and "):
        found = mentions(knowledge, f"Ataxia.\n{title}: {separator.join(ITEMS)}.\nHypotonia.")
        assert [m.status for m in found] == ["present", *["excluded"] * 3, "present"], separator


@pytest.mark.parametrize("title", TITLES)
def test_a_negative_heading_excludes_the_list_below_it(knowledge: Knowledge, title: str) -> None:
    for bullet, colon, gap in product(BULLETS, (":", ""), ("\n", "\n\n", "\r\n")):
        below = gap.strip(" ") + "\n".join(bullet + item for item in ITEMS)
        for after in ("\n\nHe has ataxia.", "\nPresent:\n- ataxia", "\n\nPresent features: ataxia"):
            text = f"{title}{colon}{below}{after}"
            found = mentions(knowledge, text)
            assert [m.status for m in found] == [*["excluded"] * 3, "present"], text


def test_a_list_that_is_longer_than_a_block_keeps_its_heading(knowledge: Knowledge) -> None:
    text = "Absent features:\n" + "- seizures\n" * 3_000
    found = mentions(knowledge, text)
    assert len(found) == 3_000
    assert {m.status for m in found} == {"excluded"}


HEADINGS = st.sampled_from([f"{title}:" for title in TITLES] + ["Absent", "Negative findings"])
ANSWERS = st.sampled_from([
    ": no", ": absent", " - none", " (negative)", ": denied", "? No", " -ve", ": never",
    ": not present", "......No", " = no", ": excluded", "\tno", " | no", ": not observed",
])  # fmt: skip
LAYOUTS = st.sampled_from(["\n", "\n- ", "\n* ", "\n• ", "\n\n- ", "\n  "])
SETTINGS = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture(scope="module")
def common_names(knowledge: Knowledge) -> list[str]:
    """Names of up to three words that the recogniser finds where they stand alone."""
    hpo = knowledge.hpo
    names = [
        name
        for i, name in enumerate(hpo.names)
        if hpo.is_phenotypic_abnormality[i]
        and len(name.split()) <= 3
        and name.isascii()
        and "," not in name
    ]
    found = [
        name
        for name in names[:: max(1, len(names) // 1_500)]
        if [(m.label, m.status) for m in mentions(knowledge, f"He has {name}.")]
        == [(name, "present")]
    ]
    assert len(found) > 500
    return found


@SETTINGS
@given(data=st.data(), heading=HEADINGS, layout=LAYOUTS)
def test_no_finding_under_a_negative_heading_is_present(
    knowledge: Knowledge, common_names: list[str], data: st.DataObject, heading: str, layout: str
) -> None:
    names = data.draw(st.lists(st.sampled_from(common_names), min_size=1, max_size=6))
    for text in (
        heading + layout + layout.join(names),
        f"{heading.rstrip(':')}: {', '.join(names)}",
    ):
        assert {m.status for m in mentions(knowledge, text)} == {"excluded"}, text


@SETTINGS
@given(data=st.data())
def test_no_finding_with_a_negative_answer_is_present(
    knowledge: Knowledge, common_names: list[str], data: st.DataObject
) -> None:
    pairs = data.draw(
        st.lists(st.tuples(st.sampled_from(common_names), ANSWERS), min_size=1, max_size=6)
    )
    text = "\n".join(name + answer for name, answer in pairs)
    assert {m.status for m in mentions(knowledge, text)} <= {"excluded"}, text
    text = "\n".join(f"{name}: {'no' if n % 2 else 'yes'}" for n, (name, _) in enumerate(pairs))
    for mention in mentions(knowledge, text):
        line = text.count("\n", 0, mention.start)
        assert mention.status == ("excluded" if line % 2 else "present"), text

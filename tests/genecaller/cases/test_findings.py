"""Findings become current terms, and everything done to them is said."""

from __future__ import annotations

import pytest

from genecaller.cases.findings import Finding, collect
from ontology.knowledge import Knowledge


@pytest.mark.parametrize(
    ("written", "hpo_id", "said"),
    [
        ("HP:0001250", "HP:0001250", None),
        ("hp:0001250", "HP:0001250", None),
        ("HP_0001250", "HP:0001250", None),
        ("http://purl.obolibrary.org/obo/HP_0001250", "HP:0001250", None),
        ("Seizure", "HP:0001250", None),
        ("epileptic seizure", "HP:0001250", None),
        ("HP:0001303", "HP:0001250", "HP:0001303 is an old id, read as HP:0001250 (Seizure)"),
        ("HP:0003114", "HP:0001626", "is an old id, read as HP:0001626"),
        ("HP:0003494", None, "HP:0003494 is obsolete and has no single replacement; left out"),
        ("HP:9999999", None, "HP:9999999 is not in HPO 2025-01-16; left out"),
        ("HP:125", None, "'HP:125' is neither an HPO id"),
        ("MONDO:0000001", None, "'MONDO:0000001' is neither an HPO id"),
        ("", None, "'' is neither an HPO id"),
    ],
)
def test_each_way_of_writing(
    written: str, hpo_id: str | None, said: str | None, tiny_knowledge: Knowledge
) -> None:
    found = collect([Finding(written)], tiny_knowledge.hpo)
    assert [term.hpo_id for term in found.terms] == ([hpo_id] if hpo_id else [])
    if said is None:
        assert found.problems == ()
    else:
        assert said in found.problems[0]
        assert len(found.problems) == 1


def test_what_the_source_wrote_is_kept_where_it_differs(tiny_knowledge: Knowledge) -> None:
    found = collect([Finding("HP:0001303"), Finding("HP:0000175")], tiny_knowledge.hpo)
    assert [(t.label, t.recorded_id) for t in found.terms] == [
        ("Seizure", "HP:0001303"),
        ("Cleft palate", None),
    ]


def test_duplicates_are_merged_with_what_each_knows(tiny_knowledge: Knowledge) -> None:
    findings = [
        Finding("HP:0001250", onset="P2M"),
        Finding("HP:0000175"),
        Finding("HP:0001303", onset="P9M", severity="HP:0012828"),
    ]
    found = collect(findings, tiny_knowledge.hpo)
    assert [(t.hpo_id, t.onset, t.severity) for t in found.terms] == [
        ("HP:0001250", "P2M", "HP:0012828"),
        ("HP:0000175", None, None),
    ]
    assert any("stated more than once, counted once: HP:0001250" in p for p in found.problems)


def test_a_contradiction_counts_as_present_and_is_reported(tiny_knowledge: Knowledge) -> None:
    findings = [Finding("HP:0001250", status="excluded"), Finding("HP:0001303")]
    found = collect(findings, tiny_knowledge.hpo)
    assert [t.hpo_id for t in found.terms] == ["HP:0001250"]
    assert found.excluded_terms == ()
    assert "both as present and as excluded" in found.problems[-1]


def test_a_problem_names_its_place_and_label(tiny_knowledge: Knowledge) -> None:
    found = collect([Finding("HP:9999999", "New term", where="line 3")], tiny_knowledge.hpo)
    assert found.problems[0].startswith("line 3: HP:9999999 (New term) is not in HPO 2025-01-16")

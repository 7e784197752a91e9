"""Each stratum's members, by name."""

from __future__ import annotations

from pathlib import Path

import pytest

from genecaller.cases import Case
from genecaller.cases.read import read_cases
from genecaller.evaluation.strata import (
    SolvedCases,
    by_number_of_terms,
    by_organ_system,
    judged,
    solved_cases,
    strata,
)
from ontology.knowledge import Knowledge


def members(solved: SolvedCases, masks: dict[str, object]) -> dict[str, set[str]]:
    return {
        name: {case.id for case, inside in zip(solved.cases, mask, strict=True) if inside}  # type: ignore[call-overload]
        for name, mask in masks.items()
    }


def test_strata_by_what_the_knowledge_knew(cases: list[Case], tiny_knowledge: Knowledge) -> None:
    solved = solved_cases(cases, tiny_knowledge)
    everything = {case.id for case in cases} - {"unsolved"}
    known = everything - {"unknown-gene"}
    assert members(solved, strata(solved, "as-published")) == {
        "as-published": known,
        "gene-or-disease-unknown": {"other-disease", "unknown-gene"},
        "all": everything,
    }
    # Cited for inheritance only, or for another disease, is still cited; without a PMID is not
    # shown to be unseen; an unknown disease is no fair question.
    assert members(solved, strata(solved, "unseen-publication")) == {
        "unseen-publication": {"unseen", "bare"}
    }
    assert members(solved, strata(solved, "leave-publication-out")) == {
        "leave-publication-out": known,
        "leave-publication-out, all": everything,
    }


def test_only_what_is_reported_is_ranked(cases: list[Case], tiny_knowledge: Knowledge) -> None:
    solved = solved_cases(cases, tiny_knowledge)
    assert {case.id for case in judged(solved, ["unseen-publication"]).cases} == {"unseen", "bare"}
    assert judged(solved, ["unseen-publication", "as-published"]) is solved


def test_by_number_of_terms(cases: list[Case], tiny_knowledge: Knowledge) -> None:
    solved = solved_cases(cases, tiny_knowledge)
    groups = members(solved, by_number_of_terms(solved))
    assert groups["0"] == {"bare"}
    assert len(groups["1-3"]) == len(solved) - 1
    assert sum(map(len, groups.values())) == len(solved)


def test_by_organ_system(cases: list[Case], tiny_knowledge: Knowledge) -> None:
    solved = solved_cases(cases, tiny_knowledge)
    groups = members(solved, by_organ_system(solved, tiny_knowledge))
    assert groups["Abnormality of the endocrine system"] == {"inheritance-only", "unknown-gene"}
    assert {"cited", "unseen"} <= groups["Abnormality of the nervous system"]
    assert "bare" not in set().union(*groups.values())


@pytest.mark.shared
def test_the_real_cases_fall_where_they_were_counted(
    phenopacket_zip: Path, knowledge: Knowledge
) -> None:
    read = [case for case in read_cases(phenopacket_zip, knowledge) if isinstance(case, Case)]
    solved = solved_cases(read, knowledge)
    counts = {
        name: int(mask.sum())
        for protocol in ("as-published", "unseen-publication")
        for name, mask in strata(solved, protocol).items()
    }
    assert counts == {
        "as-published": 7151,
        "gene-or-disease-unknown": 1868,
        "all": 8316,
        "unseen-publication": 2171,
    }

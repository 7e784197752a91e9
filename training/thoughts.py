"""Worked answers for the warm-up: a short chain of thought and a ranked list, all of it grounded.

Every phenotype that a worked answer cites is one of the patient's and is annotated, itself or
through a broader or narrower term, to the disease it is cited for. They are short on purpose:
tokens are what training costs.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from genecaller.candidates import Weighed
from genecaller.cases.case import Case
from genecaller.prompt import short_disease

if TYPE_CHECKING:
    from genecaller.rankers.evidence import Evidence, TermMatch

STRENGTH = {"exact": 0, "narrower": 1, "broader": 2}


def worked_answer(case: Case, truth: Weighed, rivals: Sequence[Weighed]) -> str:
    """A chain of thought and the genes in the order they should have: the truth, then the rivals.

    The form is the prompt's: `<think>...</think>`, then one numbered line a gene with its reason.
    """
    lines = [f"<think>{thought(truth, rivals)}</think>"]
    for position, one in enumerate([truth, *rivals], start=1):
        words = reason(one, most=2 if position == 1 else 1)
        lines.append(f"{position}. {one.candidate.symbol} - {words}")
    return "\n".join(lines)


def thought(truth: Weighed, rivals: Sequence[Weighed], most: int = 2) -> str:
    """Which findings lead to the right gene, and what the first rival leaves open.

    "Shagreen patch, Cortical tubers fit Tuberous sclerosis (4 of 5). TSC1 misses Seizure."
    """
    if truth.evidence is None or not truth.evidence.explained:
        return f"Few findings are specific; {truth.candidate.symbol} remains."
    own = truth.evidence
    leading = ", ".join(match.label for match in strongest(own)[:most])
    disease = short_disease(own.disease_name)
    text = f"{leading} fit {disease} ({len(own.explained)} of {len(own.matches)})."
    contrast = _contrast(truth, rivals)
    return f"{text} {contrast}" if contrast else text


def _contrast(truth: Weighed, rivals: Sequence[Weighed]) -> str | None:
    """What sets the first rival apart: a finding it leaves open, or one that speaks against it."""
    if not rivals or rivals[0].evidence is None or truth.evidence is None:
        return None
    first = rivals[0]
    assert first.evidence is not None
    explained = {match.hpo_id for match in truth.evidence.explained}
    for match in first.evidence.matches:
        if match.kind == "unexplained" and match.hpo_id in explained:
            return f"{first.candidate.symbol} misses {match.label}."
    shared = {contradiction.hpo_id for contradiction in truth.evidence.against}
    for contradiction in first.evidence.against:
        if contradiction.hpo_id not in shared:
            return f"{first.candidate.symbol}: {contradiction.label} is against it."
    return None


def reason(one: Weighed, most: int) -> str:
    """Why a gene is on the list, in a few grounded words."""
    if one.evidence is None or not one.evidence.explained:
        return "no finding explained"
    named = ", ".join(match.label for match in strongest(one.evidence)[:most])
    return f"{named} ({len(one.evidence.explained)} of {len(one.evidence.matches)})"


def strongest(evidence: Evidence) -> list[TermMatch]:
    """The explained findings, exact matches first, then by stated frequency, then by id."""
    return sorted(
        evidence.explained,
        key=lambda m: (STRENGTH[m.kind], -(m.frequency or 0.0), m.hpo_id),
    )

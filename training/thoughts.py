"""Worked answers for the warm-up: a short chain of thought and a ranked list, all of it grounded.

Every phenotype that a worked answer cites is one of the patient's and is annotated, itself or
through a broader or narrower term, to the disease it is cited for. They are short on purpose:
tokens are what training costs.
"""

from __future__ import annotations

from collections.abc import Sequence

from genecaller.candidates import Weighed
from genecaller.prompt import short_disease, strongest


def worked_answer(truth: Weighed, rivals: Sequence[Weighed]) -> str:
    """A chain of thought and the genes in the order they should have: the truth, then the rivals.

    The form is the prompt's: `<think>...</think>`, then one numbered line a gene with its reason.
    """
    lines = [f"<think>{thought(truth, rivals)}</think>"]
    lines += [
        f"{position}. {one.candidate.symbol} - {reason(one)}"
        for position, one in enumerate([truth, *rivals], start=1)
    ]
    return "\n".join(lines)


def thought(truth: Weighed, rivals: Sequence[Weighed]) -> str:
    """Which finding leads to the right gene, and how far it and its first rival explain the case.

    "Cortical tubers fits Tuberous sclerosis 2: TSC2 explains 4 of 5, TSC1 3."
    """
    if truth.evidence is None or not truth.evidence.explained:
        return f"Few findings are specific; {truth.candidate.symbol} remains."
    own = truth.evidence
    text = (
        f"{strongest(own)[0].label} fits {short_disease(own.disease_name)}: "
        f"{truth.candidate.symbol} explains {len(own.explained)} of {len(own.matches)}"
    )
    if rivals and rivals[0].evidence is not None:
        text += f", {rivals[0].candidate.symbol} {len(rivals[0].evidence.explained)}"
    return f"{text}."


def reason(one: Weighed) -> str:
    """Why a gene is on the list: the strongest of the findings that it explains."""
    if one.evidence is None or not one.evidence.explained:
        return "no finding explained"
    return strongest(one.evidence)[0].label

"""Worked answers for the warm-up: a short chain of thought and a ranked list, all of it grounded.

Every phenotype that a worked answer cites is one of the patient's and is annotated, itself or
through a broader or narrower term, to the disease it is cited for. They are short on purpose:
tokens are what training costs.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from genecaller.llm.candidates import Weighed
from genecaller.llm.prompt import main_finding

if TYPE_CHECKING:
    from genecaller.rankers.explain.evidence import Evidence


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
    """How far the right gene and its first rival explain the case.

    "TSC2 explains 4 of 5, TSC1 3 of 5."
    """
    if truth.evidence is None or not truth.evidence.explained:
        return f"Few findings are specific; {truth.candidate.symbol} remains."
    text = f"{truth.candidate.symbol} explains {_share(truth.evidence)}"
    if rivals and rivals[0].evidence is not None:
        text += f", {rivals[0].candidate.symbol} {_share(rivals[0].evidence)}"
    return f"{text}."


def _share(evidence: Evidence) -> str:
    return f"{len(evidence.explained)} of {len(evidence.matches)}"


def reason(one: Weighed) -> str:
    """Why a gene is on the list: the strongest of the findings that it explains."""
    return main_finding(one.evidence) if one.evidence is not None else "no finding explained"

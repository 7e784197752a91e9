"""What the recogniser hands on: one mention of one term in a text."""

from __future__ import annotations

from dataclasses import dataclass

from ontology.status import Status


@dataclass(frozen=True, slots=True)
class Mention:
    """One HPO term found at `text[start:end]`, in code points.

    `status` says whose finding it is and whether it is there: "present", "excluded" (looked for
    and absent), "uncertain" (suspected, possible, to be ruled out), "family" (a relative's).
    `rule` names why it matched ("exact", "word forms", "coordination", "measurement", ...),
    `matched` the name or synonym it matched, `score` 0..1 how far the match is to be trusted.
    `onset` and `severity` are HPO ids (HP:0003593, HP:0012828) where the text states them.
    """

    start: int
    end: int
    text: str
    hpo_id: str
    label: str
    status: Status
    rule: str
    matched: str
    score: float
    onset: str | None = None
    severity: str | None = None

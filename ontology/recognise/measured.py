"""What a number in a text can say: one finding, there or ruled out."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Measured:
    """A finding read from a number: characters `start:end` of the folded text.

    `excluded` says that the value is normal, so that the term does not hold.
    """

    start: int
    end: int
    hpo_id: str
    matched: str
    excluded: bool

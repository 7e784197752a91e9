"""When a patient's illness began, in years, as far as the case says."""

from __future__ import annotations

import re

from genecaller.cases import Case
from genecaller.rankers.facts import onset_years
from ontology.hpo import Hpo

_DURATION = re.compile(
    r"P(?:(\d+(?:\.\d+)?)Y)?(?:(\d+(?:\.\d+)?)M)?(?:(\d+(?:\.\d+)?)W)?(?:(\d+(?:\.\d+)?)D)?"
)


def years(written: str | None, hpo: Hpo) -> float | None:
    """An ISO 8601 duration ("P2Y6M") or an HPO onset id in years, None for anything else."""
    if written is None:
        return None
    if written in hpo.index:
        age = float(onset_years(hpo)[hpo.index[written]])
        return None if age != age else age
    found = _DURATION.match(written)
    if found is None or not any(found.groups()):
        return None
    y, m, w, d = (float(part or 0) for part in found.groups())
    return y + m / 12 + w / 52.18 + d / 365.25


def onset_of(case: Case, hpo: Hpo) -> tuple[float | None, bool]:
    """The age at onset and True, or the age at the report, an upper bound, and False."""
    onset = years(case.onset, hpo)
    return (onset, True) if onset is not None else (years(case.age, hpo), False)

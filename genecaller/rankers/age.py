"""When a patient's illness began, in years, as far as the case says."""

from __future__ import annotations

from genecaller.cases import Case
from genecaller.rankers.profiles.disease_metadata import onset_years
from ontology.age import read_duration
from ontology.hpo import Hpo


def years(written: str | None, hpo: Hpo) -> float | None:
    """An ISO 8601 duration ("P2Y6M") or an HPO onset id in years, None for anything else."""
    if written is None:
        return None
    if written in hpo.index:
        age = float(onset_years(hpo)[hpo.index[written]])
        return None if age != age else age
    duration = read_duration(written)
    return None if duration is None else duration.in_years


def onset_of(case: Case, hpo: Hpo) -> tuple[float | None, bool]:
    """The age at onset and True, or the age at the report, an upper bound, and False."""
    onset = years(case.onset, hpo)
    return (onset, True) if onset is not None else (years(case.age, hpo), False)

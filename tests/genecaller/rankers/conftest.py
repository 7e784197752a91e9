"""A ranker's working set over the tiny knowledge, and cases in one line."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from genecaller.cases import Case, CaseTerm
from genecaller.rankers.methods.term_similarity import Matcher
from genecaller.rankers.profiles.cache import open_profiles
from genecaller.rankers.profiles.disease_profiles import DiseaseProfiles
from ontology.knowledge import Knowledge

MakeCase = Callable[..., Case]

CORTICAL_TUBERS = "HP:0009717"
SUBEPENDYMAL_NODULES = "HP:0009716"
SEIZURE = "HP:0001250"
INTELLECTUAL_DISABILITY = "HP:0001249"
GLOBAL_DELAY = "HP:0001263"
NEURODEVELOPMENTAL_DELAY = "HP:0012758"
HEARING_IMPAIRMENT = "HP:0000365"
SENSORINEURAL = "HP:0000407"
HYPERTELORISM = "HP:0000316"
CLEFT_PALATE = "HP:0000175"
HYPOPARATHYROIDISM = "HP:0000829"


@pytest.fixture(scope="session")
def profiles(tiny_knowledge: Knowledge) -> DiseaseProfiles:
    return open_profiles(tiny_knowledge)


@pytest.fixture
def matcher(profiles: DiseaseProfiles) -> Matcher:
    return Matcher(profiles)


@pytest.fixture
def make_case() -> MakeCase:
    def made(*present: str, excluded: tuple[str, ...] = (), **more: object) -> Case:
        return Case(
            "case",
            terms=tuple(CaseTerm(hpo_id, "") for hpo_id in present),
            excluded_terms=tuple(CaseTerm(hpo_id, "") for hpo_id in excluded),
            **more,  # type: ignore[arg-type]
        )

    return made


@pytest.fixture
def at(profiles: DiseaseProfiles) -> Callable[[str], int]:
    """Disease id -> index within the profiles."""
    return lambda disease_id: int(profiles.local[profiles.annotations.disease_index[disease_id]])

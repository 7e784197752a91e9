"""One ranker shared by threads gives each of them what it gives alone."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TypeVar

import numpy as np
import pytest

from genecaller.rankers.methods import term_similarity as matching
from genecaller.rankers.methods.term_similarity import Matcher, best_match, log_likelihood_ratio
from genecaller.rankers.profiles import cache
from genecaller.rankers.profiles.cache import open_profiles
from genecaller.rankers.profiles.disease_profiles import DiseaseProfiles, build_profiles
from genecaller.rankers.profiles.term_frequency_table import wide_columns
from genecaller.rankers.registry import make_ranker
from ontology.knowledge import Knowledge
from tests.genecaller.rankers.conftest import CLEFT_PALATE, GLOBAL_DELAY, SEIZURE, MakeCase

T = TypeVar("T")
THREADS = 8


@pytest.fixture(autouse=True)
def switching() -> Iterator[None]:
    """Threads take turns as often as the interpreter can, which is when they meet half work."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def at_once(work: Callable[[], T]) -> list[T]:
    """What `work` gives in each of several threads that begin together."""
    gate = threading.Barrier(THREADS)

    def one(_: int) -> T:
        gate.wait()
        return work()

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(one, range(THREADS)))


@pytest.fixture
def real(profiles: DiseaseProfiles, monkeypatch: pytest.MonkeyPatch) -> DiseaseProfiles:
    """The tiny profiles, made anew with every term that three diseases show counted as wide."""
    monkeypatch.setattr("genecaller.rankers.profiles.disease_profiles.WIDE", 2)
    return build_profiles(profiles.hpo, profiles.annotations)


class Interrupted:
    """Profiles that let something else happen the first time that a part of them is asked for."""

    def __init__(self, profiles: DiseaseProfiles) -> None:
        self.profiles = profiles
        self.when: dict[str, Callable[[], object]] = {}

    def __len__(self) -> int:
        return len(self.profiles)

    def __getattr__(self, name: str) -> object:
        work = self.when.pop(name, None)
        if work is not None:
            work()
        return getattr(self.profiles, name)


def test_a_wide_column_is_never_seen_half_filled(real: DiseaseProfiles) -> None:
    terms = np.flatnonzero(real.is_wide).astype(np.int32)[:1]
    diseases = np.arange(len(real))
    alone = wide_columns(real).frequency(terms, diseases)
    profiles = Interrupted(real)
    shared = replace(wide_columns(real), profiles=profiles)  # type: ignore[arg-type]
    seen = []

    def second_thread_fills_it() -> None:
        seen.append(shared.frequency(terms, diseases))
        profiles.when["column_frequency"] = third_thread_reads_it

    def third_thread_reads_it() -> None:
        seen.append(shared.frequency(terms, diseases))

    profiles.when["column"] = second_thread_fills_it
    seen.append(shared.frequency(terms, diseases))
    assert len(seen) == 3
    for values in seen:
        assert np.array_equal(values, alone, equal_nan=True)


def test_squares_are_never_seen_half_filled(real: DiseaseProfiles) -> None:
    term = int(np.flatnonzero(real.is_wide)[0])
    alone = Matcher(real).squares(term)
    profiles = Interrupted(real)
    shared = Matcher(profiles)  # type: ignore[arg-type]
    seen = []
    profiles.when["column_disease"] = lambda: seen.append(shared.squares(term).copy())
    seen.append(shared.squares(term))
    assert len(seen) == 2
    for values in seen:
        assert np.array_equal(values, alone)


def test_kept_vectors_are_thrown_out_without_upset(
    real: DiseaseProfiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(matching, "KEPT_VECTORS", 3)
    terms = real.row_term[:12].tolist()
    alone = [Matcher(real).vector(best_match, t) for t in terms]
    shared = Matcher(real)

    def work() -> bool:
        found = [shared.vector(best_match, t) for _ in range(10) for t in terms]
        shared.vector(log_likelihood_ratio, terms[0])
        return all(np.array_equal(a, b) for a, b in zip(found, alone * 10, strict=True))

    assert at_once(work) == [True] * THREADS
    assert len(shared._kept) <= 3


def test_threads_open_the_same_profiles(
    tiny_knowledge: Knowledge, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache, "_opened", {})
    first, *others = at_once(lambda: open_profiles(tiny_knowledge))
    assert all(other is first for other in others)


def test_threads_get_from_one_ranker_what_each_gets_alone(
    knowledge: Knowledge, make_case: MakeCase
) -> None:
    cases = [
        make_case(SEIZURE, GLOBAL_DELAY),
        make_case(CLEFT_PALATE, excluded=(SEIZURE,)),
        make_case(GLOBAL_DELAY, CLEFT_PALATE, SEIZURE),
    ]
    alone = [make_ranker("default", knowledge).score(case).score for case in cases]
    shared = make_ranker("default", knowledge)
    for found in at_once(lambda: [shared.score(case).score for case in cases]):
        assert all(np.array_equal(a, b) for a, b in zip(alone, found, strict=True))

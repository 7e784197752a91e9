"""An empty store in a folder of its own, a run to write under, and a case with everything."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from genecaller.cases import Case, CaseTerm, Publication, Solution
from genecaller.ranking import RankedGene, Ranking
from genecaller.store import Provenance, Store, open_store

KNOWLEDGE = "2025-01-16/s1"
MADE_WITH = Provenance(
    knowledge=KNOWLEDGE, prompt_version="open-1", model="smol", adapter="a1", seed=7
)


@pytest.fixture(scope="session")
def empty_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Made once and copied for each test: making one writes some twenty tables to the disk."""
    return open_store(tmp_path_factory.mktemp("empty") / "empty.duckdb").path


@pytest.fixture
def store(tmp_path: Path, empty_store: Path) -> Store:
    shutil.copy(empty_store, tmp_path / "kept.duckdb")
    return open_store(tmp_path / "kept.duckdb")


@pytest.fixture
def run_id(store: Store) -> int:
    return store.start_run("rank", MADE_WITH)


def full_case(case_id: str = "case 1") -> Case:
    """A case that uses every field there is."""
    return Case(
        id=case_id,
        terms=(
            CaseTerm("HP:0000316", "Hypertelorism", recorded_id="HP:0000578", onset="P1Y"),
            CaseTerm("HP:0000347", "Micrognathia", severity="HP:0012828"),
        ),
        excluded_terms=(CaseTerm("HP:0000175", "Cleft palate"),),
        sex="female",
        age="P51Y",
        onset="HP:0003577",
        text="Wide-set eyes; Ménière's; a 'quoted' line\nand % another.",
        publication=Publication("PMID:123", "A title; DROP TABLE cases"),
        solution=Solution("TSC2", "OMIM:613254", "Tuberous sclerosis-2", "TSC-2"),
        source="zip/TSC2/1.json",
        problems=("HP:0000578 is now HP:0000316",),
    )


def ranking_of(case_id: str, ranker: str = "default", n: int = 3) -> Ranking:
    genes = tuple(
        RankedGene(
            rank=i,
            symbol=f"G{i}",
            score=1 / i if ranker != "model" else None,
            disease=f"OMIM:{i}" if i % 2 else None,
            explanation=f"explains {i} of {n} terms",
        )
        for i in range(1, n + 1)
    )
    model = "smol + a1" if ranker == "model" else None
    return Ranking(case_id, ranker, model, KNOWLEDGE, genes, ("a problem",))


def start(code: str, *arguments: object) -> subprocess.Popen[str]:
    """Another Python process that runs `code`."""
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def end(process: subprocess.Popen[str]) -> str:
    """What it printed; fails where it failed."""
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    return out

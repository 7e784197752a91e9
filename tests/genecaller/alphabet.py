"""A source that is quick and knows its answer, and what it leaves in an output of any form."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from pathlib import Path

import duckdb

from genecaller.cases import Case
from genecaller.errors import CaseError, GenecallerError
from genecaller.pipeline.results_table import unmarked
from genecaller.ranking import RankedGene, Ranking
from genecaller.store.provenance import Provenance
from ontology.files import plainly_named

FORMS = ("jsonl", "csv", "parquet")


class Alphabet:
    """A source that is quick and knows its answer; `bad` cases fail as a real one would."""

    model = None
    knowledge_stamp = "2025-01-16/s1"

    def __init__(
        self,
        stop_after: int | None = None,
        bad: frozenset[str] = frozenset(),
        asked: str | None = None,
        top: int | None = None,
        name: str = "alphabet",
    ) -> None:
        self.name = name
        self.top = top
        self.ranked: list[str] = []
        self.provenance = Provenance(self.knowledge_stamp, asked)
        self.stop_after = stop_after
        self.bad = bad

    def rank(self, cases: Sequence[Case]) -> list[Ranking]:
        if self.stop_after is not None and len(self.ranked) >= self.stop_after:
            raise KeyboardInterrupt
        if any(case.id in self.bad for case in cases):
            raise GenecallerError("cannot be ranked")
        self.ranked += [case.id for case in cases]
        return [self._ranking(case) for case in cases]

    def _ranking(self, case: Case) -> Ranking:
        genes = (
            ()
            if case.id == "empty"
            else (
                RankedGene(1, "TSC2", 0.75, "OMIM:613254", "=explains 3 of 4"),
                RankedGene(2, "TSC1", -0.5, None, 'a "quoted", text'),
            )
        )
        return Ranking(case.id, self.name, None, self.knowledge_stamp, genes, case.problems)


def cases(n: int) -> list[Case | CaseError]:
    return [Case(f"case {i}") for i in range(n)]


def ids(path: Path) -> list[str]:
    return [json.loads(line)["case_id"] for line in path.read_text().splitlines()]


def table(path: Path) -> list[tuple[str, str]]:
    """The (case, gene) pairs of an output of any form; a case without genes has None."""
    if path.suffix == ".jsonl":
        records = [json.loads(line) for line in path.read_text().splitlines()]
        return [
            (r["case_id"], g["symbol"]) for r in records for g in r["genes"] or [{"symbol": None}]
        ]
    if path.suffix == ".csv":
        with path.open(newline="") as file:
            return [(unmarked(r["case_id"]), r["symbol"] or None) for r in csv.DictReader(file)]
    with plainly_named(path) as plain, duckdb.connect(":memory:") as connection:
        return connection.execute(
            "SELECT case_id, symbol FROM read_parquet(?)", [str(plain)]
        ).fetchall()


def whole(n: int) -> list[tuple[str, str]]:
    return [(f"case {i}", gene) for i in range(n) for gene in ("TSC2", "TSC1")]

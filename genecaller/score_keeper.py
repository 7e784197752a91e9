"""Keeps what `score_cases` ranks in the store, without ever stopping the scoring."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from genecaller.errors import StoreError

if TYPE_CHECKING:
    from genecaller.cases import Case
    from genecaller.ranking import Ranking
    from genecaller.store import Provenance, Store


class Keeper:
    """Keeps rankings in the store a few thousand genes at a time; its failure stops no scoring."""

    BATCH = 512

    def __init__(self, store: Store, provenance: Provenance, arguments: dict[str, Any]) -> None:
        self.store = store
        self.provenance = provenance
        self.arguments = arguments
        self.run_id: int | None = None
        self.cases: list[Case] = []
        self.rankings: list[Ranking] = []
        self.failed: StoreError | None = None

    def keep(self, cases: Sequence[Case], rankings: Sequence[Ranking]) -> None:
        """Take a batch; it is written with the next full one."""
        self.cases += cases
        self.rankings += rankings
        if len(self.cases) >= self.BATCH:
            self._flush()

    def _flush(self) -> None:
        if self.failed is None and self.cases:
            try:
                with self.store.transaction():
                    if self.run_id is None:
                        self.run_id = self.store.start_run(
                            "score", self.provenance, arguments=self.arguments
                        )
                    self.store.save_cases(self.cases, run_id=self.run_id)
                    self.store.save_rankings(self.rankings, run_id=self.run_id)
            except StoreError as error:
                self.failed = error
        self.cases, self.rankings = [], []

    def stop(self) -> None:
        """Write the rest, as the output holds it, and say of the run that it was stopped."""
        self._flush()
        if self.run_id is not None:
            with contextlib.suppress(StoreError):
                self.store.set_run_status(self.run_id, "cancelled", message="stopped")

    def finish(self, failures: int) -> None:
        """Write the rest and end the run; raises the StoreError that stopped the keeping."""
        self._flush()
        if self.failed is not None:
            raise self.failed
        if self.run_id is not None:
            self.store.set_run_status(
                self.run_id, "succeeded", message=f"{failures} cases failed" if failures else None
            )

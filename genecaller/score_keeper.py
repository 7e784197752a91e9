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
    """Keeps rankings in the store as they are written; its failure stops no scoring."""

    def __init__(self, store: Store, provenance: Provenance, arguments: dict[str, Any]) -> None:
        self.store = store
        self.provenance = provenance
        self.arguments = arguments
        self.run_id: int | None = None
        self.failed: StoreError | None = None

    def keep(self, cases: Sequence[Case], rankings: Sequence[Ranking]) -> None:
        """Write some hundred cases in one transaction; begins the run with the first."""
        if self.failed is not None:
            return
        try:
            with self.store.transaction():
                run_id = self.run_id or self.store.start_run(
                    "score", self.provenance, arguments=self.arguments
                )
                self.store.save_cases(cases, run_id=run_id)
                self.store.save_rankings(rankings, run_id=run_id)
            self.run_id = run_id
        except StoreError as error:
            self.failed = error

    def stop(self) -> None:
        """Say of the run that it was stopped."""
        if self.run_id is not None:
            with contextlib.suppress(StoreError):
                self.store.set_run_status(self.run_id, "cancelled", message="stopped")

    def finish(self, failures: int) -> None:
        """End the run; raises the StoreError that stopped the keeping."""
        if self.failed is not None:
            raise self.failed
        if self.run_id is not None:
            self.store.set_run_status(
                self.run_id, "succeeded", message=f"{failures} cases failed" if failures else None
            )

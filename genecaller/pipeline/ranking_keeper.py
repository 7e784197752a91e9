"""Keeps what `score_cases` ranks in the store, without ever stopping the scoring."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from genecaller.errors import StoreError

if TYPE_CHECKING:
    from genecaller.cases import Case
    from genecaller.ranking import Ranking
    from genecaller.store import Provenance, Store

LATEST_RUNS = 10_000


class Keeper:
    """Keeps rankings in the store as they are written; its failure stops no scoring.

    `arguments` name the output. A run with the same arguments that was stopped is taken up again,
    and what it holds is not kept a second time: a process that was killed after it had kept
    rankings and before it had written them will rank them once more. With `anew`, as where the
    output is overwritten, a run of its own is begun.
    """

    def __init__(
        self,
        store: Store,
        provenance: Provenance,
        arguments: dict[str, Any],
        *,
        anew: bool = False,
    ) -> None:
        self.store = store
        self.provenance = provenance
        self.arguments = arguments
        self.run_id: int | None = None
        self.failed: StoreError | None = None
        self._anew = anew
        self._key = json.dumps(arguments, sort_keys=True) if "output" in arguments else None

    def keep(self, cases: Sequence[Case], rankings: Sequence[Ranking]) -> None:
        """Write some hundred cases in one transaction; begins the run with the first."""
        if self.failed is not None:
            return
        try:
            with self.store.transaction():
                run_id = self.run_id or self._begin()
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
        """End the run; raises the StoreError that stopped the keeping.

        A run that was killed after its last line was written is ended now.
        """
        if self.failed is not None:
            raise self.failed
        with self.store.transaction():
            if self.run_id is None and self._is_unfinished():
                self.run_id = self._begin()
            if self.run_id is not None:
                message = f"{failures} cases failed" if failures else None
                self.store.set_run_status(self.run_id, "succeeded", message=message)

    def _begin(self) -> int:
        if self._anew or self._key is None:
            return self.store.start_run(
                "score", self.provenance, arguments=self.arguments, resume_key=self._key
            )
        # Its process is gone where it says that it runs: only one at a time writes to an output.
        return self.store.resume_run(
            "score", self.provenance, resume_key=self._key, arguments=self.arguments
        )

    def _is_unfinished(self) -> bool:
        """Whether the last run on the same work did not come to its end."""
        if self._anew or self._key is None:
            return False
        runs = self.store.list_runs(kinds=["score"], limit=LATEST_RUNS)
        last = next((run for run in runs if run.resume_key == self._key), None)
        return last is not None and last.status != "succeeded"

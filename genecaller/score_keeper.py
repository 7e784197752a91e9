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
        self._anew = anew or "output" not in arguments
        self._held: set[tuple[str, str]] = set()

    def keep(self, cases: Sequence[Case], rankings: Sequence[Ranking]) -> None:
        """Write some hundred cases in one transaction; begins the run with the first."""
        if self.failed is not None:
            return
        try:
            with self.store.transaction():
                run_id = self.run_id or self._take_up() or self._begin()
                saved = self.store.save_cases(cases, run_id=run_id)
                run_id = self._after_correction(run_id, {c.case_id for c in saved if c.is_new})
                fresh = [one for one in rankings if (one.case_id, one.ranker) not in self._held]
                self.store.save_rankings(fresh, run_id=run_id)
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
            run_id = self.run_id or self._take_up()
            if run_id is not None:
                message = f"{failures} cases failed" if failures else None
                self.store.set_run_status(run_id, "succeeded", message=message)

    def _begin(self) -> int:
        return self.store.start_run("score", self.provenance, arguments=self.arguments)

    def _take_up(self) -> int | None:
        """The run that this one goes on with, running again; None where there is none."""
        if self._anew:
            return None
        same = json.loads(json.dumps(self.arguments))
        runs = self.store.list_runs(kinds=["score"], limit=LATEST_RUNS)
        last = next((run for run in runs if run.arguments == same), None)
        if last is None or last.status == "succeeded" or last.provenance != self.provenance:
            return None
        if last.status == "running":
            # Its process is gone: only one at a time writes to an output.
            self.store.set_run_status(last.run_id, "failed", message="its process was killed")
        self.store.set_run_status(last.run_id, "running")
        self._held = self.store.ranked_cases(last.run_id)
        return last.run_id

    def _after_correction(self, run_id: int, corrected: set[str]) -> int:
        """A run of its own for rankings of cases that were corrected since they were ranked."""
        if not any(case_id in corrected for case_id, _ in self._held):
            return run_id
        self.store.set_run_status(run_id, "failed", message="its cases were corrected meanwhile")
        self._held = {one for one in self._held if one[0] not in corrected}
        return self._begin()

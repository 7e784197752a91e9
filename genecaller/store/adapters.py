"""The registry of trained adapters, of which at most one is promoted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from genecaller.errors import StoreError
from genecaller.store.connection import Connected, next_ids, require_run
from genecaller.store.conversions import as_json, utc_now
from genecaller.store.provenance import code_version

_ADAPTER = """
    SELECT a.*, r.knowledge, r.prompt_version, r.code_version, r.seed,
           a.adapter_id IS NOT DISTINCT FROM (SELECT adapter_id FROM promoted_adapter) AS promoted
    FROM adapters a JOIN runs r USING (run_id)
"""


@dataclass(frozen=True, slots=True)
class Adapter:
    """One trained adapter: `path` is its folder, `fingerprint` the hash of its weights.

    `data` names the data set and split it was trained on, `figures` what it reached in
    validation; knowledge, prompt, code and seed are its run's.
    """

    adapter_id: int
    run_id: int
    name: str
    path: str
    fingerprint: str
    base_model: str
    data: str
    step: int | None
    registered: datetime
    knowledge: str | None
    prompt_version: str | None
    code_version: str
    seed: int | None
    promoted: bool
    figures: dict[str, Any] = field(metadata={"json": True}, default_factory=dict)


@dataclass(frozen=True, slots=True)
class Promotion:
    """That an adapter became the default, or (adapter_id None) that none is any more."""

    adapter_id: int | None
    time: datetime
    who: str | None
    reason: str
    forced: bool
    code_version: str


class Adapters(Connected):
    """The verbs on adapters and promotions."""

    def register_adapter(
        self,
        *,
        run_id: int,
        name: str,
        path: str,
        fingerprint: str,
        base_model: str,
        data: str,
        step: int | None = None,
        figures: Mapping[str, Any] | None = None,
    ) -> int:
        """Register an adapter; its number. The same weights again keep the number they have."""
        with self._writing() as connection:
            require_run(connection, run_id)
            known = connection.execute(
                "SELECT adapter_id FROM adapters WHERE fingerprint = ?", [fingerprint]
            ).fetchall()
            if known:
                return int(known[0][0])
            (adapter_id,) = next_ids(connection, "adapter_ids", 1)
            connection.execute(
                "INSERT INTO adapters (adapter_id, run_id, name, path, fingerprint, base_model,"
                " data, step, figures, registered) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [
                    *(adapter_id, run_id, name, path, fingerprint, base_model),
                    *(data, step, as_json(dict(figures or {})), utc_now()),
                ],
            ).fetchall()
        return adapter_id

    def promote_adapter(
        self, adapter_id: int | None, *, reason: str, who: str | None = None, forced: bool = False
    ) -> None:
        """Make an adapter the default of rank, score and the app; None takes the default away.

        Whether it deserves it is for the caller to say, in `reason`.
        """
        with self._writing() as connection:
            if adapter_id is not None:
                _ = self.read_adapter(adapter_id)
            (promotion_id,) = next_ids(connection, "promotion_ids", 1)
            connection.execute(
                "INSERT INTO promotions VALUES (?, ?, ?, ?, ?, ?, ?)",
                [promotion_id, adapter_id, utc_now(), who, reason, forced, code_version()],
            ).fetchall()

    def read_adapter(self, adapter_id: int) -> Adapter:
        """One adapter; StoreError where there is none of that number."""
        found = self._records(Adapter, f"{_ADAPTER} WHERE a.adapter_id = ?", [adapter_id])
        if not found:
            raise StoreError(f"there is no adapter {adapter_id} in the store")
        return found[0]

    def list_adapters(self) -> list[Adapter]:
        """All adapters, newest first."""
        return self._records(Adapter, f"{_ADAPTER} ORDER BY a.adapter_id DESC")

    def promoted_adapter(self) -> Adapter | None:
        """The adapter that is the default now, None where none was promoted."""
        found = [adapter for adapter in self.list_adapters() if adapter.promoted]
        return found[0] if found else None

    def list_promotions(self) -> list[Promotion]:
        """Who promoted what when, newest first."""
        return self._records(
            Promotion,
            "SELECT adapter_id, time, who, reason, forced, code_version FROM promotions"
            " ORDER BY promotion_id DESC",
        )

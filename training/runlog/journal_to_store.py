"""A run's journal written into the store as it grows; the journal stays the crash-safe original."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from genecaller.errors import StoreError
from genecaller.store.provenance import Provenance, code_version
from training.runlog.journal import Journal, replace_text, row_of

if TYPE_CHECKING:
    from genecaller.store.store import Store
    from training.recipe import Recipe

__all__ = ["Recorder", "code_version", "metrics_of", "open_run", "register"]
SAMPLES_AT_ONCE = 200
MIRRORED = "mirrored.json"


class Recorder:
    """Mirrors the entries of one run into the store.

    Where the store is busy, entries wait in the journal and are sent with the next. How many have
    arrived stands in a file of the run's folder; a kill between the store and that file sends a
    few figures twice, and the store's readers take the later ones. Events are sent once.
    `rounds` is how many rounds the run has.
    """

    def __init__(self, store: Store, journal: Journal, run_id: int, rounds: int) -> None:
        self.store, self.journal, self.run_id, self.rounds = store, journal, run_id, rounds
        self._file = journal.folder / MIRRORED
        self._key = f"{store.path}#{run_id}"
        self._sent = 0
        self._first = True
        if self._file.is_file():
            found = json.loads(self._file.read_text(encoding="utf-8"))
            self._sent = int(found.get(self._key, 0))

    def flush(self, *, must: bool = False) -> str | None:
        """Write what is new; returns what a person asked of the run meanwhile ("cancel", "pause").

        Raises StoreError only where `must`.
        """
        entries = list(self.journal.entries())
        new = entries[self._sent :]
        try:
            with self.store.transaction():
                self._write(new)
                last = next((e for e in reversed(entries) if e["kind"] == "round"), None)
                done = int(last["round"]) if last is not None else 0
                asked = self.store.report_progress(self.run_id, done, self.rounds)
        except StoreError:
            if must:
                raise
            return None
        self._sent, self._first = len(entries), False
        replace_text(self._file, json.dumps({self._key: self._sent}))
        return asked

    def _write(self, entries: list[dict[str, Any]]) -> None:
        from genecaller.store.events import Event
        from genecaller.store.training import Metric, SampledAnswer

        metrics: list[Metric] = []
        samples: list[SampledAnswer] = []
        events: list[Event] = []
        for entry in entries:
            if entry["kind"] == "warmup":
                metrics += metrics_of(entry, "warmup", int(entry["step"]))
            elif entry["kind"] == "round":
                metrics += metrics_of(entry, "train", int(entry["round"]))
            elif entry["kind"] == "evaluation":
                metrics += metrics_of(entry, "validation", int(entry["round"]))
            elif entry["kind"] == "answer":
                samples.append(
                    SampledAnswer(
                        step=int(entry["round"]),
                        split=entry["split"],
                        case_id=entry["item"],
                        text=entry["text"],
                        reward=entry["reward"],
                        grades=entry["parts"],
                        problems=(entry["problem"],) if entry["problem"] else (),
                        sample=int(entry.get("sample", 0)),
                    )
                )
            elif entry["kind"] == "event" and "text" in entry:
                level = "warning" if "word" in entry else "info"
                name = str(entry.get("word", "note"))
                step = entry.get("round")
                events.append(Event(name, entry["text"], level=level, step=step))  # type: ignore[arg-type]
        if metrics:
            self.store.save_metrics(self.run_id, metrics)
        for start in range(0, len(samples), SAMPLES_AT_ONCE):
            self.store.save_samples(self.run_id, samples[start : start + SAMPLES_AT_ONCE])
        if events and self._first:
            known = {(e.event, e.step, e.message) for e in self.store.read_events(self.run_id)}
            events = [e for e in events if (e.event, e.step, e.message) not in known]
        if events:
            self.store.add_events(self.run_id, events)


def metrics_of(entry: Mapping[str, Any], prefix: str, step: int) -> list[Any]:
    """The metrics of one journal entry, each with its interval and n where it has them."""
    from genecaller.store.training import Metric

    numbers = row_of(entry)
    n = int(numbers["n"]) if "n" in numbers else None
    return [
        Metric(
            step,
            f"{prefix}/{name}",
            value,
            numbers.get(f"{name}_low"),
            numbers.get(f"{name}_high"),
            n if f"{name}_low" in numbers else None,
        )
        for name, value in numbers.items()
        if not name.endswith(("_low", "_high")) and name not in ("step", "of", "n")
    ]


def open_run(store: Store, journal: Journal, recipe: Recipe, facts: Mapping[str, Any]) -> int:
    """The run's number in the store: the one it has, moved on to running, or a new one."""
    known = journal.state().get("run_id")
    if known is not None:
        run_id = int(known)
        if store.read_run(run_id).status == "running":
            # The process that it names is gone: this one holds the run's folder.
            store.set_run_status(run_id, "failed", message="its process ended without a word")
        if store.read_run(run_id).status in ("paused", "failed", "cancelled"):
            store.set_run_status(run_id, "running")
        return run_id
    provenance = Provenance(
        knowledge=facts.get("knowledge"),
        prompt_version=facts.get("prompt_version"),
        model=recipe.model.source,
        adapter=recipe.model.adapter,
        seed=recipe.seed,
    )
    run_id = store.start_run(
        "train",
        provenance,
        arguments=recipe.as_record(),
        title=recipe.name,
        total=recipe.policy.rounds,
    )
    if "genes" in facts:
        parts = {gene: part for part, genes in facts["genes"].items() for gene in genes}
        held = store.gene_parts(recipe.data.split)
        new = {gene: part for gene, part in parts.items() if gene not in held}
        store.assign_genes(recipe.data.split, new, run_id=run_id)
    return run_id


def register(
    store: Store,
    run_id: int,
    recipe: Recipe,
    adapter: Path,
    facts: Mapping[str, Any],
    compared: Mapping[str, Any],
    step: int,
) -> int:
    """Register a trained adapter with its data and figures, its comparison with it; its number.

    `adapter` lies in the run's folder, where the answers are that were compared.
    """
    from genecaller.llm.adapter import adapter_name
    from training.runlog.comparison_to_store import keep_comparison

    keep_comparison(store, run_id, recipe, adapter.parent, compared)
    name = adapter_name(adapter)
    return store.register_adapter(
        run_id=run_id,
        name=f"{recipe.name}-{name}",
        path=str(adapter.resolve()),
        fingerprint=name.rsplit("@", 1)[1],
        base_model=recipe.model.source,
        data=f"{facts['source']}, split {recipe.data.split}",
        step=step,
        figures=dict(compared),
    )

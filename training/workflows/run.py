"""One training run from recipe to registered adapter; stopped anywhere, it goes on from there."""

from __future__ import annotations

import contextlib
import errno
import json
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from genecaller.errors import GenecallerError, UsageError
from genecaller.llm.active_adapter import adapter_in_use
from training.ppo.memory import keep_freed_memory
from training.recipe import Recipe, load_recipe
from training.runlog.journal import Journal, replace_text
from training.workflows.promote import BASE, PROMOTED, TUNED, WARMUP
from training.workflows.run_directory import STOP_FILE, agreed_folder, alone, run_folder

if TYPE_CHECKING:
    from genecaller.store.store import Store
    from training.data.prepare import Prepared
    from training.ppo.reward import Task

_NOTHING_WRITTEN = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM)
Entry = Mapping[str, Any]
Progress = Callable[[Entry], None]


@dataclass(frozen=True)
class Result:
    """How a run ended: "succeeded", "paused" or "cancelled", its folder, and what it reached.

    `adapter` is the tuned adapter's folder with its card, `adapter_id` its number in the store,
    `compared` the comparison's record; None where the run was stopped before.
    """

    state: str
    folder: Path
    run_id: int | None
    adapter: Path | None
    adapter_id: int | None
    compared: dict[str, Any] | None


def train(
    recipe: str | Path | Recipe,
    *,
    resume: bool = True,
    progress: Progress = lambda entry: None,
    store: Store | None = None,
    stored: bool = True,
) -> Result:
    """Run a recipe: screen, split, warm up, reinforce, validate, write the card, register.

    `recipe` is a TOML file, a shipped recipe's name, or a recipe. A run of the same recipe on the
    same data goes on where it stopped, or returns what it reached; with `resume` off it begins
    in a folder of its own. `progress` is told each journal entry, and steps as
    `{"kind": "step", "text": ...}`. Without `stored`, nothing is written but the run's folder, for
    a machine that is borrowed; `adopt` registers it later. Raises GenecallerError; Ctrl-C pauses.
    """
    if not isinstance(recipe, Recipe):
        recipe = load_recipe(recipe)
    from accelerate import PartialState

    from training.loop.libraries import quiet_libraries

    quiet_libraries()
    journal = Journal(agreed_folder(recipe, resume=resume))
    if not PartialState().is_main_process:
        return _train(recipe, journal, lambda entry: None, None)
    with alone(journal.folder):
        (journal.folder / STOP_FILE).unlink(missing_ok=True)
        for left in journal.folder.glob(".*.part"):  # of a process that was killed while it wrote
            left.unlink(missing_ok=True)
        replace_text(journal.folder / "recipe.json", json.dumps(recipe.as_record(), indent=1))
        if store is None and stored:
            from genecaller.store.store import open_store

            store = open_store()
        try:
            return _train(recipe, journal, progress, store)
        except KeyboardInterrupt:
            _end(journal, store, "paused", "interrupted; the same command goes on")
            raise
        except GenecallerError as error:
            _end(journal, store, "failed", str(error))
            raise
        except OSError as error:
            if error.errno not in _NOTHING_WRITTEN:
                _end(journal, store, "failed", type(error).__name__)
                raise
            # Nothing more can be written here, not even that; the store may lie elsewhere.
            with contextlib.suppress(OSError, GenecallerError):
                _end(journal, store, "failed", str(error.strerror))
            raise UsageError(
                f"nothing can be written in {journal.folder}: {error.strerror}; mend that, and "
                "the same command goes on"
            ) from error
        except BaseException as error:
            # Only its kind is kept: the text of an unforeseen error might quote a case.
            _end(journal, store, "failed", type(error).__name__)
            raise


def prepare_run(recipe: Recipe, step: Callable[[str], None] = lambda text: None) -> Path:
    """Make a run's data in its folder, ahead of time or for another machine; the folder."""
    from genecaller.store.store import open_store
    from training.data.prepare import describe, prepare

    folder = run_folder(recipe)
    held = open_store().gene_parts(recipe.data.split)
    prepared = prepare(recipe, folder, held, step)
    for text in prepared.facts["warnings"]:
        step(text)
    step(describe(prepared))
    return folder


def _train(recipe: Recipe, journal: Journal, progress: Progress, store: Store | None) -> Result:
    from accelerate import PartialState

    from training.data.dataset import refuse
    from training.data.prepare import describe, prepare
    from training.loop.stages import (
        Stage,
        Stopped,
        raise_if_stopped,
        refuse_missing_packages,
        reinforce,
        warm_up,
    )
    from training.ppo.reward import dry_run, task_of
    from training.runlog.journal_to_store import Recorder, open_run

    def step(text: str) -> None:
        progress({"kind": "step", "text": text})

    main = PartialState().is_main_process
    if journal.state()["state"] == "succeeded":
        return _result(journal)
    refuse_missing_packages(recipe)
    with PartialState().main_process_first():
        if main:
            journal.set_state("validating")
        held = store.gene_parts(recipe.data.split) if store is not None else {}
        prepared = prepare(recipe, journal.folder, held, step)
        start = starting_adapter(recipe, store, journal)
    step(describe(prepared))
    if main:
        _tell_warnings(prepared, journal, progress)
    task = task_of(recipe.grader, prepared.validation)
    parts = {"train": prepared.train, "validation": prepared.validation, "test": prepared.test}
    for name, items in ((f"{part}.jsonl", items) for part, items in parts.items()):
        refuse(dry_run(task, items, str(journal.folder / name)))
    recorder = None
    if store is not None:
        run_id = open_run(store, journal, recipe, prepared.facts)
        journal.set_state("running", run_id=run_id)
        recorder = Recorder(store, journal, run_id, recipe.policy.rounds)

    def told(entry: Entry) -> None:
        if entry["kind"] != "heartbeat":
            progress(entry)
        asked = recorder.flush() if recorder is not None else None
        if asked is not None:
            replace_text(journal.folder / STOP_FILE, asked)

    def listening(text: str) -> None:
        step(text)
        told({"kind": "heartbeat"})
        raise_if_stopped(journal, alone=True)

    keep_freed_memory()
    if recipe.threads is not None:
        import torch

        torch.set_num_threads(recipe.threads)
    try:
        told({"kind": "heartbeat"})
        raise_if_stopped(journal)
        warm = warm_up(Stage(recipe, prepared, task, journal, told, start))
        best = reinforce(Stage(recipe, prepared, task, journal, told, warm))
        if not main:
            return _result(journal)
        _take_best(journal, best)
        compared = _compare(recipe, prepared, task, journal, store, start, warm, listening)
    except Stopped as stopped:
        if main:
            _end(journal, store, stopped.state, str(stopped))
        return _result(journal)
    _write_card(recipe, prepared, journal, compared)
    if store is not None:
        _register(recipe, prepared.facts, journal, store, compared, best)
    journal.set_state("succeeded")
    return _result(journal)


def _tell_warnings(prepared: Prepared, journal: Journal, progress: Progress) -> None:
    """Journal what there was to say of the data, once a run."""
    told = {entry.get("text") for entry in journal.entries("event")}
    for text in prepared.facts["warnings"]:
        if text not in told:
            progress(journal.write("event", word="data", text=text))


def _take_best(journal: Journal, best: int) -> None:
    """Put the best round's adapter where the run's own is, complete or not at all."""
    adapter, scratch = journal.folder / "adapter", journal.folder / ".adapter"
    if adapter.is_dir():
        return
    found = journal.folder / "best" / f"round-{best}"
    if not found.is_dir():
        raise UsageError(f"{found} is gone, the adapter of the best round: begin the run anew")
    shutil.rmtree(scratch, ignore_errors=True)
    shutil.copytree(found, scratch)
    scratch.rename(adapter)


def _compare(
    recipe: Recipe,
    prepared: Prepared,
    task: Task,
    journal: Journal,
    store: Store | None,
    start: Path | None,
    warm: Path | None,
    step: Callable[[str], None],
) -> dict[str, Any]:
    """The comparison of all contenders, made once; its record."""
    from training.workflows.compare import Contender, compare_models, compare_on_test

    file = journal.folder / "comparison.json"
    if file.is_file():
        found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        return found
    contenders = [Contender(BASE, None)]
    current = adapter_in_use(store, recipe.model.source) if prepared.about_genes else None
    if current is not None and current.path.is_dir():
        contenders.append(Contender(PROMOTED, current.path))
    if warm is not None and warm not in [one.adapter for one in contenders]:
        contenders.append(Contender(WARMUP, warm))
    tuned = Contender(TUNED, journal.folder / "adapter")
    compared = compare_models(recipe, prepared, task, [*contenders, tuned], journal.folder, step)
    record = compared.as_record()
    rival = next((one for one in contenders if one.name == PROMOTED), contenders[0])
    record["test"] = compare_on_test(recipe, prepared.test, task, rival, tuned, step)
    record["accuracy"] = task.accuracy
    record["promoted"] = current.fingerprint if current is not None else None
    for name, result in compared.results.items():
        judged = zip(prepared.validation, result.answers, result.grades, strict=True)
        lines = [
            json.dumps(
                {key: value for key, value in item.items() if key != "messages"}
                | {
                    "output_text": answer,
                    "reward": graded.score,
                    "parts": dict(graded.parts),
                },
                ensure_ascii=False,
            )
            for item, answer, graded in judged
        ]
        replace_text(journal.folder / f"answers-{name}.jsonl", "\n".join(lines) + "\n")
    replace_text(file, json.dumps(record, indent=1))
    return record


def _write_card(
    recipe: Recipe, prepared: Prepared, journal: Journal, compared: dict[str, Any]
) -> None:
    from importlib.metadata import version

    from training.runlog.journal_to_store import code_version
    from training.runlog.model_card import write_card

    libraries = ", ".join(
        f"{name} {version(name)}" for name in ("torch", "transformers", "trl", "peft")
    )
    provenance = {
        "code": code_version(),
        "model": compared["contenders"][BASE]["model"],
        "libraries": libraries,
    }
    card = write_card(recipe, prepared.facts, compared, journal.state(), provenance)
    replace_text(journal.folder / "adapter" / "README.md", card)


def _register(
    recipe: Recipe,
    facts: Mapping[str, Any],
    journal: Journal,
    store: Store,
    compared: dict[str, Any],
    best: int,
) -> None:
    """The whole journal in the store, the adapter registered, the run succeeded."""
    from training.runlog.journal_to_store import Recorder, register

    run_id = int(journal.state()["run_id"])
    Recorder(store, journal, run_id, recipe.policy.rounds).flush(must=True)
    adapter = journal.folder / "adapter"
    adapter_id = register(store, run_id, recipe, adapter, facts, compared, best)
    journal.set_state("running", adapter_id=adapter_id)
    if store.read_run(run_id).status != "succeeded":
        store.set_run_status(run_id, "succeeded")


def adopt(folder: Path, store: Store | None = None) -> Result:
    """Take a run that was made without a store into one: its journal, its adapter, its figures.

    Raises UsageError where the folder holds no finished run.
    """
    from genecaller.store.store import open_store
    from training.recipe import recipe_of
    from training.runlog.journal_to_store import open_run

    journal = Journal(folder)
    if journal.state()["state"] != "succeeded" or not (folder / "recipe.json").is_file():
        raise UsageError(f"{folder} holds no finished run: its state is {journal.state()['state']}")
    content = json.loads((folder / "recipe.json").read_text(encoding="utf-8"))
    recipe = recipe_of(content, str(folder / "recipe.json"))
    facts = json.loads((folder / "data.json").read_text(encoding="utf-8"))
    store = store or open_store()
    journal.set_state("running", run_id=open_run(store, journal, recipe, facts))
    best = int(journal.state()["best_round"])
    compared = json.loads((folder / "comparison.json").read_text(encoding="utf-8"))
    _register(recipe, facts, journal, store, compared, best)
    journal.set_state("succeeded")
    return _result(journal)


def starting_adapter(recipe: Recipe, store: Store | None, journal: Journal) -> Path | None:
    """The adapter to begin with, decided once a run: what is promoted may change meanwhile."""
    chosen = recipe.model.adapter
    if chosen is None:
        return None
    if chosen != "promoted":
        return Path(chosen)
    known = journal.state().get("start")
    if known is not None:
        return Path(known)
    current = adapter_in_use(store, recipe.model.source)
    if current is None:
        raise UsageError(
            'model.adapter is "promoted", but no adapter is promoted; leave it out to begin afresh'
        )
    journal.set_state("running", start=str(current.path))
    return current.path


def _result(journal: Journal) -> Result:
    state = journal.state()
    adapter = journal.folder / "adapter"
    compared = journal.folder / "comparison.json"
    return Result(
        state=str(state["state"]),
        folder=journal.folder,
        run_id=state.get("run_id"),
        adapter=adapter if adapter.is_dir() else None,
        adapter_id=state.get("adapter_id"),
        compared=json.loads(compared.read_text(encoding="utf-8")) if compared.is_file() else None,
    )


def _end(journal: Journal, store: Store | None, state: Any, message: str) -> None:
    """Say in the journal and the store how a run stopped."""
    journal.set_state(state, message=message)
    run_id = journal.state().get("run_id")
    if store is not None and run_id is not None and store.read_run(run_id).status == "running":
        store.set_run_status(run_id, state, message=message)

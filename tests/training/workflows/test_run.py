"""A whole run on a tiny model: any field's task, stopped and taken up, compared, registered."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from genecaller.errors import UsageError
from genecaller.store.store import Store, open_store
from tests.training.conftest import make_model, make_tokenizer
from training.__main__ import main
from training.data.dataset import write_items
from training.loop import callbacks as loop
from training.loop.checkpoints import COMPLETE_FILE
from training.recipe import Recipe, recipe_of
from training.runlog.journal import Journal
from training.runlog.run_summary import show_run
from training.workflows import run as runs
from training.workflows.promote import promote
from training.workflows.run_directory import STOP_FILE, run_folder

LETTERS = list("abcdefgh")


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return open_store(tmp_path / "store.duckdb")


def item(letter: str, *, worked: bool, text: str | None = None) -> dict[str, Any]:
    messages = [{"role": "user", "content": text or f"{letter} {letter}"}]
    if worked:
        messages.append({"role": "assistant", "content": letter})
    return {"messages": messages, "answer": letter, "case_id": f"{letter}-{worked}-{text}"}


def make_recipe(folder: Path) -> Recipe:
    make_model().save_pretrained(folder / "model")
    make_tokenizer().save_pretrained(folder / "model")
    write_items([item(x, worked=True) for x in LETTERS[:6]], folder / "train.jsonl")
    write_items([item(x, worked=False) for x in LETTERS[6:]], folder / "valid.jsonl")
    write_items([item(x, worked=False, text=f"{x} a") for x in LETTERS[6:]], folder / "test.jsonl")
    content = {
        "name": "toy",
        "output": str(folder / "run"),
        "data": {"train": str(folder / "train.jsonl"),
                 "validation": str(folder / "valid.jsonl"),
                 "test": str(folder / "test.jsonl")},
        "model": {"source": str(folder / "model"), "dtype": "float32", "lora_rank": 8,
                  "layers": ["q_proj", "v_proj", "o_proj", "up_proj", "down_proj"]},
        "warmup": {"epochs": 12, "batch": 6, "device_batch": 6, "learning_rate": 5e-3},
        "policy": {"rounds": 6, "prompts": 16, "minibatch": 16, "device_batch": 16,
                   "learning_rate": 2e-3, "critic_learning_rate": 2e-2, "max_answer_tokens": 4,
                   "save_every": 2, "kl": 0.02},
        "watch": {"every": 3, "keep": 2},
        "grader": {"type": "string_check", "name": "same", "operation": "eq",
                   "input": "{{sample.output_text}}", "reference": "{{item.answer}}"},
    }  # fmt: skip
    return recipe_of(content, "toy")


@pytest.fixture
def recipe(tmp_path: Path) -> Recipe:
    return make_recipe(tmp_path)


@dataclasses.dataclass
class Finished:
    """A run that reached its end, with what it told on the way."""

    recipe: Recipe
    store: Store
    result: runs.Result
    told: list[Mapping[str, Any]]


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Finished:
    folder = tmp_path_factory.mktemp("finished")
    made, store = make_recipe(folder), open_store(folder / "store.duckdb")
    told: list[Mapping[str, Any]] = []
    return Finished(made, store, runs.train(made, progress=told.append, store=store), told)


def test_a_run_from_recipe_to_registered_adapter(finished: Finished) -> None:
    recipe, store, result, told = (
        finished.recipe, finished.store, finished.result, finished.told,
    )  # fmt: skip
    assert result.state == "succeeded"
    kinds = [entry["kind"] for entry in told]
    assert kinds.count("round") == 6
    assert kinds.count("evaluation") == 3  # the warm-up itself, rounds 3 and 6
    assert "warmup" in kinds
    assert result.adapter is not None
    assert (result.adapter / "adapter_model.safetensors").is_file()
    card = (result.adapter / "README.md").read_text()
    for word in ("# toy", "PPO", "base", "warm-up", "tuned", "n = 2"):
        assert word in card
    assert result.compared is not None
    assert set(result.compared["contenders"]) == {"base", "warm-up", "tuned"}
    stored = store.read_run(int(result.run_id or 0))
    assert stored.status == "succeeded"
    assert stored.arguments["policy"]["rounds"] == 6
    names = store.metric_names(stored.run_id)
    assert {"train/reward", "train/kl", "train/explained_variance", "validation/reward",
            "warmup/loss"} <= set(names)  # fmt: skip
    assert [m.step for m in store.read_curve(stored.run_id, "train/reward")] == [1, 2, 3, 4, 5, 6]
    curve = store.read_curve(stored.run_id, "validation/reward")
    assert [m.step for m in curve] == [0, 3, 6]
    assert all(m.n == 2 for m in curve)
    assert store.sampled_steps(stored.run_id) == [0, 1, 2, 3, 4, 5, 6]
    events = store.read_events(stored.run_id)
    assert len({(event.event, event.step) for event in events}) == len(events)
    adapter = store.read_adapter(int(result.adapter_id or 0))
    assert adapter.path == str(result.adapter.resolve())
    assert not adapter.promoted
    # Running it again changes nothing and returns the same.
    again = runs.train(recipe, store=store)
    assert again == result


def test_a_run_stopped_anywhere_ends_as_if_it_had_not_been(
    finished: Finished, tmp_path: Path
) -> None:
    store, whole = finished.store, finished.result
    other = dataclasses.replace(finished.recipe, output=str(tmp_path / "stopped"))
    stops = iter([("warmup", 1), ("round", 2), ("round", 4), ("evaluation", 1)])
    seen: dict[str, int] = {}
    stop: list[Any] = [next(stops)]

    def interrupting(entry: Mapping[str, Any]) -> None:
        kind = str(entry["kind"])
        seen[kind] = seen.get(kind, 0) + 1
        if stop[0] and stop[0] == (kind, seen[kind]):
            stop[0] = next(stops, None)
            seen.clear()
            raise KeyboardInterrupt

    interrupted = 0
    while True:
        try:
            result = runs.train(other, progress=interrupting, store=store)
            break
        except KeyboardInterrupt:
            interrupted += 1
            state = json.loads((tmp_path / "stopped" / "state.json").read_text())
            assert state["state"] == "paused"
            assert store.read_run(state["run_id"]).status == "paused"
    assert interrupted == 4
    assert result.state == "succeeded"
    assert result.compared is not None
    assert whole.compared is not None
    for name, one in whole.compared["contenders"].items():
        figures = result.compared["contenders"][name]["figures"]
        assert figures["reward"] == one["figures"]["reward"], name
    rewards = [m.value for m in store.read_curve(int(whole.run_id or 0), "train/reward")]
    assert rewards == [m.value for m in store.read_curve(int(result.run_id or 0), "train/reward")]


@pytest.mark.parametrize("after", [2, 3, 6])
def test_a_pause_is_heard_between_rounds_and_costs_no_validation(
    after: int, recipe: Recipe, store: Store
) -> None:
    def pausing(entry: Mapping[str, Any]) -> None:
        if entry["kind"] == "round" and entry["round"] == after:
            store.request_stop(json.loads((folder / "state.json").read_text())["run_id"], "pause")

    folder = Path(str(recipe.output))
    result = runs.train(recipe, progress=pausing, store=store)
    assert result.state == "paused"
    assert result.adapter is None
    assert store.read_run(int(result.run_id or 0)).status == "paused"
    assert runs.train(recipe, store=store).state == "succeeded"
    assert [e["round"] for e in Journal(folder).rounds("evaluation")] == [0, 3, 6]


def test_an_evaluation_is_written_down_when_its_adapter_is_kept(
    recipe: Recipe, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = Path(str(recipe.output))
    save = loop.save_adapter

    def killed(model: Any, target: Path, critic: Any = None) -> None:
        if target.parent.name == "best":
            raise KeyboardInterrupt
        save(model, target, critic)

    with monkeypatch.context() as patch:
        patch.setattr(loop, "save_adapter", killed)
        with pytest.raises(KeyboardInterrupt):
            runs.train(recipe, store=store)
    assert Journal(folder).rounds("evaluation") == []
    assert runs.train(recipe, store=store).state == "succeeded"
    kept = {int(path.name.removeprefix("round-")) for path in (folder / "best").iterdir()}
    assert len(kept) == 2
    assert json.loads((folder / "state.json").read_text())["best_round"] in kept


def test_the_best_adapters_at_the_last_checkpoint_are_kept_too(recipe: Recipe) -> None:
    folder = Path(str(recipe.output))
    recipe = recipe.with_values(watch={"keep": 1})
    anything: Any = None
    watching = loop.RoundWatch(
        recipe, Journal(folder), anything, [], anything, anything, anything, 2, lambda entry: None
    )
    watching.evaluations = [{"round": n, "reward": r} for n, r in ((0, 0.1), (3, 0.5), (6, 0.9))]
    for number in (0, 3, 6):
        (folder / "best" / f"round-{number}").mkdir(parents=True)
    checkpoint = folder / "policy" / "checkpoint-10"
    checkpoint.mkdir(parents=True)
    (checkpoint / COMPLETE_FILE).write_text("{}")
    # A kill now leads back to round 5, and round 6 may be another then.
    watching._drop_others()
    assert sorted(path.name for path in (folder / "best").iterdir()) == ["round-3", "round-6"]
    checkpoint.rename(folder / "policy" / "checkpoint-12")
    watching._drop_others()
    assert sorted(path.name for path in (folder / "best").iterdir()) == ["round-6"]


@pytest.mark.parametrize(("how", "state"), [("pause", "paused"), ("cancel", "cancelled")])
def test_a_stop_is_heard_within_the_warm_up(
    how: Any, state: str, recipe: Recipe, store: Store
) -> None:
    folder = Path(str(recipe.output))
    steps: list[int] = []
    beats: list[Any] = []

    def asking(entry: Mapping[str, Any]) -> None:
        if entry["kind"] == "warmup":
            steps.append(entry["step"])
            run_id = json.loads((folder / "state.json").read_text())["run_id"]
            beats.append(store.read_run(run_id))
            if len(steps) == 3:
                store.request_stop(run_id, how)

    result = runs.train(recipe, progress=asking, store=store)
    assert result.state == state
    assert len(steps) in (3, 4)  # it is heard at the entry after, at the latest
    run = store.read_run(int(result.run_id or 0))
    assert (run.status, run.done, run.total) == (state, 0, 6)
    assert json.loads((folder / "state.json").read_text())["state"] == state
    assert all(beat.heartbeat is not None for beat in beats)
    assert beats[-1].heartbeat > beats[0].heartbeat
    assert not (folder / "policy").exists()
    # The same command goes on, where the warm-up stopped.
    again: list[int] = []

    def seen(entry: Mapping[str, Any]) -> None:
        if entry["kind"] == "warmup":
            again.append(entry["step"])

    assert runs.train(recipe, progress=seen, store=store).state == "succeeded"
    assert again[0] > steps[-1]
    assert store.read_run(int(result.run_id or 0)).status == "succeeded"


def test_a_cancelled_run_ends_as_cancelled_in_every_place(
    tmp_path: Path, store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    recipe = make_recipe(tmp_path)
    file = tmp_path / "toy.toml"
    file.write_text(as_toml({k: v for k, v in recipe.as_record().items() if v is not None}))
    folder = Path(str(recipe.output))

    def cancel() -> None:
        while (
            not (folder / "journal.jsonl").exists()
            or '"warmup"' not in (folder / "journal.jsonl").read_text()
        ):
            time.sleep(0.01)
        (folder / STOP_FILE).write_text("cancel")

    asking = threading.Thread(target=cancel)
    asking.start()
    status = main([str(file), "--store", str(store.path)])
    asking.join()
    assert status == 130
    assert "cancelled: " in capsys.readouterr().out
    assert json.loads((folder / "state.json").read_text())["state"] == "cancelled"
    (run,) = store.list_runs()
    assert run.status == "cancelled"
    assert "cancelled" in str(run.message)


def as_toml(table: Mapping[str, Any], name: str = "") -> str:
    """A recipe's record as TOML: texts, numbers, lists and tables."""
    plain = {k: v for k, v in table.items() if not isinstance(v, dict) and v is not None}
    text = f"[{name}]\n" if name else ""
    text += "".join(f"{key} = {json.dumps(value)}\n" for key, value in plain.items())
    return text + "".join(as_toml(v, k) for k, v in table.items() if isinstance(v, dict))


def test_what_there_is_to_say_of_the_data_reaches_journal_store_and_terminal(
    recipe: Recipe, store: Store, tmp_path: Path
) -> None:
    twice = item("a", worked=True)
    write_items([item(x, worked=True) for x in LETTERS[:6]] + [twice], tmp_path / "train.jsonl")
    told: list[Any] = []

    def pausing(entry: Mapping[str, Any]) -> None:
        told.append(entry)
        if entry["kind"] == "warmup":
            raise KeyboardInterrupt

    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            runs.train(recipe, progress=pausing, store=store)
    said = [entry["text"] for entry in told if entry.get("word") == "data"]
    (repeated,) = [text for text in said if "repeats line 1" in text]  # once, not at every start
    journal = Journal(Path(str(recipe.output)))
    assert repeated in [entry.get("text") for entry in journal.entries("event")]
    run_id = int(journal.state()["run_id"])
    events = store.read_events(run_id, levels=["warning"])
    assert [event.message for event in events] == said
    assert f"! {repeated}" in show_run(store, run_id)


def test_a_round_that_could_not_be_graded_ends_the_run_with_a_sentence(
    recipe: Recipe, store: Store
) -> None:
    source = "def grade(sample, item):\n    return 1.0 if not sample['output_text'] else None"
    late = dataclasses.replace(
        recipe.with_values(warmup={"epochs": 0.0}), grader={"type": "python", "source": source}
    )
    told = "the grader failed on all answers of round 1: grade returned None, expected a number"
    with pytest.raises(UsageError, match=told):
        runs.train(late, store=store)
    (run,) = store.list_runs()
    assert (run.status, run.message) == ("failed", told)


def test_a_run_whose_process_was_killed_is_taken_up_and_ends_as_succeeded(
    recipe: Recipe, store: Store, tmp_path: Path
) -> None:
    def killed(entry: Mapping[str, Any]) -> None:
        if entry["kind"] == "round":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        runs.train(recipe, progress=killed, store=store)
    run_id = store.list_runs()[0].run_id
    # What a kill leaves: a run that is said to be going on, and a file half written.
    store.set_run_status(run_id, "running")
    (tmp_path / "run" / ".state.json.x.part").write_text("{")
    with (tmp_path / "run" / "journal.jsonl").open("a") as journal:
        journal.write('{"kind": "rou')
    ended = runs.train(recipe, store=store)
    assert ended.run_id == run_id
    assert store.read_run(run_id).status == "succeeded"
    assert not (tmp_path / "run" / ".state.json.x.part").exists()
    assert [e["round"] for e in Journal(ended.folder).rounds("round")] == [1, 2, 3, 4, 5, 6]


def test_bad_data_stops_before_anything_starts(
    recipe: Recipe, store: Store, tmp_path: Path
) -> None:
    with (tmp_path / "valid.jsonl").open("a") as file:
        file.write("{broken\n" + json.dumps(item("a", worked=True)) + "\n")
    with pytest.raises(UsageError, match=r"valid\.jsonl, line 3: not JSON(.|\n)*line 4: case_id"):
        runs.train(recipe, store=store)
    state = json.loads((tmp_path / "run" / "state.json").read_text())
    assert state["state"] == "failed"
    assert not (tmp_path / "run" / "warmup").exists()
    assert store.list_runs() == []


def test_a_grader_that_fails_on_an_item_stops_before_anything_starts(
    recipe: Recipe, store: Store, tmp_path: Path
) -> None:
    lacking = {key: value for key, value in item("h", worked=False).items() if key != "answer"}
    write_items([item("g", worked=False), lacking], tmp_path / "valid.jsonl")
    with pytest.raises(UsageError, match=r"validation\.jsonl, line 2: the grader fails: .*answer"):
        runs.train(recipe, store=store)
    with pytest.raises(UsageError, match=r"the recipe needs a grader"):
        runs.train(dataclasses.replace(recipe, grader={}), store=store)
    assert store.list_runs() == []


def test_what_the_machine_or_the_model_cannot_do_is_refused_first(
    recipe: Recipe, store: Store, tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match=r"policy\.vllm needs the package vllm"):
        runs.train(recipe.with_values(policy={"vllm": True}), store=store)
    long = {**item("h", worked=False), "case_id": "long"}
    long["messages"] = [{"role": "user", "content": "h " * 70}]
    write_items([item("g", worked=False), long], tmp_path / "valid.jsonl")
    short = dataclasses.replace(recipe, output=str(tmp_path / "long"))
    with pytest.raises(UsageError, match=r"validation\.jsonl, line 2: a prompt of 7. tokens"):
        runs.train(short.with_values(warmup={"epochs": 0.0}), store=store)


def test_only_what_is_better_beyond_chance_is_promoted(finished: Finished) -> None:
    store, result = finished.store, finished.result
    number = int(result.adapter_id or 0)
    assert result.compared is not None
    test = result.compared["test"]
    assert (test["n"], test["decoding"], set(test["contenders"])) == (
        2,
        "greedy",
        {"base", "tuned"},
    )
    (base,) = test["differences"]
    assert (base["n"], base["worse"], base["measure"]) == (2, "base", "reward")
    if base["beyond_chance"]:  # two items cannot show it, whatever the model learned
        pytest.fail("two test items showed a difference beyond chance")
    with pytest.raises(
        UsageError, match=r"is not promoted: reward .* against base on 2 test items"
    ):
        promote(number, store=store)
    assert store.promoted_adapter() is None
    promote(number, force=True, who="tester", store=store)
    found = store.promoted_adapter()
    assert found is not None
    assert found.adapter_id == number
    assert store.list_promotions()[0].forced
    assert "already" in promote(number, store=store)


def test_a_run_of_its_own_without_resume(recipe: Recipe) -> None:
    first = run_folder(recipe)
    assert first.is_dir()
    assert run_folder(recipe) == first
    assert run_folder(recipe, resume=False) == first.with_name("run-2")


AGREE = """
import sys
from accelerate import PartialState
from training.workflows.run_directory import agreed_folder
from training.recipe import Recipe
state = PartialState(cpu=True)
folder = agreed_folder(Recipe("x", output=sys.argv[1]), resume=False)
print(f"{state.num_processes} {folder}", flush=True)
state.destroy_process_group()
"""


def test_all_processes_of_a_launch_work_in_one_new_folder(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run-2").mkdir()
    script = tmp_path / "agree.py"
    script.write_text(AGREE)
    command = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node=2"]
    command += ["--rdzv-backend=c10d", "--rdzv-endpoint=localhost:0", str(script)]
    done = subprocess.run(
        [*command, str(tmp_path / "run")],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[3],
        env=os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": str(Path(__file__).parents[3])},
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.split("\n")[:2] == [f"2 {tmp_path / 'run-3'}"] * 2
    assert sorted(path.name for path in tmp_path.glob("run*")) == ["run", "run-2", "run-3"]

"""What happens after every round of reinforcement: journal, validation, warnings, stopping."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from transformers import TrainerCallback

from genecaller.graders import Grade
from training.data.dataset import Item
from training.loop import alerts as watch
from training.loop.checkpoints import last_complete_checkpoint
from training.loop.validate import GradeAnswer, Measure, Validated, validate
from training.recipe import Recipe
from training.runlog.journal import Journal, row_of
from training.workflows.run_directory import asked_to_stop

Progress = Callable[[Mapping[str, Any]], None]
"""Is told every journal entry of kind "warmup", "round", "evaluation" and "event" as it comes, and
`{"kind": "heartbeat"}` now and then, which no journal holds."""

HEARTBEAT = 10.0
"""Seconds between two words to the store, so that it is heard what a person asks meanwhile."""


class Scorer:
    """The reward function of a run: grades answers, and keeps some of them with their grades."""

    def __init__(self, items: Sequence[Item], grade: GradeAnswer, kept_a_round: int) -> None:
        self.items = items
        self.grade = grade
        self.kept_a_round = kept_a_round
        self.kept: list[dict[str, Any]] = []
        self.parts: dict[str, list[float]] = {}
        self.failures = 0
        self.answers = 0
        self.reason: str | None = None
        self.failed: str | None = None
        """How many answers of the last round with any could not be graded, and the first reason."""

    def __call__(self, rows: Sequence[int], answers: Sequence[str]) -> list[float | None]:
        """The score of each answer, None where the grader failed."""
        scores: list[float | None] = []
        for row, answer in zip(rows, answers, strict=True):
            graded = self.grade(answer, self.items[row])
            scores.append(graded.score)
            for name, value in graded.parts.items():
                self.parts.setdefault(name, []).append(value)
            self.answers += 1
            if graded.score is None:
                self.failures += 1
                self.reason = self.reason or graded.problem
            if len(self.kept) < self.kept_a_round:
                self.kept.append(answer_entry(self.items[row], row, answer, graded))
        return scores

    def by_line(self, rows: Sequence[int], answers: Sequence[str]) -> list[list[float]]:
        """What each line of each answer adds to the score of the lines before it.

        The sum over an answer's lines is its score. Lines up to which the grader fails add 0.
        """
        every = []
        for row, answer in zip(rows, answers, strict=True):
            lines = answer.split("\n")
            earned, before = [], 0.0
            for end in range(1, len(lines) + 1):
                score = self.grade("\n".join(lines[:end]), self.items[row]).score
                earned.append(0.0 if score is None else score - before)
                before = before if score is None else score
            every.append(earned)
        return every

    def flush(self) -> tuple[dict[str, float], list[dict[str, Any]]]:
        """The round's means of the parts with the grader's failures, and the kept answers."""
        means = {f"part/{name}": sum(v) / len(v) for name, v in self.parts.items() if v}
        means["grader_failures"] = float(self.failures)
        kept = self.kept
        if self.failures:
            self.failed = f"{self.failures} of {self.answers} answers: {self.reason}"
        self.kept, self.parts, self.failures, self.answers, self.reason = [], {}, 0, 0, None
        return means, kept

    def first_reason(self) -> str | None:
        """Why the first answer of this round that could not be graded was not."""
        return self.reason


def answer_entry(item: Item, row: int, answer: str, graded: Grade) -> dict[str, Any]:
    """A sampled answer as the journal keeps it; the prompt is found again by item."""
    return {
        "item": str(item.get("case_id") or row),
        "text": answer,
        "reward": graded.score,
        "parts": dict(graded.parts),
        "problem": graded.problem,
    }


class Heartbeat(TrainerCallback):
    """Tells the store every few seconds that a stage goes on."""

    def __init__(self, progress: Progress) -> None:
        self.progress = progress
        self.beaten = time.monotonic()

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> Any:
        """After every step, on the main process."""
        if state.is_world_process_zero and time.monotonic() - self.beaten >= HEARTBEAT:
            self.progress({"kind": "heartbeat"})
            self.beaten = time.monotonic()
        return control


def on_all(decided: bool) -> bool:
    """Decide on every process what the main process has decided."""
    from accelerate import PartialState
    from accelerate.utils import broadcast_object_list

    if PartialState().num_processes == 1:
        return decided
    word = [decided and PartialState().is_main_process]
    return bool(broadcast_object_list(word)[0])


class WarmupWatch(Heartbeat):
    """Journals the warm-up, and ends it when its minutes are over or somebody asks for it."""

    def __init__(self, journal: Journal, minutes: float | None, progress: Progress) -> None:
        super().__init__(progress)
        self.journal, self.minutes = journal, minutes
        self.started = time.monotonic()
        self.before = max((e.get("elapsed", 0.0) for e in journal.entries("warmup")), default=0.0)

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> Any:
        """After every step, on every process: all of them must stop together or not at all."""
        super().on_step_end(args, state, control)
        if on_all(asked_to_stop(self.journal.folder) is not None):
            control.should_save = control.should_training_stop = True
        return control

    def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **_: Any) -> Any:
        """Every few steps, on every process: all of them must stop together or not at all."""
        if not logs or "loss" not in logs:
            return control
        over = False
        if state.is_world_process_zero:
            elapsed = self.before + time.monotonic() - self.started
            entry = self.journal.write(
                "warmup",
                step=state.global_step,
                of=state.max_steps,
                elapsed=round(elapsed, 3),
                **{k: v for k, v in logs.items() if isinstance(v, int | float)},
            )
            self.progress(entry)
            over = self.minutes is not None and elapsed > 60 * self.minutes
        if on_all(over):
            control.should_save = control.should_training_stop = True
        return control


class RoundWatch(Heartbeat):
    """Journals every round, validates every few, keeps the best adapters, warns, and stops early.

    `trainer` is set once the trainer exists. `accuracy` names the measure that the warnings set
    against the reward.
    """

    def __init__(
        self,
        recipe: Recipe,
        journal: Journal,
        scorer: Scorer,
        items: Sequence[Item],
        grade: GradeAnswer,
        measure: Measure,
        tokenizer: Any,
        steps_per_round: int,
        progress: Progress,
        resumed_round: int = 0,
        accuracy: str = "top1",
    ) -> None:
        super().__init__(progress)
        self.recipe, self.journal, self.scorer = recipe, journal, scorer
        self.items, self.grade, self.measure = items, grade, measure
        self.tokenizer, self.per_round = tokenizer, steps_per_round
        self.accuracy = accuracy
        self.trainer: Any = None
        self.started = time.monotonic()
        journal.forget_after(resumed_round)
        self.rounds = [_numbered(entry) for entry in journal.rounds("round")]
        self.evaluations = [_numbered(entry) for entry in journal.rounds("evaluation")]
        self.said = {str(e["word"]) for e in journal.entries("event") if "word" in e}
        self.before = self.rounds[-1].get("elapsed", 0.0) if self.rounds else 0.0
        self.last = time.monotonic()

    def on_train_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Validate what was not: the warm-up model, or the round that a stop came after."""
        if not state.is_world_process_zero:
            return
        number = state.global_step // self.per_round
        known = {int(e["round"]) for e in self.evaluations}
        # Round 0 is the warm-up model itself: every later figure stands beside it.
        if number == 0 and 0 not in known:
            self.evaluate(0)
        elif number not in known and self._is_due(number, state):
            self.evaluate(number)

    def _is_due(self, number: int, state: Any) -> bool:
        return number % self.recipe.watch.every == 0 or state.global_step >= state.max_steps

    def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **_: Any) -> Any:
        """Once a round, on every process: all of them must stop together or not at all."""
        if not logs or "reward" not in logs:
            return control
        number = state.global_step // self.per_round
        means, kept = self.scorer.flush()
        stop = False
        if state.is_world_process_zero:
            self._write_round(number, dict(logs) | means, kept)
            stop = self._look(number, state)
        if on_all(stop):
            control.should_save = control.should_training_stop = True
        return control

    def _write_round(
        self, number: int, logs: Mapping[str, Any], kept: Sequence[Mapping[str, Any]]
    ) -> None:
        now = time.monotonic()
        seconds = max(now - self.last, 1e-9)
        self.last = now
        policy = self.recipe.policy
        answers = policy.prompts * policy.samples
        tokens = float(logs.get("completions/mean_length", 0.0)) * answers
        values = {k: v for k, v in logs.items() if isinstance(v, int | float)} | {
            "elapsed": round(self.before + now - self.started, 3),
            "round_seconds": round(seconds, 3),
            "tokens_per_second": round(tokens / seconds, 1),
        }
        entry = self.journal.write("round", round=number, of=policy.rounds, **values)
        for answer in kept:
            self.journal.write("answer", round=number, split="train", **answer)
        self.rounds.append(_numbered(entry))
        self.progress(entry)

    def _look(self, number: int, state: Any) -> bool:
        """Validate where it is due and say what is wrong; whether the run is to stop here."""
        settings, minutes = self.recipe.watch, self.recipe.policy.minutes
        elapsed = self.before + time.monotonic() - self.started
        over = minutes is not None and elapsed > 60 * minutes
        paused = asked_to_stop(self.journal.folder) is not None
        due = (self._is_due(number, state) or over) and not paused
        if due:
            self.evaluate(number)
        for word in watch.words(self.rounds, self.evaluations, self.accuracy):
            if word.name not in self.said:
                self.said.add(word.name)
                self._tell(number, word=word.name, text=word.text)
        if self.scorer.failed and "grader-fails" not in self.said:
            self.said.add("grader-fails")
            text = f"the grader failed on {self.scorer.failed}; they are left out"
            self._tell(number, word="grader-fails", text=text)
        if over:
            self._tell(number, text=f"stopped after {elapsed / 60:.1f} minutes, as the recipe says")
        stale = due and watch.should_stop(self.evaluations, settings.metric, settings.patience)
        if stale:
            text = f"{settings.metric} has not improved for {settings.patience} evaluations"
            self._tell(number, text=f"stopped early: {text}")
        return over or paused or stale

    def _tell(self, number: int, **event: str) -> None:
        self.progress(self.journal.write("event", round=number, **event))

    def evaluate(self, number: int) -> Validated:
        """Validate the model as it is now, journal it, and keep its adapter if among the best."""
        started = time.monotonic()
        trainer = self.trainer
        model = trainer.accelerator.unwrap_model(trainer.model)
        result = validate(
            model,
            self.tokenizer,
            self.items,
            self.grade,
            self.measure,
            self.recipe.policy.max_answer_tokens,
            batch=max(self.recipe.policy.device_batch, 64),
        )
        values = result.as_entry()
        # The adapter first: an evaluation that is written down must lead to its adapter.
        self.evaluations.append(_numbered({"round": number} | values))
        self._save_if_best(model, number)
        judged = zip(self.items, result.answers, result.grades, strict=True)
        for row, (item, answer, graded) in enumerate(judged):
            kept = answer_entry(item, row, answer, graded)
            self.journal.write("answer", round=number, split="validation", **kept)
        entry = self.journal.write("evaluation", round=number, **values)
        self._drop_others()
        self.progress(entry)
        # Time spent on validation is no training time.
        spent = time.monotonic() - started
        self.last += spent
        self.started += spent
        return result

    @property
    def _best(self) -> Path:
        return self.journal.folder / "best"

    def _among_best(self, up_to: int | None = None) -> set[int]:
        settings = self.recipe.watch
        counted = [e for e in self.evaluations if up_to is None or e["round"] <= up_to]
        return set(watch.best_rounds(counted, settings.metric, settings.keep))

    def _save_if_best(self, model: Any, number: int) -> None:
        """Save this round's adapter and critic if it is among the best."""
        if number in self._among_best():
            save_adapter(model, self._best / f"round-{number}", self.trainer.value_head)

    def _drop_others(self) -> None:
        """Drop what fell out of the best, and was not among them at the last checkpoint either.

        A kill leads back there, and what is made anew may turn out otherwise.
        """
        _, safe = resumable_round(self.journal.folder / "policy", self.per_round)
        keep = self._among_best() | self._among_best(safe)
        for path in self._best.glob("round-*"):
            if int(path.name.split("-")[1]) not in keep:
                shutil.rmtree(path)


def save_adapter(model: Any, folder: Path, critic: Any = None) -> None:
    """Write the trained adapter alone (not its frozen reference), complete or not at all.

    A `critic` goes beside it, to be trained on. Where the base model lies on this machine is not
    noted: an adapter is handed on, and elsewhere that path would be asked for on the network.
    """
    from training.ppo.critic import save_value_head

    scratch = folder.with_name(f".{folder.name}")
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    model.save_pretrained(str(scratch), selected_adapters=["default"])
    config_file = scratch / "adapter_config.json"
    config = json.loads(config_file.read_text(encoding="utf-8"))
    config["base_model_name_or_path"] = None
    config_file.write_text(json.dumps(config, indent=2, sort_keys=True), encoding="utf-8")
    if critic is not None:
        save_value_head(critic, scratch)
    shutil.rmtree(folder, ignore_errors=True)
    scratch.rename(folder)


def resumable_round(folder: Path, steps_per_round: int) -> tuple[Path | None, int]:
    """The newest whole checkpoint of a reinforcement and its round; None and 0 without one."""
    checkpoint = last_complete_checkpoint(folder)
    if checkpoint is None:
        return None, 0
    return checkpoint, int(checkpoint.name.split("-")[1]) // steps_per_round


def _numbered(entry: Mapping[str, Any]) -> dict[str, float]:
    return row_of(entry) | {"round": float(entry["round"])}

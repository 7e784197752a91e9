"""The two stages that change weights: supervised warm-up, then reinforcement."""

from __future__ import annotations

import importlib.util
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from genecaller.errors import UsageError
from training.data.dataset import Item, prompt_of
from training.data.prepare import Prepared
from training.loop import alerts as watch
from training.loop.base_model import open_trainable
from training.loop.callbacks import (
    Progress,
    RoundWatch,
    Scorer,
    WarmupWatch,
    on_all,
    resumable_round,
    save_adapter,
)
from training.loop.checkpoints import last_complete_checkpoint
from training.loop.libraries import without_library_noise
from training.ppo.reward import Task
from training.recipe import Recipe
from training.runlog.journal import Journal
from training.workflows.run_directory import asked_to_stop

if TYPE_CHECKING:
    from genecaller.llm import LanguageModel


class Stopped(Exception):
    """The run was asked to stop; what it did is saved. `state` is "paused" or "cancelled"."""

    def __init__(self, state: Literal["paused", "cancelled"], message: str) -> None:
        super().__init__(message)
        self.state = state


@dataclass(frozen=True)
class Stage:
    """What both stages are given: `start` is the adapter to begin with, None for a fresh one."""

    recipe: Recipe
    prepared: Prepared
    task: Task
    journal: Journal
    progress: Progress
    start: Path | None

    @property
    def bf16(self) -> bool:
        """Whether the trainer computes under bfloat16: on a GPU only, where adapters gain by it."""
        import torch

        return self.recipe.model.dtype != "float32" and torch.cuda.is_available()


def warm_up(stage: Stage) -> Path | None:
    """Train on the worked items and return the adapter's folder; `start` where there are none.

    Taken up where it stopped; done at once where it was finished before. Raises Stopped.
    """
    recipe, journal = stage.recipe, stage.journal
    folder = journal.folder / "warmup"
    finished = folder / "adapter"
    if finished.is_dir():
        return finished
    if not recipe.warmup.epochs or not stage.prepared.warmup:
        return stage.start
    from training.loop.warmup import warmup_trainer

    opened = open_trainable(recipe.model, recipe.seed, stage.start)
    watching = WarmupWatch(journal, recipe.warmup.minutes, stage.progress)
    with without_library_noise():
        trainer = warmup_trainer(
            stage.prepared.warmup,
            opened.model,
            opened.tokenizer,
            recipe.warmup,
            folder,
            recipe.seed,
            bf16=stage.bf16,
            checkpointing=recipe.model.gradient_checkpointing,
            tensorboard=recipe.watch.tensorboard,
            callbacks=[watching],
        )
        checkpoint = last_complete_checkpoint(folder)
        trainer.train(resume_from_checkpoint=str(checkpoint) if checkpoint else None)
    raise_if_stopped(journal)
    if trainer.accelerator.is_main_process:
        save_adapter(trainer.accelerator.unwrap_model(trainer.model), finished)
        _drop_checkpoints(folder)
    trainer.accelerator.wait_for_everyone()
    return finished


def reinforce(stage: Stage) -> int:
    """Train by reinforcement and return the best round by the recipe's metric (0: the warm-up).

    The best rounds' adapters lie in `best/round-N`. Taken up at the last whole checkpoint; done
    at once where it was finished before. Raises Stopped.
    """
    recipe, journal, policy = stage.recipe, stage.journal, stage.recipe.policy
    state = journal.state()
    if state.get("reinforced"):
        return int(state["best_round"])
    from datasets import Dataset

    from training.ppo.schedule import lay_out, steps_per_round, training_arguments
    from training.ppo.trainer import PolicyTrainer

    folder = journal.folder / "policy"
    checkpoint, done = resumable_round(folder, steps_per_round(policy))
    opened = open_trainable(recipe.model, recipe.seed, stage.start)
    scorer = Scorer(stage.prepared.train, stage.task.grade, recipe.watch.answers)
    watching = RoundWatch(
        recipe,
        journal,
        scorer,
        stage.prepared.validation[: recipe.watch.validation_items],
        stage.task.grade,
        stage.task.measure,
        opened.tokenizer,
        steps_per_round(policy),
        stage.progress,
        resumed_round=done,
        accuracy=stage.task.accuracy,
    )
    prompts = [prompt_of(item) for item in stage.prepared.train]
    judged = (("train", stage.prepared.train), ("validation", stage.prepared.validation))
    for name, items in judged:
        _refuse_long(items, name, opened, policy.max_answer_tokens)
    order = lay_out(len(prompts), policy, recipe.seed)
    with without_library_noise():
        trainer = PolicyTrainer(
            policy=policy,
            score=scorer,
            score_lines=scorer.by_line,
            reason=scorer.first_reason,
            model=opened.model,
            args=training_arguments(
                policy,
                folder,
                recipe.seed,
                bf16=stage.bf16,
                checkpointing=recipe.model.gradient_checkpointing,
                tensorboard=recipe.watch.tensorboard,
            ),
            processing_class=opened.tokenizer,
            train_dataset=Dataset.from_list([{"prompt": prompts[i], "row": i} for i in order]),
            callbacks=[watching],
        )
        watching.trainer = trainer
        trainer.train(resume_from_checkpoint=str(checkpoint) if checkpoint else None)
    raise_if_stopped(journal)
    evaluations = journal.rounds("evaluation")
    ranked = watch.best_rounds(evaluations, recipe.watch.metric, 1)
    if not ranked:
        known = sorted({key for row in evaluations for key in row})
        raise UsageError(
            f"watch.metric {recipe.watch.metric!r} was never measured; there are {', '.join(known)}"
        )
    if trainer.accelerator.is_main_process:
        journal.set_state("running", reinforced=True, best_round=ranked[0])
    trainer.accelerator.wait_for_everyone()
    return ranked[0]


def _refuse_long(items: Sequence[Item], name: str, opened: LanguageModel, answer: int) -> None:
    """Refuse prompts that leave no room for an answer: they would fail in the middle of a run."""
    room = getattr(opened.model.config, "max_position_embeddings", None)
    for line, item in enumerate(items if room is not None else (), start=1):
        length = opened.count_tokens(opened.render(prompt_of(item)))
        if length + answer > room:
            raise UsageError(
                f"{name}.jsonl, line {line}: a prompt of {length} tokens and an answer of {answer} "
                f"exceed the model's {room}; shorten it, or lower policy.max_answer_tokens"
            )


def refuse_missing_packages(recipe: Recipe) -> None:
    """Refuse options whose packages are not installed, before anything starts."""
    options = (
        ("watch.tensorboard", recipe.watch.tensorboard, "tensorboard"),
        ("policy.vllm", recipe.policy.vllm, "vllm"),
    )
    for option, wanted, package in options:
        if wanted and importlib.util.find_spec(package) is None:
            raise UsageError(
                f"{option} needs the package {package}: pip install {package}, or switch it off"
            )


def raise_if_stopped(journal: Journal, *, alone: bool = False) -> None:
    """Raise Stopped on every process where the run was asked to pause or to end.

    Where the main process is `alone`, the others having ended, it decides for itself.
    """
    asked = asked_to_stop(journal.folder)
    decide = bool if alone else on_all
    if decide(asked == "cancel"):
        raise Stopped("cancelled", f"cancelled; what it did is kept in {journal.folder}")
    if decide(asked is not None):
        raise Stopped("paused", f"paused; the same command goes on from {journal.folder}")


def _drop_checkpoints(folder: Path) -> None:
    """Checkpoints of a finished stage only take up room."""
    for path in folder.glob("checkpoint-*"):
        shutil.rmtree(path, ignore_errors=True)


def describe_entry(entry: Any) -> str | None:
    """One line on a journal entry for a terminal; None for what is not worth a line."""
    kind = entry.get("kind")
    if kind == "warmup":
        return f"warm-up {entry['step']}/{entry['of']}: loss {entry['loss']:.3f}"
    if kind == "round":
        reward = f"{entry['reward']:.3f}" if "reward" in entry else "none"
        parts = [f"round {entry['round']}/{entry['of']}: reward {reward}"]
        for key, name in (("kl", "KL"), ("entropy", "entropy"), ("explained_variance", "critic")):
            if key in entry:
                parts.append(f"{name} {entry[key]:.2f}")
        left = (entry["of"] - entry["round"]) * entry["round_seconds"]
        parts.append(f"{entry['tokens_per_second']:.0f} tokens/s, {left / 60:.1f} min left")
        return ", ".join(parts)
    if kind == "evaluation":
        shown = [
            f"{name} {entry[name]:.3f} ({entry[f'{name}_low']:.3f} to {entry[f'{name}_high']:.3f})"
            for name in ("reward", "top1", "top5", "topmax")
            if entry.get(f"{name}_low") is not None
        ]
        return f"validation after round {entry['round']}, n={entry['n']:.0f}: {', '.join(shown)}"
    return str(entry["text"]) if "text" in entry else None

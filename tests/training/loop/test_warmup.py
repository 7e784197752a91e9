"""The warm-up learns worked answers, sees the form that is asked later, and resumes exactly."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import TrainerCallback
from trl import SFTTrainer

from genecaller.errors import UsageError
from training.loop import validate, warmup
from training.loop.checkpoints import last_complete_checkpoint
from training.loop.libraries import without_library_noise
from training.recipe import Warmup

LETTERS = list("abcdefgh")
SETTINGS = Warmup(
    epochs=40, batch=16, device_batch=8, learning_rate=1e-2, max_tokens=32, save_every=5
)


def worked(letter: str) -> dict[str, Any]:
    following = LETTERS[(LETTERS.index(letter) + 1) % len(LETTERS)]
    return {
        "messages": [
            {"role": "user", "content": letter},
            {"role": "assistant", "content": f"{letter} {following}"},
        ]
    }


ITEMS = [worked(letter) for letter in LETTERS * 4]


def made(model: Any, tokenizer: Any, output: Path, *callbacks: Any) -> warmup.WarmupTrainer:
    return warmup.warmup_trainer(
        ITEMS, model, tokenizer, SETTINGS, output, 1, bf16=False, callbacks=callbacks
    )


def test_the_warm_up_teaches_the_worked_answers(
    tiny_model: Callable[..., Any], tokenizer: Any, tmp_path: Path
) -> None:
    model = tiny_model()
    expected = [item["messages"][-1]["content"] for item in ITEMS[: len(LETTERS)]]

    def right() -> int:
        answers = validate.answer_greedily(model, tokenizer, ITEMS[: len(LETTERS)], 6, batch=3)
        return sum(a.strip() == e for a, e in zip(answers, expected, strict=True))

    with without_library_noise():
        before = right()
        made(model, tokenizer, tmp_path).train()
        after = right()
    assert before <= 1
    assert after >= 7


def test_a_stopped_warm_up_resumes_exactly(
    tiny_model: Callable[..., Any], tokenizer: Any, tmp_path: Path
) -> None:
    class Stop(TrainerCallback):
        def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
            if state.global_step == 12:
                raise KeyboardInterrupt

    with without_library_noise():
        whole = made(tiny_model(), tokenizer, tmp_path / "whole")
        whole.train()
        with pytest.raises(KeyboardInterrupt):
            made(tiny_model(), tokenizer, tmp_path / "part", Stop()).train()
        checkpoint = last_complete_checkpoint(tmp_path / "part")
        assert checkpoint is not None
        assert checkpoint.name == "checkpoint-10"
        resumed = made(tiny_model(), tokenizer, tmp_path / "part")
        resumed.train(resume_from_checkpoint=str(checkpoint))
    got = resumed.model.state_dict()
    for name, tensor in whole.model.state_dict().items():
        assert torch.equal(tensor, got[name]), name


def test_the_loss_is_on_the_answer_alone_and_the_prompt_as_when_asked(tokenizer: Any) -> None:
    (row,) = warmup.encode([worked("c")], tokenizer, 32)
    asked = tokenizer.apply_chat_template(
        [{"role": "user", "content": "c"}], add_generation_prompt=True, return_dict=True
    )["input_ids"]
    assert row["input_ids"][: len(asked)] == asked
    assert row["labels"][: len(asked)] == [-100] * len(asked)
    assert tokenizer.decode(row["input_ids"][len(asked) :]) == "c d <eos>"
    assert row["labels"][len(asked) :] == row["input_ids"][len(asked) :]


def test_the_short_way_on_a_cpu_gives_trls_loss(
    tiny_model: Callable[..., Any], tokenizer: Any, tmp_path: Path
) -> None:
    with without_library_noise():
        trainer = made(tiny_model(), tokenizer, tmp_path)
    batch = next(iter(trainer.get_train_dataloader()))
    assert (batch["labels"] == -100).any()
    for count in (None, torch.tensor(7)):
        expected = SFTTrainer.compute_loss(
            trainer, trainer.model, dict(batch), num_items_in_batch=count
        )
        got = trainer.compute_loss(trainer.model, dict(batch), num_items_in_batch=count)
        assert got.item() == pytest.approx(expected.item(), rel=1e-5)


def test_items_without_an_answer_or_too_long_are_refused(tokenizer: Any) -> None:
    with pytest.raises(UsageError, match="no item has a worked answer"):
        warmup.encode([{"messages": [{"role": "user", "content": "a"}]}], tokenizer, 32)
    with pytest.raises(UsageError, match="longer than 4 tokens"):
        warmup.encode([worked("a")], tokenizer, 4)
    assert len(warmup.encode([worked("a"), worked("b")], tokenizer, 32)) == 2


def test_the_order_keeps_batches_of_like_length_and_uses_rows_evenly() -> None:
    lengths = [(i * 37) % 100 for i in range(640)]
    order = warmup.lay_out_by_length(lengths, batch=16, epochs=2, seed=1)
    assert len(order) == 1280
    assert set(Counter(order).values()) == {2}
    spreads = [
        max(lengths[i] for i in order[s : s + 16]) - min(lengths[i] for i in order[s : s + 16])
        for s in range(0, len(order), 16)
    ]
    assert max(spreads) <= 20
    assert order == warmup.lay_out_by_length(lengths, batch=16, epochs=2, seed=1)
    few = warmup.lay_out_by_length([3, 1], batch=4, epochs=1, seed=1)
    assert Counter(few) == {0: 2, 1: 2}
    fewer = dataclasses.replace(SETTINGS, epochs=0.5)
    assert len(warmup.lay_out_by_length([1] * 64, 16, fewer.epochs, 1)) == 32

"""The supervised warm-up: questions with worked answers, learned by a LoRA adapter (ReFT's SFT)."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from transformers import PrinterCallback
from trl import SFTConfig, SFTTrainer

from genecaller.errors import UsageError
from training.data.dataset import Item, prompt_of, worked_answer_of
from training.loop.checkpoints import MarkedCheckpoints
from training.loop.libraries import checkpointing_argument
from training.recipe import Warmup

BUCKET = 50
"""How many batches are sorted by length together: little padding, still a random order."""


class WarmupTrainer(MarkedCheckpoints, SFTTrainer):
    """TRL's SFTTrainer, without its telemetry and with checkpoints that are known to be whole."""

    def __init__(self, **arguments: Any) -> None:
        super().__init__(**arguments)
        self.remove_callback(PrinterCallback)

    def compute_loss(
        self,
        model: Any,
        inputs: dict[str, Any],
        return_outputs: bool = False,
        num_items_in_batch: Any = None,
    ) -> Any:
        """TRL's loss; on a single CPU the same loss without projecting the prompts.

        TRL projects every position onto the vocabulary there, which takes a small model half of
        its time, and most of it for positions that the loss leaves out.
        """
        labels = inputs["labels"]
        if labels.device.type != "cpu" or self.accelerator.num_processes > 1 or return_outputs:
            return super().compute_loss(model, inputs, return_outputs, num_items_in_batch)
        learned = (labels != -100).any(dim=0).nonzero()
        first = max(int(learned[0]) - 1, 0) if len(learned) else labels.size(1) - 1
        with self.accelerator.autocast():
            logits = model(
                input_ids=inputs["input_ids"],
                attention_mask=inputs["attention_mask"],
                logits_to_keep=labels.size(1) - first,
                use_cache=False,
            ).logits[:, :-1]
        targets = labels[:, first + 1 :]
        total = torch.nn.functional.cross_entropy(
            logits.float().flatten(0, 1), targets.flatten(), ignore_index=-100, reduction="sum"
        )
        count = (targets != -100).sum() if num_items_in_batch is None else num_items_in_batch
        return total / torch.as_tensor(count).clamp(min=1)


def encode(items: Sequence[Item], tokenizer: Any, max_tokens: int) -> list[dict[str, list[int]]]:
    """Prompt and worked answer of each item as token ids, the loss on the answer alone.

    The prompt is tokenised exactly as when the model is asked, and the answer ends with the
    end-of-text token, so that warm-up, reinforcement and use see one form. Items longer than
    `max_tokens` are left out rather than cut: half an answer teaches to stop half-way.
    Raises UsageError where no item is left.
    """
    worked = [(prompt_of(item), worked_answer_of(item)) for item in items]
    worked = [(prompt, answer) for prompt, answer in worked if answer is not None]
    if not worked:
        raise UsageError("no item has a worked answer (a last message of the role 'assistant')")
    prompts = tokenizer.apply_chat_template(
        [prompt for prompt, _ in worked], add_generation_prompt=True, return_dict=True
    )["input_ids"]
    answers = tokenizer([answer for _, answer in worked], add_special_tokens=False)["input_ids"]
    rows = []
    for asked, answered in zip(prompts, answers, strict=True):
        answered = [*answered, tokenizer.eos_token_id]
        if len(asked) + len(answered) <= max_tokens:
            labels = [-100] * len(asked) + answered
            rows.append({"input_ids": [*asked, *answered], "labels": labels})
    if not rows:
        raise UsageError(
            f"each of the {len(worked)} worked items is longer than {max_tokens} tokens; "
            "raise warmup.max_tokens"
        )
    return rows


def lay_out_by_length(lengths: Sequence[int], batch: int, epochs: float, seed: int) -> list[int]:
    """The order of rows over all epochs: batches of like length in random order, whole batches."""
    shuffle = random.Random(seed)
    order: list[int] = []
    wanted = max(batch, round(len(lengths) * epochs) // batch * batch)
    while len(order) < wanted:
        rows = list(range(len(lengths)))
        shuffle.shuffle(rows)
        while len(rows) < batch:  # fewer items than a batch holds: they repeat
            rows += rows
        batches: list[list[int]] = []
        for start in range(0, len(rows), batch * BUCKET):
            bucket = sorted(rows[start : start + batch * BUCKET], key=lengths.__getitem__)
            batches += [bucket[i : i + batch] for i in range(0, len(bucket) - batch + 1, batch)]
        shuffle.shuffle(batches)
        order += [i for rows_of_batch in batches for i in rows_of_batch]
    return order[:wanted]


def warmup_arguments(
    warmup: Warmup,
    output: Path,
    seed: int,
    steps: int,
    *,
    bf16: bool,
    checkpointing: bool,
    tensorboard: bool,
) -> SFTConfig:
    """TRL's configuration of a warm-up; data come laid out, so one epoch in their own order.

    Of `steps` steps, one in twenty is logged, and at least every tenth.
    """
    from accelerate import PartialState

    world = PartialState().num_processes
    at_once = warmup.device_batch * world
    if warmup.batch % at_once:
        raise UsageError(
            f"warmup: a batch of {warmup.batch} does not divide among {world} processes with "
            f"{warmup.device_batch} each; lower device_batch"
        )
    return SFTConfig(
        output_dir=str(output),
        seed=seed,
        per_device_train_batch_size=warmup.device_batch,
        gradient_accumulation_steps=warmup.batch // at_once,
        num_train_epochs=1,
        learning_rate=warmup.learning_rate,
        lr_scheduler_type="linear",
        warmup_steps=warmup.warmup_share,  # below 1: a share of the steps
        max_length=None,
        packing=False,
        train_sampling_strategy="sequential",
        dataset_kwargs={"skip_prepare_dataset": True},
        bf16=bf16,
        logging_steps=min(10, max(1, steps // 20)),
        save_steps=warmup.save_every,
        save_total_limit=2,
        report_to=["tensorboard"] if tensorboard else [],
        disable_tqdm=True,
        dataloader_pin_memory=torch.cuda.is_available(),
        use_cpu=not torch.cuda.is_available(),
        **checkpointing_argument(SFTConfig, checkpointing),
    )


def warmup_trainer(
    items: Sequence[Item],
    model: Any,
    tokenizer: Any,
    warmup: Warmup,
    output: Path,
    seed: int,
    *,
    bf16: bool,
    checkpointing: bool = False,
    tensorboard: bool = False,
    callbacks: Sequence[Any] = (),
) -> WarmupTrainer:
    """A trainer ready to run over the worked items; `model` is a PEFT model. Raises UsageError."""
    from datasets import Dataset

    rows = encode(items, tokenizer, warmup.max_tokens)
    order = lay_out_by_length(
        [len(row["input_ids"]) for row in rows], warmup.batch, warmup.epochs, seed
    )
    return WarmupTrainer(
        model=model,
        args=warmup_arguments(
            warmup,
            output,
            seed,
            len(order) // warmup.batch,
            bf16=bf16,
            checkpointing=checkpointing,
            tensorboard=tensorboard,
        ),
        train_dataset=Dataset.from_list(rows).select(order),
        processing_class=tokenizer,
        callbacks=list(callbacks),
    )

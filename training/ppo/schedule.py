"""How a policy recipe becomes rounds: batches, TRL's configuration, the order of prompts."""

from __future__ import annotations

from pathlib import Path

import torch
from trl import GRPOConfig

from genecaller.errors import UsageError
from training.loop.libraries import checkpointing_argument
from training.recipe import Policy


def steps_per_round(policy: Policy) -> int:
    """How many optimiser steps one round takes."""
    return policy.epochs * policy.prompts * policy.samples // policy.minibatch


def training_arguments(
    policy: Policy, output: Path, seed: int, *, bf16: bool, checkpointing: bool, tensorboard: bool
) -> GRPOConfig:
    """TRL's configuration of a policy recipe; one log a round, one pass over the laid-out data.

    Raises UsageError where the minibatch does not divide among the processes.
    """
    from accelerate import PartialState

    world = PartialState().num_processes
    at_once = policy.device_batch * world
    if policy.minibatch % at_once:
        raise UsageError(
            f"policy: a minibatch of {policy.minibatch} answers does not divide among {world} "
            f"processes with {policy.device_batch} each; lower device_batch"
        )
    per_round = steps_per_round(policy)
    return GRPOConfig(
        output_dir=str(output),
        seed=seed,
        per_device_train_batch_size=policy.device_batch,
        gradient_accumulation_steps=policy.minibatch // at_once,
        steps_per_generation=policy.prompts * policy.samples // at_once,
        num_iterations=policy.epochs,
        num_generations=max(policy.samples, 2),
        num_train_epochs=1,
        shuffle_dataset=False,
        learning_rate=policy.learning_rate,
        lr_scheduler_type="linear" if policy.annealed else "constant_with_warmup",
        warmup_steps=min(10, per_round),
        max_grad_norm=policy.max_gradient_norm,
        temperature=policy.temperature,
        max_completion_length=policy.max_answer_tokens,
        epsilon=policy.clip,
        beta=policy.kl,
        loss_type="grpo",
        scale_rewards="group" if policy.algorithm == "grpo" else "none",
        use_vllm=policy.vllm,
        disable_dropout=True,
        bf16=bf16,
        logging_steps=per_round,
        save_steps=per_round * policy.save_every,
        save_total_limit=2,
        eval_strategy="no",
        report_to=["tensorboard"] if tensorboard else [],
        disable_tqdm=True,
        dataloader_pin_memory=torch.cuda.is_available(),
        ddp_find_unused_parameters=False,
        use_cpu=not torch.cuda.is_available(),
        **checkpointing_argument(GRPOConfig, checkpointing),
    )


def lay_out(n_items: int, policy: Policy, seed: int) -> list[int]:
    """The row of every prompt of every round: shuffled passes over the items, one after another."""
    generator = torch.Generator().manual_seed(seed)
    order: list[int] = []
    while len(order) < policy.rounds * policy.prompts:
        order += torch.randperm(n_items, generator=generator).tolist()
    return order[: policy.rounds * policy.prompts]

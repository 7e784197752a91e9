"""The policy trainer learns and resumes exactly."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from datasets import Dataset
from safetensors.torch import load_file
from transformers import TrainerCallback
from trl import GRPOTrainer

from genecaller.errors import UsageError
from training.loop.checkpoints import COMPLETE_FILE, last_complete_checkpoint
from training.loop.libraries import without_library_noise
from training.ppo import schedule as rounds
from training.ppo import trainer as ppo
from training.ppo.credit_assignment import Score, ScoreLines
from training.ppo.critic import VALUE_HEAD_FILE
from training.recipe import Policy

LETTERS = list("abcdefgh")
TOY = Policy(
    rounds=24,
    prompts=32,
    minibatch=16,
    device_batch=16,
    learning_rate=5e-3,
    critic_learning_rate=5e-2,
    critic_rounds=1,
    kl=0.01,
    max_answer_tokens=6,
    save_every=2,
)


def share_of_the_letter(rows: Sequence[int], answers: Sequence[str]) -> list[float | None]:
    """How much of an answer repeats the letter of its prompt; a random model gives about 0.07."""
    return [
        sum(word == LETTERS[row] for word in answer.split()) / 6
        for row, answer in zip(rows, answers, strict=True)
    ]


class Curve(TrainerCallback):
    def __init__(self) -> None:
        self.rounds: list[dict[str, float]] = []

    def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **_: Any) -> None:
        if "reward" in logs:
            self.rounds.append(dict(logs))


def trainer(
    policy: Policy,
    model: Any,
    tokenizer: Any,
    output: Path,
    score: Score = share_of_the_letter,
    score_lines: ScoreLines | None = None,
    reason: Callable[[], str | None] = lambda: None,
) -> tuple[Any, Curve]:
    prompts = [[{"role": "user", "content": letter}] for letter in LETTERS]
    order = rounds.lay_out(len(prompts), policy, seed=3)
    curve = Curve()
    args = rounds.training_arguments(
        policy, output, 1, bf16=False, checkpointing=False, tensorboard=False
    )
    made = ppo.PolicyTrainer(
        policy=policy,
        score=score,
        score_lines=score_lines,
        reason=reason,
        model=model,
        args=args,
        processing_class=tokenizer,
        train_dataset=Dataset.from_list([{"prompt": prompts[i], "row": i} for i in order]),
        callbacks=[curve],
    )
    return made, curve


def mean_reward(curve: Curve, rounds: slice) -> float:
    rewards = [log["reward"] for log in curve.rounds[rounds]]
    return sum(rewards) / len(rewards)


def test_an_annealed_learning_rate_falls_over_the_rounds(
    tiny_model: Callable[..., Any], tokenizer: Any, tmp_path: Path
) -> None:
    policy = dataclasses.replace(TOY, annealed=True, rounds=5)
    with without_library_noise():
        made, curve = trainer(policy, tiny_model(), tokenizer, tmp_path)
        made.train()
    rates = [log["learning_rate"] for log in curve.rounds[1:]]
    assert rates == sorted(rates, reverse=True)
    assert rates[-1] < 0.3 * policy.learning_rate


@pytest.mark.parametrize("algorithm", ["ppo", "grpo", "rloo"])
def test_the_reward_rises(
    algorithm: Any, tiny_model: Callable[..., Any], tokenizer: Any, tmp_path: Path
) -> None:
    policy = TOY
    if algorithm != "ppo":
        policy = dataclasses.replace(TOY, algorithm=algorithm, prompts=8, samples=4)
    with without_library_noise():
        made, curve = trainer(policy, tiny_model(), tokenizer, tmp_path)
        made.train()
    assert len(curve.rounds) == policy.rounds
    start, end = mean_reward(curve, slice(0, 3)), mean_reward(curve, slice(-3, None))
    assert start < 0.12
    assert end > start + 0.25
    last = curve.rounds[-1]
    assert last["kl"] > 0
    if algorithm == "ppo":
        explained = [log["explained_variance"] for log in curve.rounds[-8:]]
        assert sum(explained) / 8 > 0.4
        assert {"value_loss", "policy_loss", "entropy", "clip_share"} <= set(last)


def test_a_stopped_run_resumes_exactly(
    tiny_model: Callable[..., Any], tokenizer: Any, tmp_path: Path
) -> None:
    policy = dataclasses.replace(TOY, rounds=6)
    with without_library_noise():
        whole, whole_curve = trainer(policy, tiny_model(), tokenizer, tmp_path / "whole")
        whole.train()

        calls = 0

        def killed(rows: Sequence[int], answers: Sequence[str]) -> list[float | None]:
            nonlocal calls
            calls += 1
            if calls == 6:
                raise KeyboardInterrupt
            return share_of_the_letter(rows, answers)

        stopped, _ = trainer(policy, tiny_model(), tokenizer, tmp_path / "part", killed)
        with pytest.raises(KeyboardInterrupt):
            stopped.train()
        checkpoint = last_complete_checkpoint(tmp_path / "part")
        assert checkpoint is not None
        assert checkpoint.name == f"checkpoint-{4 * rounds.steps_per_round(policy)}"
        assert (checkpoint / VALUE_HEAD_FILE).is_file()
        resumed, curve = trainer(policy, tiny_model(), tokenizer, tmp_path / "part")
        resumed.train(resume_from_checkpoint=str(checkpoint))
    for key in ("reward", "kl", "value_loss", "entropy"):
        assert [r[key] for r in curve.rounds] == [r[key] for r in whole_curve.rounds[4:]]
    expected, got = whole.model.state_dict(), resumed.model.state_dict()
    assert any("value_head" in name for name in expected)
    for name, tensor in expected.items():
        assert torch.equal(tensor, got[name]), name


def test_credit_by_lines_earns_what_the_answer_scores(
    tiny_model: Callable[..., Any], tokenizer: Any, tmp_path: Path
) -> None:
    # The tiny model knows no newline: its answers are one line, and nothing may differ.
    policy = dataclasses.replace(TOY, rounds=3)

    def one_line(rows: Sequence[int], answers: Sequence[str]) -> list[list[float]]:
        return [[score or 0.0] for score in share_of_the_letter(rows, answers)]

    with without_library_noise():
        whole, whole_curve = trainer(policy, tiny_model(), tokenizer, tmp_path / "whole")
        whole.train()
        by_lines = dataclasses.replace(policy, credit="lines")
        lines, curve = trainer(
            by_lines, tiny_model(), tokenizer, tmp_path / "lines", score_lines=one_line
        )
        lines.train()
    for key in ("reward", "kl", "value_loss", "return_mean"):
        assert [r[key] for r in curve.rounds] == [r[key] for r in whole_curve.rounds]
    with pytest.raises(UsageError, match="score of every line"):
        trainer(by_lines, tiny_model(), tokenizer, tmp_path / "none")
    with pytest.raises(UsageError, match="credit by lines is for ppo"):
        dataclasses.replace(by_lines, algorithm="rloo", samples=2)


def test_a_refitted_critic_explains_the_very_next_round(
    tiny_model: Callable[..., Any], tokenizer: Any, tmp_path: Path
) -> None:
    # Nothing but the critic learns, by refitting alone; what an answer earns stands in its prompt.
    still = dataclasses.replace(
        TOY, rounds=4, critic_rounds=4, critic_learning_rate=0.0, critic_ridge=1.0, kl=0.0
    )
    with without_library_noise():
        made, curve = trainer(
            still, tiny_model(), tokenizer, tmp_path, lambda rows, _: [row / 8 for row in rows]
        )
        made.train()
    explained = [log["explained_variance"] for log in curve.rounds]
    assert explained[0] == 0.0
    assert min(explained[1:]) > 0.1


def test_a_checkpoint_cut_short_is_passed_over(tmp_path: Path) -> None:
    for step, complete in ((4, True), (8, True), (12, False)):
        folder = tmp_path / f"checkpoint-{step}"
        folder.mkdir()
        if complete:
            (folder / COMPLETE_FILE).write_text("{}")
    assert last_complete_checkpoint(tmp_path) == tmp_path / "checkpoint-8"
    assert last_complete_checkpoint(tmp_path / "nowhere") is None


def adapter_of(model: Any) -> dict[str, torch.Tensor]:
    return {
        name: weight.detach().clone() for name, weight in model.named_parameters() if "lora" in name
    }


@pytest.mark.parametrize("detached", [True, False])
def test_critic_rounds_move_the_critic_and_nothing_else(
    detached: bool, tiny_model: Callable[..., Any], tokenizer: Any, tmp_path: Path
) -> None:
    policy = dataclasses.replace(
        TOY, rounds=2, critic_rounds=2, critic_detached=detached, entropy_coefficient=0.01
    )
    model = tiny_model()
    # A fresh adapter's B is zero and hides its A: both must be seen to stay.
    for name, weight in model.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(weight, std=0.05)
    before = adapter_of(model)
    assert before
    with without_library_noise():
        made, _ = trainer(policy, model, tokenizer, tmp_path)
        made.train()
    assert made.value_head is not None
    assert made.value_head.weight.abs().sum() > 0
    after = adapter_of(model)
    for name, weight in before.items():
        assert torch.equal(weight, after[name]), name
    # The very next round moves it.
    other = tiny_model()
    begun = adapter_of(other)
    with without_library_noise():
        moved, _ = trainer(
            dataclasses.replace(policy, critic_rounds=1), other, tokenizer, tmp_path / "on"
        )
        moved.train()
    assert any(not torch.equal(weight, adapter_of(other)[name]) for name, weight in begun.items())


def test_a_round_that_nobody_could_grade_stops_with_its_reason(
    tiny_model: Callable[..., Any], tokenizer: Any, tmp_path: Path
) -> None:
    calls = 0

    def failing_later(rows: Sequence[int], answers: Sequence[str]) -> list[float | None]:
        nonlocal calls
        calls += 1
        return [None] * len(rows) if calls == 2 else share_of_the_letter(rows, answers)

    with without_library_noise():
        made, _ = trainer(
            dataclasses.replace(TOY, rounds=3),
            tiny_model(),
            tokenizer,
            tmp_path,
            failing_later,
            reason=lambda: "no answer sheet",
        )
        with pytest.raises(
            UsageError, match="the grader failed on all answers of round 2: no answer sheet"
        ):
            made.train()


class Batches(ppo.PolicyTrainer):
    """Keeps the batch of each round, and what its loss was, before anything is learned."""

    def _generate_and_score_completions(self, inputs: Any) -> dict[str, Any]:
        made: dict[str, Any] = super()._generate_and_score_completions(inputs)
        self.seen = made
        return made


@pytest.mark.parametrize("algorithm", ["ppo", "grpo", "rloo"])
def test_what_an_ungraded_answer_says_changes_nothing_that_is_learned(
    algorithm: Any, tiny_model: Callable[..., Any], tokenizer: Any, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """The loss and its gradient are those of the graded answers alone, whatever the others are."""
    monkeypatch.setattr(ppo, "PolicyTrainer", Batches)
    policy = dataclasses.replace(
        TOY, algorithm=algorithm, rounds=1, prompts=4, samples=4, kl=0.1, epochs=1,
        critic_rounds=0, entropy_coefficient=0.01 if algorithm == "ppo" else 0.0,
    )  # fmt: skip
    failed = {1, 4, 5, 6, 8}

    def some(rows: Sequence[int], answers: Sequence[str]) -> list[float | None]:
        return [None if i in failed else (i % 4) / 4 for i in range(len(rows))]

    with without_library_noise():
        made, _ = trainer(policy, tiny_model(), tokenizer, tmp_path, some)
        made.train()
        batch = {k: v for k, v in made.seen.items() if v is not None}
        made.current_gradient_accumulation_steps = 1
        whole = gradient(made, batch)
        # Of the group 4 to 7 one answer has a score: it has none to be compared with.
        left_out = failed if algorithm == "ppo" else failed | {7}
        kept = [i for i in range(16) if i not in left_out]
        alone = {
            k: v[kept] if getattr(v, "ndim", 0) > 0 and len(v) == 16 else v
            for k, v in batch.items()
        }
        made._loss_scale = 1.0
        part = gradient(made, alone)
    advantages = batch["advantages"]
    assert not advantages[sorted(left_out)].any()
    if algorithm == "rloo":
        # The first group's scores are 0, none, 1/2, 3/4, and the policy is its own reference.
        expected = [0.0 - 1.25 / 2, 0.0, 0.5 - 0.75 / 2, 0.75 - 0.5 / 2]
        assert advantages[:4].tolist() == pytest.approx(expected, abs=1e-5)
    assert set(whole) == set(part)
    assert any(tensor.abs().sum() > 0 for tensor in whole.values())
    for name, tensor in whole.items():
        assert torch.allclose(tensor, part[name], atol=1e-5), name


def gradient(made: Any, batch: dict[str, Any]) -> dict[str, torch.Tensor]:
    made.model.zero_grad()
    made._compute_loss(made.model, batch).backward()
    return {name: p.grad.clone() for name, p in made.model.named_parameters() if p.grad is not None}


def test_after_a_refit_the_old_values_are_the_refitted_critics(
    tiny_model: Callable[..., Any], tokenizer: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ppo, "PolicyTrainer", Batches)
    policy = dataclasses.replace(
        TOY, rounds=1, critic_ridge=1.0, critic_learning_rate=0.0, learning_rate=0.0, kl=0.0
    )
    with without_library_noise():
        made, _ = trainer(policy, tiny_model(), tokenizer, tmp_path)
        made.train()
        made._pass_values = []
        ids = torch.cat([made.seen["prompt_ids"], made.seen["completion_ids"]], dim=1)
        mask = torch.cat([made.seen["prompt_mask"], made.seen["completion_mask"]], dim=1)
        with torch.no_grad():
            made._get_per_token_logps_and_entropies(
                made.model, ids, mask, made.seen["completion_ids"].size(1)
            )
    now = made._pass_values[0] * made.seen["completion_mask"]
    assert now.abs().max() > 0.01
    assert torch.allclose(made.seen["old_values"], now, atol=1e-5)


def test_the_critic_has_its_own_learning_rate_and_leaves_for_vllm(
    tiny_model: Callable[..., Any], tokenizer: Any, tmp_path: Path
) -> None:
    with without_library_noise():
        made, _ = trainer(TOY, tiny_model(), tokenizer, tmp_path)
        made.create_optimizer()
    rates = {group["lr"]: len(group["params"]) for group in made.optimizer.param_groups}
    assert rates[TOY.critic_learning_rate] == 2
    assert any("value_head" in name for name, _ in made.model.named_parameters())
    with made._without_critic():
        assert not any("value_head" in name for name, _ in made.model.named_parameters())
    assert any("value_head" in name for name, _ in made.model.named_parameters())


def test_values_belong_to_the_token_that_follows(
    tiny_model: Callable[..., Any], tokenizer: Any, tmp_path: Path
) -> None:
    """The value before answer token t must not see token t."""
    with without_library_noise():
        made, _ = trainer(TOY, tiny_model(), tokenizer, tmp_path)
    assert made.value_head is not None
    torch.nn.init.normal_(made.value_head.weight)
    ids = torch.randint(2, 14, (1, 9))
    seen = []
    for last in (3, 4):
        ids[0, 6] = last  # the second of four answer tokens
        made._pass_values = []
        with torch.no_grad():
            made._get_per_token_logps_and_entropies(made.model, ids, torch.ones_like(ids), 4)
        seen.append(made._pass_values[0][0])
    assert seen[0].shape == (4,)
    assert torch.allclose(seen[0][:2], seen[1][:2])
    assert not torch.allclose(seen[0][2:], seen[1][2:])


def test_the_short_way_on_a_cpu_gives_what_trl_computes(
    tiny_model: Callable[..., Any], tokenizer: Any, tmp_path: Path
) -> None:
    policy = dataclasses.replace(TOY, temperature=0.7)
    with without_library_noise():
        made, _ = trainer(policy, tiny_model(), tokenizer, tmp_path)
    ids = torch.randint(2, 14, (5, 9))
    mask = torch.ones_like(ids)
    mask[0, :3] = 0
    mask[1, -2:] = 0
    with torch.no_grad():
        expected = GRPOTrainer._get_per_token_logps_and_entropies(
            made, made.model, ids, mask, 4, compute_entropy=True
        )
        got = made._answer_logps(made.model, ids, mask, 4, batch_size=2, compute_entropy=True)
    assert torch.allclose(expected[0], got[0], atol=1e-5)
    inside = mask[:, -4:].bool()
    assert got[1] is not None
    assert torch.allclose(expected[1][inside], got[1][inside], atol=1e-5)


def test_the_laid_out_order_visits_every_item_evenly() -> None:
    order = rounds.lay_out(
        10, dataclasses.replace(TOY, rounds=3, prompts=10, minibatch=10, device_batch=10), seed=1
    )
    assert len(order) == 30
    for start in (0, 10, 20):
        assert sorted(order[start : start + 10]) == list(range(10))
    assert order[:10] != order[10:20]


def test_recipes_that_cannot_be_batched_are_refused() -> None:
    with pytest.raises(UsageError, match="must divide into minibatches"):
        Policy(prompts=10, samples=1, minibatch=16, device_batch=16)
    with pytest.raises(UsageError, match="grpo compares answers"):
        Policy(algorithm="grpo", samples=1)


TWO_PROCESSES = """
import sys, json
from pathlib import Path
sys.path[:0] = [sys.argv[1], f"{sys.argv[1]}/ppo"]
import torch
torch.set_num_threads(1)
from conftest import make_model, make_tokenizer, with_adapter
from test_trainer import TOY, trainer
import dataclasses
policy = dataclasses.replace(TOY, rounds=3, device_batch=8)
made, curve = trainer(policy, with_adapter(make_model(0)), make_tokenizer(), Path(sys.argv[2]))
made.train()
total = sum(p.double().abs().sum().item() for p in made.model.parameters() if p.requires_grad)
name = f"{sys.argv[2]}/rank-{made.accelerator.process_index}.json"
Path(name).write_text(json.dumps({"weights": total, "rounds": len(curve.rounds),
    "processes": made.accelerator.num_processes}))
made.accelerator.state.destroy_process_group()
"""


def test_two_processes_train_one_model(tmp_path: Path) -> None:
    script = tmp_path / "two.py"
    script.write_text(TWO_PROCESSES)
    command = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node=2"]
    command += ["--rdzv-backend=c10d", "--rdzv-endpoint=localhost:0"]
    command += [str(script), str(Path(__file__).parents[1]), str(tmp_path)]
    environment = os.environ | {"OMP_NUM_THREADS": "1", "HF_HUB_DISABLE_TELEMETRY": "1"}
    done = subprocess.run(
        command, capture_output=True, text=True, cwd=Path(__file__).parents[3], env=environment
    )
    assert done.returncode == 0, done.stderr[-3000:]
    ranks = [json.loads((tmp_path / f"rank-{i}.json").read_text()) for i in (0, 1)]
    assert ranks[0]["processes"] == 2
    assert ranks[0]["weights"] == pytest.approx(ranks[1]["weights"], rel=1e-9)
    checkpoint = last_complete_checkpoint(tmp_path)
    assert checkpoint is not None
    assert load_file(checkpoint / VALUE_HEAD_FILE)["weight"].abs().sum() > 0

"""Proximal policy optimisation with a learned critic, as a subclass of TRL's GRPOTrainer.

TRL samples, grades, keeps the reference model and steps the optimiser; what is added here is a
token-level critic (a linear head on the backbone's last hidden state), generalised advantages and
PPO's losses. The same class runs GRPO (TRL's own loss) and RLOO on the same data and graders.
Recipe: ReFT (Luong et al. 2024); KL from the warm-up model in the reward of every token.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import torch
from transformers import PrinterCallback
from trl import GRPOConfig, GRPOTrainer

from genecaller.errors import UsageError
from training.loop.checkpoints import MarkedCheckpoints
from training.ppo import losses as pg
from training.ppo.credit_assignment import Score, ScoreLines, earned_on_tokens
from training.ppo.critic import load_value_head, save_value_head
from training.ppo.prefix_cache import FrozenBlocks
from training.ppo.schedule import steps_per_round
from training.recipe import Policy


class PolicyTrainer(MarkedCheckpoints, GRPOTrainer):
    """Trains a PEFT model by reinforcement; a model with a warm adapter has it as reference.

    `train_dataset` has the columns `prompt` (messages) and `row` (int, handed to `score`), laid
    out round after round by `lay_out`, so that a resumed run meets the same prompts. `reason` says
    why the first answer of a round could not be graded.
    """

    def __init__(
        self,
        *,
        policy: Policy,
        score: Score,
        model: Any,
        args: GRPOConfig,
        score_lines: ScoreLines | None = None,
        reason: Callable[[], str | None] = lambda: None,
        **rest: Any,
    ) -> None:
        if policy.credit == "lines" and score_lines is None:
            raise UsageError('policy: credit = "lines" needs a score of every line')
        self.policy = policy
        self._reason = reason
        self._loss_scale = 1.0
        self._hidden: list[torch.Tensor] = []
        self._collecting = False
        self._pass_values: list[torch.Tensor] = []
        self._states: list[torch.Tensor] = []
        self._pass_states: list[torch.Tensor] = []
        self._scores: torch.Tensor | None = None
        self._earned_by_line: Sequence[Sequence[float]] = ()

        def grade(
            completions: Sequence[Any], row: Sequence[int], **_: Any
        ) -> Sequence[float | None]:
            answers = [completion[-1]["content"] for completion in completions]
            if policy.credit == "lines" and score_lines is not None:
                self._earned_by_line = score_lines(row, answers)
            return score(row, answers)

        super().__init__(model=model, reward_funcs=[grade], args=args, **rest)
        self.remove_callback(PrinterCallback)
        # The configuration refuses one answer a prompt, which is what PPO wants.
        self.num_generations = policy.samples
        self.frozen = FrozenBlocks(self.model)
        base = self.model.get_base_model()
        hidden_size = base.config.get_text_config().hidden_size
        self.value_head: torch.nn.Linear | None = None
        if policy.algorithm == "ppo":
            head = torch.nn.Linear(hidden_size, 1, dtype=torch.float32)
            torch.nn.init.zeros_(head.weight)
            torch.nn.init.zeros_(head.bias)
            # Inside the model, so that distributed wrappers synchronise it.
            base.value_head = self.value_head = head.to(self.accelerator.device)
            base.base_model.register_forward_hook(self._collect_values)

    @property
    def _critic_only(self) -> bool:
        """Whether this round teaches the critic alone: nothing may then move the adapter."""
        return self.policy.algorithm == "ppo" and self.round < self.policy.critic_rounds

    @property
    def _keeps_states(self) -> bool:
        """Whether what the critic sees is kept: a ridge step on a round's answers needs it."""
        return self.policy.critic_ridge is not None and not torch.is_grad_enabled()

    def _collect_values(self, module: Any, args: Any, output: Any) -> None:
        if self._collecting and self.value_head is not None:
            # Of unit length, so that the critic's learning rate suits a model of any width.
            hidden = torch.nn.functional.normalize(output.last_hidden_state.float(), dim=-1)
            if self.policy.critic_detached or self._critic_only:
                hidden = hidden.detach()
            if self._keeps_states:
                self._states.append(hidden.detach())
            self._hidden.append(self.value_head(hidden).squeeze(-1))

    def _get_per_token_logps_and_entropies(
        self,
        model: Any,
        input_ids: torch.Tensor,
        attention_mask: torch.Tensor,
        logits_to_keep: int,
        *args: Any,
        **rest: Any,
    ) -> Any:
        """As TRL's, and the critic's value before each answer token joins `_pass_values`."""
        self._hidden, self._states = [], []
        self._collecting = self.value_head is not None
        compute = super()._get_per_token_logps_and_entropies
        given = {name: value for name, value in rest.items() if value}
        if input_ids.device.type == "cpu" and set(given) <= {"batch_size", "compute_entropy"}:
            compute, rest = self._answer_logps, given
        try:
            out = compute(model, input_ids, attention_mask, logits_to_keep, *args, **rest)
        finally:
            self._collecting = False
        if self.value_head is not None:
            # The value before token t is read off the position that predicts it, t - 1.
            before = slice(-logits_to_keep - 1, -1)
            self._pass_values.append(torch.cat(self._hidden)[:, before])
            if self._states:
                self._pass_states.append(torch.cat(self._states)[:, before])
            self._hidden, self._states = [], []
        return out

    def _answer_logps(
        self,
        model: Any,
        input_ids: torch.Tensor,
        attention_mask: torch.Tensor,
        logits_to_keep: int,
        batch_size: int | None = None,
        compute_entropy: bool = False,
    ) -> tuple[torch.Tensor, torch.Tensor | None, None]:
        """The same log-probabilities and entropies, from the answer's positions alone.

        On a CPU TRL projects every position of the prompt onto the vocabulary too, which for a
        small model and short answers doubles the cost of each pass. In a single process the
        blocks below the adapters are passed once a round.
        """
        shared = self.frozen.count > 0 and self.accelerator.num_processes == 1
        logps, entropies = [], []
        rows = batch_size or len(input_ids)
        for ids, mask in zip(input_ids.split(rows), attention_mask.split(rows), strict=True):
            with self.accelerator.autocast(), ExitStack() as stack:
                given: dict[str, torch.Tensor] = {"input_ids": ids}
                if shared:
                    given = {"inputs_embeds": self.frozen.hidden(ids, mask)}
                    stack.enter_context(self.frozen.skipped())
                logits = model(
                    **given,
                    attention_mask=mask,
                    logits_to_keep=logits_to_keep + 1,
                    use_cache=False,
                ).logits[:, :-1]
            spread = (logits.float() / self.temperature).log_softmax(dim=-1)
            kept = mask[:, -logits_to_keep:].to(spread.dtype)
            chosen = ids[:, -logits_to_keep:, None]
            logps.append(spread.gather(-1, chosen).squeeze(-1) * kept)
            if compute_entropy:
                with torch.set_grad_enabled(self.policy.entropy_coefficient > 0):
                    entropies.append(-(spread.exp() * spread).sum(dim=-1) * kept)
        return torch.cat(logps), torch.cat(entropies) if compute_entropy else None, None

    def _calculate_rewards(self, *args: Any, **rest: Any) -> torch.Tensor:
        """TRL's scores of all processes, (N, 1), NaN where there is none. Raises UsageError."""
        self._scores = super()._calculate_rewards(*args, **rest)
        if torch.isnan(self._scores).all() and self.model.training:
            from accelerate.utils import gather_object

            reasons = [why for why in gather_object([self._reason()]) if why]
            raise UsageError(
                f"the grader failed on all answers of round {self.round + 1}: "
                f"{reasons[0] if reasons else 'it gave no reason'}"
            )
        return self._scores

    @contextmanager
    def _without_critic(self) -> Iterator[None]:
        """vLLM refuses weights it does not know: the critic leaves while weights are sent."""
        base = self.accelerator.unwrap_model(self.model).get_base_model()
        head = base._modules.pop("value_head", None)
        try:
            yield
        finally:
            if head is not None:
                base._modules["value_head"] = head

    def _generate_single_turn(self, *args: Any, **rest: Any) -> Any:
        if not self.use_vllm:
            return super()._generate_single_turn(*args, **rest)
        with self._without_critic():
            return super()._generate_single_turn(*args, **rest)

    def _sum(self, x: torch.Tensor) -> torch.Tensor:
        return self.accelerator.reduce(x, reduction="sum")

    def _generate_and_score_completions(self, inputs: Any) -> dict[str, Any]:
        """TRL's batch, with advantages per token, returns and old values for PPO."""
        self._pass_values, self._pass_states = [], []
        self.frozen.forget()
        batch = super()._generate_and_score_completions(inputs)
        if not self.model.training:
            return batch
        assert self._scores is not None
        every_score = self._scores.squeeze(1)
        n = len(batch["completion_ids"])
        mine = slice(self.accelerator.process_index * n, (self.accelerator.process_index + 1) * n)
        mask = batch["completion_mask"].float()
        if self.policy.algorithm == "grpo":
            learnable = self._learned_from(pg.comparable(every_score, self.num_generations))[mine]
            # TRL leaves these tokens out of its loss, and the model sees them all the same.
            batch["tool_mask"] = (learnable[:, None] * mask).to(batch["completion_mask"].dtype)
            return batch
        if "old_per_token_logps" not in batch or not self._pass_values:
            self._pass_values, self._pass_states = [], []
            with torch.no_grad():
                batch["old_per_token_logps"], _, _ = self._get_per_token_logps_and_entropies(
                    self.model,
                    torch.cat([batch["prompt_ids"], batch["completion_ids"]], dim=1),
                    torch.cat([batch["prompt_mask"], batch["completion_mask"]], dim=1),
                    batch["completion_ids"].size(1),
                    batch_size=self.args.per_device_train_batch_size,
                )
        old = batch["old_per_token_logps"]
        reference = batch.get("ref_per_token_logps", old)
        self._log_kl(old, reference, mask)
        if self.policy.algorithm == "rloo":
            # As in RLOO, the whole answer is one action: its KL is taken off its score.
            kl = self.accelerator.gather(((old - reference) * mask).sum(dim=1))
            shaped = every_score - self.policy.kl * kl
            advantages, compared = pg.leave_one_out(shaped, self.num_generations)
            batch["advantages"] = advantages[mine]
            batch["learnable"] = self._learned_from(compared)[mine, None] * mask
            return batch
        graded = self._learned_from((~torch.isnan(every_score)).float())[mine]
        learnable = batch["learnable"] = graded[:, None] * mask
        values = self._pass_values[0].detach() * mask
        earned = (
            earned_on_tokens(
                self._earned_by_line, batch["completion_ids"], mask, self.processing_class
            )
            if self.policy.credit == "lines"
            else pg.on_last_tokens(torch.nan_to_num(every_score[mine], nan=0.0), mask)
        )
        rewards = pg.token_rewards(earned, old, reference, mask, self.policy.kl)
        advantages, returns = pg.generalised_advantages(
            rewards, values, mask, self.policy.gamma, self.policy.gae_lambda
        )
        batch["advantages"] = pg.whiten(advantages * learnable, learnable, self._sum)
        batch["returns"] = returns * learnable
        metrics = self._metrics["train"]
        explained = pg.explained_variance(values, returns, learnable, self._sum)
        if explained is not None:
            metrics["explained_variance"].append(explained)
        metrics["value_mean"].append(pg.mean_over_tokens(values, learnable, self._sum).item())
        metrics["return_mean"].append(pg.mean_over_tokens(returns, learnable, self._sum).item())
        if self.policy.critic_ridge is not None:
            self._refit_critic(returns - values, learnable)
            # Value clipping measures from what the critic says now, not from before the refit.
            values = self._values_of(self._pass_states[0]) * mask
        batch["old_values"] = values
        return batch

    def _learned_from(self, rows: torch.Tensor) -> torch.Tensor:
        """Which of all processes' answers are learned from, (N,), 0 or 1, as given.

        The losses are means over these alone: what the others take up of a batch's mean is made
        good by a factor, the same for every batch of the round.
        """
        self._loss_scale = len(rows) / max(float(rows.sum()), 1.0)
        return rows

    def _values_of(self, states: torch.Tensor) -> torch.Tensor:
        """The critic's values of the states it sees, (B, T, hidden) to (B, T)."""
        assert self.value_head is not None
        with torch.no_grad():
            values: torch.Tensor = self.value_head(states).squeeze(-1)
        return values

    def _refit_critic(self, errors: torch.Tensor, learnable: torch.Tensor) -> None:
        """Refit the critic to the round's returns; the advantages stay as they are.

        A critic fitted on these returns first would predict them and leave no advantage.
        """
        assert self.value_head is not None
        assert self.policy.critic_ridge is not None
        weight, bias = pg.ridge_step(
            self._pass_states[0], errors, learnable, self.policy.critic_ridge, self._sum
        )
        with torch.no_grad():
            self.value_head.weight += weight
            self.value_head.bias += bias

    def _log_kl(self, old: torch.Tensor, reference: torch.Tensor, mask: torch.Tensor) -> None:
        kl = pg.kl_divergence(old, reference, mask)
        self._metrics["train"]["kl"].append(pg.mean_over_tokens(kl, mask, self._sum).item())

    @property
    def round(self) -> int:
        """The round under way, from 0."""
        return self.state.global_step // steps_per_round(self.policy)

    def _compute_loss(self, model: Any, inputs: dict[str, Any]) -> torch.Tensor:
        """PPO's and RLOO's loss of one device batch; TRL's own for GRPO."""
        if self.policy.algorithm == "grpo":
            return super()._compute_loss(model, inputs) * self._loss_scale
        p = self.policy
        ids = torch.cat([inputs["prompt_ids"], inputs["completion_ids"]], dim=1)
        attention = torch.cat([inputs["prompt_mask"], inputs["completion_mask"]], dim=1)
        mask = inputs["completion_mask"].float()
        learnable = inputs["learnable"]
        self._pass_values, self._pass_states = [], []
        logp, entropies, _ = self._get_per_token_logps_and_entropies(
            model, ids, attention, mask.size(1), compute_entropy=True
        )
        advantages = inputs["advantages"]
        if advantages.dim() == 1:
            advantages = advantages.unsqueeze(1).expand_as(mask)
        old = inputs["old_per_token_logps"]
        surrogate, clipped = pg.clipped_surrogate(logp, old, advantages, learnable, p.clip)
        if "importance_sampling_ratio" in inputs:
            surrogate = surrogate * inputs["importance_sampling_ratio"]
        metrics = self._metrics["train"]
        loss = pg.mean_over_answers(surrogate, learnable) * self._loss_scale
        metrics["policy_loss"].append(self._mean(loss))
        if p.entropy_coefficient:
            loss = loss - p.entropy_coefficient * pg.mean_over_tokens(entropies, learnable)
        if self.value_head is not None:
            if self._critic_only:
                # Zero and not left out: distributed wrappers wait for every parameter's gradient.
                loss = loss * 0.0
            values = self._pass_values[0]
            error = pg.clipped_value_loss(
                values, inputs["old_values"], inputs["returns"], learnable, p.value_clip
            )
            value_loss = pg.mean_over_answers(error, learnable) * self._loss_scale
            metrics["value_loss"].append(self._mean(value_loss))
            loss = loss + p.value_coefficient * value_loss
        metrics["entropy"].append(pg.mean_over_tokens(entropies, mask, self._sum).item())
        metrics["clip_share"].append(pg.mean_over_tokens(clipped, mask, self._sum).item())
        metrics["kl_step"].append(
            pg.mean_over_tokens(pg.kl_divergence(logp.detach(), old, mask), mask, self._sum).item()
        )
        return loss / self.current_gradient_accumulation_steps

    def _mean(self, x: torch.Tensor) -> float:
        return float(self.accelerator.reduce(x.detach(), reduction="mean").item())

    def create_optimizer(self, *args: Any, **rest: Any) -> torch.optim.Optimizer:
        """The optimiser, with the critic as a group of its own at its own learning rate."""
        if self.optimizer is None and self.value_head is not None:
            self.value_head.requires_grad_(False)
            super().create_optimizer(*args, **rest)
            self.value_head.requires_grad_(True)
            self.optimizer.add_param_group(
                {
                    "params": list(self.value_head.parameters()),
                    "lr": self.policy.critic_learning_rate,
                    "weight_decay": 0.0,
                }
            )
        return super().create_optimizer(*args, **rest)

    def _save_beside(self, folder: Path) -> None:
        if self.value_head is not None:
            save_value_head(self.value_head, folder)

    def _load_from_checkpoint(self, resume_from_checkpoint: str, model: Any = None) -> None:
        super()._load_from_checkpoint(resume_from_checkpoint, model)
        if self.value_head is not None:
            load_value_head(self.value_head, Path(resume_from_checkpoint))

    def _load_optimizer_and_scheduler(self, checkpoint: Any) -> None:
        super()._load_optimizer_and_scheduler(checkpoint)
        # Without it, a resumed run would reuse or renew samples at the wrong step.
        self._step = self.state.global_step * self.args.gradient_accumulation_steps

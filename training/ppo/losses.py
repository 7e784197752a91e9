"""The mathematics of policy optimisation: pure functions over tensors, no model and no trainer.

Shapes: B answers of at most T tokens, padded on the right; `mask` is 1 on an answer's tokens.
Everything padded comes out 0. Notation of Schulman et al. 2017 (PPO) and 2016 (GAE).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

Reduce = Callable[["Tensor"], "Tensor"]
"""Sums a tensor over all processes; the identity in a single one."""


def on_last_tokens(score: Tensor, mask: Tensor) -> Tensor:
    """Each answer's score (B,) on its last token, (B, T); an answer without tokens gets nothing."""
    import torch

    lengths = mask.sum(dim=1, keepdim=True)
    last = (torch.arange(mask.size(1), device=mask.device) == lengths - 1).to(mask.dtype)
    return score.to(mask.dtype)[:, None] * last


def token_rewards(
    earned: Tensor, old_logp: Tensor, reference_logp: Tensor, mask: Tensor, kl_coefficient: float
) -> Tensor:
    """The reward of every token, (B, T): what it earned of the score, minus KL from the reference.

    `earned` (B, T) is the grader's score, on the last token or spread over several; the KL of a
    token is estimated by `old_logp - reference_logp` (Ziegler et al. 2019; Luong et al. 2024).
    """
    return (earned - kl_coefficient * (old_logp - reference_logp)) * mask


def generalised_advantages(
    rewards: Tensor, values: Tensor, mask: Tensor, gamma: float, gae_lambda: float
) -> tuple[Tensor, Tensor]:
    """Generalised advantage estimates and the returns the critic is to learn, both (B, T).

    `values[:, t]` is the critic's before token t is chosen; an answer ends with its last token,
    so nothing is bootstrapped there. Returns are advantages + values (Schulman et al. 2016).
    """
    values = values * mask
    advantages = rewards.new_zeros(rewards.shape)
    later = rewards.new_zeros(rewards.shape[0])
    following = rewards.new_zeros(rewards.shape[0])
    for t in range(rewards.shape[1] - 1, -1, -1):
        delta = rewards[:, t] + gamma * following - values[:, t]
        later = (delta + gamma * gae_lambda * later) * mask[:, t]
        advantages[:, t] = later
        following = values[:, t]
    return advantages, (advantages + values) * mask


def whiten(
    values: Tensor, mask: Tensor, reduce: Reduce = lambda x: x, *, center: bool = True
) -> Tensor:
    """Scale to unit variance over all answer tokens of all processes, (B, T); mean 0 if `center`.

    A batch whose values are all alike comes out 0 (or unscaled where the mean is kept).
    """
    import torch

    moments = torch.stack([(values * mask).sum(), (values.square() * mask).sum(), mask.sum()])
    total, squares, count = reduce(moments.double()).unbind()
    count = count.clamp(min=1.0)
    mean = total / count
    variance = (squares / count - mean.square()).clamp(min=0.0)
    centred = values - mean.to(values.dtype)
    # Below this, the spread is rounding; dividing by it would turn noise into a signal.
    scale = variance.sqrt() if variance > 1e-12 else torch.ones_like(variance)
    whitened = centred / scale.to(values.dtype)
    if not center:
        whitened = whitened + mean.to(values.dtype)
    return whitened * mask


def clipped_surrogate(
    logp: Tensor, old_logp: Tensor, advantages: Tensor, mask: Tensor, clip: float
) -> tuple[Tensor, Tensor]:
    """PPO's clipped loss of every token, (B, T), and where the clip took hold, 0 or 1, (B, T)."""
    import torch

    ratio = torch.exp((logp - old_logp) * mask)
    kept = -advantages * ratio
    clipped = -advantages * ratio.clamp(1.0 - clip, 1.0 + clip)
    return torch.maximum(kept, clipped) * mask, (clipped > kept).to(mask.dtype) * mask


def clipped_value_loss(
    values: Tensor, old_values: Tensor, returns: Tensor, mask: Tensor, clip: float
) -> Tensor:
    """Half the squared error of every token's value, (B, T): the larger of clipped and not."""
    import torch

    clipped = old_values + (values - old_values).clamp(-clip, clip)
    error = torch.maximum((values - returns).square(), (clipped - returns).square())
    return 0.5 * error * mask


def mean_over_answers(per_token: Tensor, mask: Tensor) -> Tensor:
    """The mean over answers of each answer's mean over its tokens (ReFT's average), a scalar."""
    return ((per_token * mask).sum(dim=1) / mask.sum(dim=1).clamp(min=1.0)).mean()


def mean_over_tokens(per_token: Tensor, mask: Tensor, reduce: Reduce = lambda x: x) -> Tensor:
    """The mean over all answer tokens of all processes, a scalar."""
    import torch

    total, count = reduce(torch.stack([(per_token * mask).sum(), mask.sum().to(per_token.dtype)]))
    return total / count.clamp(min=1.0)


def kl_divergence(logp: Tensor, reference_logp: Tensor, mask: Tensor) -> Tensor:
    """An unbiased, never negative estimate of each token's KL from the reference, (B, T).

    `exp(r) - r - 1` with r the log ratio of reference to policy (Schulman 2020, "k3").
    """
    import torch

    log_ratio = (reference_logp - logp) * mask
    return (torch.exp(log_ratio) - log_ratio - 1.0) * mask


def ridge_step(
    states: Tensor,
    errors: Tensor,
    mask: Tensor,
    strength: float,
    reduce: Reduce = lambda x: x,
) -> tuple[Tensor, Tensor]:
    """What to add to a linear critic's weight (H,) and bias () so that its errors become least.

    `states` (B, T, H) is what the critic sees, `errors` (B, T) its returns less its values. The
    change w minimises the squared error over answer tokens plus `strength` times its own square,
    so that a critic is moved by a batch and not replaced (ridge regression, Hoerl and Kennard
    1970). Computed in float64.
    """
    import torch

    kept = mask.bool()
    x = states[kept].double()
    x = torch.cat([x, x.new_ones(len(x), 1)], dim=1)
    gram, moment = reduce(x.T @ x), reduce(x.T @ errors[kept].double())
    gram.diagonal().add_(strength)
    change = torch.linalg.solve(gram, moment).to(states.dtype)
    return change[:-1], change[-1]


def explained_variance(
    values: Tensor, returns: Tensor, mask: Tensor, reduce: Reduce = lambda x: x
) -> float | None:
    """1 - Var(returns - values) / Var(returns) over answer tokens; None where returns are alike.

    1 is a perfect critic, 0 one no better than a constant, below 0 a worse one.
    """
    import torch

    values, returns, mask = values.double(), returns.double(), mask.double()
    error = returns - values
    sums = [mask.sum()]
    for x in (returns, error):
        sums += [(x * mask).sum(), (x.square() * mask).sum()]
    count, r_sum, r_squares, e_sum, e_squares = reduce(torch.stack(sums)).tolist()
    if count < 2:
        return None
    variance = r_squares / count - (r_sum / count) ** 2
    if variance < 1e-10:
        return None
    return 1.0 - (e_squares / count - (e_sum / count) ** 2) / variance


def leave_one_out(scores: Tensor, group: int) -> tuple[Tensor, Tensor]:
    """Each score minus the mean of the others of its group, (B,) (RLOO, Ahmadian et al. 2024).

    `scores` holds groups of `group` answers to one prompt, one after another; NaN is an answer
    without a score: it counts for no baseline and gets 0. The second tensor (B,) is 1 where a
    score had others to be compared with, else 0.
    """
    import torch

    grouped = scores.view(-1, group)
    scored = ~torch.isnan(grouped)
    others = scored.sum(dim=1, keepdim=True) - 1
    total = torch.nan_to_num(grouped).sum(dim=1, keepdim=True)
    compared = scored & (others > 0)
    gap = torch.nan_to_num(grouped) - (total - torch.nan_to_num(grouped)) / others.clamp(min=1)
    return torch.where(compared, gap, 0.0).reshape(-1), compared.to(scores.dtype).reshape(-1)


def comparable(scores: Tensor, group: int) -> Tensor:
    """1 where an answer and another of its group have a score, else 0, (B,)."""
    return leave_one_out(scores, group)[1]

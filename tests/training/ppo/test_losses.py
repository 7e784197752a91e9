"""The vectorised mathematics against the definitions written out in plain Python."""

from __future__ import annotations

import math

import pytest
import torch

from training.ppo import losses as pg

LENGTHS = (5, 1, 3, 0)


def batch(seed: int = 0) -> dict[str, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    size = (len(LENGTHS), max(LENGTHS))
    mask = torch.zeros(size)
    for row, length in enumerate(LENGTHS):
        mask[row, :length] = 1.0
    made = {
        name: torch.randn(size, generator=generator)
        for name in ("logp", "old", "reference", "values", "old_values", "rewards")
    }
    return made | {"mask": mask, "score": torch.randn(len(LENGTHS), generator=generator)}


def test_the_score_of_an_answer_is_earned_on_its_last_token() -> None:
    b = batch()
    earned = pg.on_last_tokens(b["score"], b["mask"])
    for row, length in enumerate(LENGTHS):
        expected = [0.0] * max(LENGTHS)
        if length:
            expected[length - 1] = b["score"][row].item()
        assert earned[row].tolist() == pytest.approx(expected)


def test_token_rewards_are_what_was_earned_less_the_distance_from_the_reference() -> None:
    b = batch()
    out = pg.token_rewards(b["rewards"], b["old"], b["reference"], b["mask"], 0.3)
    for row, length in enumerate(LENGTHS):
        for t in range(max(LENGTHS)):
            expected = 0.0
            if t < length:
                expected = b["rewards"][row, t].item()
                expected -= 0.3 * (b["old"][row, t] - b["reference"][row, t]).item()
            assert out[row, t].item() == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize(("gamma", "gae_lambda"), [(1.0, 0.95), (0.9, 1.0), (0.97, 0.0), (1, 1)])
def test_advantages_are_the_discounted_sum_of_errors(gamma: float, gae_lambda: float) -> None:
    b = batch(1)
    advantages, returns = pg.generalised_advantages(
        b["rewards"], b["values"], b["mask"], gamma, gae_lambda
    )
    for row, length in enumerate(LENGTHS):
        r, v = b["rewards"][row].tolist(), b["values"][row].tolist()
        delta = [r[t] + (gamma * v[t + 1] if t + 1 < length else 0) - v[t] for t in range(length)]
        for t in range(max(LENGTHS)):
            expected = sum((gamma * gae_lambda) ** (s - t) * delta[s] for s in range(t, length))
            assert advantages[row, t].item() == pytest.approx(expected, abs=1e-5)
            target = expected + v[t] if t < length else 0.0
            assert returns[row, t].item() == pytest.approx(target, abs=1e-5)


def test_with_lambda_one_returns_do_not_depend_on_the_critic() -> None:
    b = batch(2)
    _, returns = pg.generalised_advantages(b["rewards"], b["values"], b["mask"], 1.0, 1.0)
    to_go = torch.flip(torch.cumsum(torch.flip(b["rewards"] * b["mask"], [1]), 1), [1]) * b["mask"]
    assert torch.allclose(returns, to_go, atol=1e-5)


def test_whitened_values_have_mean_0_and_variance_1_over_tokens() -> None:
    b = batch(3)
    out = pg.whiten(b["values"] * 7 + 3, b["mask"])
    kept = out[b["mask"].bool()]
    assert kept.mean().item() == pytest.approx(0.0, abs=1e-5)
    assert kept.std(unbiased=False).item() == pytest.approx(1.0, abs=1e-4)
    assert (out[~b["mask"].bool()] == 0).all()
    shifted = pg.whiten(b["values"] * 7 + 3, b["mask"], center=False)[b["mask"].bool()]
    expected = (b["values"] * 7 + 3)[b["mask"].bool()].mean().item()
    assert shifted.mean().item() == pytest.approx(expected, abs=1e-4)


def test_whitening_alike_values_makes_no_noise() -> None:
    mask = torch.ones(2, 3)
    assert (pg.whiten(torch.full((2, 3), 0.7), mask).abs() < 1e-6).all()


def test_whitening_two_halves_with_a_reduction_equals_whitening_the_whole() -> None:
    b = batch(4)
    halves = [(b["values"][i : i + 2], b["mask"][i : i + 2]) for i in (0, 2)]
    total = sum(
        torch.stack([(v * m).sum(), (v.square() * m).sum(), m.sum()]).double() for v, m in halves
    )
    parts = [pg.whiten(v, m, lambda _: total) for v, m in halves]
    assert torch.allclose(torch.cat(parts), pg.whiten(b["values"], b["mask"]), atol=1e-6)


def test_clipped_surrogate_token_by_token() -> None:
    b = batch(5)
    loss, clipped = pg.clipped_surrogate(b["logp"], b["old"], b["rewards"], b["mask"], 0.2)
    for row, length in enumerate(LENGTHS):
        for t in range(max(LENGTHS)):
            ratio = math.exp((b["logp"][row, t] - b["old"][row, t]).item())
            advantage = b["rewards"][row, t].item()
            kept = ratio * advantage
            bounded = min(max(ratio, 0.8), 1.2) * advantage
            expected = -min(kept, bounded) if t < length else 0.0
            assert loss[row, t].item() == pytest.approx(expected, abs=1e-5)
            assert clipped[row, t].item() == float(t < length and bounded < kept)


def test_the_surrogate_has_no_gradient_beyond_the_clip() -> None:
    old = torch.zeros(1, 2)
    logp = torch.tensor([[0.5, -0.5]], requires_grad=True)
    advantages = torch.tensor([[1.0, -1.0]])
    loss, clipped = pg.clipped_surrogate(logp, old, advantages, torch.ones(1, 2), 0.2)
    loss.sum().backward()
    assert logp.grad is not None
    assert logp.grad.tolist() == [[0.0, 0.0]]
    assert clipped.tolist() == [[1.0, 1.0]]


def test_clipped_value_loss_token_by_token() -> None:
    b = batch(6)
    loss = pg.clipped_value_loss(b["values"], b["old_values"], b["rewards"], b["mask"], 0.2)
    for row, length in enumerate(LENGTHS):
        for t in range(max(LENGTHS)):
            v, o, r = (b[k][row, t].item() for k in ("values", "old_values", "rewards"))
            near = min(max(v, o - 0.2), o + 0.2)
            expected = 0.5 * max((v - r) ** 2, (near - r) ** 2) if t < length else 0.0
            assert loss[row, t].item() == pytest.approx(expected, abs=1e-4)


def test_means_over_answers_and_tokens_differ_as_they_should() -> None:
    b = batch(7)
    rows = [b["values"][i, :n].mean().item() if n else 0.0 for i, n in enumerate(LENGTHS)]
    over_answers = pg.mean_over_answers(b["values"], b["mask"]).item()
    assert over_answers == pytest.approx(sum(rows) / len(rows), abs=1e-6)
    tokens = [x for i, n in enumerate(LENGTHS) for x in b["values"][i, :n].tolist()]
    over_tokens = pg.mean_over_tokens(b["values"], b["mask"]).item()
    assert over_tokens == pytest.approx(sum(tokens) / len(tokens), abs=1e-6)


def test_kl_estimate_is_never_negative_and_has_the_right_mean() -> None:
    b = batch(8)
    assert (pg.kl_divergence(b["logp"], b["reference"], b["mask"]) >= 0).all()
    policy, reference = torch.tensor([0.7, 0.2, 0.1]), torch.tensor([0.4, 0.4, 0.2])
    estimates = pg.kl_divergence(policy.log()[None], reference.log()[None], torch.ones(1, 3))
    exact = (policy * (policy / reference).log()).sum()
    assert (estimates[0] * policy).sum().item() == pytest.approx(exact.item(), abs=1e-6)


def test_explained_variance() -> None:
    b = batch(9)
    perfect = pg.explained_variance(b["rewards"], b["rewards"], b["mask"])
    assert perfect == pytest.approx(1.0)
    constant = pg.explained_variance(torch.full((4, 5), 3.0), b["rewards"], b["mask"])
    assert constant == pytest.approx(0.0, abs=1e-6)
    assert pg.explained_variance(b["values"], torch.ones(4, 5), b["mask"]) is None
    kept = b["mask"].bool()
    r, v = b["rewards"][kept], b["values"][kept]
    expected = 1 - (r - v).var(unbiased=False) / r.var(unbiased=False)
    assert pg.explained_variance(b["values"], b["rewards"], b["mask"]) == pytest.approx(
        expected.item(), abs=1e-5
    )


def test_leave_one_out() -> None:
    scores = torch.tensor([1.0, 0.0, 0.5, 0.2, 0.2, 0.2])
    out, compared = pg.leave_one_out(scores, 3)
    assert out.tolist() == pytest.approx([1 - 0.25, 0 - 0.75, 0.5 - 0.5, 0, 0, 0], abs=1e-6)
    assert compared.tolist() == [1.0] * 6


def test_an_answer_without_a_score_is_in_no_baseline() -> None:
    nan = float("nan")
    scores = torch.tensor([1.0, nan, 0.5, nan, nan, 0.2, nan, nan, nan])
    out, compared = pg.leave_one_out(scores, 3)
    assert out.tolist() == [0.5, 0.0, -0.5, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]
    # A single score of a group has nothing to be compared with.
    assert compared.tolist() == [1.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]


def test_a_ridge_step_has_no_slope_left() -> None:
    b = batch(8)
    states = torch.randn((*b["mask"].shape, 3), generator=torch.Generator().manual_seed(9))
    errors = b["rewards"]
    weight, bias = pg.ridge_step(states, errors, b["mask"], 0.5)
    change = torch.cat([weight, bias[None]])
    slope = 0.5 * change
    for row, length in enumerate(LENGTHS):
        for t in range(length):
            seen = torch.cat([states[row, t], torch.ones(1)])
            slope -= seen * (errors[row, t] - seen @ change)
    assert slope.tolist() == pytest.approx([0.0] * 4, abs=1e-5)
    held, held_bias = pg.ridge_step(states, errors, b["mask"], 1e9)
    assert held.abs().max().item() < 1e-6
    assert held_bias.abs().item() < 1e-6

"""Every figure worked by hand, and the intervals held against a slow bootstrap."""

from __future__ import annotations

import numpy as np
import pytest

from genecaller.evaluation.metrics import METRICS, draws, estimates, figures, per_case

NAN = float("nan")
# Gene A: ranks 1, 2.5, missed; gene B: rank 4; gene C: ranks 11, 60.
RANKS = np.asarray([1.0, 2.5, NAN, 4.0, 11.0, 60.0])
GENES = ["A", "A", "A", "B", "C", "C"]


def test_micro_is_the_mean_over_cases_with_misses_in_the_denominator() -> None:
    found = figures(RANKS, GENES, seed=1, depth=50, resamples=200)
    values = {metric: found.micro[metric].value for metric in METRICS}
    assert (found.n, found.genes) == (6, 3)
    assert values["top1"] == pytest.approx(1 / 6)
    assert values["top3"] == pytest.approx(2 / 6)
    assert values["top5"] == pytest.approx(3 / 6)
    assert values["top10"] == pytest.approx(3 / 6)
    assert values["topmax"] == pytest.approx(4 / 6)
    assert values["mrr"] == pytest.approx((1 + 1 / 2.5 + 0 + 1 / 4 + 1 / 11 + 1 / 60) / 6)


def test_macro_is_the_mean_over_genes_of_each_genes_mean() -> None:
    found = figures(RANKS, GENES, seed=1, depth=50, resamples=200)
    values = {metric: found.macro[metric].value for metric in METRICS}
    assert values["top1"] == pytest.approx((1 / 3 + 0 + 0) / 3)
    assert values["top3"] == pytest.approx((2 / 3 + 0 + 0) / 3)
    assert values["top5"] == pytest.approx((2 / 3 + 1 + 0) / 3)
    assert values["topmax"] == pytest.approx((2 / 3 + 1 + 1 / 2) / 3)
    assert values["mrr"] == pytest.approx((1.4 / 3 + 1 / 4 + (1 / 11 + 1 / 60) / 2) / 3)


def test_a_mean_rank_of_one_and_a_half_is_not_within_one() -> None:
    assert per_case(np.asarray([1.5])).tolist() == [[0, 1, 1, 1, 1, 1 / 1.5]]


def test_the_interval_is_that_of_a_bootstrap_over_whole_genes() -> None:
    generator = np.random.default_rng(5)
    group = np.repeat(np.arange(40), generator.integers(1, 12, size=40))
    values = (generator.random((len(group), 1)) < 0.2 + 0.6 * (group[:, None] % 2)).astype(float)
    micro, macro = estimates(values, group, seed=3, resamples=4000, confidence=0.95)
    slow_micro, slow_macro = [], []
    for _ in range(4000):
        drawn = generator.integers(0, 40, size=40)
        pooled = [values[group == gene, 0] for gene in drawn]
        slow_micro.append(np.concatenate(pooled).mean())
        slow_macro.append(np.mean([one.mean() for one in pooled]))
    for fast, slow in ((micro[0], slow_micro), (macro[0], slow_macro)):
        assert fast.resampled == "genes"
        assert fast.low == pytest.approx(np.quantile(slow, 0.025), abs=0.015)
        assert fast.high == pytest.approx(np.quantile(slow, 0.975), abs=0.015)


def test_cases_of_one_gene_alike_make_the_interval_wider_than_independent_ones_would() -> None:
    group = np.repeat(np.arange(30), 20)
    alike = (group % 2).astype(float)[:, None]
    (clustered,), _ = estimates(alike, group, seed=0, resamples=1000, confidence=0.95)
    (apart,), _ = estimates(alike, np.arange(600), seed=0, resamples=1000, confidence=0.95)
    assert clustered.high - clustered.low > 3 * (apart.high - apart.low)  # type: ignore[operator]


def test_a_single_gene_is_resampled_by_case_and_has_no_macro_interval() -> None:
    found = figures(np.asarray([1.0, 1.0, NAN, 8.0]), ["A"] * 4, seed=0, resamples=500)
    assert found.micro["top1"].resampled == "cases"
    assert found.micro["top1"].low < 0.5 < found.micro["top1"].high  # type: ignore[operator]
    assert found.macro["top1"].low is None
    assert figures(np.asarray([1.0]), ["A"], seed=0).micro["top1"].low is None


def test_no_case_gives_no_figure() -> None:
    found = figures(np.asarray([]), [], seed=0)
    assert (found.n, found.genes, found.micro, found.macro) == (0, 0, {}, {})


def test_the_same_seed_gives_the_same_interval_and_another_one_another() -> None:
    ranks, genes = np.asarray([1.0, NAN, 3.0, 1.0, 20.0] * 9), [f"G{i}" for i in range(45)]
    assert figures(ranks, genes, seed=4) == figures(ranks, genes, seed=4)
    assert figures(ranks, genes, seed=4) != figures(ranks, genes, seed=5)


def test_every_draw_takes_as_many_as_there_are() -> None:
    drawn = draws(7, 13, 50)
    assert drawn.shape == (50, 13)
    assert (drawn.sum(axis=1) == 13).all()

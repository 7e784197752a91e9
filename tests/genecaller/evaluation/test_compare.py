"""Who wins where, and p values held against scipy and closed forms."""

from __future__ import annotations

import numpy as np
import pytest

from genecaller.evaluation.compare import compare, sign_test
from genecaller.evaluation.metrics import figures

NAN = float("nan")


def test_the_sign_test_in_closed_form() -> None:
    assert sign_test(0, 0) == 1.0
    assert sign_test(5, 0) == pytest.approx(2 / 2**5)
    assert sign_test(1, 4) == pytest.approx(2 * (1 + 5) / 2**5)


def test_wins_and_losses_are_listed_by_case_with_misses_as_the_worst() -> None:
    a = np.asarray([1.0, 3.0, NAN, 2.0, NAN])
    b = np.asarray([5.0, 3.0, 40.0, 1.0, NAN])
    found = compare("a", a, "b", b, list("vwxyz"), ["G", "H", "I", "J", "K"], seed=0)
    assert [won.case_id for won in found.a_ahead] == ["v"]
    assert [(won.case_id, won.rank_a, won.rank_b) for won in found.b_ahead] == [
        ("y", 2.0, 1.0),
        ("x", None, 40.0),
    ]
    assert (found.only_a["top1"], found.only_b["top1"]) == (1, 1)
    assert (found.only_a["top3"], found.only_b["top3"]) == (1, 0)
    assert (found.only_a["topmax"], found.only_b["topmax"]) == (0, 1)
    assert found.mcnemar_p["top1"] == 1.0
    assert found.sign_p == sign_test(1, 2)


def test_the_difference_is_that_of_the_figures_and_its_interval_is_paired() -> None:
    generator = np.random.default_rng(2)
    genes = [f"G{i % 60}" for i in range(300)]
    b = generator.integers(1, 30, size=300).astype(float)
    a = np.where(generator.random(300) < 0.1, 1.0, b)  # a is b, better in a tenth of the cases
    found = compare("a", a, "b", b, [str(i) for i in range(300)], genes, seed=1)
    one, two = figures(a, genes, seed=1), figures(b, genes, seed=1)
    for metric in ("top1", "mrr"):
        for mean in ("micro", "macro"):
            difference = getattr(found, f"difference_{mean}")[metric]
            first, second = getattr(one, mean)[metric], getattr(two, mean)[metric]
            assert difference.value == pytest.approx(first.value - second.value)
            assert difference.low > 0
            # Unpaired, the two intervals overlap far more than the difference varies.
            assert difference.high - difference.low < first.high - first.low


def test_a_ranker_against_itself_differs_nowhere() -> None:
    ranks = np.asarray([1.0, NAN, 4.0])
    found = compare("a", ranks, "b", ranks, list("xyz"), list("GHI"), seed=0)
    assert found.a_ahead == found.b_ahead == ()
    assert found.sign_p == 1.0
    assert all(one.value == one.low == one.high == 0 for one in found.difference_micro.values())


def test_no_case_compares_to_nothing() -> None:
    empty = np.asarray([])
    found = compare("a", empty, "b", empty, [], [], seed=0)
    assert (found.n, found.difference_micro, found.sign_p) == (0, {}, 1.0)

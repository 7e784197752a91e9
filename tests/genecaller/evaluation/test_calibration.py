"""Calibration worked by hand."""

from __future__ import annotations

import pytest

from genecaller.evaluation.calibration import reliability, wilson
from genecaller.evaluation.truth_rank import Standing


def sure(confidence: float | None, first: str = "A") -> Standing:
    return Standing("ranked", 1, 1, first, confidence)


def test_bins_brier_and_error() -> None:
    standings = [sure(0.92), sure(0.96), sure(0.98, "B"), sure(0.2), sure(None), sure(1.0)]
    found = reliability(standings, ["A"] * 6)
    assert found is not None
    assert found.n == 5
    assert found.brier == pytest.approx((0.08**2 + 0.04**2 + 0.98**2 + 0.8**2 + 0) / 5)
    low, high = found.bins
    assert (low.n, low.stated, low.right) == (1, 0.2, 1.0)
    assert (high.low, high.high, high.n, high.right) == (0.9, 1.0, 4, 0.75)
    assert high.stated == pytest.approx((0.92 + 0.96 + 0.98 + 1.0) / 4)
    assert found.error == pytest.approx((0.8 + 4 * (high.stated - 0.75)) / 5)


def test_no_stated_confidence_is_nothing_to_judge() -> None:
    assert reliability([sure(None)], ["A"]) is None


@pytest.mark.parametrize(("right", "n"), [(0, 3), (3, 4), (50, 200), (7, 7)])
def test_wilson_interval_solves_the_score_equation(right: int, n: int) -> None:
    z = 1.959963984540054
    for bound in wilson(right, n):
        distance = abs(right / n - bound)
        assert distance == pytest.approx(z * (bound * (1 - bound) / n) ** 0.5, abs=1e-9)

"""ISO 8601 durations as numbers, as text and as amounts; classes of onset."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genecaller.rankers.age import years
from ontology.age import Duration, iso_duration, read_duration
from ontology.knowledge import Knowledge


@pytest.mark.parametrize(
    ("written", "duration", "in_years", "amount"),
    [
        ("P51Y", Duration(51), 51.0, (51, "year")),
        ("P0.5Y", Duration(0, 6), 0.5, (6, "month")),
        ("P1.5Y", Duration(1, 6), 1.5, (18, "month")),
        ("P0,25Y", Duration(0, 3), 0.25, (3, "month")),
        ("P1.999Y", Duration(2), 2.0, (2, "year")),
        ("P13M", Duration(0, 13), 13 / 12, (13, "month")),
        ("P2W", Duration(weeks=2), 2 / 52.18, (14, "day")),
        ("P1.5W", Duration(days=10, seconds=43_200), 10.5 / 365.25, (10, "day")),
        ("P0.5D", Duration(seconds=43_200), 0.5 / 365.25, (0, "day")),
        (
            "P1Y2M3DT4H",
            Duration(1, 2, 0, 3, 14_400),
            1 + 2 / 12 + (3 + 1 / 6) / 365.25,
            (14, "month"),
        ),
        ("PT5M", Duration(seconds=300), 300 / 86_400 / 365.25, (0, "day")),
        ("P0D", Duration(), 0.0, (0, "day")),
        ("PT0S", Duration(), 0.0, (0, "day")),
        ("P5000D", Duration(days=5000), 5000 / 365.25, (13, "year")),
    ],
)
def test_durations(
    written: str,
    duration: Duration,
    in_years: float,
    amount: tuple[int, str],
    tiny_knowledge: Knowledge,
) -> None:
    found = read_duration(written)
    assert found == duration
    assert found.in_years == pytest.approx(in_years)
    assert found.amount == amount
    assert years(written, tiny_knowledge.hpo) == pytest.approx(in_years)


@pytest.mark.parametrize("written", ["-P1Y", "P", "PT", "P1", "P1YT", "1Y", "P1Y2", "P151Y", "P١Y"])
def test_what_is_no_duration(written: str, tiny_knowledge: Knowledge) -> None:
    assert read_duration(written) is None
    assert iso_duration(written) is None
    assert years(written, tiny_knowledge.hpo) is None


@given(
    st.tuples(st.integers(0, 99), st.integers(0, 11), st.integers(0, 29), st.integers(0, 86_399))
)
def test_what_is_written_reads_back(parts: tuple[int, int, int, int]) -> None:
    years, months, days, seconds = parts
    duration = Duration(years, months, 0, days, seconds)
    assert read_duration(str(duration)) == duration
    assert read_duration(str(Duration(weeks=days + 1))) == Duration(weeks=days + 1)


@given(st.floats(0, 120).map(lambda x: round(x, 3)))
def test_a_fraction_of_years_is_as_long_as_its_parts(number: float) -> None:
    duration = iso_duration(f"P{number:f}Y")
    assert duration is not None
    found = read_duration(duration)
    assert found is not None
    assert found.in_years == pytest.approx(number, abs=0.006)  # two days
    assert "." not in duration

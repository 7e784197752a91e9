"""Frequencies as written, and in words."""

from __future__ import annotations

import math

import pytest

from ontology.frequency import CLASS_IDS, CLASS_NAMES, frequency_words, read_frequency

NONE = float("nan")


@pytest.mark.parametrize(
    ("written", "numerator", "denominator", "share", "frequency_class"),
    [
        ("3/7", 3, 7, 3 / 7, -1),
        (" 3 / 7 ", 3, 7, 3 / 7, -1),
        ("0/5", 0, 5, 0.0, -1),
        ("42%", -1, -1, 0.42, -1),
        ("76.3%", -1, -1, 0.763, -1),
        ("100%", -1, -1, 1.0, -1),
        ("HP:0040281", -1, -1, 0.895, 1),
        ("HP:0040285", -1, -1, 0.0, 5),
    ],
)
def test_every_form_is_read(
    written: str, numerator: int, denominator: int, share: float, frequency_class: int
) -> None:
    found = read_frequency(written)
    assert found is not None
    assert (found.numerator, found.denominator) == (numerator, denominator)
    assert found.share == pytest.approx(share)
    assert found.frequency_class == frequency_class


@pytest.mark.parametrize(
    "written", ["7/3", "1/0", "1/٣", "101%", "-5%", "often", "HP:0040279", "1" * 400 + "/1"]
)
def test_what_is_no_frequency_is_told_from_none_stated(written: str) -> None:
    assert read_frequency(written) is None
    assert math.isnan(read_frequency("").share)  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("stated", "words"),
    [
        ([(3, 7, 3 / 7, -1)], "3 of 7"),
        ([(3, 7, 3 / 7, -1), (4, 11, 4 / 11, -1)], "7 of 18"),
        ([(-1, -1, 0.895, 1)], "very frequent"),
        ([(-1, -1, 0.895, 1), (-1, -1, 0.895, 1)], "very frequent"),
        ([(-1, -1, 0.17, 3), (-1, -1, 0.895, 1)], "very frequent or occasional"),
        ([(-1, -1, 0.763, -1)], "76.3%"),
        ([(-1, -1, 0.42, -1), (-1, -1, 0.895, 1)], "very frequent or 42%"),
        ([(-1, -1, 0.895, 1), (1, 4, 0.25, -1)], "1 of 4"),
        ([(-1, -1, NONE, -1)], None),
        ([], None),
    ],
)
def test_frequencies_are_said_as_their_sources_state_them(
    stated: list[tuple[int, int, float, int]], words: str | None
) -> None:
    assert frequency_words(stated) == words


def test_classes_are_in_the_order_of_their_ids() -> None:
    assert len(CLASS_IDS) == len(CLASS_NAMES) == 6
    assert list(CLASS_IDS) == sorted(CLASS_IDS)

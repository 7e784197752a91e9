"""Decimal comma and point: decided by the column, told where it mixes, never guessed."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genecaller.evaluation.imports.numerals import Column, Numerals, decide


def read(*cells: Any, comma_locale: bool = False, english: bool = False) -> list[float | str]:
    """Each cell's number, or why it has none."""
    column = Column("score")
    for cell in cells:
        column.see(cell)
    numerals, _ = decide([column], comma_locale=comma_locale, english=english)
    found: list[float | str] = []
    for cell in cells:
        try:
            number = numerals["score"].read(cell, "score")
            found.append("nothing" if number is None else number)
        except ValueError as error:
            found.append(str(error))
    return found


@pytest.mark.parametrize(
    ("cells", "numbers"),
    [
        (["1", "0,951", "0,123"], [1, 0.951, 0.123]),
        (["1.234,5", "0,951", "1.234"], [1234.5, 0.951, 1234]),
        (["1.234.567", "2,5"], [1234567, 2.5]),
        (["1,234.5", "1,234", "0.5"], [1234.5, 1234, 0.5]),
        (["1,234,567", "3.25"], [1234567, 3.25]),
        (["0.951", "1.234", "12"], [0.951, 1.234, 12]),
        (["1,5E-3", "2e4", "7"], [0.0015, 20000, 7]),
        (["-0,5", "+0,25", "\N{MINUS SIGN}1,75"], [-0.5, 0.25, -1.75]),
        (["12\N{NO-BREAK SPACE}345,5", "1 234,25"], [12345.5, 1234.25]),
        (["1'234.5", "2’000.25"], [1234.5, 2000.25]),
        (["45,03 %", "0,5"], [0.4503, 0.5]),
        (["45.03%", "100%"], [0.4503, 1.0]),
        ([".5", "5."], [0.5, 5]),
        (["-∞", "inf", "0.5"], [-math.inf, math.inf, 0.5]),
        ([1, 2.5, "0.5"], [1, 2.5, 0.5]),
    ],
)
def test_a_column_is_read_as_a_whole(cells: list[Any], numbers: list[float]) -> None:
    assert read(*cells) == pytest.approx(numbers)


def test_what_may_be_either_is_told_and_not_guessed() -> None:
    either = "score '1,234' may be 1234 or 1.234: write it with a decimal point"
    assert read("1,234", "5") == [either, 5]
    assert read("1,234", "5", comma_locale=True) == [1.234, 5]
    assert read("1,234", "5", english=True) == [1234, 5]


def test_columns_beside_it_settle_what_may_be_either() -> None:
    rank, score = Column("rank"), Column("score")
    rank.see("7,424")
    score.see("6,080.832")
    numerals, mixed = decide([rank, score], comma_locale=False, english=False)
    assert numerals["rank"].read("7,424", "rank") == 7424
    assert mixed == []


def test_a_column_that_mixes_is_told_with_both_ways() -> None:
    column = Column("score")
    for cell in ("0,951", "0,5", "0.25", "1"):
        column.see(cell)
    numerals, (told,) = decide([column], comma_locale=False, english=True)
    assert told == (
        "column 'score' mixes decimal commas (2 cells, as '0,951') and points (1, as '0.25'); "
        "read are those with a comma: write all of them in one way"
    )
    assert numerals["score"].read("0,951", "score") == 0.951
    with pytest.raises(ValueError, match=r"'0\.25' is not a number as the column writes them"):
        numerals["score"].read("0.25", "score")


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("best", "is not a number"),
        ("1.2.3", "is not a number"),
        ("1,23,4", "is not a number"),
        ("0x10", "is not a number"),
        ("1e999", "is too large"),
        ("9" * 400, "is too large"),
        (10**400, "has 401 digits, too many"),
        (True, "is true, expected a number"),
        ([1], "is a list, expected a number"),
        ({"a": 1}, "is an object, expected a number"),
    ],
)
def test_what_is_no_number_says_why(value: Any, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        Numerals().read(value, "score")


@pytest.mark.parametrize("value", [None, "", " ", "n/a", "NA", ".", "-", math.nan, "NaN"])
def test_no_number_is_none(value: Any) -> None:
    assert Numerals().read(value, "score") is None


numbers = st.lists(st.floats(-1e6, 1e6).map(lambda x: round(x, 2)), min_size=1, max_size=8)


@given(numbers, st.sampled_from(["english", "german", "plain comma", "plain point"]))
def test_every_form_gives_the_numbers_back(values: list[float], form: str) -> None:
    """Two decimals are never taken for thousands, whatever stands before them."""
    english = [f"{value:,.2f}" for value in values]
    written = {
        "english": english,
        "german": [one.translate(str.maketrans(",.", ".,")) for one in english],
        "plain comma": [f"{value:.2f}".replace(".", ",") for value in values],
        "plain point": [f"{value:.2f}" for value in values],
    }[form]
    assert read(*written) == pytest.approx(values)


@given(st.lists(st.text(st.sampled_from("0123456789.,-+eE% '"), max_size=10), max_size=6))
def test_no_cell_is_lost_without_a_word(cells: list[str]) -> None:
    for cell, found in zip(cells, read(*cells), strict=True):
        assert isinstance(found, int | float) or found == "nothing" or cell.strip()[:40] in found
        if found == "nothing":
            assert cell.strip() in ("", ".", "-")

"""JSON: several values in one file, what is odd in it, and what can never be used."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genecaller.cases.files.json_text import MAX_DEPTH, json_values, parse_json, read_json
from genecaller.errors import CaseError


def nested(levels: int) -> str:
    return "[" * levels + "]" * levels


def test_odd_values_are_read_as_missing_and_said() -> None:
    value, notes = read_json('{"age": NaN, "a": [1, -Infinity], "b": "NaN"}', source="x")
    assert value == {"age": None, "a": [1, None], "b": "NaN"}
    assert notes == ("NaN and -Infinity in the JSON are read as missing",)


def test_a_key_that_comes_twice_is_said() -> None:
    value, notes = read_json('{"a": {"excluded": true, "excluded": false}, "b": 1}', source="x")
    assert value == {"a": {"excluded": False}, "b": 1}
    assert notes == ("keys that come twice in one object, the last one counts: 'excluded'",)
    assert read_json('{"a": {"x": 1}, "b": {"x": 1}}', source="x")[1] == ()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (nested(MAX_DEPTH + 1), "nested too deeply, more than 100 levels"),
        (nested(900), "nested too deeply"),
        (nested(100_000), "nested too deeply"),
        ('{"a":' * 500 + "1" + "}" * 500, "nested too deeply"),
        ("9" * 5000, "thousands of digits"),
        ('{"age": ' + "9" * 100_000 + "}", "thousands of digits"),
    ],
)
def test_what_cannot_be_used_is_told(text: str, said: str) -> None:
    with pytest.raises(CaseError, match=said):
        parse_json(text, source="x")


def test_what_is_as_deep_as_allowed_is_read() -> None:
    assert parse_json(nested(MAX_DEPTH), source="x") is not None


def values(text: str) -> list[object]:
    found: list[object] = []
    try:
        for place, value, _ in json_values(text, source="x"):
            found.append((place, value))
    except CaseError as error:
        found.append(f"{error.where}: {error.problem}")
    return found


@pytest.mark.parametrize("between", ["", " ", "\n", "\r\n\r\n"])
def test_documents_one_behind_the_other(between: str) -> None:
    text = between.join(json.dumps({"id": i}, indent=1) for i in range(3))
    assert values(text) == [("$[0]", {"id": 0}), ("$[1]", {"id": 1}), ("$[2]", {"id": 2})]


def test_one_value_and_a_list() -> None:
    assert values('{"id": 1}') == [(None, {"id": 1})]
    assert values('[{"id": 1}, 2]') == [("$[0]", {"id": 1}), ("$[1]", 2)]
    assert values("[]") == []


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('[{"id": 1}, {"id": 2}, {"id": ', "line 1 column 31: is not valid JSON (Expecting value)"),
        ('[{"id": 1}, {"id": 2}, {oops}]', "line 1 column 25: is not valid JSON"),
        ('[{"id": 1}, {"id": 2}', "line 1 column 22: is not valid JSON"),
        ('[{"id": 1}, {"id": 2} {"id": 3}]', "line 1 column 23: is not valid JSON"),
        ('{"id": 1}\n{"id": 2}\n{"id": ', "line 2 column 1: is not valid JSON (Extra data)"),
    ],
)
def test_what_is_whole_before_a_fault_is_read(text: str, told: str) -> None:
    *read, fault = values(text)
    assert [value for _, value in read] == [{"id": 1}, {"id": 2}]  # type: ignore[misc]
    assert str(fault).startswith(told)
    assert str(fault).endswith("; the 2 before it are read")


def test_a_fault_in_the_only_value_is_told_alone() -> None:
    assert values('{"id": oops}') == [
        "line 1 column 8: is not valid JSON (Expecting value); correct it there, or export the "
        "file again"
    ]


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=8,
    )
)
def test_any_value_reads_as_what_it_is(value: object) -> None:
    text = json.dumps(value, ensure_ascii=False)
    if "\\u0000" not in text:
        assert parse_json(text, source="x") == value

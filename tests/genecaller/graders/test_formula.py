import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genecaller.errors import UsageError
from genecaller.graders.formula import compile_formula

KNOWN = frozenset({"a", "b"})


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a + 2 * b", 0.5 + 2 * 0.25),
        ("2 ^ 3 ^ 2", 512),
        ("2 ^ 3 * 2", 16),
        ("-a ^ 2", -0.25),
        ("(a - b) / b", 1),
        ("min(a, b, 0.1) + max(a, b) + min(a)", 0.1 + 0.5 + 0.5),
        ("abs(-a) + floor(a) + ceil(a)", 1.5),
        ("exp(0) + sqrt(b) + log(1)", 1.5),
        ("log(8, 2)", 3),
        (" a\n", 0.5),
    ],
)
def test_formulas_mean_what_they_say(text: str, value: float) -> None:
    assert compile_formula(text, KNOWN, "f").value({"a": 0.5, "b": 0.25}) == pytest.approx(value)


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os').system('ls')", "a.real", "a[0]", "lambda: 1", "[a]", "a if b else 1",
        "a and b", "a < b", "'x'", "f'{a}'", "open", "eval('1')", "(lambda: 1)()", "a; b", "a = 1",
        "", "1j", "True", "None", "a // b", "a % b", "~1", "not a", "min()", "sqrt(1, 2)",
        "log(1, 2, 3)", "min(*[a])", "max(a, key=abs)", "c", "(x := 1)", "{a}", "print(a)",
        "1" * 3000, "(" * 500, "+" * 1900 + "1", "a\x00",
    ],
)  # fmt: skip
def test_nothing_but_a_formula_is_allowed(text: str) -> None:
    with pytest.raises(UsageError, match=r"^f: "):
        compile_formula(text, KNOWN, "f")


@pytest.mark.parametrize(
    "text", ["1 / (a - a)", "log(0)", "sqrt(-1)", "9 ^ 9 ^ 9", "exp(9999)", "(-1) ^ 0.5"]
)
def test_a_formula_without_a_value_says_so(text: str) -> None:
    formula = compile_formula(text, KNOWN, "f")
    with pytest.raises((ArithmeticError, ValueError)):
        formula.value({"a": 0.5, "b": 0.5})


@given(st.text(alphabet="ab+-*/^(),. 019minxlogq", max_size=30))
def test_any_text_is_refused_or_has_a_finite_value_or_none(text: str) -> None:
    try:
        formula = compile_formula(text, KNOWN, "f")
    except UsageError:
        return
    try:
        assert math.isfinite(formula.value({"a": 1.0, "b": 0.0}))
    except (ArithmeticError, ValueError):
        return


@pytest.mark.parametrize(
    "text",
    ["a" + ".b" * 900, "a" + "[0]" * 600, "not " * 400 + "a", "(lambda:" * 90 + "0" + ")" * 90,
     "-" * 1900 + "a", "(" * 1000 + "a", "9" * 1999, "1e999", "a" + " + a" * 400],
)  # fmt: skip
def test_a_formula_that_means_harm_is_refused_in_a_line(text: str) -> None:
    with pytest.raises(UsageError) as raised:
        compile_formula(text, frozenset({"a"}), "f")
    assert str(raised.value).startswith("f: ")
    assert len(str(raised.value)) < 500

"""Formulas over the scores of several graders: parsed and checked once, never evaluated as code."""

from __future__ import annotations

import ast
import difflib
import math
import operator
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from genecaller.errors import UsageError

FUNCTIONS: dict[str, Callable[..., float]] = {
    "min": min,
    "max": max,
    "abs": abs,
    "floor": math.floor,
    "ceil": math.ceil,
    "exp": math.exp,
    "sqrt": math.sqrt,
    "log": math.log,
}
_BINARY: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: math.pow,
}
_UNARY: dict[type[ast.unaryop], Callable[[float], float]] = {
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
}
_LONGEST = 2000
_DEEPEST = 60
LARGEST = 1e15
"""No score and no number of a formula lies further from 0: training computes in float32."""


@dataclass(frozen=True, slots=True)
class Formula:
    """A checked formula: + - * / ^, numbers, names of graders, and min max abs floor ceil exp
    sqrt log."""

    text: str
    names: frozenset[str]
    _tree: ast.expr

    def value(self, scores: Mapping[str, float]) -> float:
        """The formula's value; ArithmeticError or ValueError where it has none (1 / 0, log 0)."""
        value = float(_value(self._tree, scores))
        if not abs(value) <= LARGEST:
            raise ArithmeticError(f"{self.text[:100]} is {value}")
        return value


def compile_formula(text: str, known: frozenset[str], where: str) -> Formula:
    """Check a formula over the graders `known`; UsageError says what in it is not allowed."""
    if len(text) > _LONGEST:
        raise UsageError(f"{where}: a formula of {len(text)} characters, at most {_LONGEST}")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # "1if" and the like: what is wrong is said below
            source = text.strip().replace("^", "**")
            tree = ast.parse(source, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise UsageError(f"{where}: {text[:100]!r} is no formula: {error}"[:400]) from error
    names: set[str] = set()
    _check(tree, known, names, where, source, 0)
    return Formula(text, frozenset(names), tree)


def _check(
    node: ast.expr, known: frozenset[str], names: set[str], where: str, text: str, depth: int
) -> None:
    if depth > _DEEPEST:
        raise UsageError(f"{where}: the formula is nested deeper than {_DEEPEST}")
    inner: list[ast.expr] = []
    match node:
        case ast.Constant(value=bool()):
            raise UsageError(f"{where}: {node.value!r} is no number")
        case ast.Constant(value=int() | float() as number):
            if not abs(number) <= LARGEST:
                raise UsageError(f"{where}: a number in the formula is beyond {LARGEST:g}")
        case ast.Name(id=name) if name in known:
            names.add(name)
        case ast.Name(id=name):
            near = difflib.get_close_matches(name, sorted(known), n=1, cutoff=0.0)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            raise UsageError(
                f"{where}: there is no grader {name[:100]!r} in the formula's reach{hint}"
            )
        case ast.BinOp(left=left, right=right, op=op) if type(op) in _BINARY:
            inner = [left, right]
        case ast.UnaryOp(operand=operand, op=op) if type(op) in _UNARY:
            inner = [operand]
        case ast.Call(func=ast.Name(id=name), args=args, keywords=[]) if name in FUNCTIONS and args:
            if len(args) > 1 and name not in ("min", "max", "log"):
                raise UsageError(f"{where}: {name} takes one value, got {len(args)}")
            if len(args) > 2 and name == "log":
                raise UsageError(f"{where}: log takes a value and a base, got {len(args)}")
            inner = list(args)
        case _:
            raise UsageError(
                f"{where}: {_written(node, text)!r} is not allowed in a formula: expected numbers, "
                f"graders, + - * / ^ and {', '.join(FUNCTIONS)}"
            )
    for part in inner:
        _check(part, known, names, where, text, depth + 1)


def _written(node: ast.expr, text: str) -> str:
    """How a part of a formula is written, at most 100 characters of it."""
    return (ast.get_source_segment(text, node) or type(node).__name__)[:100]


def _value(node: ast.expr, scores: Mapping[str, float]) -> float:
    match node:
        case ast.Constant(value=int() | float() as number):
            return float(number)
        case ast.Name(id=name):
            return scores[name]
        case ast.BinOp(left=left, right=right, op=op):
            return _BINARY[type(op)](_value(left, scores), _value(right, scores))
        case ast.UnaryOp(operand=operand, op=op):
            return _UNARY[type(op)](_value(operand, scores))
        case ast.Call(func=ast.Name(id=name), args=args):
            values = [_value(arg, scores) for arg in args]
            if len(values) == 1 and name in ("min", "max"):
                return values[0]
            return FUNCTIONS[name](*values)
    raise AssertionError(f"an unchecked formula: {ast.dump(node)}")

"""Templates of graders: {{item.key}}, {{sample.output_text}}, {{sample.output_json.key}}."""

from __future__ import annotations

import difflib
import json
import re
from dataclasses import dataclass
from typing import Any

from genecaller.errors import UsageError
from genecaller.graders.outcome import AnswerProblem, Item, ItemProblem

_LONGEST = 100_000
_PATH = re.compile(r"\s*(item|sample)((?:\.[\w-]+|\[\d+\])+)\s*")
_STEP = re.compile(r"\.([\w-]+)|\[(\d+)\]")
_SAMPLE_KEYS = ("output_text", "output_json")
_FENCE = re.compile(r"```[\w+-]*[^\S\n]*\n")


@dataclass(frozen=True, slots=True)
class Template:
    """A text with places for values of the item and of the model's answer.

    `pieces` alternate between plain texts (str) and paths (tuples of keys).
    """

    text: str
    pieces: tuple[str | tuple[str, ...], ...]

    def render(self, output_text: str, item: Item) -> str:
        """The text with its places filled in.

        Texts go in as they are, anything else as JSON. Raises ItemProblem where the item lacks a
        key, AnswerProblem where the answer is no JSON or lacks one.
        """
        return "".join(
            piece if isinstance(piece, str) else _as_text(look_up(piece, output_text, item))
            for piece in self.pieces
        )


def compile_template(text: str, where: str) -> Template:
    """Check a template's places; UsageError names a place that leads nowhere."""
    if len(text) > _LONGEST:
        raise UsageError(f"{where}: a template of {len(text)} characters, at most {_LONGEST}")
    pieces: list[str | tuple[str, ...]] = []
    at = 0
    while (start := text.find("{{", at)) >= 0 and (end := text.find("}}", start + 2)) >= 0:
        if start > at:
            pieces.append(text[at:start])
        pieces.append(_path(text[start + 2 : end], where))
        at = end + 2
    if at < len(text):
        pieces.append(text[at:])
    return Template(text, tuple(pieces))


def _path(inside: str, where: str) -> tuple[str, ...]:
    found = _PATH.fullmatch(inside)
    if not found:
        raise UsageError(
            f"{where}: {{{{{inside[:100]}}}}} is no place: expected {{{{item.KEY}}}}, "
            "{{sample.output_text}} or {{sample.output_json.KEY}}"
        )
    steps = tuple(key or index for key, index in _STEP.findall(found.group(2)))
    if found.group(1) == "sample":
        if steps[0] not in _SAMPLE_KEYS:
            near = difflib.get_close_matches(steps[0], _SAMPLE_KEYS, n=1, cutoff=0.0)[0]
            raise UsageError(f"{where}: no sample.{steps[0]}; did you mean sample.{near}?")
        if steps[0] == "output_text" and len(steps) > 1:
            raise UsageError(f"{where}: sample.output_text is a text, it has no .{steps[1]}")
    return (found.group(1), *steps)


def look_up(path: tuple[str, ...], output_text: str, item: Item) -> Any:
    """The value at a path such as ("item", "gene") or ("sample", "output_json", "gene", "0")."""
    root, first, *rest = path
    value: Any = item
    steps = [first, *rest]
    problem: type[Exception] = ItemProblem
    if root == "sample":
        if first == "output_text":
            return output_text
        value, steps, problem = parse_json(output_text), rest, AnswerProblem
    for done, step in enumerate(steps):
        if isinstance(value, list) and _is_index(step) and int(step) < len(value):
            value = value[int(step)]
        elif hasattr(value, "keys") and step in value:
            value = value[step]
        else:
            name = ".".join([root, *([first] if root == "sample" else []), *steps[: done + 1]])
            whose = "the answer" if problem is AnswerProblem else "the item"
            raise problem(f"{whose} has no {name}")
    return value


def _is_index(step: str) -> bool:
    return step.isascii() and step.isdecimal() and len(step) < 10


def parse_json(output_text: str) -> Any:
    """The answer as JSON, code fences taken off; AnswerProblem where it is none."""
    text = output_text.strip()
    fence = _FENCE.match(text)
    if fence and len(text) >= fence.end() + 3 and text.endswith("```"):
        text = text[fence.end() : -3]
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise AnswerProblem(f"the answer is no JSON: {error}") from error


def _as_text(value: Any) -> str:
    if isinstance(value, str):
        return value
    try:
        return json.dumps(value, ensure_ascii=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise ItemProblem(f"a value of the item is no JSON: {error}") from error

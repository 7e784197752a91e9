"""Graders as they are written down: a table of TOML or JSON becomes a grader or a clear error."""

from __future__ import annotations

import difflib
import json
import reprlib
import tomllib
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from genecaller.errors import UsageError
from genecaller.graders.formula import compile_formula
from genecaller.graders.gene_rank import DECAY, SECOND
from genecaller.graders.genes import Format, GeneRank, Length
from genecaller.graders.multi import Multi
from genecaller.graders.outcome import Grader
from genecaller.graders.python import PythonGrader
from genecaller.graders.similarity import METRICS, Operation, StringCheck, TextSimilarity
from genecaller.graders.template import Template, compile_template
from genecaller.graders.threshold import Threshold

if TYPE_CHECKING:
    from ontology.knowledge import Knowledge

_ANSWER = "{{sample.output_text}}"
_GENE = "{{item.gene}}"
_DEEPEST = 8
_MOST_GRADERS = 100
_LARGEST = 1_000_000_000
"""No count or threshold of a grader is larger; what is has lost its comma, or means harm."""
_LONGEST_SOURCE = 200_000
_LONGEST_FILE = 5_000_000

KnowledgeSource = Callable[[], "Knowledge"]


def read_grader(path: Path, knowledge: KnowledgeSource | None = None) -> Grader:
    """The grader in a .toml or .json file: the table itself, or its table `grader`.

    Raises UsageError with the file and the place where something is wrong.
    """
    text = read_small(path, _LONGEST_FILE)
    try:
        content = json.loads(text) if path.suffix == ".json" else tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        kind = "JSON" if path.suffix == ".json" else "TOML"
        raise UsageError(f"{path}: not a {kind} file: {error}") from error
    if isinstance(content, dict) and isinstance(content.get("grader"), dict):
        content = content["grader"]
    return make_grader(content, knowledge, where=str(path))


def make_grader(
    specification: Any, knowledge: KnowledgeSource | None = None, *, where: str = "grader"
) -> Grader:
    """The grader of a specification in OpenAI's form, or of one of this project's own types.

    `knowledge` opens the HPO release for the type "grounded" (None: the one in use). Unknown
    types and keys are refused with the nearest known one. Raises UsageError.
    """
    return _make(specification, knowledge, where, 0)


def _make(specification: Any, knowledge: KnowledgeSource | None, where: str, depth: int) -> Grader:
    if not isinstance(specification, Mapping):
        got = f"{type(specification).__name__}: {shown(specification)}"
        raise UsageError(f"{where}: a grader is a table, got {got}")
    if depth > _DEEPEST:
        raise UsageError(f"{where}: graders are nested deeper than {_DEEPEST}")
    kind = specification.get("type")
    if not isinstance(kind, str) or kind not in _MAKERS:
        hint = ""
        if isinstance(kind, str):
            near = difflib.get_close_matches(kind[:100], _MAKERS, n=1, cutoff=0.0)[0]
            hint = f"; did you mean {near!r}?"
        raise UsageError(
            f"{where}: unknown type {shown(kind)}, expected {', '.join(_MAKERS)}{hint}"
        )
    fields = _Fields(dict(specification), where, knowledge, depth)
    fields.take("type", str)
    grader = _MAKERS[kind](fields)
    threshold = fields.number("pass_threshold", None, -_LARGEST, _LARGEST)
    fields.refuse_rest()
    return grader if threshold is None else Threshold(grader, threshold)


_SHORT = reprlib.Repr()
_SHORT.maxstring = _SHORT.maxlong = _SHORT.maxother = 80


def shown(value: object) -> str:
    """A value as an error quotes it: short, whatever its size and depth."""
    return _SHORT.repr(value)


def read_small(path: Path, most: int) -> str:
    """The text of a specification's file; UsageError where it cannot be read or is too long."""
    try:
        if not path.is_file():
            raise UsageError(f"{path} cannot be read: it is no file")
        if path.stat().st_size > most:
            raise UsageError(f"{path} has {path.stat().st_size} bytes, at most {most} are read")
        return path.read_text(encoding="utf-8-sig")
    except (OSError, ValueError) as error:
        raise UsageError(f"{path} cannot be read: {error}") from error


class _Fields:
    """The keys of one table, taken one after another; what is left at the end is unknown."""

    def __init__(
        self, table: dict[str, Any], where: str, knowledge: KnowledgeSource | None, depth: int
    ) -> None:
        self.table = table
        self.where = where
        self.knowledge = knowledge
        self.depth = depth
        self.known: list[str] = []

    def take(self, key: str, kind: type, default: Any = None, *, needed: bool = False) -> Any:
        self.known.append(key)
        if key not in self.table:
            if needed:
                near = difflib.get_close_matches(key, self.table, n=1)
                hint = f"; did you mean {key!r} by {near[0]!r}?" if near else ""
                raise UsageError(f"{self.where}: {key} is missing{hint}")
            return default
        value = self.table.pop(key)
        if kind is float and type(value) is int and abs(value) <= _LARGEST:
            value = float(value)
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            expected = {
                str: "text",
                float: "a number",
                int: "a whole number",
                bool: "true or false",
            }
            name = expected.get(kind, "a table")
            raise UsageError(f"{self.where}: {key} is {shown(value)}, expected {name}")
        return value

    def name(self) -> str:
        return str(self.take("name", str, self.where.rsplit(".", 1)[-1]))

    def template(self, key: str, default: str | None = None) -> Template:
        text = self.take(key, str, default, needed=default is None)
        return compile_template(text, f"{self.where}.{key}")

    def choice(self, key: str, among: tuple[str, ...], default: str | None = None) -> Any:
        value = self.take(key, str, default, needed=default is None)
        if value not in among:
            near = difflib.get_close_matches(value[:100], among, n=1, cutoff=0.0)[0]
            raise UsageError(
                f"{self.where}: {key} is {shown(value)}, expected one of {', '.join(among)}; "
                f"did you mean {near!r}?"
            )
        return value

    def number(self, key: str, default: float | None, low: float, high: float) -> Any:
        value = self.take(key, float, default)
        if value is not None and not low <= value <= high:
            raise UsageError(f"{self.where}: {key} is {value:g}, expected {low:g} to {high:g}")
        return value

    def count(
        self,
        key: str,
        default: int | None,
        low: int,
        high: int = _LARGEST,
        *,
        needed: bool = False,
    ) -> Any:
        value = self.take(key, int, default, needed=needed)
        if value is not None and not low <= value <= high:
            raise UsageError(f"{self.where}: {key} is {shown(value)}, expected {low} to {high}")
        return value

    def refuse_rest(self) -> None:
        for key in self.table:
            near = difflib.get_close_matches(str(key)[:100], self.known, n=1, cutoff=0.0)[0]
            raise UsageError(f"{self.where}: unknown key {shown(key)}; did you mean {near!r}?")


def _string_check(fields: _Fields) -> Grader:
    return StringCheck(
        name=fields.name(),
        input=fields.template("input"),
        reference=fields.template("reference"),
        operation=fields.choice("operation", get_args(Operation)),
    )


def _text_similarity(fields: _Fields) -> Grader:
    return TextSimilarity(
        name=fields.name(),
        input=fields.template("input"),
        reference=fields.template("reference"),
        evaluation_metric=fields.choice("evaluation_metric", METRICS),
    )


def _python(fields: _Fields) -> Grader:
    fields.take("image_tag", str)  # OpenAI's version of its own sandbox; there is one here
    source = fields.take("source", str, needed=True)
    if len(source) > _LONGEST_SOURCE:
        raise UsageError(
            f"{fields.where}.source: {len(source)} characters, at most {_LONGEST_SOURCE}"
        )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(source, "<grader>", "exec")
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise UsageError(f"{fields.where}.source: {error}") from error
    return PythonGrader(
        name=fields.name(),
        source=source,
        seconds=fields.number("seconds", 10.0, 0.1, 600.0),
        memory_mb=fields.count("memory_mb", 2048, 64, 1_000_000),
    )


def _multi(fields: _Fields) -> Grader:
    tables = fields.take("graders", dict, needed=True)
    if not tables:
        raise UsageError(f"{fields.where}: graders is empty")
    if len(tables) > _MOST_GRADERS:
        raise UsageError(f"{fields.where}: {len(tables)} graders, at most {_MOST_GRADERS}")
    for key in tables:
        if not str(key).isidentifier():
            raise UsageError(f"{fields.where}.graders: {shown(key)} cannot stand in a formula")
    graders = {
        key: _make(table, fields.knowledge, f"{fields.where}.{key}", fields.depth + 1)
        for key, table in tables.items()
    }
    text = fields.take("calculate_output", str, needed=True)
    formula = compile_formula(text, frozenset(graders), f"{fields.where}.calculate_output")
    return Multi(fields.name(), graders, formula)


def _gene_rank(fields: _Fields) -> Grader:
    return GeneRank(
        name=fields.name(),
        input=fields.template("input", _ANSWER),
        reference=fields.template("reference", _GENE),
        score="gene_rank",
        second=fields.number("second", SECOND, 0.0, 1.0),
        decay=fields.number("decay", DECAY, 0.0, 1.0),
    )


def _top_k(fields: _Fields) -> Grader:
    return GeneRank(
        name=fields.name(),
        input=fields.template("input", _ANSWER),
        reference=fields.template("reference", _GENE),
        score="top_k",
        k=fields.count("k", None, 1, needed=True),
    )


def _other_rank(kind: Any) -> Callable[[_Fields], Grader]:
    return lambda fields: GeneRank(
        name=fields.name(),
        input=fields.template("input", _ANSWER),
        reference=fields.template("reference", _GENE),
        score=kind,
    )


def _format(fields: _Fields) -> Grader:
    return Format(
        name=fields.name(),
        input=fields.template("input", _ANSWER),
        thoughts=fields.take("thoughts", bool, True),
        reasons=fields.take("reasons", bool, True),
        fewest=fields.count("fewest", 1, 1),
        most=fields.count("most", None, 1),
    )


def _length(fields: _Fields) -> Grader:
    most = fields.count("most", None, 1, needed=True)
    zero_at = fields.count("zero_at", 2 * most, 1)
    least = fields.count("least", 0, 0)
    if not least <= most < zero_at:
        raise UsageError(
            f"{fields.where}: expected least <= most < zero_at, got {least}, {most}, {zero_at}"
        )
    return Length(
        name=fields.name(),
        input=fields.template("input", _ANSWER),
        most=most,
        zero_at=zero_at,
        least=least,
        unit=fields.choice("unit", ("words", "characters"), "words"),
    )


def _grounded(fields: _Fields) -> Grader:
    # loads the recogniser, which no other grader needs
    from genecaller.graders.grounded import Grounded, Grounding
    from ontology.knowledge import open_knowledge
    from ontology.recognise import recogniser_for

    knowledge = (fields.knowledge or open_knowledge)()
    return Grounded(
        name=fields.name(),
        input=fields.template("input", _ANSWER),
        grounding=Grounding(knowledge, recogniser_for(knowledge)),
        present=fields.take("present", str, "present"),
        absent=fields.take("absent", str, "absent"),
    )


_MAKERS: dict[str, Callable[[_Fields], Grader]] = {
    "string_check": _string_check,
    "text_similarity": _text_similarity,
    "python": _python,
    "multi": _multi,
    "gene_rank": _gene_rank,
    "top_k": _top_k,
    "top_max": _other_rank("top_max"),
    "reciprocal_rank": _other_rank("reciprocal_rank"),
    "format": _format,
    "grounded": _grounded,
    "length": _length,
}
GRADER_TYPES: tuple[str, ...] = tuple(_MAKERS)

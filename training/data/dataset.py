"""Training items: JSON lines in OpenAI's form, screened in full before anything starts.

One item is `{"messages": [...], any other keys}`; a gene item also has `gene`, `case_id` and
`publication`. A last message of the role "assistant" is a worked answer, used by the warm-up
and never part of the prompt.
"""

from __future__ import annotations

import gzip
import json
import re
import zlib
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from genecaller.errors import UsageError
from genecaller.graders.json_lines import Unreadable, json_records, unwritable
from genecaller.graders.specification import shown
from ontology.files import replacing

if TYPE_CHECKING:
    from ontology.knowledge import Knowledge

ROLES = ("system", "developer", "user", "assistant")
KEPT_APART = ("gene", "publication", "case_id")
"""What training and validation must never share."""
LISTS = ("candidates", "present", "absent")
LONGEST = 1 << 30
"""Bytes of one data file, unpacked."""
HPO_ID = re.compile(r"\bHP:\d{7}\b")

Item = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong with one line of a data file; a "warning" does not stop the run."""

    source: str
    line: int | None
    text: str
    severity: Literal["error", "warning"] = "error"
    counted_in: str = "line"

    def __str__(self) -> str:
        place = f"{self.source}, {self.counted_in} {self.line}"
        where = self.source if self.line is None else place
        return f"{where}: {self.text}"


@dataclass(frozen=True, slots=True)
class Screened:
    """The items of the files in their order, and everything found wrong with them."""

    train: tuple[Item, ...]
    validation: tuple[Item, ...]
    problems: tuple[Problem, ...]
    test: tuple[Item, ...] = ()

    @property
    def errors(self) -> tuple[Problem, ...]:
        """The problems that stop a run."""
        return tuple(p for p in self.problems if p.severity == "error")


def prompt_of(item: Item) -> list[dict[str, str]]:
    """The messages the model is shown: all but a final worked answer; "developer" is "system"."""
    messages = [
        {
            "role": "system" if m["role"] == "developer" else str(m["role"]),
            "content": str(m["content"]),
        }
        for m in item["messages"]
    ]
    return messages[:-1] if messages[-1]["role"] == "assistant" else messages


def worked_answer_of(item: Item) -> str | None:
    """The text of a final assistant message, None where the item has none."""
    last = item["messages"][-1]
    return str(last["content"]) if last["role"] == "assistant" else None


def read_items(path: Path) -> tuple[list[tuple[int, Item]], list[Problem]]:
    """Every readable item of a JSONL file (or .jsonl.gz) with its line, and the unreadable lines.

    The items may also stand in one JSON array; then they are numbered by their place in it. Raises
    UsageError where the file cannot be opened or unpacks to more than `LONGEST` bytes.
    """
    return _read(path)[1:]


def _read(path: Path) -> tuple[str, list[tuple[int, Item]], list[Problem]]:
    """What the numbers count ("line" or "entry"), the items, and the problems."""
    source = str(path)
    items: list[tuple[int, Item]] = []
    problems: list[Problem] = []
    try:
        counted_in, numbered = json_records(unpacked(path), path)
    except (OSError, EOFError, zlib.error) as error:
        raise UsageError(f"{path}: cannot be read as JSON lines: {error}") from error
    for number, item in numbered:
        found = [str(item)] if isinstance(item, Unreadable) else list(_form_problems(item))
        problems += [Problem(source, number, text, counted_in=counted_in) for text in found]
        if not found:
            items.append((number, item))
    if not items:
        problems.append(Problem(source, None, "holds no usable item"))
    return counted_in, items, problems


def unpacked(path: Path) -> bytes:
    """Read the bytes of a file, unpacked; UsageError beyond `LONGEST`, before more is unpacked."""
    with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as file:
        content = file.read(LONGEST + 1)
    if len(content) > LONGEST:
        raise UsageError(f"{path}: holds more than {LONGEST >> 20} MB; train on a part of it")
    return content


def _form_problems(content: Any) -> Iterable[str]:
    """What keeps a parsed line from being an item."""
    if not isinstance(content, dict):
        yield f"a JSON object was expected, not {type(content).__name__}"
        return
    problem = unwritable(content)
    if problem is not None:
        yield problem
        return
    messages = content.get("messages")
    if not isinstance(messages, list) or not messages:
        yield 'the key "messages" with a list of at least one message is missing'
        return
    faults = list(_message_problems(messages))
    yield from faults
    roles = [] if faults else [message["role"] for message in messages]
    if roles and "user" not in roles:
        yield "no message has the role 'user'"
    elif roles[-2:] == ["assistant", "assistant"]:
        yield "two messages of the role 'assistant' end it: one is the worked answer"
    if not isinstance(content.get("gene"), str | None):
        yield f"gene is {shown(content['gene'])}, expected a gene's symbol"
    for key in ("publication", "case_id"):
        if not isinstance(content.get(key), str | int | None) or isinstance(content.get(key), bool):
            yield f"{key} is {shown(content[key])}, expected a text"
    for key in LISTS:
        value = content.get(key)
        if value is not None and not (
            isinstance(value, list) and all(isinstance(one, str) for one in value)
        ):
            yield f"{key} is {shown(value)}, expected a list of texts"


def _message_problems(messages: Sequence[Any]) -> Iterable[str]:
    for i, message in enumerate(messages):
        if not isinstance(message, dict) or not isinstance(message.get("content"), str):
            yield f'messages[{i}] needs "role" and a text as "content"'
        elif message.get("role") not in ROLES:
            role = shown(message.get("role"))
            yield f"messages[{i}] has the role {role}, expected one of {ROLES}"
        elif not message["content"].strip():
            yield f"messages[{i}] is empty"


def screen(
    train: Path, validation: Path, knowledge: Knowledge | None = None, test: Path | None = None
) -> Screened:
    """Read and check the files completely: form, genes, HPO ids, repeats, and what they share.

    With `knowledge`, HPO ids are checked against it. Raises UsageError only where a file cannot
    be opened; everything else is a problem with its file and line.
    """
    problems: list[Problem] = []
    paths = [train, validation, *([test] if test is not None else [])]
    sides: list[list[tuple[int, Item]]] = []
    for path in paths:
        counted_in, items, found = _read(path)
        found += content_problems(items, str(path), knowledge)
        for earlier, other in zip(sides, paths, strict=False):
            found += shared(earlier, items, str(other), str(path))
        problems += sorted(
            (replace(problem, counted_in=counted_in) for problem in found),
            key=lambda problem: problem.line or 0,
        )
        sides.append(items)
    read = [tuple(item for _, item in side) for side in sides]
    return Screened(read[0], read[1], tuple(problems), read[2] if test is not None else ())


def content_problems(
    items: Sequence[tuple[int, Item]], source: str, knowledge: Knowledge | None
) -> Iterable[Problem]:
    """Unknown genes, unknown or outdated HPO ids, repeated prompts."""
    from ontology.genes import gene_names

    seen: dict[str, tuple[int, Any]] = {}
    for line, item in items:
        gene = item.get("gene")
        if gene is not None:
            match = gene_names().resolve(str(gene))
            if match.symbol is None:
                hint = f" ({', '.join(match.candidates)}?)" if match.candidates else ""
                yield Problem(source, line, f"gene {gene!r} is {match.status} to HGNC{hint}")
            elif match.symbol != gene:
                text = f"gene {gene!r} is today's {match.symbol}; it is graded as that"
                yield Problem(source, line, text, "warning")
        prompt = "\n".join(message["content"] for message in prompt_of(item))
        if knowledge is not None:
            for hpo_id in sorted(set(HPO_ID.findall(prompt))):
                status = knowledge.hpo.resolve(hpo_id).status
                if status != "current":
                    text = f"{hpo_id} is {status} in HPO {knowledge.release}"
                    severity: Literal["error", "warning"] = (
                        "error" if status == "unknown" else "warning"
                    )
                    yield Problem(source, line, text, severity)
        if prompt in seen:
            first, answer = seen[prompt]
            if answer != gene:
                text = f"the same prompt as line {first}, with another gene ({answer!r}, {gene!r})"
                yield Problem(source, line, text)
            else:
                yield Problem(source, line, f"repeats line {first}", "warning")
        else:
            seen[prompt] = (line, gene)


def shared(
    train: Sequence[tuple[int, Item]],
    validation: Sequence[tuple[int, Item]],
    train_source: str,
    validation_source: str,
) -> list[Problem]:
    """What both sides hold, one problem for each line of the second that is concerned."""
    problems = []
    keys = [(key, lambda item, key=key: item.get(key)) for key in KEPT_APART]
    keys.append(("prompt", lambda item: "\n".join(m["content"] for m in prompt_of(item))))
    for name, value_of in keys:
        first: dict[str, int] = {}
        for line, item in train:
            value = value_of(item)
            if value:
                first.setdefault(str(value), line)
        for line, item in validation:
            value = value_of(item)
            if value and str(value) in first:
                what = "the same prompt" if name == "prompt" else f"{name} {value!r}"
                text = (
                    f"{what} is also in {train_source}, line {first[str(value)]}: "
                    "the parts of a data set must not share it"
                )
                problems.append(Problem(validation_source, line, text))
    return problems


def refuse(problems: Sequence[Problem], shown: int = 20) -> None:
    """Raise UsageError listing the errors among the problems; nothing happens without any."""
    errors = [p for p in problems if p.severity == "error"]
    if not errors:
        return
    text = "\n".join(f"  {p}" for p in errors[:shown])
    more = f"\n  and {len(errors) - shown} more" if len(errors) > shown else ""
    count = f"{len(errors)} problem{'s' if len(errors) > 1 else ''}"
    raise UsageError(f"the data cannot be trained on, {count}:\n{text}{more}")


def write_items(items: Iterable[Item], path: Path) -> None:
    """Write items as JSON lines (compressed where the name ends in .gz), complete or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path, binary=True) as raw, ExitStack() as stack:
        packed = path.suffix == ".gz"
        out = stack.enter_context(gzip.open(raw, "wb")) if packed else raw
        for item in items:
            out.write(json.dumps(item, ensure_ascii=False).encode() + b"\n")

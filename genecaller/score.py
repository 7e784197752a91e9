"""Score many cases into one file: each case once, resumable after a kill at any moment."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path

from genecaller.cases import Case
from genecaller.errors import CaseError, GenecallerError, UsageError
from genecaller.rank import Source
from genecaller.ranking import Ranking
from genecaller.score_writer import Writer

SUFFIXES = (".jsonl", ".parquet", ".csv")
BATCH = 64
"""How many cases a source is given at once."""


@dataclass
class ScoreSummary:
    """What one call of `score_cases` did: cases written now, found done, and failures."""

    written: int = 0
    already_done: int = 0
    failures: list[str] = field(default_factory=list)


def score_cases(
    cases: Iterable[Case | CaseError],
    sources: Sequence[Source],
    out: Path,
    *,
    overwrite: bool = False,
    at_once: int = BATCH,
    advance: Callable[[int], None] = lambda n: None,
    keep: Callable[[Sequence[Case], Sequence[Ranking]], None] = lambda cases, rankings: None,
) -> ScoreSummary:
    """Rank every case by every source and write `out` (.jsonl, .parquet or .csv).

    Lines are appended as they come; a second call with the same arguments goes on where the first
    was stopped. `at_once` cases are ranked before they are written; `advance` is told how many are
    done. `keep` gets for the store what is written next: a case that stands in `out` was kept,
    whenever the process is killed.
    Raises UsageError where `out` cannot be used or holds something else.
    """
    if out.suffix not in SUFFIXES:
        raise UsageError(f"{out}: the output ends in {', '.join(SUFFIXES)}, not {out.suffix!r}")
    lines = out if out.suffix == ".jsonl" else out.with_name(out.name + ".partial.jsonl")
    if overwrite:
        out.unlink(missing_ok=True)
        lines.unlink(missing_ok=True)
    elif lines != out and out.exists() and not lines.exists():
        raise UsageError(f"{out} exists already: delete it, or say --overwrite")
    done = _resume(lines, sources)
    summary = ScoreSummary()
    try:
        with lines.open("a", encoding="utf-8") as file, Writer(file, sources, keep) as writer:
            fresh = _fresh(cases, sources, done, summary, advance)
            while batch := list(islice(fresh, at_once)):
                rankings = _rank(batch, sources, done, summary)
                writer.take(batch, rankings)
                summary.written += len({ranking.case_id for ranking in rankings})
                advance(len(batch))
        if lines != out:
            _convert(lines, out)
            lines.unlink()
    except OSError as error:
        raise UsageError(
            f"{error.filename or out}: cannot be written ({error.strerror}); "
            "what was written stays, the same command goes on from there"
        ) from error
    return summary


def _resume(lines: Path, sources: Sequence[Source]) -> set[tuple[str, str]]:
    """The (case, ranker) pairs that `lines` already holds; a line cut off by a kill is dropped."""
    if not lines.exists():
        return set()
    by_name = {source.name: source for source in sources}
    done: set[tuple[str, str]] = set()
    whole = 0
    try:
        with lines.open("rb") as file:
            for number, raw in enumerate(file, 1):
                if not raw.endswith(b"\n"):
                    break
                try:
                    record = json.loads(raw)
                    key = (record["case_id"], record["ranker"])
                    made_with = (record["model"], record["knowledge"], record.get("prompt"))
                except (ValueError, KeyError, TypeError) as error:
                    raise UsageError(
                        f"{lines}, line {number}: not a line of scores; choose another output, "
                        "or say --overwrite"
                    ) from error
                source = by_name.get(key[1])
                if source and made_with != (now := _made_with(source)):
                    raise UsageError(
                        f"{lines}, line {number}: was made by {_named(*made_with)}, now it is "
                        f"{_named(*now)}; choose another output, or say --overwrite"
                    )
                done.add(key)
                whole += len(raw)
        if whole < lines.stat().st_size:
            os.truncate(lines, whole)
    except OSError as error:
        raise UsageError(f"{lines}: cannot be read or continued ({error.strerror})") from error
    return done


def _made_with(source: Source) -> tuple[str | None, str, str | None]:
    return source.model, source.knowledge_stamp, source.provenance.prompt_version


def _named(model: str | None, knowledge: str, asked: str | None) -> str:
    return f"model {model}, knowledge {knowledge}, prompt {asked}"


def _fresh(
    cases: Iterable[Case | CaseError],
    sources: Sequence[Source],
    done: set[tuple[str, str]],
    summary: ScoreSummary,
    advance: Callable[[int], None],
) -> Iterator[Case]:
    """The cases that some source still has to rank; ids that come twice are told apart."""
    seen: dict[str, int] = {}
    for case in cases:
        if isinstance(case, CaseError):
            summary.failures.append(str(case))
            advance(1)
            continue
        seen[case.id] = seen.get(case.id, 0) + 1
        if seen[case.id] > 1:
            number = seen[case.id]
            note = f"the id {case.id!r} comes {number} times in this input; told apart by a suffix"
            case = replace(case, id=f"{case.id}#{number}", problems=(*case.problems, note))
        if all((case.id, source.name) in done for source in sources):
            summary.already_done += 1
            advance(1)
            continue
        yield case


def _rank(
    batch: Sequence[Case],
    sources: Sequence[Source],
    done: set[tuple[str, str]],
    summary: ScoreSummary,
) -> list[Ranking]:
    rankings: list[Ranking] = []
    for source in sources:
        todo = [case for case in batch if (case.id, source.name) not in done]
        try:
            rankings += source.rank(todo)
        except GenecallerError:
            # One case spoils its batch: rank them one by one, so that only that one fails.
            for case in todo:
                try:
                    rankings += source.rank([case])
                except GenecallerError as error:
                    summary.failures.append(f"{case.id}, {source.name}: {error}")
    return rankings


def _convert(lines: Path, out: Path) -> None:
    """Turn the JSON lines into one row a gene; a case without genes keeps a row of its own."""
    import duckdb

    gene = (
        "STRUCT(rank INTEGER, symbol VARCHAR, score DOUBLE, disease VARCHAR, explanation VARCHAR)"
    )
    texts = dict.fromkeys(("case_id", "ranker", "model", "knowledge"), "VARCHAR")
    columns = {**texts, "genes": f"{gene}[]", "problems": "VARCHAR[]"}
    shown = {
        **{name: name for name in texts},
        **{name: f"gene.{name}" for name in ("rank", "symbol", "score", "disease", "explanation")},
        "problems": "array_to_string(problems, '; ')",
    }
    if out.suffix == ".csv":
        # A cell that a spreadsheet would run as a formula is marked as text.
        for name in shown.keys() - {"rank", "score"}:
            shown[name] = f"regexp_replace({shown[name]}, '^([=+@\\t\\r-])', chr(39) || '\\1')"
    scratch = out.with_name(out.name + ".writing")
    form = "(FORMAT parquet)" if out.suffix == ".parquet" else "(FORMAT csv, HEADER)"
    select = f"""
        WITH lines AS (
            SELECT *, row_number() OVER () AS line
            FROM read_json({_quoted(str(lines))}, format = 'newline_delimited',
                           columns = {columns!r}, maximum_object_size = 268435456)
        ), ranked AS (
            SELECT * EXCLUDE (genes), unnest(if(len(genes) = 0, [NULL], genes)) AS gene FROM lines
        )
        SELECT {", ".join(f"{value} AS {name}" for name, value in shown.items())}
        FROM ranked ORDER BY line, gene.rank
    """
    with duckdb.connect(":memory:") as connection:
        connection.execute(f"COPY ({select}) TO {_quoted(str(scratch))} {form}")
    os.replace(scratch, out)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"

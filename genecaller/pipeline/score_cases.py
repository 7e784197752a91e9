"""Score many cases into one file: each case once, resumable after a kill at any moment."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, islice
from pathlib import Path

from genecaller.cases import Case
from genecaller.errors import CaseError, GenecallerError, UsageError
from genecaller.pipeline.results_table import TableError, write_table
from genecaller.pipeline.results_writer import Writer
from genecaller.pipeline.score_resume import Done, read_done, read_finished
from genecaller.pipeline.sources import Particular, Source
from genecaller.ranking import Ranking
from ontology.files import Locked, locked

SUFFIXES = (".jsonl", ".parquet", ".csv")
BATCH = 64
"""How many cases a source is given at once."""

Keep = Callable[[Sequence[Case], Sequence[Ranking]], None]


@dataclass
class ScoreSummary:
    """What one call of `score_cases` did: cases written now, found done, and failures.

    `notes` are sentences about what was read otherwise than it was written, as a new id.
    """

    written: int = 0
    already_done: int = 0
    failures: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def score_cases(
    cases: Iterable[Case | CaseError],
    sources: Sequence[Source],
    out: Path,
    *,
    overwrite: bool = False,
    at_once: int = BATCH,
    advance: Callable[[int], None] = lambda n: None,
    keep: Keep = lambda cases, rankings: None,
) -> ScoreSummary:
    """Rank every case by every source and write `out` (.jsonl, .parquet or .csv).

    Lines are appended as they come; a second call with the same arguments goes on where the first
    was stopped. `at_once` cases are ranked before they are written; `advance` is told how many are
    done. `keep` gets for the store what is written next: a case that stands in `out` was kept,
    whenever the process is killed. A case that a source refuses is a failure, not a ranking.
    Raises UsageError where `out` cannot be used, holds something else, or is being written to.
    """
    try:
        files = _Files.of(out)
        with locked(files.lock, remove=True):
            return _score(cases, sources, files, overwrite, at_once, advance, keep)
    except Locked as error:
        raise UsageError(
            f"{out}: another `score` is writing to it; wait for it to end, or choose another output"
        ) from error
    except (OSError, TableError) as error:
        problem = error.strerror if isinstance(error, OSError) else error
        raise UsageError(
            f"{out}: cannot be written ({problem}); "
            "what was written stays, the same command goes on from there"
        ) from error


@dataclass(frozen=True)
class _Files:
    """The files of one output: lines that are appended, and for a table what it is made in.

    They lie beside `out`, so that they are on its disk; a killed process may leave them there.
    """

    out: Path
    lines: Path
    scratch: Path
    lock: Path

    @classmethod
    def of(cls, out: Path) -> _Files:
        if out.suffix not in SUFFIXES:
            raise UsageError(f"{out}: the output ends in {', '.join(SUFFIXES)}, not {out.suffix!r}")
        if not out.parent.is_dir():
            raise UsageError(f"{out}: cannot be written: there is no folder {out.parent}")
        if out.exists() and not out.is_file():
            raise UsageError(f"{out}: is no plain file; give the output another name")
        is_lines = out.suffix == ".jsonl"
        lines = out if is_lines else out.with_name(out.name + ".partial.jsonl")
        # One lock for all ways to one file, whose name is short enough whatever the output's is.
        real = lines.resolve()
        name = hashlib.sha256(real.name.encode(errors="surrogateescape")).hexdigest()[:16]
        return cls(
            out, lines, out.with_name(f".{name}.writing"), real.with_name(f".{name}.score.lock")
        )

    @property
    def is_table(self) -> bool:
        return self.lines != self.out


def _score(
    cases: Iterable[Case | CaseError],
    sources: Sequence[Source],
    files: _Files,
    overwrite: bool,
    at_once: int,
    advance: Callable[[int], None],
    keep: Keep,
) -> ScoreSummary:
    shutil.rmtree(files.scratch, ignore_errors=True)
    if overwrite:
        # An input that cannot be read at all is heard of before anything is deleted.
        cases = iter(cases)
        cases = chain(list(islice(cases, 1)), cases)
        files.out.unlink(missing_ok=True)
        files.lines.unlink(missing_ok=True)
    whole = files.is_table and files.out.exists() and not files.lines.exists()
    done = read_finished(files.out, sources) if whole else read_done(files.lines, sources)
    summary = ScoreSummary()
    if done.repeated:
        summary.notes.append(
            f"{files.out}: {done.repeated} of its rankings stand there more than once"
        )
    fresh = _fresh(cases, sources, done, summary, advance)
    if whole:
        _nothing_new(fresh, sources, done, summary, at_once, advance)
        return summary
    with Writer(files.lines, sources, keep) as writer:
        while batch := list(islice(fresh, at_once)):
            rankings = _rank(batch, sources, done, summary)
            writer.take(batch, rankings)
            summary.written += len({ranking.case_id for ranking in rankings})
            advance(len(batch))
    if files.is_table:
        write_table(files.lines, files.out, files.scratch)
        files.lines.unlink()
    return summary


def _nothing_new(
    fresh: Iterator[Case],
    sources: Sequence[Source],
    done: Done,
    summary: ScoreSummary,
    at_once: int,
    advance: Callable[[int], None],
) -> None:
    """Try once more what a whole table lacks: only what fails again may be missing from it."""
    while batch := list(islice(fresh, at_once)):
        if rankings := _rank(batch, sources, done, summary):
            raise UsageError(
                f"{done.out} exists already and is whole: it holds {len(done.made)} rankings, but "
                f"not {rankings[0].case_id!r} by {rankings[0].ranker}; delete it, choose another "
                "output, or say --overwrite"
            )
        advance(len(batch))


def _fresh(
    cases: Iterable[Case | CaseError],
    sources: Sequence[Source],
    done: Done,
    summary: ScoreSummary,
    advance: Callable[[int], None],
) -> Iterator[Case]:
    """The cases that some source still has to rank; ids that come twice are told apart."""
    times: dict[str, int] = {}
    for case in cases:
        if isinstance(case, CaseError):
            summary.failures.append(str(case))
            advance(1)
            continue
        try:
            case.id.encode()
        except UnicodeEncodeError:
            summary.failures.append(f"{_placed(case)!a}: its id is no text; rename its file or it")
            advance(1)
            continue
        case, note = named_apart(case, times)
        summary.notes += [note] if note else []
        if conflict := done.conflict(case):
            summary.failures.append(f"{_placed(case)}: {conflict}")
            advance(1)
            continue
        # Each source is asked before it counts: it may find that it would rank otherwise now.
        if len([source for source in sources if done.holds(case, source)]) == len(sources):
            summary.already_done += 1
            advance(1)
            continue
        yield case


def named_apart(case: Case, times: dict[str, int]) -> tuple[Case, str | None]:
    """The case under an id that no other case of one call has, and a note where that is new.

    `times` counts the ids so far; give the same one with every case.
    """
    if case.id not in times:
        times[case.id] = 1
        return case, None
    number = times[case.id] + 1
    while f"{case.id}#{number}" in times:
        number += 1
    times[case.id] = number
    new = f"{case.id}#{number}"
    times[new] = 1
    note = f"the id {case.id!r} comes {number} times in this input; told apart as {new!r}"
    placed = f"{case.source}: {note}" if case.source else note
    return replace(case, id=new, problems=(*case.problems, note)), placed


def _rank(
    batch: Sequence[Case],
    sources: Sequence[Source],
    done: Done,
    summary: ScoreSummary,
) -> list[Ranking]:
    """The batch's rankings, case by case; what a source refuses or fails on is told."""
    rankings: dict[str, list[Ranking]] = {case.id: [] for case in batch}
    for source in sources:
        todo = [case for case in batch if not done.holds(case, source)]
        if isinstance(source, Particular):
            refused = {case.id: why for case in todo if (why := source.refusal(case))}
            summary.failures += [
                f"{_placed(case)}, {source.name}: {refused[case.id]}"
                for case in todo
                if case.id in refused
            ]
            todo = [case for case in todo if case.id not in refused]
        try:
            found = source.rank(todo)
        except GenecallerError:
            # One case spoils its batch: rank them one by one, so that only that one fails.
            found = []
            for case in todo:
                try:
                    found += source.rank([case])
                except GenecallerError as error:
                    summary.failures.append(f"{case.id}, {source.name}: {error}")
        for ranking in found:
            rankings[ranking.case_id].append(ranking)
    return [ranking for of_case in rankings.values() for ranking in of_case]


def _placed(case: Case) -> str:
    return f"{case.id} ({case.source})" if case.source else case.id

"""Reads the solved cases of a run from its sources: every patient once, none lost in silence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from genecaller.cases.case import Case
from genecaller.errors import UsageError

if TYPE_CHECKING:
    from ontology.knowledge import Knowledge

TOLD = 50
"""Of one kind, so many are told one by one; the rest are counted."""


@dataclass
class Read:
    """The cases of all sources with ids of their own; `warnings` say what was not taken as it was.

    `unreadable` counts the records that no case could be made of.
    """

    cases: list[Case] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    unreadable: int = 0


def read_sources(sources: Sequence[Path], knowledge: Knowledge) -> Read:
    """The solved cases of files, folders and archives. Raises UsageError for one that is absent."""
    from genecaller.cases.read import read_cases

    for source in sources:
        if not source.exists():
            raise UsageError(
                f"data.cases: {source} does not exist; name a folder or zip of solved cases, such "
                "as a release of phenopacket-store, or any file that `genecaller rank` reads"
            )
    read, failed = Read(), []
    readable: list[tuple[Path, Case]] = []
    for source in sources:
        for case in read_cases(source, knowledge):
            if isinstance(case, Case):
                readable.append((source, case))
            else:
                failed.append(f"not read: {case}")
    read.unreadable = len(failed)
    read.warnings += bounded(failed)
    for case, warning in with_own_ids(readable):
        if case is not None:
            read.cases.append(case)
        if warning is not None:
            read.warnings.append(warning)
    read.warnings = bounded(read.warnings, 4 * TOLD)
    noted = [f"{case.id}: {problem}" for case in read.cases for problem in case.problems]
    read.warnings += bounded(noted)
    useless = Counter(why for case in read.cases if (why := _useless(case)))
    read.warnings += [f"left out: {n} cases {why}" for why, n in useless.items()]
    return read


def with_own_ids(
    read: Iterable[tuple[Path, Case]],
) -> Iterator[tuple[Case | None, str | None]]:
    """Each case under an id that no other has, and what there is to say of it.

    A patient with an id that an earlier one has is renamed after its source and told. Word for
    word the same case in two places is one patient: it is counted once, and told.
    """
    known: dict[str, list[Case]] = {}
    taken: set[str] = set()
    for source, case in read:
        same = replace(case, source=None, problems=())
        earlier = known.setdefault(case.id, [])
        if same in earlier:
            yield None, f"{case.id} of {source.name} is a repeat, word for word: counted once"
            continue
        earlier.append(same)
        if case.id not in taken:
            taken.add(case.id)
            yield case, None
            continue
        name, n = f"{case.id} ({source.name})", 2
        while name in taken:
            name, n = f"{case.id} ({source.name}, {n})", n + 1
        taken.add(name)
        yield (
            replace(case, id=name),
            f"{case.id} of {source.name} is another patient than an earlier one of that id: "
            f"it goes on as {name!r}",
        )


def bounded(texts: Sequence[str], most: int = TOLD) -> list[str]:
    """The first texts, and how many more there are."""
    more = len(texts) - most
    return [*texts[:most], *([f"and {more} more of the kind"] if more > 0 else [])]


def _useless(case: Case) -> str | None:
    """Why nothing can be learned from a case; None where something can."""
    if case.solution is None:
        return "without a gene that is known to be right"
    return None if case.terms or case.text else "without findings and text"

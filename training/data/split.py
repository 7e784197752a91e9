"""Divide solved cases into train, validation and test so that nothing of one is in another."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from genecaller.cases import Case
from genecaller.errors import UsageError
from training.data.near_duplicates import MIN_TERMS, SIMILARITY, near_duplicates

SPLITS = ("train", "validation", "test")


@dataclass(frozen=True, slots=True)
class SplitOptions:
    """How to divide: the proportions, and how many cases.

    `train`, `validation`, `test` are numbers of cases, or, with `everything`, only their
    proportions. `per_gene` bounds the cases of any one gene (None: no bound), chosen at random.
    `similarity` and `min_terms` define near duplicates.
    """

    seed: int = 0
    train: int = 1100
    validation: int = 200
    test: int = 200
    everything: bool = False
    per_gene: int | None = None
    similarity: float = SIMILARITY
    min_terms: int = MIN_TERMS


@dataclass(frozen=True)
class Split:
    """Each chosen case's split and component; `left_out` counts solved cases by why they are not.

    A component is a set of cases linked by gene, publication or near duplication: it is never
    divided. `component_sizes` are those of all solved cases, largest first.
    """

    options: SplitOptions
    of_case: dict[str, str]
    component: dict[str, int]
    component_sizes: tuple[int, ...]
    left_out: dict[str, int]

    def ids(self, split: str) -> tuple[str, ...]:
        """The case ids of one split, ascending."""
        return tuple(case_id for case_id, name in self.of_case.items() if name == split)


def split_cases(cases: Sequence[Case], options: SplitOptions) -> Split:
    """Divide the solved cases; the same cases, in any order, and options give the same split.

    Components are drawn in random order, each into the split that lacks the largest part of
    its number and has room for it. One too large for any room goes to train when `everything`
    is divided, else it is left out. Raises UsageError for numbers that cannot be, ids that come
    twice, or fewer than three components.
    """
    _check(options)
    usable = (case for case in cases if case.solution and (case.terms or case.text))
    solved = sorted(usable, key=lambda case: case.id)
    counts = Counter(case.id for case in solved)
    if twice := [case_id for case_id, n in counts.items() if n > 1]:
        raise UsageError(f"{len(twice)} case ids come twice, such as {twice[0]!r}: make ids unique")
    component = components(solved, options.similarity, options.min_terms)
    if len(set(component)) < len(SPLITS):
        raise UsageError(
            f"the {len(solved)} solved cases hang together by gene, publication or near "
            f"duplication in {len(set(component))} groups: {len(SPLITS)} are needed"
        )
    generator = np.random.default_rng(options.seed)
    kept = _capped(solved, options.per_gene, generator)
    members: dict[int, list[int]] = defaultdict(list)
    for row in kept:
        members[component[row]].append(row)
    wanted = _wanted(options, len(kept))
    room = dict(wanted)
    chosen: dict[int, str] = {}
    groups = [members[key] for key in sorted(members)]
    for at in generator.permutation(len(groups)).tolist():
        rows = groups[at]
        name = max(SPLITS, key=lambda split: room[split] / max(wanted[split], 1))
        if room[name] < len(rows):
            fitting = [split for split in SPLITS if room[split] >= len(rows)]
            if not fitting and not options.everything:
                continue
            name = max(fitting, key=lambda split: room[split]) if fitting else "train"
        room[name] -= len(rows)
        chosen |= dict.fromkeys(rows, name)
    sizes = sorted(Counter(component).values(), reverse=True)
    return Split(
        options=options,
        of_case={solved[row].id: chosen[row] for row in sorted(chosen)},
        component={solved[row].id: component[row] for row in sorted(chosen)},
        component_sizes=tuple(sizes),
        left_out={
            "without gene, or without terms and text": len(cases) - len(solved),
            "beyond the bound per gene": len(solved) - len(kept),
            "not needed, or too large a group": len(kept) - len(chosen),
        },
    )


def components(
    cases: Sequence[Case], similarity: float = SIMILARITY, min_terms: int = MIN_TERMS
) -> list[int]:
    """The component of each case, numbered in the order of their first cases.

    Two cases are in one component if they share the gene or the PMID, are near duplicates, or
    are linked by a chain of such cases.
    """
    parent = list(range(len(cases)))

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    links: Iterable[tuple[int, int]] = (
        *_sharing(cases, lambda case: case.solution.gene if case.solution else None),
        *_sharing(cases, lambda case: case.pmid),
        *near_duplicates(cases, similarity, min_terms),
    )
    for a, b in links:
        parent[root(b)] = root(a)
    numbers: dict[int, int] = {}
    return [numbers.setdefault(root(i), len(numbers)) for i in range(len(cases))]


def _sharing(
    cases: Sequence[Case], key: Callable[[Case], Hashable | None]
) -> Iterator[tuple[int, int]]:
    first: dict[Hashable, int] = {}
    for i, case in enumerate(cases):
        value = key(case)
        if value is not None and first.setdefault(value, i) != i:
            yield first[value], i


def _capped(
    cases: Sequence[Case], per_gene: int | None, generator: np.random.Generator
) -> list[int]:
    """The rows that stay when each gene keeps at most `per_gene` cases, ascending."""
    by_gene: dict[str, list[int]] = defaultdict(list)
    for row, case in enumerate(cases):
        by_gene[case.solution.gene if case.solution else ""].append(row)
    kept: list[int] = []
    for gene in sorted(by_gene):
        rows = by_gene[gene]
        if per_gene is not None and len(rows) > per_gene:
            rows = generator.choice(rows, per_gene, replace=False).tolist()
        kept += rows
    return sorted(kept)


def _wanted(options: SplitOptions, n: int) -> dict[str, int]:
    numbers = {name: int(getattr(options, name)) for name in SPLITS}
    if not options.everything:
        return numbers
    total = sum(numbers.values())
    shares = {name: n * number // total for name, number in numbers.items()}
    shares["train"] += n - sum(shares.values())
    return shares


def _check(options: SplitOptions) -> None:
    numbers = {name: getattr(options, name) for name in SPLITS}
    if wrong := [f"{name} = {n}" for name, n in numbers.items() if n < 1]:
        raise UsageError(f"{', '.join(wrong)}: every split needs at least one case")
    if options.per_gene is not None and options.per_gene < 1:
        raise UsageError(f"per_gene = {options.per_gene}: expected at least 1, or none")
    if not 0.5 <= options.similarity <= 1.0:
        raise UsageError(f"similarity = {options.similarity}: expected 0.5 to 1")

"""The evaluation of any rankers on the same solved cases, protocol by protocol."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import combinations

import numpy as np

from genecaller.cases import Case
from genecaller.errors import CaseError, UsageError
from genecaller.evaluation.calibration import reliability
from genecaller.evaluation.compare import Comparison, compare
from genecaller.evaluation.leakage import leakage
from genecaller.evaluation.metrics import DEPTH, RESAMPLES, Floats, figures
from genecaller.evaluation.result import MARK, Evaluation, Group, Grouping, Paired, Row
from genecaller.evaluation.strata import (
    AS_PUBLISHED,
    LEAVE_OUT,
    PROTOCOLS,
    UNSEEN,
    Mask,
    SolvedCases,
    by_number_of_terms,
    by_organ_system,
    judged,
    solved_cases,
    strata,
)
from genecaller.evaluation.systems import Listed, Outcome, Trained, run_listed, run_rankers
from genecaller.evaluation.truth_rank import STATUSES, Ties
from genecaller.rankers.base import Ranker
from ontology.knowledge import Knowledge

COMPARED = (AS_PUBLISHED, UNSEEN, LEAVE_OUT)


def evaluate(
    cases: Iterable[Case | CaseError],
    rankers: Sequence[Ranker],
    knowledge: Knowledge,
    protocols: Sequence[str] = (AS_PUBLISHED, UNSEEN),
    *,
    listed: Sequence[Listed] = (),
    seed: int = 0,
    ties: Ties = "mean",
    depth: int = DEPTH,
    resamples: int = RESAMPLES,
    remarks: Sequence[str] = (),
    advance: Callable[[int], None] = lambda n: None,
) -> Evaluation:
    """Rank the solved cases with every ranker, look them up in every list, and judge all alike.

    `remarks` are sentences about the input that stand with the notes. `advance` is told how many
    (case, ranker) pairs are done; `work` says how many there will be.
    Raises UsageError for an unknown protocol, names that come twice, or no case with a gene.
    """
    for protocol in protocols:
        if protocol not in PROTOCOLS:
            raise UsageError(f"protocol {protocol!r} is not one of {', '.join(PROTOCOLS)}")
    names = [ranker.name for ranker in rankers] + [one.name for one in listed]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise UsageError(f"{', '.join(twice)} is evaluated twice: give each a name of its own")
    if not names:
        raise UsageError("nothing to evaluate: name a ranker or a file of results")
    read = list(cases)
    unreadable = tuple(str(case) for case in read if isinstance(case, CaseError))
    usable = [case for case in read if isinstance(case, Case)]
    solved = solved_cases(usable, knowledge)
    if not len(solved):
        raise UsageError(
            f"none of the {len(usable)} cases names its causal gene: there is nothing to judge by"
        )
    leaked, everything = leakage(solved, knowledge), len(solved)
    solved = judged(solved, protocols)
    outcomes = _outcomes(solved, rankers, listed, knowledge, protocols, advance)
    rows: list[Row] = []
    comparisons: list[Paired] = []
    finer: dict[Grouping, dict[str, Mask]] = {
        "number of terms": by_number_of_terms(solved),
        "organ system": by_organ_system(solved, knowledge),
    }
    for protocol in protocols:
        masks = strata(solved, protocol)
        ranked = [(outcome, outcome.ranks(ties)) for outcome in outcomes[protocol]]
        for group in _groups(protocol, masks, finer):
            rows += [
                _row(outcome, ranks, protocol, group, solved, seed, depth, resamples)
                for outcome, ranks in ranked
            ]
        for a, b in combinations(outcomes[protocol], 2):
            comparisons += [
                Paired(
                    protocol,
                    name,
                    _compare(a, b, masks[name], solved, seed, ties, depth, resamples),
                )
                for name in masks
                if name in COMPARED and masks[name].any()
            ]
    return Evaluation(
        solved=solved,
        outcomes=outcomes,
        rows=tuple(rows),
        comparisons=tuple(comparisons),
        leakage=leaked,
        knowledge=knowledge.stamp,
        seed=seed,
        ties=ties,
        depth=depth,
        resamples=resamples,
        unsolved=len(usable) - everything,
        unreadable=unreadable,
        notes=(*_notes(solved, usable, rankers, listed, knowledge, protocols), *remarks),
        warnings=_warnings(outcomes),
    )


def work(n_cases: int, n_rankers: int, protocols: Sequence[str]) -> int:
    """How many cases `evaluate` will report to `advance`, unsolved ones left out of account."""
    runs = (LEAVE_OUT in protocols) + any(protocol != LEAVE_OUT for protocol in protocols)
    return n_cases * n_rankers * runs


def _outcomes(
    solved: SolvedCases,
    rankers: Sequence[Ranker],
    listed: Sequence[Listed],
    knowledge: Knowledge,
    protocols: Sequence[str],
    advance: Callable[[int], None],
) -> dict[str, tuple[Outcome, ...]]:
    outcomes: dict[str, tuple[Outcome, ...]] = {}
    plain: tuple[Outcome, ...] | None = None
    for protocol in protocols:
        if protocol == LEAVE_OUT:
            outcomes[protocol] = run_rankers(
                rankers, solved, knowledge, leave_out=True, advance=advance
            )
            continue
        if plain is None:
            ranked = run_rankers(rankers, solved, knowledge, advance=advance)
            plain = (*ranked, *(run_listed(one, solved) for one in listed))
        outcomes[protocol] = plain
    return outcomes


def _groups(
    protocol: str, masks: dict[str, Mask], finer: dict[Grouping, dict[str, Mask]]
) -> list[Group]:
    """The strata of a protocol, then its first stratum divided by each finer grouping."""
    groups = [Group("stratum", None, name, mask) for name, mask in masks.items()]
    for grouping, parts in finer.items():
        for name, part in parts.items():
            inside = part & masks[protocol]
            if inside.any():
                groups.append(Group(grouping, protocol, name, inside))
    return groups


def _row(
    outcome: Outcome,
    ranks: Floats,
    protocol: str,
    group: Group,
    solved: SolvedCases,
    seed: int,
    depth: int,
    resamples: int,
) -> Row:
    rows = np.flatnonzero(group.mask).tolist()
    chosen = [outcome.standings[row] for row in rows]
    genes = [solved.symbols[row] for row in rows]
    ended = [standing.status for standing in chosen]
    return Row(
        ranker=outcome.ranker,
        model=outcome.model,
        adapter=outcome.adapter,
        knowledge=outcome.knowledge,
        protocol=protocol,
        grouping=group.grouping,
        within=group.within,
        stratum=group.name,
        figures=figures(ranks[rows], genes, seed=seed, depth=depth, resamples=resamples),
        statuses={status: ended.count(status) for status in STATUSES},
        reliability=reliability(chosen, genes) if group.grouping == "stratum" else None,
        trained_on=sum(outcome.trained_on[row] for row in rows) if outcome.trained_on else 0,
    )


def _compare(
    a: Outcome,
    b: Outcome,
    mask: Mask,
    solved: SolvedCases,
    seed: int,
    ties: Ties,
    depth: int,
    resamples: int,
) -> Comparison:
    rows = np.flatnonzero(mask).tolist()
    return compare(
        a.ranker,
        a.ranks(ties)[mask],
        b.ranker,
        b.ranks(ties)[mask],
        [solved.cases[row].id for row in rows],
        [solved.symbols[row] for row in rows],
        seed=seed,
        depth=depth,
        resamples=resamples,
    )


def _warnings(outcomes: dict[str, tuple[Outcome, ...]]) -> tuple[str, ...]:
    """What makes a list's figures too good, once a ranker."""
    entrants = {one.ranker: one for row in outcomes.values() for one in row if one.trained_on}
    return tuple(
        f"{name} {MARK}: {sum(one.trained_on)} of the {len(one.standings)} cases are of genes that "
        "the weights which ranked them were trained on, so its figures are too good; score the "
        "cases with --weights held-out, or evaluate the ranker itself (--ranker)"
        for name, one in entrants.items()
    )


def _notes(
    solved: SolvedCases,
    usable: Sequence[Case],
    rankers: Sequence[Ranker],
    listed: Sequence[Listed],
    knowledge: Knowledge,
    protocols: Sequence[str],
) -> list[str]:
    notes = []
    ids = [case.id for case in usable]
    if repeated := len(ids) - len(set(ids)):
        notes.append(f"{repeated} cases share their id with another; lists answer for the id")
    if bare := sum(not case.terms for case in solved.cases):
        notes.append(f"{bare} cases have no present term; they stay in, in the order of the prior")
    notes += [
        f"{ranker.name} was trained on solved cases: each case is ranked by the fold of it that "
        "never saw the case's gene"
        for ranker in rankers
        if isinstance(ranker, Trained)
    ]
    if listed and LEAVE_OUT in protocols:
        names = ", ".join(one.name for one in listed)
        notes.append(f"{LEAVE_OUT}: {names} left aside, as lists cannot be made anew without")
    notes += [
        f"{one.name} rests on {one.knowledge or 'annotations it does not state'}, the strata on "
        f"{knowledge.stamp}: what is unseen here may have been seen there"
        for one in listed
        if one.knowledge != knowledge.stamp
    ]
    return notes

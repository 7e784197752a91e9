"""The rankings of one tool given to the cases they answer; those that fit none are told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from genecaller.evaluation.imports.names import CaseIds
from genecaller.ranking import Ranking
from ontology.genes import gene_names

SHOWN = 3


def match_cases(
    title: str,
    path: Path,
    rankings: Mapping[str, Ranking],
    others: Mapping[str, tuple[str, ...]],
    ids: CaseIds,
) -> tuple[dict[str, Ranking], list[str], list[str]]:
    """The rankings by case id, notes on how they were matched, and a problem if none was.

    Where no cases are asked for, every ranking keeps the name it has. `others` are further names
    of a case. A name that fits no case is counted in the notes and left out.
    """
    if not ids.known:
        return dict(rankings), [], []
    matched = ids.match({name: others.get(name, ()) for name in rankings})
    answers = {
        case_id: replace(rankings[name], case_id=case_id)
        for name, case_id in matched.case_of.items()
    }
    if not answers:
        return {}, [], [_nothing(f"{title} ({path})", rankings, ids, matched.ambiguous)]
    notes = [
        f"{title}: {len(names)} of its cases matched {rule}, as {names[0]!r} for "
        f"{matched.case_of[names[0]]!r}"
        for rule, names in matched.by.items()
        if rule != "as written"
    ]
    if matched.ambiguous:
        notes.append(
            f"{title}: {len(matched.ambiguous)} of its cases are left out, as they may be several "
            f"of those evaluated: {_pairs(matched.ambiguous)}"
        )
    strange = [name for name in rankings if name not in matched.case_of.keys() | matched.ambiguous]
    if strange:
        notes.append(
            f"{title}: {len(strange)} of its {len(rankings)} cases are not among those evaluated "
            f"and left out: {_some(strange)}"
        )
    if lacking := ids.known - answers.keys():
        notes.append(
            f"{title}: {len(lacking)} of the {len(ids.known)} cases are not among its results: "
            f"{_some(lacking)}; those that are solved count as misses"
        )
    return answers, notes, []


def unknown_genes(title: str, rankings: Mapping[str, Ranking]) -> list[str]:
    """A note on names that HGNC does not know, such as a spreadsheet's "1-Mar"; none if it does."""
    names = {gene.symbol for ranking in rankings.values() for gene in ranking.genes if gene.symbol}
    unknown = [name for name in names if gene_names().resolve(name).symbol is None]
    if not unknown:
        return []
    return [
        f"{title}: {len(unknown)} of its {len(names)} gene names are unknown to HGNC or stand for "
        f"several genes; they keep their places: {_some(unknown)}"
    ]


def _nothing(
    what: str,
    rankings: Mapping[str, Ranking],
    ids: CaseIds,
    ambiguous: Mapping[str, tuple[str, ...]],
) -> str:
    unclear = (
        f" ({len(ambiguous)} of them may be several: {_pairs(ambiguous)})" if ambiguous else ""
    )
    return (
        f"{what}: none of its {len(rankings)} cases is among the {len(ids.known)} evaluated; the "
        f"results name {_some(rankings)}, the cases are {_some(ids.known)}{unclear}. No figure is "
        "made of them: give both the same names"
    )


def _some(names: Iterable[str]) -> str:
    listed = sorted(names)
    more = f" and {len(listed) - SHOWN} more" if len(listed) > SHOWN else ""
    return ", ".join(repr(name) for name in listed[:SHOWN]) + more


def _pairs(ambiguous: Mapping[str, tuple[str, ...]]) -> str:
    shown = [
        f"{name!r} ({' or '.join(map(repr, cases[:SHOWN]))})"
        for name, cases in list(ambiguous.items())[:SHOWN]
    ]
    more = f" and {len(ambiguous) - SHOWN} more" if len(ambiguous) > SHOWN else ""
    return ", ".join(shown) + more

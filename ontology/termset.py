"""Is a set of terms good enough to rank with: redundant, contradictory, too few, too general."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from ontology.knowledge import Knowledge

Quality = Literal["empty", "contradictory", "too few", "too general", "fair", "good"]

ENOUGH = 4
"""Specific terms below which a ranking is little more than chance: with three or fewer, many
diseases explain all of them."""
SPECIFIC = 3.5
"""Information content (nats) from which a term is specific: about 3% of diseases or fewer."""


@dataclass(frozen=True, slots=True)
class TermSetReport:
    """What is wrong with a set of terms, and one word on the whole.

    `redundant` pairs a present term with the more specific present term that implies it;
    `contradictory` pairs a present term with the excluded term it implies; `general` are the
    present terms that say little. All are current ids. `messages` are sentences for people.
    """

    quality: Quality
    redundant: tuple[tuple[str, str], ...]
    contradictory: tuple[tuple[str, str], ...]
    general: tuple[str, ...]
    messages: tuple[str, ...]


def check_terms(
    knowledge: Knowledge, present: Iterable[str], excluded: Iterable[str] = ()
) -> TermSetReport:
    """Check a patient's terms; ids that are not current are left out of account."""
    hpo = knowledge.hpo
    has = list(dict.fromkeys(i for i in present if i in hpo.index))
    lacks = [i for i in dict.fromkeys(excluded) if i in hpo.index]
    closure = {i: {hpo.ids[a] for a in hpo.ancestors(hpo.index[i]).tolist()} for i in has}
    redundant = tuple((a, b) for a in has for b in has if a != b and a in closure[b])
    contradictory = tuple((a, x) for a in has for x in lacks if x in closure[a])
    implied = {a for a, _ in redundant}
    content = {i: float(hpo.information_content[hpo.index[i]]) for i in has}
    general = tuple(i for i in has if content[i] < SPECIFIC and i not in implied)
    specific = [i for i in has if i not in implied and content[i] >= SPECIFIC]
    quality = _quality(has, implied, specific, contradictory)
    return TermSetReport(
        quality, redundant, contradictory, general,
        tuple(_messages(knowledge, quality, redundant, contradictory, general, len(specific))),
    )  # fmt: skip


def _quality(
    has: list[str],
    implied: set[str],
    specific: list[str],
    contradictory: tuple[tuple[str, str], ...],
) -> Quality:
    if not has:
        return "empty"
    if contradictory:
        return "contradictory"
    if len(has) - len(implied) < ENOUGH:
        return "too few" if specific else "too general"
    if not specific:
        return "too general"
    return "good" if len(specific) >= ENOUGH else "fair"


def _messages(
    knowledge: Knowledge,
    quality: Quality,
    redundant: tuple[tuple[str, str], ...],
    contradictory: tuple[tuple[str, str], ...],
    general: tuple[str, ...],
    n_specific: int,
) -> Iterable[str]:
    name = knowledge.hpo.name
    if quality == "empty":
        yield "there is no term: add what the patient shows"
    for a, x in contradictory:
        same = "and excluded" if a == x else f"while {name(x)}, which it implies, is excluded"
        yield f"{name(a)} is present {same}: remove one of them"
    for a, b in redundant:
        yield f"{name(a)} is implied by {name(b)} and adds nothing"
    if quality == "too few":
        yield f"{n_specific} specific terms are few: add further findings, aim for {ENOUGH} or more"
    if quality == "too general" or (general and quality == "fair"):
        listed = ", ".join(name(i) for i in general[:5])
        yield f"general terms say little: make them more specific where you can ({listed})"

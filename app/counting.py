"""Which of the listed findings the ranking goes by, and why the others do not count."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from app.draft import Draft, Finding, case_of, findings
from genecaller.rankers.profiles.cache import open_profiles
from genecaller.rankers.query import Query, query_of
from ontology.hpo import Hpo
from ontology.knowledge import Knowledge


@dataclass(frozen=True, slots=True)
class Counted:
    """A listed finding: whether the ranking goes by it, and `why` not; "" where all is as usual."""

    finding: Finding
    counts: bool
    why: str


def counted(draft: Draft, knowledge: Knowledge) -> tuple[Counted, ...]:
    """Every finding of the draft, in its order, as the rankers take it."""
    listed = findings(draft)
    query = query_of(case_of(draft, knowledge), knowledge.hpo)
    return tuple(_counted(one, listed, query, knowledge) for one in listed)


def count_words(all_counted: Sequence[Counted]) -> str:
    """How many findings count, in words: "3 present and 1 absent count, 2 do not"."""
    live = [one for one in all_counted if one.counts]
    present = sum(one.finding.status == "present" for one in live)
    absent = len(live) - present
    said = f"{present} present" + (f" and {absent} absent" if absent else "")
    rest = len(all_counted) - len(live)
    said += " counts" if len(live) == 1 else " count"
    return said + (f", {rest} {'does' if rest == 1 else 'do'} not" if rest else "")


def _counted(
    one: Finding, listed: Sequence[Finding], query: Query, knowledge: Knowledge
) -> Counted:
    hpo, hpo_id = knowledge.hpo, one.term.hpo_id
    if hpo_id not in hpo.index:
        return Counted(one, False, f"not in the HPO release in use ({knowledge.stamp})")
    if one.status == "family":
        return Counted(one, False, "a relative's, not the patient's")
    if one.status == "uncertain":
        return Counted(one, False, "only suspected")
    if one.off:
        return Counted(one, False, "switched off: a what-if")
    term = hpo.index[hpo_id]
    if not hpo.is_phenotypic_abnormality[term]:
        return Counted(one, False, "no abnormality: onset, inheritance and the like do not count")
    in_use = query.present if one.status == "present" else query.excluded
    known = bool(open_profiles(knowledge).carriers[term])
    if term in in_use.tolist():
        if known:
            return Counted(one, True, "")
        if one.status == "present":
            return Counted(one, True, "known of no disease: a broader term at best explains it")
        return Counted(one, False, "known of no disease: its absence tells nothing")
    return Counted(one, False, _overruled(one, listed, hpo))


def _overruled(one: Finding, listed: Sequence[Finding], hpo: Hpo) -> str:
    """Which other finding says the same in more detail, or says otherwise."""
    live = [o for o in listed if not o.off and o.term.hpo_id in hpo.index and o is not one]
    below = _first(o for o in live if o.status == "present" and _is_a(o, one, hpo))
    if below is not None:
        if one.status == "present":
            return f"implied by {below}, which says more"
        return f"contradicted: {below} is present"
    above = _first(o for o in live if o.status == "excluded" and _is_a(one, o, hpo))
    return f"implied: {above} is absent" if above is not None else "counted once already"


def _is_a(one: Finding, other: Finding, hpo: Hpo) -> bool:
    """Whether one finding's term is the other's or below it."""
    ancestors = hpo.ancestors(hpo.index[one.term.hpo_id]).tolist()
    return hpo.index[other.term.hpo_id] in ancestors


def _first(found: Iterable[Finding]) -> str | None:
    return next((one.term.label for one in found), None)

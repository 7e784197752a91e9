"""The case as the person at the screen edits it: every edit makes a new value."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from genecaller.cases import Case, CaseTerm, Publication, Sex, Solution
from genecaller.cases.readers.text import case_from_mentions, cases_from_text
from genecaller.store import StoredCase
from ontology.knowledge import Knowledge
from ontology.recognise import Mention, Status

STATUSES: tuple[Status, ...] = ("present", "excluded", "uncertain", "family")
"""All statuses, the one that wins where a report says several of one term first."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One term of the draft with the status that counts; `off` leaves it out for a what-if.

    `mentioned` says whether it comes from the report's text.
    """

    term: CaseTerm
    status: Status
    off: bool
    mentioned: bool


@dataclass(frozen=True, slots=True)
class Draft:
    """A case being edited: the report's mentions, and terms from a file or added by hand.

    `off` holds the ids switched off for a what-if; they stay findings of the case.
    """

    case_id: str
    text: str | None = None
    mentions: tuple[Mention, ...] = ()
    added: tuple[tuple[CaseTerm, Status], ...] = ()
    off: frozenset[str] = frozenset()
    sex: Sex | None = None
    age: str | None = None
    onset: str | None = None
    publication: Publication | None = None
    solution: Solution | None = None
    source: str | None = None
    problems: tuple[str, ...] = ()


def draft_of_text(text: str, knowledge: Knowledge, case_id: str) -> Draft:
    """Recognise the report of one patient; sex, age and what is told of it as `rank` reads it."""
    from ontology.recognise import recogniser_for

    mentions = recogniser_for(knowledge).recognise(text)
    case = case_from_mentions(text, mentions, knowledge, case_id)
    problems = _lasting(case.problems, text, mentions, knowledge)
    return Draft(case_id, text, mentions, sex=case.sex, age=case.age, problems=problems)


def drafts_of_text(text: str, knowledge: Knowledge, case_id: str) -> tuple[Draft, ...]:
    """A draft for each patient that a report describes, split and named as `rank` does."""
    cases = cases_from_text(text, knowledge, case_id)
    return tuple(draft_of_case(case, knowledge) for case in cases)


def _lasting(
    problems: Iterable[str], text: str | None, mentions: tuple[Mention, ...], knowledge: Knowledge
) -> tuple[str, ...]:
    """What was told of a case, but for what the list of findings tells and edits change."""
    if not text:
        return tuple(problems)
    of_mentions = set(case_from_mentions(text, mentions, knowledge, "").problems)
    of_mentions -= set(case_from_mentions(text, (), knowledge, "").problems)
    return tuple(problem for problem in problems if problem not in of_mentions)


def draft_of_case(case: Case, knowledge: Knowledge | None) -> Draft:
    """A case that a reader made; its text's mentions are recognised again to be shown.

    A case whose terms are just those of its text is edited by its mentions. Any other is edited
    by its terms: what its source states is neither added to nor turned round by the text.
    `knowledge` may be None for a case without text.
    """
    draft = Draft(
        case.id,
        case.text,
        sex=case.sex,
        age=case.age,
        onset=case.onset,
        publication=case.publication,
        solution=case.solution,
        source=case.source,
        problems=case.problems,
    )
    if case.text and knowledge is not None:
        read = draft_of_text(case.text, knowledge, case.id)
        if _stated(case_of(read, knowledge)) == _stated(case):
            lasting = _lasting(case.problems, case.text, read.mentions, knowledge)
            return replace(draft, mentions=read.mentions, problems=lasting)
    stated: list[tuple[CaseTerm, Status]] = [(term, "present") for term in case.terms]
    stated += [(term, "excluded") for term in case.excluded_terms]
    return replace(draft, added=tuple(stated))


def _stated(case: Case) -> tuple[frozenset[tuple[str | None, ...]], ...]:
    """The terms present and absent with what is said of each, in no order."""
    return tuple(
        frozenset((t.hpo_id, t.recorded_id, t.onset, t.severity) for t in group)
        for group in (case.terms, case.excluded_terms)
    )


def draft_of_stored(stored: StoredCase) -> Draft:
    """A stored case as it was left: its corrected mentions, and the terms added by hand."""
    case = stored.case
    said = sorted(
        (mention for term in stored.terms for mention in term.mentions),
        key=lambda mention: (mention.start, mention.end, mention.hpo_id),
    )
    by_hand: list[tuple[CaseTerm, Status]] = []
    for term in stored.terms:
        if term.mentions or term.status == "left_out":
            continue
        by_hand.append(
            (
                CaseTerm(term.hpo_id, term.label, term.recorded_id, term.onset, term.severity),
                term.status,
            )
        )
    return replace(
        draft_of_case(replace(case, text=None, terms=(), excluded_terms=()), None),
        text=case.text,
        mentions=tuple(said),
        added=tuple(by_hand),
    )


def findings(draft: Draft) -> tuple[Finding, ...]:
    """Every term once, with the status that counts: a hand's over the text's, in text order."""
    by_hand = {term.hpo_id: status for term, status in draft.added}
    terms: dict[str, CaseTerm] = {}
    statuses: dict[str, Status] = {}
    for mention in draft.mentions:
        terms.setdefault(mention.hpo_id, CaseTerm(mention.hpo_id, mention.label))
        before = statuses.get(mention.hpo_id, mention.status)
        statuses[mention.hpo_id] = min(before, mention.status, key=STATUSES.index)
    mentioned = set(terms)
    for term, status in draft.added:
        terms.setdefault(term.hpo_id, term)
        statuses[term.hpo_id] = status
    return tuple(
        Finding(
            term,
            statuses[hpo_id],
            hpo_id in draft.off,
            hpo_id in mentioned and hpo_id not in by_hand,
        )
        for hpo_id, term in terms.items()
    )


def case_of(draft: Draft, knowledge: Knowledge) -> Case:
    """The case to rank: as the report's reader would make it, with the hand's terms and edits."""
    by_hand = {term.hpo_id for term, _ in draft.added}
    kept = tuple(m for m in draft.mentions if m.hpo_id not in by_hand | draft.off)
    base = case_from_mentions(draft.text or "", kept, knowledge, draft.case_id)
    live = [(term, status) for term, status in draft.added if term.hpo_id not in draft.off]
    present = tuple(term for term, status in live if status == "present")
    excluded = tuple(term for term, status in live if status == "excluded")
    return replace(
        base,
        terms=base.terms + present,
        excluded_terms=base.excluded_terms + excluded,
        sex=draft.sex,
        age=draft.age,
        onset=draft.onset,
        text=draft.text,
        publication=draft.publication,
        solution=draft.solution,
        source=draft.source,
        problems=draft.problems,
    )


def whole(draft: Draft) -> Draft:
    """The draft with everything switched on: what is stored and taken away."""
    return replace(draft, off=frozenset())


def switched_off(draft: Draft) -> tuple[str, ...]:
    """The findings left out for a what-if, in words; empty where none is on."""
    return tuple(
        f"no {one.term.label}" if one.status == "excluded" else one.term.label
        for one in findings(draft)
        if one.off and one.status in ("present", "excluded")
    )


def edit_mention(
    draft: Draft,
    at: int,
    *,
    status: Status | None = None,
    term: CaseTerm | None = None,
) -> Draft:
    """Correct one mention, the `at`-th in the text: its status, its term, or both."""
    old = draft.mentions[at]
    new = replace(
        old,
        status=status or old.status,
        hpo_id=term.hpo_id if term else old.hpo_id,
        label=term.label if term else old.label,
        rule="corrected by hand",
        score=1.0,
    )
    return replace(draft, mentions=(*draft.mentions[:at], new, *draft.mentions[at + 1 :]))


def remove_mention(draft: Draft, at: int) -> Draft:
    """Take one mention away, the `at`-th in the text."""
    return replace(draft, mentions=draft.mentions[:at] + draft.mentions[at + 1 :])


def set_status(draft: Draft, hpo_id: str, status: Status) -> Draft:
    """Give a finding another status, wherever it came from."""
    mentions = tuple(
        replace(m, status=status, rule="corrected by hand") if m.hpo_id == hpo_id else m
        for m in draft.mentions
    )
    added = tuple((t, status if t.hpo_id == hpo_id else s) for t, s in draft.added)
    return replace(draft, mentions=mentions, added=added)


def add(draft: Draft, terms: Iterable[CaseTerm], status: Status = "present") -> Draft:
    """Add findings by hand; one that the draft already has takes the new status."""
    for term in terms:
        if any(f.term.hpo_id == term.hpo_id for f in findings(draft)):
            draft = set_status(draft, term.hpo_id, status)
        else:
            draft = replace(draft, added=(*draft.added, (term, status)))
    return draft


def remove(draft: Draft, hpo_id: str) -> Draft:
    """Take a finding away with all its mentions."""
    return replace(
        draft,
        mentions=tuple(m for m in draft.mentions if m.hpo_id != hpo_id),
        added=tuple((t, s) for t, s in draft.added if t.hpo_id != hpo_id),
        off=draft.off - {hpo_id},
    )


def switch(draft: Draft, hpo_id: str) -> Draft:
    """Leave a finding out for a what-if, or take it in again."""
    return replace(draft, off=draft.off ^ {hpo_id})

"""Words an explanation of a disease from its evidence: one or two plain sentences."""

from __future__ import annotations

from collections.abc import Sequence

from genecaller.rankers.explain.evidence import Contradiction, Evidence, TermMatch

_ORDER = ("exact", "narrower", "broader")


def explain(evidence: Evidence, longest: int = 4) -> str:
    """One or two plain sentences; lists are cut after `longest` and the rest is counted."""
    explained = sorted(
        evidence.explained, key=lambda m: (_ORDER.index(m.kind), -(m.frequency or 0.0))
    )
    n = len(evidence.matches)
    if not n:
        return f"{evidence.disease_name}: there is no finding to explain."
    if explained:
        text = (
            f"{evidence.disease_name} explains {len(explained)} of {n} findings: "
            f"{_listed([_match_words(m) for m in explained], longest)}"
        )
    else:
        text = f"{evidence.disease_name} explains none of the {n} findings"
    open_terms = [m.label for m in evidence.matches if m.kind == "unexplained"]
    if open_terms and explained:
        text += f"; unexplained: {_listed(open_terms, longest)}"
    doubts = []
    if evidence.missing:
        typical = [f"{t.label} ({t.stated or f'{t.frequency:.0%}'})" for t in evidence.missing]
        doubts.append(f"typical but not reported: {_listed(typical, longest)}")
    if evidence.against:
        doubts.append(f"against: {_listed([_against_words(c) for c in evidence.against], longest)}")
    second = "; ".join(doubts)
    return f"{text}. {second[0].upper()}{second[1:]}." if second else f"{text}."


def _match_words(match: TermMatch) -> str:
    through = None if match.kind == "exact" else f"{match.kind}: {match.disease_label}"
    return _with_details(match.label, through, match.stated)


def _against_words(contradiction: Contradiction) -> str:
    if contradiction.kind == "not":
        return f"{contradiction.label} is stated not to occur in it"
    same = contradiction.disease_hpo_id == contradiction.hpo_id
    through = None if same else f"as {contradiction.disease_label}"
    finding = _with_details(contradiction.label, through, contradiction.stated)
    return f"{finding} is excluded in the patient"


def _with_details(label: str, *details: str | None) -> str:
    """A finding and, in brackets, what is known of it: "Seizure (narrower: ..., 7 of 18)"."""
    known = ", ".join(filter(None, details))
    return f"{label} ({known})" if known else label


def _listed(words: Sequence[str], longest: int) -> str:
    shown = ", ".join(words[:longest])
    return f"{shown} and {len(words) - longest} more" if len(words) > longest else shown

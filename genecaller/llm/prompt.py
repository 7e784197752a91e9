"""What the language model is asked: one versioned prompt, with or without candidates."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from genecaller.cases import Case, CaseTerm, Solution
from genecaller.llm.chat_tokens import break_chat_tokens
from ontology.age import read_duration

if TYPE_CHECKING:
    from genecaller.rankers.explain.evidence import Evidence, TermMatch

PROMPT_VERSION = "3"
"""Raised whenever a word of the prompt changes: answers to different prompts never compare."""

Form = Literal["open", "hybrid"]

SYSTEM = "You are an expert in rare genetic diseases."
_ASK = "List the genes most likely responsible, most likely first."
_ASK_HYBRID = "Rank these genes, most likely responsible first."
_ANSWER_FORM = "Think in <think></think>, then number the gene symbols, each with its reason."
CANDIDATES_HEADER = "Candidates:"

_LONGEST_TEXT = 1500
_MOST_TERMS: dict[Form, tuple[int, int]] = {"open": (30, 12), "hybrid": (12, 4)}
_STRENGTH = {"exact": 0, "narrower": 1, "broader": 2}
_ONSETS = {
    "HP:0003577": "at birth",
    "HP:0030674": "before birth",
    "HP:0011460": "before birth",
    "HP:0011461": "before birth",
    "HP:0034199": "before birth",
    "HP:0034198": "before birth",
    "HP:0034197": "before birth",
    "HP:0003623": "in the first month",
    "HP:0003593": "in infancy",
    "HP:0011463": "in childhood",
    "HP:0003621": "in youth",
    "HP:0410280": "in childhood",
    "HP:0003581": "in adulthood",
    "HP:0011462": "in early adulthood",
    "HP:0025708": "in early adulthood",
    "HP:0025709": "in early adulthood",
    "HP:0025710": "in early adulthood",
    "HP:0003596": "in middle age",
    "HP:0003584": "in late life",
}


@dataclass(frozen=True, slots=True)
class Candidate:
    """One gene that the prompt offers: HGNC symbol, disease name, a few words of evidence."""

    symbol: str
    disease: str | None
    evidence_text: str


@dataclass(frozen=True, slots=True)
class Prompt:
    """A prompt as two messages; `version` names wording and form ("1-hybrid")."""

    version: str
    system: str
    user: str

    @property
    def messages(self) -> list[dict[str, str]]:
        """The prompt in the chat form that models and data sets take."""
        return [
            {"role": "system", "content": self.system},
            {"role": "user", "content": self.user},
        ]


def build_prompt(
    case: Case,
    form: Form = "open",
    candidates: Sequence[Candidate] = (),
) -> Prompt:
    """Ask for the genes of one case; never with its publication or its solution.

    "hybrid" offers `candidates` in the order given; "open" offers none. What the case and the
    candidates say is plain text: chat tokens in it are broken up. Lists of terms are cut,
    the rest is counted: after 30 present and 12 absent ones, or 12 and 4 where the candidates'
    evidence speaks of them too. A case without any term is asked by its text, in which the
    solution's gene and disease are masked. ValueError where the form and the candidates
    contradict each other.
    """
    if (form == "hybrid") != bool(candidates):
        raise ValueError(f"form {form!r} with {len(candidates)} candidates")
    most_present, most_absent = _MOST_TERMS[form]
    lines = [f"Case: {describe_person(case)}"]
    if case.terms or case.excluded_terms:
        lines.append(f"Present: {_listed(case.terms, most_present)}")
        if case.excluded_terms:
            lines.append(f"Absent: {_listed(case.excluded_terms, most_absent)}")
    elif case.text:
        text = break_chat_tokens(_masked(case.text, case.solution))
        lines.append(f"Report: {text[:_LONGEST_TEXT]}")
    else:
        lines.append("Present: nothing recorded")
    if form == "hybrid":
        lines.append(CANDIDATES_HEADER)
        lines.extend(candidate_line(candidate) for candidate in candidates)
        lines.append(_ASK_HYBRID)
    else:
        lines.append(_ASK)
    lines.append(_ANSWER_FORM)
    return Prompt(f"{PROMPT_VERSION}-{form}", SYSTEM, "\n".join(lines))


def candidate_line(candidate: Candidate) -> str:
    """One candidate as one line: "TSC2 - Cortical tubers, 3 of 4 (Tuberous sclerosis 2)".

    It begins as a line of the answer does, so that a small model can copy what it cites.
    """
    evidence = f" - {candidate.evidence_text}" if candidate.evidence_text else ""
    disease = f" ({candidate.disease})" if candidate.disease else ""
    return break_chat_tokens(f"{candidate.symbol}{evidence}{disease}")


def evidence_words(evidence: Evidence) -> str:
    """What a candidate explains, in the fewest words that still tell candidates apart.

    "Cortical tubers, 3 of 4, against Cleft palate": the strongest of the patient's terms that the
    disease explains, how many it explains, and the first excluded one that speaks against it.
    """
    text = f"{main_finding(evidence)}, {len(evidence.explained)} of {len(evidence.matches)}"
    return f"{text}, against {evidence.against[0].label}" if evidence.against else text


def main_finding(evidence: Evidence) -> str:
    """The strongest finding that a disease explains, or that there is none."""
    return strongest(evidence)[0].label if evidence.explained else "no finding explained"


def strongest(evidence: Evidence) -> list[TermMatch]:
    """The explained findings, exact matches first, then by stated frequency, then by id."""
    return sorted(
        evidence.explained,
        key=lambda m: (_STRENGTH[m.kind], -(m.frequency or 0.0), m.hpo_id),
    )


def short_disease(name: str) -> str:
    """A disease's name without its tail of synonyms and numbers after a comma or semicolon."""
    return re.split(r"[;,]", name, maxsplit=1)[0].strip()


def describe_person(case: Case) -> str:
    """Age, sex and onset in words: "51-year-old female, onset in infancy"."""
    sex = case.sex if case.sex in ("female", "male") else "patient"
    age = _age_words(case.age)
    words = f"{age} {sex}" if age else sex
    onset = _onset_words(case.onset)
    return f"{words}, onset {onset}" if onset else words


def _age_words(age: str | None) -> str | None:
    amount = _amount(age)
    if amount is None:
        return None
    number, unit = amount
    return f"{number}-{unit}-old"


def _onset_words(onset: str | None) -> str | None:
    if onset is None:
        return None
    if onset in _ONSETS:
        return _ONSETS[onset]
    amount = _amount(onset)
    return f"at {amount[0]} {amount[1]}{'s' if amount[0] != 1 else ''}" if amount else None


def _amount(duration: str | None) -> tuple[int, str] | None:
    found = read_duration(duration) if duration else None
    return found.amount if found else None


def _listed(terms: Sequence[CaseTerm], most: int) -> str:
    if not terms:
        return "nothing recorded"
    shown = break_chat_tokens("; ".join(term.label for term in terms[:most]))
    return f"{shown}; and {len(terms) - most} more" if len(terms) > most else shown


def _masked(text: str, solution: Solution | None) -> str:
    if solution is None:
        return text
    for name in (solution.gene, solution.recorded_gene, solution.disease_label):
        if name:
            text = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", "[masked]", text, flags=re.IGNORECASE)
    return text

"""A case report in plain words, read into a Case."""

from __future__ import annotations

from collections.abc import Iterable

from genecaller.cases.case import Case, CaseTerm
from ontology.knowledge import Knowledge
from ontology.recognise import Mention, recogniser_for
from ontology.recognise.language import foreign_language
from ontology.recognise.patient import describe_patient
from ontology.recognise.patients import split_patients


def case_from_text(text: str, knowledge: Knowledge, case_id: str) -> Case:
    """Recognise a report's present and excluded terms, the patient's sex and age.

    Terms that another of the case's terms implies (its ancestors) are left out of those present;
    an excluded term that is also stated present counts as present. Suspected findings and those
    of relatives are in neither list; `problems` says what was left out and why.
    """
    mentions = recogniser_for(knowledge).recognise(text)
    return case_from_mentions(text, mentions, knowledge, case_id)


def case_from_mentions(
    text: str, mentions: tuple[Mention, ...], knowledge: Knowledge, case_id: str
) -> Case:
    """`case_from_text` for mentions at hand, for instance after a person corrected them."""
    present = most_specific(_ids(mentions, "present"), knowledge)
    excluded = [i for i in _ids(mentions, "excluded") if i not in _closure(present, knowledge)]
    patient = describe_patient(text)
    return Case(
        id=case_id,
        terms=_terms(present, mentions, knowledge),
        excluded_terms=_terms(excluded, mentions, knowledge),
        sex=patient.sex,
        age=patient.age,
        text=text,
        problems=(
            *_about_the_text(text),
            *_problems(mentions, present, knowledge),
        ),
    )


def cases_from_text(text: str, knowledge: Knowledge, case_id: str) -> tuple[Case, ...]:
    """One case for each patient that a report numbers ("Patient 1", "Case B"), else one for all.

    The ids are `case_id` with "#1", "#2"... behind it where there are several.
    """
    patients = split_patients(text)
    if not patients:
        return (case_from_text(text, knowledge, case_id),)
    return tuple(
        case_from_text(patient.text(text), knowledge, f"{case_id}#{n}")
        for n, patient in enumerate(patients, start=1)
    )


def most_specific(hpo_ids: list[str], knowledge: Knowledge) -> list[str]:
    """The ids without those that are ancestors of another in the list, order kept."""
    hpo = knowledge.hpo
    implied: set[str] = set()
    for hpo_id in hpo_ids:
        i = hpo.index[hpo_id]
        implied.update(hpo.ids[a] for a in hpo.ancestors(i).tolist() if a != i)
    return [hpo_id for hpo_id in hpo_ids if hpo_id not in implied]


def _ids(mentions: Iterable[Mention], status: str) -> list[str]:
    return list(dict.fromkeys(m.hpo_id for m in mentions if m.status == status))


def _closure(hpo_ids: list[str], knowledge: Knowledge) -> set[str]:
    hpo = knowledge.hpo
    return {hpo.ids[a] for i in hpo_ids for a in hpo.ancestors(hpo.index[i]).tolist()}


def _terms(
    hpo_ids: list[str], mentions: Iterable[Mention], knowledge: Knowledge
) -> tuple[CaseTerm, ...]:
    onset: dict[str, str] = {}
    severity: dict[str, str] = {}
    for mention in mentions:
        if mention.onset:
            onset.setdefault(mention.hpo_id, mention.onset)
        if mention.severity:
            severity.setdefault(mention.hpo_id, mention.severity)
    return tuple(
        CaseTerm(i, knowledge.hpo.name(i), onset=onset.get(i), severity=severity.get(i))
        for i in hpo_ids
    )


def _about_the_text(text: str) -> Iterable[str]:
    language = foreign_language(text)
    if language is not None:
        yield f"the text seems to be in {language}: only English is recognised, translate it first"
    patients = split_patients(text)
    if patients:
        names = ", ".join(patient.name for patient in patients)
        yield (
            f"the text describes {len(patients)} patients ({names}) whose findings are taken "
            "together here: give each one's text by itself"
        )
    if describe_patient(text).consanguineous:
        yield "the parents are stated to be consanguineous"


def _problems(
    mentions: tuple[Mention, ...], present: list[str], knowledge: Knowledge
) -> Iterable[str]:
    if not mentions:
        yield "no HPO term was recognised in the text"
        return
    if not present:
        yield "no phenotype of the patient was recognised as present"
    for status, word in (("uncertain", "only suspected"), ("family", "a relative's")):
        names = [knowledge.hpo.name(i) for i in _ids(mentions, status) if i not in present]
        if names:
            yield f"left out as {word}: {', '.join(names)}"

"""A case report in plain words, read into a case for each patient."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from genecaller.cases.case import Case, CaseTerm
from genecaller.cases.findings import Finding, collect, hpo_id_in
from ontology.knowledge import Knowledge
from ontology.recognise import Mention, recogniser_for
from ontology.recognise.codes import codes_in
from ontology.recognise.language import foreign_language
from ontology.recognise.patient import describe_patient
from ontology.recognise.patient_split import PatientText, split_patients


@dataclass(frozen=True, slots=True)
class PatientReport:
    """What a report says of one patient: the text, and the mentions, with offsets into the report.

    `case_id` and `name` are None for what stands before the first of several patients and belongs
    to none of them.
    """

    case_id: str | None
    name: str | None
    text: str
    mentions: tuple[Mention, ...]


def cases_from_text(text: str, knowledge: Knowledge, case_id: str) -> tuple[Case, ...]:
    """One case for each patient that a report numbers ("Patient 1", "Case B"), else one for all.

    The ids are `case_id` with "#1", "#2"... behind it where there are several. Each case's
    `problems` say what was left out or assumed, in the same words wherever the text came from.
    """
    return cases_of_patients(text, patients_in(text, knowledge, case_id), knowledge)


def patients_in(text: str, knowledge: Knowledge, case_id: str) -> tuple[PatientReport, ...]:
    """The patients of a report with their mentions; first what belongs to none, where that is."""
    recogniser = recogniser_for(knowledge)
    patients = split_patients(text)
    if not patients:
        return (PatientReport(case_id, None, text, recogniser.recognise(text)),)
    opening = text[: min(patient.spans[0][0] for patient in patients)]
    found = [PatientReport(None, None, opening, recogniser.recognise(opening))]
    for n, patient in enumerate(patients, start=1):
        own = patient.text(text)
        mentions = tuple(_placed(m, patient, text) for m in recogniser.recognise(own))
        found.append(PatientReport(f"{case_id}#{n}", patient.name, own, mentions))
    return tuple(found) if opening.strip() else tuple(found[1:])


def cases_of_patients(
    text: str, patients: Sequence[PatientReport], knowledge: Knowledge
) -> tuple[Case, ...]:
    """The cases of the patients that `patients_in` found in a report."""
    several = sum(patient.case_id is not None for patient in patients) > 1
    language = tuple(_about_the_language(text))
    shared = language
    if several:
        n = sum(patient.case_id is not None for patient in patients)
        shared = (f"the report describes {n} patients; read as a case each", *language)
    for patient in patients:
        if patient.case_id is None and (names := _names(patient.mentions)):
            shared += (f"said before the first patient, of no one of them, left out: {names}",)
    cases: list[Case] = []
    for patient in patients:
        if patient.case_id is not None:
            case = case_from_mentions(patient.text, patient.mentions, knowledge, patient.case_id)
            own = (problem for problem in case.problems if problem not in shared)
            cases.append(replace(case, problems=(*shared, *own)))
    return tuple(cases)


def case_from_text(text: str, knowledge: Knowledge, case_id: str) -> Case:
    """Recognise a report's present and excluded terms, the patient's sex and age.

    Terms that another of the case's terms implies (its ancestors) are left out of those present;
    an excluded term that is also stated present counts as present. Suspected findings and those
    of relatives are in neither list; `problems` says what was left out and why. A report of
    several patients is better read by `cases_from_text`.
    """
    mentions = recogniser_for(knowledge).recognise(text)
    return case_from_mentions(text, mentions, knowledge, case_id)


def case_from_mentions(
    text: str, mentions: tuple[Mention, ...], knowledge: Knowledge, case_id: str
) -> Case:
    """`case_from_text` for mentions at hand, for instance after a person corrected them."""
    present = most_specific(_ids(mentions, "present"), knowledge)
    absent = _ids(mentions, "excluded")
    implied = _closure(present, knowledge)
    excluded = [hpo_id for hpo_id in absent if hpo_id not in implied]
    patient = describe_patient(text)
    return Case(
        id=case_id,
        terms=_terms(present, mentions, "present", knowledge),
        excluded_terms=_terms(excluded, mentions, "excluded", knowledge),
        sex=patient.sex,
        age=patient.age,
        text=text,
        problems=(
            *_about_the_text(text),
            *_about_the_codes(text, knowledge),
            *_problems(mentions, present, knowledge),
            *_contradictions(absent, _ids(mentions, "present"), implied, knowledge),
        ),
    )


def separate_patients(case: Case, knowledge: Knowledge) -> tuple[Case, ...]:
    """A case whose findings come from a text of several patients, as a case for each of them.

    Any other case comes back as it is. What the source states beside the text stands with each
    case; sex and age, which are one patient's, come from each one's own text.
    """
    if case.text is None or not split_patients(case.text):
        return (case,)
    whole = case_from_text(case.text, knowledge, case.id)
    if (case.terms, case.excluded_terms) != (whole.terms, whole.excluded_terms):
        return (case,)
    beside = [problem for problem in case.problems if problem not in whole.problems]
    if (case.sex, case.age) != (whole.sex, whole.age):
        beside.append("sex and age beside the text are one patient's of several; left out")
    return tuple(
        replace(
            part,
            onset=case.onset,
            source=case.source,
            publication=case.publication,
            solution=case.solution,
            problems=(*beside, *part.problems),
        )
        for part in cases_from_text(case.text, knowledge, case.id)
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


def _names(mentions: Iterable[Mention]) -> str:
    return ", ".join(dict.fromkeys(m.label for m in mentions))


def _placed(mention: Mention, patient: PatientText, report: str) -> Mention:
    start, end = patient.place(mention.start, mention.end)
    return replace(mention, start=start, end=end, text=report[start:end])


def _terms(
    hpo_ids: list[str], mentions: Iterable[Mention], status: str, knowledge: Knowledge
) -> tuple[CaseTerm, ...]:
    onset: dict[str, str] = {}
    severity: dict[str, str] = {}
    for mention in mentions:
        if mention.status != status:
            continue
        if mention.onset:
            onset.setdefault(mention.hpo_id, mention.onset)
        if mention.severity:
            severity.setdefault(mention.hpo_id, mention.severity)
    return tuple(
        CaseTerm(i, knowledge.hpo.name(i), onset=onset.get(i), severity=severity.get(i))
        for i in hpo_ids
    )


def _about_the_language(text: str) -> Iterable[str]:
    language = foreign_language(text)
    if language is not None:
        yield f"the text seems to be in {language}: only English is recognised, translate it first"


def _about_the_text(text: str) -> Iterable[str]:
    yield from _about_the_language(text)
    patients = split_patients(text)
    if patients:
        names = ", ".join(patient.name for patient in patients)
        yield (
            f"the text describes {len(patients)} patients ({names}) whose findings are taken "
            "together here: give each one's text by itself"
        )
    if describe_patient(text).consanguineous:
        yield "the parents are stated to be consanguineous"


def _about_the_codes(text: str, knowledge: Knowledge) -> Iterable[str]:
    """What is wrong with the HPO ids that a text writes, in the words of every other reader."""
    hpo = knowledge.hpo
    for written in dict.fromkeys(codes_in(text)):
        hpo_id = hpo_id_in(written.replace(" ", ""))
        yield from collect([Finding(hpo_id or written)], hpo).problems
        current = hpo.resolve(hpo_id).hpo_id if hpo_id else None
        if current and not hpo.is_phenotypic_abnormality[hpo.index[current]]:
            yield f"{written} ({hpo.name(current)}) is no phenotypic abnormality; left out"


def _contradictions(
    absent: list[str], present: list[str], implied: set[str], knowledge: Knowledge
) -> Iterable[str]:
    """What is said to be absent, and present too, itself or by a narrower term."""
    name = knowledge.hpo.name
    both = [name(hpo_id) for hpo_id in absent if hpo_id in present]
    if both:
        yield f"stated both as present and as excluded, counted as present: {', '.join(both)}"
    over = [name(i) for i in absent if i in implied and i not in present]
    if over:
        yield f"stated as excluded, but a narrower finding is present; left out: {', '.join(over)}"


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

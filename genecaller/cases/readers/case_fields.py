"""What a record or table says of a patient beside the terms: id, sex, age, publication, answer."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from genecaller.cases.age import age_in
from genecaller.cases.case import Case, Publication
from genecaller.cases.cells.flags import shown
from genecaller.cases.cells.keys import first_of, written
from genecaller.cases.readers.solution_fields import ALL_KEYS as ANSWER_KEYS
from genecaller.cases.readers.solution_fields import solution_in
from genecaller.cases.solution import is_no_sex, publication, sex_in
from ontology.hpo import Hpo

Json = dict[str, Any]

ID_KEYS = (
    *("id", "case_id", "caseid", "patient_id", "patient", "sample_id", "sample", "subject_id"),
    *("individual_id", "participant_id", "record_id", "proband_id", "external_id", "report_id"),
    *("individual", "participant", "proband", "subject", "record"),
)
TEXT_KEYS = ("text", "case_report", "report", "abstract", "note", "description", "case")
SEX_KEYS = ("sex", "gender")
AGE_KEYS = ("age", "age_at_last_encounter")
ONSET_KEYS = ("onset", "age_of_onset", "age_at_onset")
PMID_KEYS = ("pmid", "pubmed_id", "pubmed")
TITLE_KEYS = ("title", "publication_title")
CASE_KEYS = frozenset((*SEX_KEYS, *AGE_KEYS, *ONSET_KEYS, *PMID_KEYS, *ANSWER_KEYS))
"""What is said of a patient beside the terms, by plain name of key or column."""


def with_fields(case: Case, fields: dict[str, Any], hpo: Hpo, *, own_id: bool = True) -> Case:
    """The case with what other fields say of id, sex, age, onset, publication and answer.

    `fields` are named as `plain_key` writes them. What the case has already stays where the
    fields say nothing, or nothing that can be used; with `own_id` False it keeps its id.
    """
    problems = list(case.problems)
    stated = first_of(fields, SEX_KEYS)
    sex = sex_in(stated)
    if sex is None and not is_no_sex(stated):
        problems.append(f"sex: {shown(stated)} is neither female, male nor other; left out")
    age, onset = (_age(fields, keys, hpo, problems) for keys in (AGE_KEYS, ONSET_KEYS))
    solution, wrong = solution_in(fields)
    return replace(
        case,
        id=(_id_of(fields) if own_id else None) or case.id,
        sex=sex or case.sex,
        age=age or case.age,
        onset=onset or case.onset,
        publication=_publication(fields) or case.publication,
        solution=solution or case.solution,
        problems=tuple(dict.fromkeys((*problems, *wrong))),  # a record may bring its own along
    )


def _id_of(fields: Json) -> str | None:
    for key in ID_KEYS:
        if text := written(fields.get(key)):
            return text
    return None


def _age(fields: Json, keys: tuple[str, ...], hpo: Hpo, problems: list[str]) -> str | None:
    value = first_of(fields, keys)
    age = age_in(value, hpo)
    if value is not None and age is None:
        problems.append(
            f"{keys[0]}: no age can be read from it (expected years, an ISO 8601 duration such as "
            "P10Y3M, or an HPO onset term); left out"
        )
    return age


def _publication(fields: Json) -> Publication | None:
    value = fields.get("publication")
    if isinstance(value, dict):
        return publication(value.get("pmid"), value.get("title"))
    return publication(first_of(fields, PMID_KEYS), first_of(fields, TITLE_KEYS))

"""One JSON object as a case: our own record, or a line of OpenAI's fine-tuning form."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from genecaller.cases.age import age_in
from genecaller.cases.answer_key import known_gene, publication, sex_in, solve
from genecaller.cases.case import Case, Publication, Solution
from genecaller.cases.findings import NONE_PRESENT, Finding, collect, hpo_id_in
from genecaller.errors import CaseError
from ontology.hpo import Hpo
from ontology.knowledge import Knowledge

Json = dict[str, Any]

ID_KEYS = ("id", "case_id", "caseid", "patient_id", "patient", "sample_id", "sample", "subject_id")
TERM_KEYS = (
    *("terms", "hpo_ids", "hpo_id", "hpo_terms", "hpo_term", "hpo", "hpos", "hpo_codes"),
    *("phenotypes", "phenotype", "phenotypic_features", "present_terms", "present", "symptoms"),
    *("features", "observed"),
)
EXCLUDED_KEYS = (
    *("excluded_terms", "excluded_hpo_ids", "excluded_hpo", "excluded", "absent_terms", "absent"),
    *("negated", "negative", "hpo_absent", "hpo_excluded", "not_present", "absent_hpo_ids"),
)
GENE_KEYS = (
    "gene",
    "gene_symbol",
    "genes",
    "causal_gene",
    "correct_gene",
    "target_gene",
    "hgnc_symbol",
)
# Names that a data set may use for anything: taken as the gene only where the value is one.
ANSWER_KEYS = ("correct_answer", "reference_answer", "answer", "reference", "target", "label")
GENE_ID_KEYS = ("gene_id", "hgnc_id", "ncbi_gene_id")
DISEASE_ID_KEYS = ("disease_id", "omim_id", "omim", "orpha", "diagnosis_id")
DISEASE_KEYS = ("disease_label", "disease_name", "disease", "diagnosis")
TEXT_KEYS = ("text", "case_report", "report", "abstract", "note", "description", "case")
SEX_KEYS = ("sex", "gender")
AGE_KEYS = ("age", "age_at_last_encounter")
ONSET_KEYS = ("onset", "age_of_onset", "age_at_onset")
PMID_KEYS = ("pmid", "pubmed_id", "pubmed")
TITLE_KEYS = ("title", "publication_title")

_SEPARATORS = re.compile(r"[;,|\n\t]+")
_ANY_ID = re.compile(r"\bHP[:_]?\d{7}\b", re.IGNORECASE)
_PLAIN = re.compile(r"[^a-z0-9]+")


def plain_key(key: str) -> str:
    """A column's or key's name without the ways of writing it: "HPO IDs" is "hpo_ids"."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z][a-z])", "_", key.strip())
    return _PLAIN.sub("_", spaced.lower()).strip("_")


def is_record(record: Json) -> bool:
    """Whether a JSON object says anything about a patient that can be read here."""
    keys = {plain_key(key) for key in record}
    return "messages" in keys or not keys.isdisjoint((*TERM_KEYS, *EXCLUDED_KEYS, *TEXT_KEYS))


def read_record(record: Json, knowledge: Knowledge, *, case_id: str, source: str) -> Case:
    """One object as a case; `case_id` is used where it has no id of its own.

    Takes our own record (see `genecaller.cases.write`) and `{"messages": [...], other keys}`:
    there, terms and gene come from the other keys, and where no terms are given, from the text
    of the user's messages. Raises CaseError where neither terms nor text are there.
    """
    fields = {plain_key(key): value for key, value in record.items() if value is not None}
    hpo = knowledge.hpo
    problems = [str(p) for p in _listed(fields.get("problems")) if isinstance(p, str)]
    text = _text_of(fields, source)
    present = _first(fields, TERM_KEYS)
    excluded = _first(fields, EXCLUDED_KEYS)
    if present is None and excluded is None:
        if text is None:
            raise CaseError("holds neither terms nor text of a patient", source=source)
        return _from_text(fields, text, knowledge, case_id, source, problems)
    findings = [
        *read_findings(present, hpo, excluded=False),
        *read_findings(excluded, hpo, excluded=True),
    ]
    found = collect(findings, hpo)
    problems += found.problems
    if not found.terms and NONE_PRESENT not in problems:
        problems.append(NONE_PRESENT)
    case = Case(
        id=case_id,
        terms=found.terms,
        excluded_terms=found.excluded_terms,
        text=text,
        source=source,
        problems=tuple(problems),
    )
    return with_fields(case, fields, hpo)


def with_fields(case: Case, fields: dict[str, Any], hpo: Hpo) -> Case:
    """The case with what other fields say of id, sex, age, onset, publication and answer.

    `fields` are named as `plain_key` writes them. What the case has already stays where the
    fields say nothing, or nothing that can be used.
    """
    problems = list(case.problems)
    sex = sex_in(_first(fields, SEX_KEYS))
    age, onset = (_age(fields, keys, hpo, problems) for keys in (AGE_KEYS, ONSET_KEYS))
    solution, wrong = _solution(fields)
    return replace(
        case,
        id=_written(_first(fields, ID_KEYS)) or case.id,
        sex=sex or case.sex,
        age=age or case.age,
        onset=onset or case.onset,
        publication=_publication(fields) or case.publication,
        solution=solution or case.solution,
        problems=tuple(dict.fromkeys((*problems, *wrong))),  # a record may bring its own along
    )


def read_findings(value: Any, hpo: Hpo, *, excluded: bool) -> Iterator[Finding]:
    """Findings from a list of ids, names or objects, or from a text of several."""
    for item in _listed(value):
        if isinstance(item, str):
            for part in split_terms(item, hpo):
                yield Finding(part, excluded=excluded)
        elif isinstance(item, dict):
            plain = {plain_key(key): content for key, content in item.items()}
            written = _written(_first(plain, ("recorded_id", "hpo_id", "id", "label", "name")))
            label = _written(plain.get("label"))
            severity = _written(plain.get("severity"))
            yield Finding(
                written or "",
                label,
                excluded or plain.get("excluded") is True,
                age_in(plain.get("onset"), hpo),
                severity if severity and severity in hpo.index else None,
            )
        else:
            yield Finding(str(item), excluded=excluded)


def split_terms(text: str, hpo: Hpo) -> list[str]:
    """The terms of one cell or text: the ids in it where there are any, else its parts.

    "HP:0001250 | Seizure; HP:0000252" gives two ids; a name may hold a comma ("Neoplasm, ...").
    """
    ids = _ANY_ID.findall(text)
    if ids:
        odd = [p for p in _SEPARATORS.split(text) if re.match(r"\s*HP[:_]", p, re.IGNORECASE)]
        return [*ids, *(part.strip() for part in odd if not _ANY_ID.search(part))]
    if text.strip().casefold() in hpo.id_by_name:
        return [text.strip()]
    return [part.strip() for part in _SEPARATORS.split(text) if part.strip()]


def _from_text(
    fields: Json, text: str, knowledge: Knowledge, case_id: str, source: str, problems: list[str]
) -> Case:
    from genecaller.report import case_from_text

    case = case_from_text(text, knowledge, case_id)
    case = replace(case, source=source, problems=(*problems, *case.problems))
    return with_fields(case, fields, knowledge.hpo)


def _text_of(fields: Json, source: str) -> str | None:
    if "messages" in fields:
        texts = [_content(message) for message in _messages(fields["messages"], source)]
        return "\n\n".join(text for text in texts if text) or None
    value = _first(fields, TEXT_KEYS)
    return value if isinstance(value, str) and value.strip() else None


def _messages(messages: Any, source: str) -> Iterator[Json]:
    """The user's messages: the system's are no case, and the assistant's hold the answer."""
    if not isinstance(messages, list) or not all(isinstance(m, dict) for m in messages):
        raise CaseError(
            "messages: expected a list of objects with role and content; correct it",
            source=source,
        )
    for message in messages:
        if message.get("role") == "user":
            yield message


def _content(message: Json) -> str:
    content = message.get("content")
    if isinstance(content, list):
        parts = [part.get("text") for part in content if isinstance(part, dict)]
        return "\n".join(part for part in parts if isinstance(part, str))
    return content.strip() if isinstance(content, str) else ""


def _age(fields: Json, keys: tuple[str, ...], hpo: Hpo, problems: list[str]) -> str | None:
    value = _first(fields, keys)
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
    return publication(_first(fields, PMID_KEYS), _first(fields, TITLE_KEYS))


def _solution(fields: Json) -> tuple[Solution | None, tuple[str, ...]]:
    value = fields.get("solution")
    if isinstance(value, dict):
        fields = {plain_key(key): content for key, content in value.items()}
    named = _first(fields, GENE_KEYS)
    genes = [gene for item in _listed(named) if (gene := _written(item))]
    for key in () if genes else (*ANSWER_KEYS, "solution"):
        written = _written(fields.get(key))
        if written and known_gene(written):
            genes = [written]
            break
    gene = genes[0] if genes else None
    disease_id = _written(_first(fields, DISEASE_ID_KEYS))
    label = _written(_first(fields, DISEASE_KEYS))
    solution, problems = solve(gene, _written(_first(fields, GENE_ID_KEYS)), disease_id, label)
    recorded = _written(fields.get("recorded_gene"))
    if solution and recorded:
        solution = replace(solution, recorded_gene=recorded)
    if len(set(genes)) > 1:
        problems += (f"names {len(set(genes))} causal genes; the first is taken as the answer",)
    if solution is None and _written(_first(fields, ANSWER_KEYS[:3])):
        problems += ("its answer is not the name of a gene; counts as unsolved",)
    return solution, problems


def _first(fields: Json, keys: tuple[str, ...]) -> Any:
    return next((fields[key] for key in keys if fields.get(key) not in (None, "")), None)


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _written(value: Any) -> str | None:
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    return str(value).strip() or None


def ids_in(text: str) -> list[str]:
    """Every HPO id that a text mentions, in the usual spelling."""
    return [found for raw in _ANY_ID.findall(text) if (found := hpo_id_in(raw))]

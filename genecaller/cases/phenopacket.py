"""GA4GH phenopackets, schema version 2, read into cases."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from genecaller.cases.age import time_element
from genecaller.cases.answer_key import curie, pmid_in, publication, solve
from genecaller.cases.case import Case, Publication, Sex, Solution
from genecaller.cases.findings import NONE_PRESENT, Finding, collect, current_id
from genecaller.errors import CaseError
from ontology.hpo import Hpo
from ontology.knowledge import Knowledge

# protobuf's JSON allows an enum's name or its number.
_SEXES: dict[object, Sex] = {
    **dict.fromkeys(("FEMALE", 1), "female"),
    **dict.fromkeys(("MALE", 2), "male"),
    **dict.fromkeys(("OTHER_SEX", 3), "other"),
}
_CAUSAL = ("CAUSATIVE", 4), ("CONTRIBUTORY", 3)
_UNSOLVED = ("UNSOLVED", 4)
_V1_TOP = ("genes", "variants", "htsFiles")
_V1_FEATURE = ("negated", "ageOfOnset", "classOfOnset", "ageRangeOfOnset")
_V1_SUBJECT = ("ageAtCollection", "ageRangeAtCollection")
_PMID_ID = re.compile(r"PMID[:_](\d+)", re.IGNORECASE)
_SNAKE = re.compile(r"_([a-z0-9])")

Json = dict[str, Any]


def is_phenopacket(record: Json) -> bool:
    """Whether a JSON object is a phenopacket of any version, or a family or cohort of them."""
    if not {"phenotypicFeatures", "phenotypic_features"}.isdisjoint(record):
        return True
    has_meta = not {"metaData", "meta_data"}.isdisjoint(record)
    return has_meta and not {"subject", "proband", "members", "interpretations"}.isdisjoint(record)


def split_phenopackets(record: Json, source: str) -> Iterator[tuple[Json, str, tuple[str, ...]]]:
    """Each phenopacket of a phenopacket, family or cohort, with its JSON path and problems."""
    if "proband" in record and isinstance(record["proband"], dict):
        note = "a family: only its proband is read"
        yield {"id": record.get("id"), **record["proband"]}, "$.proband", (note,)
    elif isinstance(record.get("members"), list):
        for i, member in enumerate(record["members"]):
            if not isinstance(member, dict):
                raise CaseError(
                    f"expected a phenopacket, found {_kind(member)}; correct or remove it",
                    source=source,
                    where=f"$.members[{i}]",
                )
            yield member, f"$.members[{i}]", ()
    else:
        yield record, "$", ()


def read_phenopacket(
    packet: Json, knowledge: Knowledge, *, case_id: str, source: str, path: str = "$"
) -> Case:
    """One phenopacket as a case; `case_id` is used where it has no id of its own.

    Parts that are malformed are left out and named in `problems`. Raises CaseError for schema
    version 1 and where the features are no list.
    Source: Jacobsen et al. 2022, Nat Biotechnol 40:817, and the schema's documentation.
    """
    if "phenotypic_features" in packet or "meta_data" in packet:
        packet = _camel(packet)
    _refuse_version_1(packet, source, path)
    hpo = knowledge.hpo
    problems: list[str] = []
    found = collect(_features(packet, hpo, source, path, problems), hpo)
    problems += found.problems
    if not found.terms:
        problems.append(NONE_PRESENT)
    subject = _object(packet, "subject", path, problems)
    diseases = _objects(packet, "diseases", path, problems)
    return Case(
        id=_text(packet.get("id")) or case_id,
        terms=found.terms,
        excluded_terms=found.excluded_terms,
        sex=_SEXES.get(_hashable(subject.get("sex"))),
        age=_time(subject, "timeAtLastEncounter", hpo, f"{path}.subject", problems, subject),
        onset=_onset(diseases, hpo, path, problems),
        publication=_publication(packet, path, problems),
        solution=_solution(packet, diseases, path, problems),
        source=source,
        problems=tuple(problems),
    )


def _features(
    packet: Json, hpo: Hpo, source: str, path: str, problems: list[str]
) -> Iterator[Finding]:
    features = packet.get("phenotypicFeatures")
    if features is None:
        return
    if not isinstance(features, list):
        raise CaseError(
            f"expected a list of features, found {_kind(features)}; correct it, or export the "
            "phenopacket again",
            source=source,
            where=f"{path}.phenotypicFeatures",
        )
    for i, feature in enumerate(features):
        kind = feature.get("type") if isinstance(feature, dict) else None
        hpo_id = kind.get("id") if isinstance(kind, dict) else None
        if not isinstance(kind, dict) or not isinstance(hpo_id, str):
            problems.append(
                f"{path}.phenotypicFeatures[{i}]: expected an object with type.id, an HPO id; "
                "left out"
            )
            continue
        where = f"{path}.phenotypicFeatures[{i}]"
        onset = severity = None
        if "onset" in feature:
            onset = _time(feature, "onset", hpo, where, problems)
        if "severity" in feature:
            severity = _severity(feature, hpo, where, problems)
        excluded = feature.get("excluded") is True
        yield Finding(hpo_id, _text(kind.get("label")), excluded, onset, severity, where)


def _severity(feature: Json, hpo: Hpo, where: str, problems: list[str]) -> str | None:
    written = _object(feature, "severity", where, problems).get("id")
    severity = current_id(written, hpo) if isinstance(written, str) else None
    if severity is None:
        problems.append(f"{where}.severity: is no term of HPO {hpo.release}; left out")
    return severity


def _time(
    parent: Json, key: str, hpo: Hpo, where: str, problems: list[str], subject: Json | None = None
) -> str | None:
    if parent.get(key) is None:
        return None
    element = _object(parent, key, where, problems)
    born = subject.get("dateOfBirth") if subject else None
    age = time_element(element, hpo, born) if element else None
    if element and age is None:
        problems.append(
            f"{where}.{key}: no age can be read from it (expected an ISO 8601 duration such as "
            "P10Y3M, or an HPO onset term); left out"
        )
    return age


def _onset(
    diseases: list[tuple[str, Json]], hpo: Hpo, path: str, problems: list[str]
) -> str | None:
    for where, disease in diseases:
        if disease.get("excluded") is not True and "onset" in disease:
            return _time(disease, "onset", hpo, where, problems)
    return None


def _solution(
    packet: Json, diseases: list[tuple[str, Json]], path: str, problems: list[str]
) -> Solution | None:
    genes: dict[tuple[str | None, str | None], tuple[str | None, str | None]] = {}
    solved_without_gene = False
    for where, interpretation in _objects(packet, "interpretations", path, problems):
        if interpretation.get("progressStatus") in _UNSOLVED:
            continue
        diagnosis = _object(interpretation, "diagnosis", where, problems)
        disease = _term(_object(diagnosis, "disease", f"{where}.diagnosis", problems))
        genomic = _objects(diagnosis, "genomicInterpretations", f"{where}.diagnosis", problems)
        for names in _CAUSAL:
            causal = [item for _, item in genomic if item.get("interpretationStatus") in names]
            for item in causal:
                gene = _gene(item)
                if gene != (None, None):
                    genes.setdefault(gene, disease)
            if causal:
                break
        if interpretation.get("progressStatus") in ("SOLVED", 3):
            solved_without_gene = not genes
    if not genes:
        if solved_without_gene:
            problems.append("marked as solved but names no causal gene; counts as unsolved")
        return None
    (symbol, gene_id), (disease_id, label) = next(iter(genes.items()))
    if disease_id is None:
        for _, item in diseases:
            if item.get("excluded") is not True:
                term = item.get("term")
                disease_id, label = _term(term if isinstance(term, dict) else {})
                break
    solution, wrong = solve(symbol, gene_id, disease_id, label)
    problems += wrong
    others = {(solve(*gene)[0] or Solution("")).gene for gene in genes}
    if len(others) > 1:
        problems.append(f"names {len(others)} causal genes; the first is taken as the answer")
    return solution


def _gene(item: Json) -> tuple[str | None, str | None]:
    """Symbol and id of the gene of one genomic interpretation."""
    descriptor = item.get("gene")
    variant = item.get("variantInterpretation")
    if not isinstance(descriptor, dict) and isinstance(variant, dict):
        variation = variant.get("variationDescriptor")
        descriptor = variation.get("geneContext") if isinstance(variation, dict) else None
    if not isinstance(descriptor, dict):
        return None, None
    return _text(descriptor.get("symbol")), _text(descriptor.get("valueId"))


def _publication(packet: Json, path: str, problems: list[str]) -> Publication | None:
    meta = _object(packet, "metaData", path, problems)
    for _, reference in _objects(meta, "externalReferences", f"{path}.metaData", problems):
        for key in ("id", "reference"):
            written = reference.get(key)
            if isinstance(written, str) and not written.isdigit() and pmid_in(written):
                return publication(written, reference.get("description"))
    named = _PMID_ID.match(_text(packet.get("id")) or "")
    return publication(named[1]) if named else None


def _term(term: Json) -> tuple[str | None, str | None]:
    return curie(_text(term.get("id"))), _text(term.get("label"))


def _refuse_version_1(packet: Json, source: str, path: str) -> None:
    meta = packet.get("metaData")
    version = meta.get("phenopacketSchemaVersion") if isinstance(meta, dict) else None
    signs = [f"{path}.metaData.phenopacketSchemaVersion is {version}"] if _is_1(version) else []
    if not signs and version is None:
        signs += [f"{path}.{key}" for key in _V1_TOP if key in packet]
        subject, features = packet.get("subject"), packet.get("phenotypicFeatures")
        if isinstance(subject, dict):
            signs += [f"{path}.subject.{key}" for key in _V1_SUBJECT if key in subject]
        for i, feature in enumerate(features if isinstance(features, list) else ()):
            if isinstance(feature, dict) and not set(_V1_FEATURE).isdisjoint(feature):
                signs.append(f"{path}.phenotypicFeatures[{i}]")
                break
    if signs:
        raise CaseError(
            f"is a phenopacket of schema version 1 ({signs[0]}); expected version 2: convert it "
            "first, for example with phenopacket-tools (pxf convert)",
            source=source,
        )


def _is_1(version: object) -> bool:
    return str(version).strip().lstrip("vV").split(".")[0] == "1"


def _camel(value: Any) -> Any:
    """The names that protobuf writes by default, from those of its schema (snake_case)."""
    if isinstance(value, dict):
        return {_SNAKE.sub(lambda m: m[1].upper(), k): _camel(v) for k, v in value.items()}
    return [_camel(item) for item in value] if isinstance(value, list) else value


def _object(parent: Json, key: str, path: str, problems: list[str]) -> Json:
    value = parent.get(key)
    if isinstance(value, dict):
        return value
    if value is not None:
        problems.append(f"{path}.{key}: expected an object, found {_kind(value)}; left out")
    return {}


def _objects(parent: Json, key: str, path: str, problems: list[str]) -> list[tuple[str, Json]]:
    value = parent.get(key)
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        problems.append(f"{path}.{key}: expected a list of objects; what is not is left out")
    items = value if isinstance(value, list) else []
    return [(f"{path}.{key}[{i}]", item) for i, item in enumerate(items) if isinstance(item, dict)]


def _text(value: object) -> str | None:
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    return str(value).strip() or None


def _hashable(value: object) -> object:
    return value if type(value) in (str, int) else None


def _kind(value: object) -> str:
    kinds = {dict: "an object", list: "a list", str: "a text", bool: "true or false"}
    return "nothing" if value is None else kinds.get(type(value), "a number")

"""The established answer of a phenopacket, from its interpretations and diseases."""

from __future__ import annotations

from typing import Any, NamedTuple

from genecaller.cases.case import Solution
from genecaller.cases.cells.flags import read_flags
from genecaller.cases.cells.gene_cell import is_no_gene
from genecaller.cases.solution import curie, solve

Json = dict[str, Any]

# protobuf's JSON allows an enum's name or its number.
_PROGRESS = ("UNKNOWN_PROGRESS", "IN_PROGRESS", "COMPLETED", "SOLVED", "UNSOLVED")
_STATUSES = ("UNKNOWN_STATUS", "REJECTED", "CANDIDATE", "CONTRIBUTORY", "CAUSATIVE")
_ACMG = (
    *("NOT_PROVIDED", "BENIGN", "LIKELY_BENIGN", "UNCERTAIN_SIGNIFICANCE"),
    *("LIKELY_PATHOGENIC", "PATHOGENIC"),
)
_NOT_THE_ANSWER = ("BENIGN", "LIKELY_BENIGN", "UNCERTAIN_SIGNIFICANCE")

_Gene = tuple[str | None, str | None]
_Disease = tuple[str | None, str | None]


class _Named(NamedTuple):
    """The genes that interpretations name with their diseases, by how sure they are."""

    causal: dict[_Gene, _Disease]
    unstated: dict[_Gene, _Disease]
    solved: bool


def solution_of(
    packet: Json, diseases: list[tuple[str, Json]], path: str, problems: list[str]
) -> Solution | None:
    """The causal gene and its disease, None where the packet names none as established.

    Causative genes come before contributory ones. Where no status of a gene is given, the only
    gene that is not rejected, benign or of uncertain significance is taken, and told.
    """
    named = _named(packet, path, problems)
    genes = named.causal
    if not genes and named.unstated:
        symbols = {(solve(*gene)[0] or Solution("")).gene for gene in named.unstated}
        if len(symbols) == 1:
            genes = named.unstated
            problems.append(
                "no interpretationStatus says that its gene is causal; as the only one it is "
                "taken as the answer"
            )
        else:
            problems.append(
                f"names {len(symbols)} genes without saying which is causal; counts as unsolved"
            )
            return None
    if not genes:
        if named.solved:
            problems.append("marked as solved but names no causal gene; counts as unsolved")
        return None
    (symbol, gene_id), (disease_id, label) = next(iter(genes.items()))
    if disease_id is None:
        for _, item in diseases:
            if not is_excluded(item):
                term = item.get("term")
                disease_id, label = _term(term if isinstance(term, dict) else {})
                break
    solution, wrong = solve(symbol, gene_id, disease_id, label)
    problems += wrong
    others = {(solve(*gene)[0] or Solution("")).gene for gene in genes}
    if len(others) > 1:
        problems.append(f"names {len(others)} causal genes; the first is taken as the answer")
    return solution


def is_excluded(element: Json) -> bool:
    """Whether a disease is stated as ruled out, in any spelling of `excluded`."""
    if element.get("excluded") in (None, False):
        return False
    return read_flags([("excluded", element["excluded"])]).status != "present"


def _named(packet: Json, path: str, problems: list[str]) -> _Named:
    causal: dict[_Gene, _Disease] = {}
    unstated: dict[_Gene, _Disease] = {}
    solved_without_gene = False
    for where, interpretation in objects_of(packet, "interpretations", path, problems):
        progress = _enum(interpretation.get("progressStatus"), _PROGRESS)
        if progress == "UNSOLVED":
            continue
        diagnosis = object_of(interpretation, "diagnosis", where, problems)
        disease = _term(object_of(diagnosis, "disease", f"{where}.diagnosis", problems))
        genomic = objects_of(diagnosis, "genomicInterpretations", f"{where}.diagnosis", problems)
        found = [
            (_enum(item.get("interpretationStatus"), _STATUSES), gene, _acmg(item))
            for _, item in genomic
            if (gene := _gene(item)) != (None, None)
        ]
        for status in ("CAUSATIVE", "CONTRIBUTORY"):
            of_status = [gene for stated, gene, _ in found if stated == status]
            for gene in of_status:
                causal.setdefault(gene, disease)
            if of_status:
                break
        if progress != "IN_PROGRESS":
            for stated, gene, acmg in found:
                if stated == "UNKNOWN_STATUS" and acmg not in _NOT_THE_ANSWER:
                    unstated.setdefault(gene, disease)
        if progress == "SOLVED":
            solved_without_gene = not causal and not unstated
    return _Named(causal, unstated, solved_without_gene)


def _enum(value: object, names: tuple[str, ...]) -> str:
    """The name of an enum's value, the first where there is none; what is unknown stays."""
    if value is None or value == "":
        return names[0]
    if isinstance(value, int) and not isinstance(value, bool):
        return names[value] if 0 <= value < len(names) else str(value)
    return str(value).strip().upper().replace(" ", "_")


def _acmg(item: Json) -> str:
    variant = item.get("variantInterpretation")
    value = variant.get("acmgPathogenicityClassification") if isinstance(variant, dict) else None
    return _enum(value, _ACMG)


def _gene(item: Json) -> _Gene:
    """Symbol and id of the gene of one genomic interpretation."""
    descriptor = item.get("gene")
    variant = item.get("variantInterpretation")
    if not isinstance(descriptor, dict) and isinstance(variant, dict):
        variation = variant.get("variationDescriptor")
        descriptor = variation.get("geneContext") if isinstance(variation, dict) else None
    if not isinstance(descriptor, dict):
        return None, None
    symbol, gene_id = text_of(descriptor.get("symbol")), text_of(descriptor.get("valueId"))
    return (
        None if symbol and is_no_gene(symbol) else symbol,
        None if gene_id and is_no_gene(gene_id) else gene_id,
    )


def _term(term: Json) -> _Disease:
    return curie(text_of(term.get("id"))), text_of(term.get("label"))


def object_of(parent: Json, key: str, path: str, problems: list[str]) -> Json:
    """The object under a key, an empty one where there is none; anything else is told."""
    value = parent.get(key)
    if isinstance(value, dict):
        return value
    if value is not None:
        problems.append(f"{path}.{key}: expected an object, found {kind_of(value)}; left out")
    return {}


def objects_of(parent: Json, key: str, path: str, problems: list[str]) -> list[tuple[str, Json]]:
    """The objects in the list under a key, each with its path; anything else is told."""
    value = parent.get(key)
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        problems.append(f"{path}.{key}: expected a list of objects; what is not is left out")
    items = value if isinstance(value, list) else []
    return [(f"{path}.{key}[{i}]", item) for i, item in enumerate(items) if isinstance(item, dict)]


def text_of(value: object) -> str | None:
    """A text or whole number as text without blanks around it; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    return str(value).strip() or None


def kind_of(value: object) -> str:
    """What a JSON value is, for messages."""
    kinds = {dict: "an object", list: "a list", str: "a text", bool: "true or false"}
    return "nothing" if value is None else kinds.get(type(value), "a number")

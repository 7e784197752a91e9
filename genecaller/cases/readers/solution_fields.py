"""The causal gene and disease of a case, from the keys or columns of a record or table."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from genecaller.cases.case import Solution
from genecaller.cases.cells.gene_cell import GenesNamed, genes_in, is_no_gene
from genecaller.cases.cells.keys import first_of, listed, plain_key, written
from genecaller.cases.cells.words import words_of
from genecaller.cases.solution import known_gene, solve
from ontology.genes import gene_names
from ontology.status import answer_status

Json = dict[str, Any]

GENE_KEYS = (
    *("gene", "gene_symbol", "genes", "causal_gene", "correct_gene", "target_gene"),
    *("hgnc_symbol", "causative_gene", "disease_gene", "gene_name", "solved_gene", "genesymbol"),
    *("causal_genes", "gene_symbols", "diagnosed_gene"),
)
# Names that a data set may use for anything: taken as the gene only where the value is one.
ANSWER_KEYS = ("correct_answer", "reference_answer", "answer", "reference", "target", "label")
GENE_ID_KEYS = ("gene_id", "hgnc_id", "ncbi_gene_id", "entrez_id", "entrez_gene_id", "ensembl_id")
DISEASE_ID_KEYS = ("disease_id", "omim_id", "omim", "orpha", "diagnosis_id", "mondo_id")
DISEASE_KEYS = ("disease_label", "disease_name", "disease", "diagnosis")
STATUS_KEYS = (
    *("solved", "is_solved", "case_solved", "solved_status", "gene_status", "diagnosis_status"),
    *("diagnostic_status", "progress_status", "interpretation_status", "case_status", "acmg"),
    *("pathogenicity", "acmg_class", "acmg_classification", "variant_classification"),
)
ALL_KEYS = frozenset((*GENE_KEYS, *GENE_ID_KEYS, *DISEASE_ID_KEYS, *DISEASE_KEYS, *STATUS_KEYS))

_PREFIXES = {
    **dict.fromkeys(("hgnc_id",), "HGNC:"),
    **dict.fromkeys(("ncbi_gene_id", "entrez_id", "entrez_gene_id"), "NCBIGene:"),
}
_OPEN = "a gene is named, but not as established; counts as unsolved"
_NOT_ESTABLISHED = words_of("gene not established")
_SOLVED = (
    "solved",
    "causal",
    "causative",
    "confirmed",
    "diagnostic",
    "pathogenic",
    "likely pathogenic",
)


def solution_in(fields: Json) -> tuple[Solution | None, tuple[str, ...]]:
    """The answer that fields give (named as `plain_key` does), and what was assumed or wrong."""
    value = fields.get("solution")
    own = isinstance(value, dict)
    if isinstance(value, dict):
        fields = {plain_key(key): content for key, content in value.items()}
    genes, problems = _genes(fields, own=own)
    if not genes:
        for key in (*ANSWER_KEYS, "solution"):
            text = written(fields.get(key))
            if text and known_gene(text) and not is_no_gene(text):
                genes = [text]
                break
    gene_id = _gene_id(fields)
    status = first_of(fields, STATUS_KEYS)
    if (genes or gene_id) and status is not None and not established(status):
        return None, (*problems, _OPEN)
    if not genes and problems:
        gene_id = None  # the gene's cell says that there is none, or none that is sure
    disease_id = written(first_of(fields, DISEASE_ID_KEYS))
    label = written(first_of(fields, DISEASE_KEYS))
    solution, wrong = solve(genes[0] if genes else None, gene_id, disease_id, label)
    problems = (*problems, *wrong)
    recorded = written(fields.get("recorded_gene"))
    if solution and recorded:
        solution = replace(solution, recorded_gene=recorded)
    symbols = {(solve(gene)[0] or Solution(gene)).gene for gene in genes}
    if len(symbols) > 1:
        problems += (f"names {len(symbols)} causal genes; the first is taken as the answer",)
    if solution is None and written(first_of(fields, ANSWER_KEYS[:3])):
        problems += ("its answer is not the name of a gene; counts as unsolved",)
    return solution, problems


def established(status: object) -> bool:
    """Whether a status ("solved", "candidate", "VUS", "class 5") lets its gene be the answer."""
    text = " ".join(str(status).replace("_", " ").split()).casefold()
    if text in _SOLVED or text in ("5", "4", "class 5", "class 4", "p", "lp", "likely causal"):
        return True
    if text in ("3", "2", "class 3", "class 2", "class 1", "lb", "b", "in progress", "open"):
        return False
    if not _NOT_ESTABLISHED.isdisjoint(text.split()):
        return False
    return answer_status(status) not in ("excluded", "uncertain")


def _genes(fields: Json, *, own: bool) -> tuple[list[str], tuple[str, ...]]:
    genes: list[str] = []
    problems: tuple[str, ...] = ()
    statuses: list[bool | None] = []
    for text, status in _named(first_of(fields, GENE_KEYS)):
        named = _as_recorded(text) if own else genes_in(text)
        genes += named.genes
        statuses += [status] * len(named.genes)
        problems += named.problems
    if any(status is not None for status in statuses):
        sure = [gene for gene, status in zip(genes, statuses, strict=True) if status]
        if genes and not sure:
            problems += (_OPEN,)
        genes = sure
    return genes, tuple(dict.fromkeys(problems))


def _as_recorded(text: str) -> GenesNamed:
    """The gene of a record that was written here: as it is, approved symbols whatever they mean."""
    is_symbol = gene_names().resolve(text).status == "approved"
    return GenesNamed((text,) if is_symbol or not is_no_gene(text) else ())


def _named(value: Any) -> Iterator[tuple[str, bool | None]]:
    """Each gene's name or id, and whether it is established where its own status says so."""
    for item in listed(value):
        status: bool | None = None
        if isinstance(item, dict):
            plain = {plain_key(key): content for key, content in item.items()}
            stated = first_of(plain, ("status", *STATUS_KEYS))
            status = None if stated is None else established(stated)
            item = first_of(plain, ("gene", "symbol", "gene_symbol", "name", "hgnc_id", "id"))
            if isinstance(item, dict):
                item = first_of(item, ("symbol", "name", "id"))
        if text := written(item):
            yield text, status


def _gene_id(fields: Json) -> str | None:
    for key in GENE_ID_KEYS:
        text = written(fields.get(key))
        if text and not is_no_gene(text):
            return f"{_PREFIXES[key]}{text}" if text.isdigit() and key in _PREFIXES else text
    return None

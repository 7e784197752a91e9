"""A case and its ranking to take away: TSV, JSON and phenopacket."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from typing import Any

from app.ranked import RankedCase, Row
from genecaller.cases.write import as_record, write_phenopacket
from genecaller.store.provenance import Provenance
from ontology.knowledge import Knowledge

NOTICE = "For research use only. Not a medical device; not a diagnosis."
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def as_text_cell(value: object) -> str:
    """A cell that a spreadsheet shows and never runs: what looks like a formula is marked as text.

    Source: OWASP, CSV injection.
    """
    text = "" if value is None else str(value)
    if isinstance(value, int | float):
        return text
    return f"'{text}" if text.startswith(_FORMULA) else text


def as_tsv(ranked: RankedCase, model_ranks: Mapping[str, int] | None = None) -> str:
    """The ranked genes, one line each, under a header; tabs and line ends become spaces."""
    methods = list(dict.fromkeys(name for row in ranked.rows for name in row.ranks))
    head = [
        "case_id",
        "rank",
        "gene",
        "score",
        "confidence",
        "disease_id",
        "disease",
        "inheritance",
    ]
    head += ["explains", "findings", "against", "model_rank", *methods, "explanation"]
    told = {gene.symbol: gene.explanation for gene in ranked.ranking.genes}
    out = io.StringIO()
    writer = csv.writer(out, delimiter="\t", lineterminator="\n")
    writer.writerow(head)
    for row in ranked.rows:
        numbers = [
            len(row.evidence.explained),
            len(row.evidence.matches),
            len(row.evidence.against),
        ]
        cells: list[object] = [ranked.case.id, row.rank, row.symbol, round(row.score, 4)]
        cells.append(None if row.confidence is None else round(row.confidence, 4))
        cells += [row.disease_id, row.disease_name, ", ".join(row.inheritance), *numbers]
        cells += [(model_ranks or {}).get(row.symbol), *(row.ranks.get(name) for name in methods)]
        cells.append(told.get(row.symbol, ""))
        writer.writerow([" ".join(as_text_cell(cell).split()) for cell in cells])
    return out.getvalue()


def as_json(
    ranked: RankedCase,
    provenance: Provenance,
    created: str,
    answer: Mapping[str, Any] | None = None,
) -> str:
    """Case, ranking with evidence, the model's answer and provenance as one JSON object."""
    record = {
        "notice": NOTICE,
        "created": created,
        "provenance": _known(provenance),
        "case": as_record(ranked.case),
        "ranker": ranked.ranking.ranker,
        "genes": [_gene(row) for row in ranked.rows],
        "problems": list(ranked.ranking.problems),
        "model_answer": answer,
    }
    return json.dumps(record, ensure_ascii=False, indent=2) + "\n"


def as_phenopacket(ranked: RankedCase, knowledge: Knowledge, created: str) -> str:
    """The case, without the ranking, as a phenopacket."""
    packet = write_phenopacket(ranked.case, knowledge, created=created)
    return json.dumps(packet, ensure_ascii=False, indent=2) + "\n"


def _known(provenance: Provenance) -> dict[str, Any]:
    names = ("knowledge", "prompt_version", "model", "adapter", "code_version", "seed")
    return {name: value for name in names if (value := getattr(provenance, name)) is not None}


def _gene(row: Row) -> dict[str, Any]:
    evidence = row.evidence
    return {
        "rank": row.rank,
        "symbol": row.symbol,
        "ncbi_gene_id": row.ncbi_gene_id,
        "score": row.score,
        "confidence": row.confidence,
        "disease": {"id": row.disease_id, "name": row.disease_name},
        "inheritance": list(row.inheritance),
        "ranks": dict(row.ranks),
        "explained": [
            {
                "hpo_id": match.hpo_id,
                "label": match.label,
                "kind": match.kind,
                "by": match.disease_hpo_id,
                "frequency": match.frequency,
            }
            for match in evidence.matches
        ],
        "missing": [
            {"hpo_id": item.hpo_id, "label": item.label, "frequency": item.frequency}
            for item in evidence.missing
        ],
        "against": [
            {
                "hpo_id": item.hpo_id,
                "label": item.label,
                "kind": item.kind,
                "of": item.disease_hpo_id,
            }
            for item in evidence.against
        ],
    }

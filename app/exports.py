"""A case and its ranking to take away: TSV, JSON and phenopacket."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from app.answering import Answering, same_question
from app.cells import as_table
from app.counting import Counted
from app.ranked_case import RankedCase, Row
from genecaller.cases import Case
from genecaller.cases.write import as_record, write_phenopacket
from genecaller.graders.grounded import Citation
from genecaller.pipeline.sources import ModelAnswer
from genecaller.store.provenance import Provenance
from ontology.knowledge import Knowledge

NOTICE = "For research use only. Not a medical device; not a diagnosis."
UNANSWERED = "The language model had not answered yet."


@dataclass(frozen=True, slots=True)
class Export:
    """All that a file to take away is made of.

    It is put together while the page is drawn: what makes the file runs later and outside the
    session, where nothing of it can be asked for. `ranked` is the whole case with nothing
    switched off, `off` what the page leaves out for a what-if, `findings` all that it lists,
    `said` the model's answer (None where there is none to take away), `about_answer` what is to
    be told of it.
    """

    ranked: RankedCase
    provenance: Provenance
    patient: str = ""
    findings: tuple[Counted, ...] = ()
    said: ModelAnswer | None = None
    citations: tuple[Citation, ...] = ()
    off: tuple[str, ...] = ()
    about_answer: tuple[str, ...] = ()

    @property
    def what_if(self) -> str | None:
        """What a file made during a what-if says of it; None where none is on."""
        if not self.off:
            return None
        return (
            f"Made while a what-if was on the page, without: {', '.join(self.off)}. This file "
            "holds the whole case and its ranking, with these."
        )

    @property
    def notes(self) -> tuple[str, ...]:
        """All that the file has to say of itself."""
        return (*filter(None, [self.what_if]), *self.about_answer)

    @property
    def model_ranks(self) -> dict[str, int] | None:
        """Each gene of the model's answer with its rank, from 1; None where there is none."""
        if self.said is None:
            return None
        return {gene.symbol: gene.rank for gene in self.said.ranking.genes}

    @property
    def left_aside(self) -> tuple[Counted, ...]:
        """The findings that are listed and do not count."""
        return tuple(one for one in self.findings if not one.counts)


def export_of(
    ranked: RankedCase,
    *,
    off: tuple[str, ...] = (),
    findings: tuple[Counted, ...] = (),
    asked: Answering | None = None,
    patient: str = "",
) -> Export:
    """Put together what the files hold; `off` names what the page leaves out for a what-if."""
    provenance = Provenance(knowledge=ranked.ranking.knowledge)
    export = Export(ranked, provenance, patient, findings, off=off)
    if asked is None or asked.said is None or asked.source is None:
        running = asked is not None and asked.running
        return replace(export, about_answer=(UNANSWERED,)) if running else export
    if asked.left_out:
        told = (
            "The language model's answer on the page is to a what-if, without: "
            f"{', '.join(asked.left_out)}. It is not in this file."
        )
        return replace(export, about_answer=(told,))
    about = []
    if not same_question(asked.case, ranked.case):
        about.append(f"The language model answered before an edit: {_asked_about(asked.case)}.")
    if asked.state == "stopped":
        about.append("The language model's answer was stopped before its end.")
    return replace(
        export,
        provenance=asked.source.provenance,
        said=asked.said,
        citations=asked.citations,
        about_answer=tuple(about),
    )


def _asked_about(case: Case) -> str:
    present = ", ".join(term.label for term in case.terms) or "nothing"
    absent = ", ".join(term.label for term in case.excluded_terms) or "nothing"
    return f"it was asked about {present} as present and {absent} as absent"


def as_tsv(export: Export) -> str:
    """The ranked genes, one line each, under a header; then those that only the model names."""
    ranked = export.ranked
    methods = list(dict.fromkeys(name for row in ranked.rows for name in row.ranks))
    head = ["case_id", "rank", "gene", "score", "confidence", "disease_id", "disease"]
    head += ["inheritance", "explains", "findings", "against", "model_rank", *methods]
    head += ["explanation", "model_explanation", "knowledge", "model", "note"]
    told = {gene.symbol: gene.explanation for gene in ranked.ranking.genes}
    ranks = export.model_ranks or {}
    words = _model_words(export)
    last = [
        export.provenance.knowledge,
        export.said.ranking.model if export.said else None,
        " ".join(export.notes),
    ]
    rows: list[list[object]] = []
    for row in ranked.rows:
        evidence = row.evidence
        rows.append(
            [
                *(ranked.case.id, row.rank, row.symbol, round(row.score, 4)),
                None if row.confidence is None else round(row.confidence, 4),
                *(row.disease_id, row.disease_name, ", ".join(row.inheritance)),
                *(len(evidence.explained), len(evidence.matches), len(evidence.against)),
                ranks.get(row.symbol),
                *(row.ranks.get(method) for method in methods),
                *(told.get(row.symbol), words.get(row.symbol), *last),
            ]
        )
    shown = {row.symbol for row in ranked.rows}
    for symbol, rank in ranks.items():
        if symbol not in shown:
            nothing = [None] * 8
            ours = [rank, *(None for _ in methods), None, words.get(symbol)]
            rows.append([ranked.case.id, None, symbol, *nothing, *ours, *last])
    return as_table(head, rows)


def _model_words(export: Export) -> dict[str, str]:
    if export.said is None:
        return {}
    return {gene.symbol: gene.explanation for gene in export.said.ranking.genes}


def as_json(export: Export, created: str) -> str:
    """Case, findings, ranking with evidence, the model's answer and provenance, one object."""
    ranked = export.ranked
    ranks = export.model_ranks or {}
    record = {
        "notice": NOTICE,
        "notes": list(export.notes),
        "created": created,
        "provenance": _known(export.provenance),
        "case": as_record(ranked.case),
        "findings": [_finding(one) for one in export.findings],
        "ranker": ranked.ranking.ranker,
        "genes": [{**_gene(row), "model_rank": ranks.get(row.symbol)} for row in ranked.rows],
        "problems": list(ranked.ranking.problems),
        "model_answer": _answer(export),
    }
    return json.dumps(record, ensure_ascii=False, indent=2) + "\n"


def as_phenopacket(export: Export, knowledge: Knowledge, created: str) -> str:
    """The case, without the ranking, as a phenopacket; a what-if is told among its updates."""
    packet = write_phenopacket(export.ranked.case, knowledge, created=created)
    if export.what_if:
        packet["metaData"]["updates"] = [
            {"timestamp": created, "updatedBy": "genecaller", "comment": export.what_if}
        ]
    return json.dumps(packet, ensure_ascii=False, indent=2) + "\n"


def _known(provenance: Provenance) -> dict[str, Any]:
    names = ("knowledge", "prompt_version", "model", "adapter", "code_version", "seed")
    return {name: value for name in names if (value := getattr(provenance, name)) is not None}


def _finding(one: Counted) -> dict[str, Any]:
    told = {
        "hpo_id": one.finding.term.hpo_id,
        "label": one.finding.term.label,
        "status": one.finding.status,
        "counts": one.counts,
    }
    return told | ({"why": one.why} if one.why else {})


def _answer(export: Export) -> Mapping[str, Any] | None:
    said = export.said
    if said is None:
        return None
    return {
        "model": said.ranking.model,
        "text": said.text,
        "thoughts": said.answer.thoughts or None,
        "finished": said.finished,
        "genes": [
            {
                "rank": gene.rank,
                "symbol": gene.symbol,
                "explanation": gene.explanation,
                "cites": [
                    {
                        "label": one.label,
                        "absent": one.absent,
                        "holds": one.holds,
                        "in_case": one.in_case,
                        "in_disease": one.in_disease,
                    }
                    for one in export.citations
                    if one.symbol == gene.symbol
                ],
            }
            for gene in said.ranking.genes
        ],
        "problems": list(said.ranking.problems),
    }


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
                "stated": match.stated,
            }
            for match in evidence.matches
        ],
        "missing": [
            {
                "hpo_id": item.hpo_id,
                "label": item.label,
                "frequency": item.frequency,
                "stated": item.stated,
            }
            for item in evidence.missing
        ],
        "against": [
            {
                "hpo_id": item.hpo_id,
                "label": item.label,
                "kind": item.kind,
                "of": item.disease_hpo_id,
                "frequency": item.frequency,
                "stated": item.stated,
                "also": list(item.also),
            }
            for item in evidence.against
        ],
    }

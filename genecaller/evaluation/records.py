"""An evaluation as plain records: for `--json`, for Parquet, for the store."""

from __future__ import annotations

import json
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

from genecaller.errors import UsageError
from genecaller.evaluation.metrics import CONFIDENCE, METRICS
from genecaller.evaluation.result import Evaluation, Row
from genecaller.evaluation.strata import unseen
from ontology.files import plainly_named

FILES = ("figures.parquet", "cases.parquet", "comparisons.parquet")
# What may be null in every row of a file has no type of its own there.
TYPES = {
    **dict.fromkeys(
        ("knowledge", "model", "adapter", "within", "first_gene", "warning"), "VARCHAR"
    ),
    **dict.fromkeys(("best_rank", "worst_rank"), "BIGINT"),
    **dict.fromkeys(("rank", "confidence"), "DOUBLE"),
}


def figure_records(evaluation: Evaluation, *, finer: bool = False) -> list[dict[str, Any]]:
    """One object a ranker and stratum, as `genecaller evaluate --json` prints them.

    Every metric is `{"micro": estimate, "macro": estimate}`, an estimate
    `{"value", "low", "high", "resampled"}` in 0..1, null where there is no case. `finer` adds
    the objects by number of terms and by organ system.
    """
    return [
        _figure_record(evaluation, row)
        for row in evaluation.rows
        if finer or row.grouping == "stratum"
    ]


def _figure_record(evaluation: Evaluation, row: Row) -> dict[str, Any]:
    found = row.figures
    record: dict[str, Any] = {
        "ranker": row.ranker,
        "stratum": row.stratum,
        "protocol": row.protocol,
        "grouping": row.grouping,
        "within": row.within,
        "n": found.n,
        "genes": found.genes,
        "knowledge": row.knowledge,
        "model": row.model,
        "adapter": row.adapter,
        "seed": evaluation.seed,
        "resamples": evaluation.resamples,
        "confidence": CONFIDENCE,
        "ties": evaluation.ties,
        "depth": evaluation.depth,
    }
    for metric in METRICS:
        record[metric] = {
            "micro": asdict(found.micro[metric]) if found.n else None,
            "macro": asdict(found.macro[metric]) if found.n else None,
        }
    record["ended"] = row.statuses
    record["trained_on"] = row.trained_on
    record["warning"] = _warning(evaluation, row)
    record["reliability"] = asdict(row.reliability) if row.reliability else None
    return record


def _warning(evaluation: Evaluation, row: Row) -> str | None:
    """What the figures of a row may not be quoted without; None where there is nothing."""
    if not row.trained_on:
        return None
    about = f"{evaluation.shown(row.ranker)}: "
    return next((one for one in evaluation.warnings if one.startswith(about)), None)


def case_records(evaluation: Evaluation) -> list[dict[str, Any]]:
    """One object a case, ranker and protocol: where the right gene stood and how it ended."""
    solved = evaluation.solved
    in_unseen = unseen(solved).tolist()
    records = []
    written: set[tuple[str, int]] = set()
    for protocol, outcomes in evaluation.outcomes.items():
        for outcome in outcomes:
            # Protocols that rank with the knowledge as it is share their outcomes: write them once.
            if (outcome.ranker, id(outcome)) in written:
                continue
            written.add((outcome.ranker, id(outcome)))
            for row, (case, standing) in enumerate(
                zip(solved.cases, outcome.standings, strict=True)
            ):
                records.append(
                    {
                        "protocol": protocol,
                        "ranker": outcome.ranker,
                        "model": outcome.model,
                        "adapter": outcome.adapter,
                        "knowledge": outcome.knowledge,
                        "case_id": case.id,
                        "gene": solved.symbols[row],
                        "status": standing.status,
                        "rank": standing.rank(evaluation.ties),
                        "best_rank": standing.best,
                        "worst_rank": standing.worst,
                        "first_gene": standing.first,
                        "confidence": standing.confidence,
                        "gene_known": bool(solved.gene_known[row]),
                        "disease_known": bool(solved.disease_known[row]),
                        "publication_cited": bool(solved.cited[row]),
                        "unseen_publication": in_unseen[row],
                        "present_terms": len(case.terms),
                        "trained_on": bool(outcome.trained_on and outcome.trained_on[row]),
                    }
                )
    return records


def comparison_records(evaluation: Evaluation) -> list[dict[str, Any]]:
    """One object a pair of rankers and stratum, with the cases that each puts ahead."""
    records = []
    for paired in evaluation.comparisons:
        record = asdict(paired.comparison)
        records.append({"protocol": paired.protocol, "stratum": paired.stratum, **record})
    return records


def as_json(evaluation: Evaluation, *, finer: bool = False) -> str:
    """What `--json` prints: an array with one object a line."""
    lines = [json.dumps(one, ensure_ascii=False) for one in figure_records(evaluation, finer=finer)]
    return "[\n" + ",\n".join(lines) + "\n]"


def write_parquet(evaluation: Evaluation, folder: Path) -> list[Path]:
    """Write figures, cases and comparisons into a folder (made if absent); returns the files.

    Raises UsageError where the folder cannot be written.
    """
    contents = (
        figure_records(evaluation, finer=True),
        case_records(evaluation),
        comparison_records(evaluation),
    )
    import duckdb

    written = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, records in zip(FILES, contents, strict=True):
            if records:
                written.append(_write(records, folder / name))
    except OSError as error:
        raise UsageError(f"{folder}: cannot be written ({error.strerror or error})") from error
    except duckdb.Error as error:  # a full disk
        raise UsageError(f"{folder}: cannot be written ({str(error).splitlines()[0]})") from error
    return written


def _write(records: list[dict[str, Any]], target: Path) -> Path:
    import duckdb

    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".writing-") as scratch:
        lines, made = Path(scratch) / "lines.jsonl", Path(scratch) / target.name
        lines.write_text("".join(json.dumps(one) + "\n" for one in records), encoding="utf-8")
        with duckdb.connect(":memory:") as connection:
            # All lines are looked at, so that a column that begins with nulls gets its true type.
            typed = ", ".join(
                f"CAST({name} AS {TYPES[name]}) AS {name}" for name in records[0] if name in TYPES
            )
            columns = f"* REPLACE ({typed})" if typed else "*"
            with plainly_named(lines) as plain:
                connection.execute(
                    f"COPY (SELECT {columns} FROM read_json({_quoted(plain)}, "
                    f"format = 'newline_delimited', sample_size = -1, "
                    f"maximum_object_size = 268435456)) "
                    f"TO {_quoted(made.resolve())} (FORMAT parquet)"
                )
        made.replace(target)
    return target


def _quoted(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"

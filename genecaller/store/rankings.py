"""Rankings with their genes, the model answers they came from, and the grades of both."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from genecaller.errors import StoreError
from genecaller.ranking import RankedGene, Ranking
from genecaller.store.case_keys import SavedCase
from genecaller.store.connection import Connected, append, next_ids, require_run
from genecaller.store.conversions import rows_of, utc
from genecaller.store.provenance import Provenance
from genecaller.store.ranking_rows import GENE_COLUMNS, keep_once

_ANSWER = "ranking_id sample prompt text thoughts problems seconds prompt_tokens answer_tokens"


@dataclass(frozen=True, slots=True)
class StoredRanking:
    """A ranking with its number, run and provenance, and the version of the case it ranked.

    `switched_off` are the HPO ids that a what-if left out of the case for this ranking.
    """

    ranking_id: int
    run_id: int
    case_version: int
    created: datetime
    ranking: Ranking
    provenance: Provenance
    switched_off: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """One raw answer of the language model; a ranking by voting has several, by `sample`.

    `text` is what the model wrote, `thoughts` its part before the list, `seconds` the time it
    took; None where that was not measured.
    """

    ranking_id: int
    text: str
    sample: int = 0
    prompt: str | None = None
    thoughts: str | None = None
    problems: tuple[str, ...] = ()
    seconds: float | None = None
    prompt_tokens: int | None = None
    answer_tokens: int | None = None
    answer_id: int | None = None


@dataclass(frozen=True, slots=True)
class StoredGrade:
    """What a grader said of a ranking, or of one answer behind it.

    `value` is None where the grader failed, and `problem` then says why; `parts` are the values
    of a compound grader's parts.
    """

    ranking_id: int
    grader: str
    value: float | None
    parts: dict[str, Any] | None = field(metadata={"json": True}, default=None)
    problem: str | None = None
    answer_id: int | None = None


class Rankings(Connected):
    """The verbs on rankings, answers and grades."""

    def save_rankings(
        self,
        rankings: Iterable[Ranking],
        *,
        run_id: int,
        saved: Mapping[str, SavedCase] | None = None,
    ) -> list[int]:
        """Save rankings of saved cases in one transaction; their numbers, in the same order.

        A ranking names its case by the id that the case came with in this run, or by its key in
        the store; it is tied to the version that the run saved, else to the latest. `saved` says
        it outright, by the id in the ranking, where another run saved the case. A run holds
        one ranking of a case by a ranker: the same again changes nothing, and another takes its
        place, answers and grades included, so that a run taken up again may repeat what it did
        last. StoreError where a case is not in the store, or a ranking's knowledge is not the
        run's.
        """
        batch = list(rankings)
        with self._writing() as connection:
            require_run(connection, run_id)
            return keep_once(connection, batch, run_id, saved or {})

    def save_answers(self, answers: Iterable[StoredAnswer]) -> list[int]:
        """Save raw answers of the model under their rankings; their numbers, in the same order."""
        batch = list(answers)
        with self._writing() as connection:
            _require_rankings(connection, {answer.ranking_id for answer in batch})
            ids = next_ids(connection, "answer_ids", len(batch))
            rows = rows_of(batch, _ANSWER.split())
            append(
                connection,
                "answers",
                f"answer_id {_ANSWER}",
                ((i, *row) for i, row in zip(ids, rows, strict=True)),
            )
        return ids

    def save_grades(self, grades: Iterable[StoredGrade], *, run_id: int) -> None:
        """Save what graders said; `run_id` is the run that graded, not the one that ranked."""
        batch = list(grades)
        with self._writing() as connection:
            require_run(connection, run_id)
            _require_rankings(connection, {grade.ranking_id for grade in batch})
            columns = "run_id ranking_id answer_id grader value parts problem"
            append(connection, "grades", columns, rows_of(batch, columns.split(), run_id=run_id))

    def rankings_of_case(
        self, case_id: str, *, top: int = 50, limit: int = 20
    ) -> list[StoredRanking]:
        """The newest `limit` rankings of a case, each with its first `top` genes."""
        return self._rankings("r.case_id = ?", [case_id], top, limit)

    def rankings_of_run(
        self, run_id: int, *, top: int = 50, limit: int = 100_000
    ) -> list[StoredRanking]:
        """The rankings of a run, newest first."""
        return self._rankings("r.run_id = ?", [run_id], top, limit)

    def ranked_cases(self, run_id: int) -> set[tuple[str, str]]:
        """The (case, ranker) pairs that a run holds, by the ids that its cases came with."""
        return set(
            self._rows(
                "SELECT coalesce(c.given_id, r.case_id), r.ranker FROM rankings r"
                " LEFT JOIN run_cases c USING (run_id, case_id) WHERE r.run_id = ?",
                [run_id],
            )
        )

    def read_answers(self, ranking_id: int) -> list[StoredAnswer]:
        """The raw answers behind a ranking, by sample."""
        return self._records(
            StoredAnswer, "SELECT * FROM answers WHERE ranking_id = ? ORDER BY sample", [ranking_id]
        )

    def read_grades(self, ranking_id: int) -> list[StoredGrade]:
        """The grades of a ranking and of its answers, oldest first."""
        return self._records(
            StoredGrade,
            "SELECT ranking_id, grader, value, parts, problem, answer_id FROM grades"
            " WHERE ranking_id = ? ORDER BY run_id, rowid",
            [ranking_id],
        )

    def _rankings(self, which: str, values: list[Any], top: int, limit: int) -> list[StoredRanking]:
        """The rankings that the clause `which` (a constant of this file) names, newest first."""
        with self._reading() as connection:
            rows = connection.execute(
                "SELECT r.ranking_id, r.run_id, r.case_version, r.created, r.case_id, r.ranker,"
                " r.model, r.problems, r.switched_off, u.knowledge, u.prompt_version, u.model,"
                " u.adapter, u.code_version, u.seed FROM rankings r JOIN runs u USING (run_id)"
                f" WHERE {which} ORDER BY r.ranking_id DESC LIMIT ?",
                [*values, limit],
            ).fetchall()
            genes: dict[int, list[RankedGene]] = {}
            for ranking_id, *gene in connection.execute(
                f"SELECT ranking_id, {', '.join(GENE_COLUMNS.split())} FROM ranked_genes"
                " WHERE ranking_id IN (SELECT unnest(?::BIGINT[])) AND rank <= ?"
                " ORDER BY ranking_id, rank",
                [[row[0] for row in rows], top],
            ).fetchall():
                genes.setdefault(ranking_id, []).append(RankedGene(*gene))
        return [_from_row(row, genes.get(row[0], [])) for row in rows]


def _from_row(row: Sequence[Any], genes: Iterable[RankedGene]) -> StoredRanking:
    ranking_id, run_id, version, created, case_id, ranker, model, problems, off, *made = row
    made_with = Provenance(*made)
    return StoredRanking(
        ranking_id=ranking_id,
        run_id=run_id,
        case_version=version,
        created=utc(created),
        ranking=Ranking(
            case_id=case_id,
            ranker=ranker,
            model=model,
            knowledge=made_with.knowledge or "",
            genes=tuple(genes),
            problems=tuple(problems),
        ),
        provenance=made_with,
        switched_off=tuple(off or ()),
    )


def _require_rankings(connection: Any, ranking_ids: set[int]) -> None:
    """Raise StoreError where one of the rankings is not there."""
    found = {
        number
        for (number,) in connection.execute(
            "SELECT ranking_id FROM rankings WHERE ranking_id IN (SELECT unnest(?::BIGINT[]))",
            [list(ranking_ids)],
        ).fetchall()
    }
    if ranking_ids - found:
        raise StoreError(
            f"there is no ranking {min(ranking_ids - found)} in the store; save it first"
        )

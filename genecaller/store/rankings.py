"""Rankings with their genes, the model answers they came from, and the grades of both."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from genecaller.errors import StoreError
from genecaller.ranking import RankedGene, Ranking
from genecaller.store.connection import Connected, append, next_ids, require_run
from genecaller.store.provenance import Provenance
from genecaller.store.values import rows_of, utc, utc_now

_GENES = "rank symbol score disease explanation"
_ANSWER = "ranking_id sample prompt text thoughts problems seconds prompt_tokens answer_tokens"


@dataclass(frozen=True, slots=True)
class StoredRanking:
    """A ranking with its number, run and provenance, and the version of the case it ranked."""

    ranking_id: int
    run_id: int
    case_version: int
    created: datetime
    ranking: Ranking
    provenance: Provenance


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

    def save_rankings(self, rankings: Iterable[Ranking], *, run_id: int) -> list[int]:
        """Save rankings of saved cases in one transaction; their numbers, in the same order.

        A case's ranking by a ranker that the run already holds is left as it is and gives the
        number it has, so that a run taken up again may repeat its last batch. Each is tied to the
        case's latest version: save both in one `transaction()` where a correction may come in
        between. StoreError where a case is not in the store, or a ranking's knowledge is not the
        run's.
        """
        batch = list(rankings)
        now = utc_now()
        with self._writing() as connection:
            require_run(connection, run_id)
            ((release,),) = connection.execute(
                "SELECT knowledge FROM runs WHERE run_id = ?", [run_id]
            ).fetchall()
            for ranking in batch:
                if ranking.knowledge != release:
                    raise StoreError(
                        f"the ranking of case {ranking.case_id!r} by {ranking.ranker} was made "
                        f"with knowledge {ranking.knowledge}, run {run_id} with {release}; "
                        "save it in a run of its own"
                    )
            ids = list({ranking.case_id for ranking in batch})
            versions: dict[str, int] = dict(
                connection.execute(
                    "SELECT case_id, version FROM current_cases"
                    " WHERE case_id IN (SELECT unnest(?::VARCHAR[]))",
                    [ids],
                ).fetchall()
            )
            missing = next((r.case_id for r in batch if r.case_id not in versions), None)
            if missing is not None:
                raise StoreError(f"case {missing!r} is not in the store; save the case first")
            known: dict[tuple[str, str], int] = {
                (case_id, ranker): ranking_id
                for case_id, ranker, ranking_id in connection.execute(
                    "SELECT case_id, ranker, ranking_id FROM rankings WHERE run_id = ?"
                    " AND case_id IN (SELECT unnest(?::VARCHAR[]))",
                    [run_id, ids],
                ).fetchall()
            }
            fresh: list[tuple[int, Ranking]] = []
            numbers = iter(next_ids(connection, "ranking_ids", len(batch)))
            for ranking in batch:
                key = (ranking.case_id, ranking.ranker)
                if key not in known:
                    known[key] = next(numbers)
                    fresh.append((known[key], ranking))
            append(
                connection,
                "rankings",
                "ranking_id run_id case_id case_version ranker model created n_genes problems",
                (
                    (
                        *(i, run_id, r.case_id, versions[r.case_id], r.ranker, r.model, now),
                        *(len(r.genes), list(r.problems)),
                    )
                    for i, r in fresh
                ),
            )
            append(
                connection,
                "ranked_genes",
                f"ranking_id {_GENES}",
                (
                    (i, g.rank, g.symbol, g.score, g.disease, g.explanation)
                    for i, r in fresh
                    for g in r.genes
                ),
            )
        return [known[(ranking.case_id, ranking.ranker)] for ranking in batch]

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
        """The (case, ranker) pairs that a run holds: what it need not do again."""
        return set(self._rows("SELECT case_id, ranker FROM rankings WHERE run_id = ?", [run_id]))

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
                " r.model, r.problems, u.knowledge, u.prompt_version, u.model, u.adapter,"
                " u.code_version, u.seed FROM rankings r JOIN runs u USING (run_id)"
                f" WHERE {which} ORDER BY r.ranking_id DESC LIMIT ?",
                [*values, limit],
            ).fetchall()
            genes: dict[int, list[RankedGene]] = {}
            for ranking_id, *gene in connection.execute(
                f"SELECT ranking_id, {', '.join(_GENES.split())} FROM ranked_genes"
                " WHERE ranking_id IN (SELECT unnest(?::BIGINT[])) AND rank <= ?"
                " ORDER BY ranking_id, rank",
                [[row[0] for row in rows], top],
            ).fetchall():
                genes.setdefault(ranking_id, []).append(RankedGene(*gene))
        return [_from_row(row, genes.get(row[0], [])) for row in rows]


def _from_row(row: Sequence[Any], genes: Iterable[RankedGene]) -> StoredRanking:
    ranking_id, run_id, version, created, case_id, ranker, model, problems, *provenance = row
    made_with = Provenance(*provenance)
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

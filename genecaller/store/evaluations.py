"""Evaluations: figures with their intervals, each case's rank by each ranker, and comparisons."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal

from genecaller.errors import StoreError
from genecaller.store.connection import Connected, append, next_ids, require_run
from genecaller.store.conversions import as_json, rows_of, utc_now
from genecaller.store.evaluation_parts import (
    CaseRank,
    Comparison,
    CurvePoint,
    Duel,
    EvaluatedRanker,
    Figure,
    StoredEvaluation,
    Truth,
)

# Table and columns of each part of an evaluation.
_PARTS: dict[type[Any], str] = {
    EvaluatedRanker: "evaluation_rankers",
    Figure: "evaluation_figures",
    Truth: "evaluation_truths",
    CaseRank: "evaluation_cases",
    Comparison: "evaluation_comparisons",
    CurvePoint: "evaluation_curves",
}


class Evaluations(Connected):
    """The verbs on evaluations."""

    def save_evaluation(
        self,
        *,
        run_id: int,
        title: str,
        cases_source: str,
        rankers: Iterable[EvaluatedRanker],
        truths: Iterable[Truth],
        ranks: Iterable[CaseRank],
        figures: Iterable[Figure],
        comparisons: Iterable[Comparison] = (),
        curves: Iterable[CurvePoint] = (),
        settings: Mapping[str, Any] | None = None,
    ) -> int:
        """Save a whole evaluation in one transaction; returns its number.

        Every case of `ranks` is among `truths`, every ranker named among `rankers`.
        """
        known_cases = list(truths)
        known_rankers = list(rankers)
        named = {ranker.ranker for ranker in known_rankers}
        all_ranks, all_figures = list(ranks), list(figures)
        strangers = {r.ranker for r in all_ranks} | {f.ranker for f in all_figures}
        strangers -= named
        if strangers:
            raise StoreError(
                f"the evaluation has results of {min(strangers)!r}, which is not among its rankers "
                f"({', '.join(sorted(named))})"
            )
        lost = {rank.case_id for rank in all_ranks} - {truth.case_id for truth in known_cases}
        if lost:
            raise StoreError(f"the evaluation ranks case {min(lost)!r} without its right gene")
        with self._writing() as connection:
            require_run(connection, run_id)
            (evaluation_id,) = next_ids(connection, "evaluation_ids", 1)
            head = [evaluation_id, run_id, title, utc_now(), cases_source, len(known_cases)]
            connection.execute(
                "INSERT INTO evaluations VALUES (?, ?, ?, ?, ?, ?, ?)",
                [*head, as_json(dict(settings or {}))],
            ).fetchall()
            parts: dict[type[Any], Iterable[Any]] = {
                EvaluatedRanker: known_rankers,
                Figure: all_figures,
                Truth: known_cases,
                CaseRank: all_ranks,
                Comparison: comparisons,
                CurvePoint: curves,
            }
            for cls, items in parts.items():
                columns = ("evaluation_id", *cls.__slots__)
                rows = rows_of(items, columns, evaluation_id=evaluation_id)
                append(connection, _PARTS[cls], " ".join(columns), rows)
        return evaluation_id

    def list_evaluations(self, *, limit: int = 100) -> list[StoredEvaluation]:
        """Evaluations, newest first."""
        return self._records(
            StoredEvaluation,
            "SELECT * FROM evaluations ORDER BY evaluation_id DESC LIMIT ?",
            [limit],
        )

    def read_evaluation(self, evaluation_id: int) -> StoredEvaluation:
        """The head of one evaluation; StoreError where there is none of that number."""
        found = self._records(
            StoredEvaluation, "SELECT * FROM evaluations WHERE evaluation_id = ?", [evaluation_id]
        )
        if not found:
            raise StoreError(f"there is no evaluation {evaluation_id} in the store")
        return found[0]

    def read_rankers(self, evaluation_id: int) -> list[EvaluatedRanker]:
        """The rankers of an evaluation with their models, in the order they were given."""
        return self._part(EvaluatedRanker, evaluation_id)

    def read_figures(
        self,
        evaluation_id: int,
        *,
        ranker: str | None = None,
        protocol: str | None = None,
        stratum: str | None = None,
        averaging: Literal["micro", "macro"] | None = None,
        metric: str | None = None,
        grouping: str | None = "stratum",
    ) -> list[Figure]:
        """The figures of an evaluation, in the order they were given; None means all.

        The finer groups are left out unless `grouping` names one, or None for all.
        """
        return self._part(
            Figure,
            evaluation_id,
            ranker=ranker,
            protocol=protocol,
            stratum=stratum,
            averaging=averaging,
            metric=metric,
            grouping=grouping,
        )

    def read_truths(self, evaluation_id: int) -> list[Truth]:
        """The right genes and strata of an evaluation's cases."""
        return self._part(Truth, evaluation_id)

    def read_ranks(
        self, evaluation_id: int, *, ranker: str | None = None, protocol: str | None = None
    ) -> list[CaseRank]:
        """Where each ranker put each case's right gene."""
        return self._part(CaseRank, evaluation_id, ranker=ranker, protocol=protocol)

    def read_comparisons(
        self, evaluation_id: int, *, protocol: str | None = None, stratum: str | None = None
    ) -> list[Comparison]:
        """The paired comparisons of an evaluation."""
        return self._part(Comparison, evaluation_id, protocol=protocol, stratum=stratum)

    def read_curves(self, evaluation_id: int, *, curve: str | None = None) -> list[CurvePoint]:
        """The points of an evaluation's curves, in the order they were given."""
        return self._part(CurvePoint, evaluation_id, curve=curve)

    def duels(self, evaluation_id: int, left: str, right: str, protocol: str) -> list[Duel]:
        """The cases where two rankers differ, those that left wins most clearly first.

        Compared by reciprocal rank, a miss counting 0.
        """
        return self._records(
            Duel,
            """
            SELECT l.case_id, t.gene, l.outcome AS left_outcome, l.rank AS left_rank,
                   r.outcome AS right_outcome, r.rank AS right_rank
            FROM evaluation_cases l
            JOIN evaluation_cases r USING (evaluation_id, protocol, case_id)
            JOIN evaluation_truths t USING (evaluation_id, case_id)
            WHERE l.evaluation_id = ? AND l.ranker = ? AND r.ranker = ? AND l.protocol = ?
              AND l.rank IS DISTINCT FROM r.rank
            ORDER BY coalesce(1 / l.rank, 0) - coalesce(1 / r.rank, 0) DESC, l.case_id
            """,
            [evaluation_id, left, right, protocol],
        )

    def _part(self, cls: type[Any], evaluation_id: int, **wanted: str | None) -> list[Any]:
        """The rows of one part; `wanted` columns (names of this file) must equal what is given."""
        clauses = "".join(f" AND {name} = ?" for name, value in wanted.items() if value is not None)
        return self._records(
            cls,
            f"SELECT {', '.join(cls.__slots__)} FROM {_PARTS[cls]}"
            f" WHERE evaluation_id = ?{clauses} ORDER BY rowid",
            [evaluation_id, *(value for value in wanted.values() if value is not None)],
        )

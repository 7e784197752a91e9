"""What a training run leaves behind: curves, sampled answers, and the genes' places in splits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from genecaller.errors import StoreError
from genecaller.store.connection import Connected, append, next_ids, require_run
from genecaller.store.conversions import rows_of, utc_now

Part = Literal["train", "validation", "test"]


@dataclass(frozen=True, slots=True)
class Metric:
    """A value at a step, for instance "validation/top1", with its interval and n where it has.

    `value` is None where the step gave none (nothing parsed, nothing to average).
    """

    step: int
    name: str
    value: float | None
    low: float | None = None
    high: float | None = None
    n: int | None = None
    time: datetime | None = None


@dataclass(frozen=True, slots=True)
class SampledAnswer:
    """An answer the model gave at a step, with its grades by grader; reward None: it failed."""

    step: int
    split: Part
    case_id: str
    text: str
    reward: float | None
    grades: dict[str, float | None] = field(metadata={"json": True}, default_factory=dict)
    problems: tuple[str, ...] = ()
    sample: int = 0
    prompt: str | None = None
    time: datetime | None = None


@dataclass(frozen=True, slots=True)
class AnswerPair:
    """The answers of two checkpoints to one case, side by side."""

    case_id: str
    left_text: str
    left_reward: float | None
    right_text: str
    right_reward: float | None


class Training(Connected):
    """The verbs on training curves, sampled answers and splits.

    A run taken up again writes some steps twice; readers give the later of the two.
    """

    def save_metrics(self, run_id: int, metrics: Iterable[Metric]) -> None:
        """Keep metrics of a run; in batches where steps are fast."""
        columns = "metric_id run_id step name value low high n time"
        self._keep("training_metrics", "metric_ids", columns, run_id, metrics)

    def save_samples(self, run_id: int, samples: Iterable[SampledAnswer]) -> None:
        """Keep sampled answers of a run."""
        columns = (
            "sample_id run_id step split case_id sample prompt text reward grades problems time"
        )
        self._keep("sampled_answers", "sample_ids", columns, run_id, samples)

    def _keep(self, table: str, ids: str, columns: str, run_id: int, items: Iterable[Any]) -> None:
        batch = list(items)
        with self._writing() as connection:
            require_run(connection, run_id)
            numbers = next_ids(connection, ids, len(batch))
            rows = rows_of(batch, columns.split()[1:], run_id=run_id, time=utc_now())
            append(
                connection, table, columns, ((i, *r) for i, r in zip(numbers, rows, strict=True))
            )

    def metric_names(self, run_id: int) -> list[str]:
        """The names of the curves that a run has."""
        rows = self._rows(
            "SELECT DISTINCT name FROM training_metrics WHERE run_id = ? ORDER BY name", [run_id]
        )
        return [name for (name,) in rows]

    def read_curve(self, run_id: int, name: str) -> list[Metric]:
        """One curve of a run, by step."""
        return self.read_training(run_id, names=[name])

    def read_training(
        self,
        run_id: int,
        *,
        names: Iterable[str] = (),
        after_step: int | None = None,
        at_most: int | None = None,
    ) -> list[Metric]:
        """The curves of a run, by name and step; no names means all.

        `after_step` leaves out what a live page already shows. `at_most` bounds the points of a
        curve: every k-th is given, and always the last.
        """
        return self._records(
            Metric,
            """
            WITH latest AS (
                SELECT step, name, value, low, high, n, time FROM training_metrics
                WHERE run_id = $1
                  AND (len($2::VARCHAR[]) = 0 OR list_contains($2::VARCHAR[], name))
                  AND ($3::BIGINT IS NULL OR step > $3::BIGINT)
                QUALIFY row_number() OVER (PARTITION BY name, step ORDER BY metric_id DESC) = 1
            )
            SELECT * FROM latest
            WINDOW by_step AS (PARTITION BY name ORDER BY step),
                   whole AS (PARTITION BY name)
            QUALIFY (row_number() OVER by_step - count(*) OVER whole)
                % greatest(1, ceil(count(*) OVER whole / $4::BIGINT)::BIGINT) = 0
                OR $4::BIGINT IS NULL
            ORDER BY name, step
            """,
            [run_id, list(names), after_step, at_most],
        )

    def sampled_steps(self, run_id: int) -> list[int]:
        """The steps of a run at which answers were kept."""
        rows = self._rows(
            "SELECT DISTINCT step FROM sampled_answers WHERE run_id = ? ORDER BY step", [run_id]
        )
        return [step for (step,) in rows]

    def read_samples(
        self,
        run_id: int,
        *,
        step: int | None = None,
        split: Part | None = None,
        case_id: str | None = None,
        limit: int = 500,
    ) -> list[SampledAnswer]:
        """The sampled answers of a run, by step and case; None means all."""
        return self._records(
            SampledAnswer,
            """
            SELECT step, split, case_id, text, reward, grades, problems, sample, prompt, time
            FROM sampled_answers
            WHERE run_id = $1 AND ($2::BIGINT IS NULL OR step = $2::BIGINT)
              AND ($3::VARCHAR IS NULL OR split = $3) AND ($4::VARCHAR IS NULL OR case_id = $4)
            QUALIFY row_number() OVER (
                PARTITION BY step, split, case_id, sample ORDER BY sample_id DESC
            ) = 1
            ORDER BY step, case_id, sample LIMIT $5
            """,
            [run_id, step, split, case_id, limit],
        )

    def compare_samples(
        self, left: tuple[int, int], right: tuple[int, int], *, split: Part = "validation"
    ) -> list[AnswerPair]:
        """The first answers of two checkpoints, each (run, step), to the cases both answered.

        Those whose reward rose most from left to right come first.
        """
        return self._records(
            AnswerPair,
            """
            WITH last AS (
                SELECT * FROM sampled_answers WHERE split = $1 AND sample = 0
                QUALIFY row_number() OVER (
                    PARTITION BY run_id, step, case_id ORDER BY sample_id DESC
                ) = 1
            )
            SELECT l.case_id, l.text AS left_text, l.reward AS left_reward,
                   r.text AS right_text, r.reward AS right_reward
            FROM last l JOIN last r USING (case_id)
            WHERE l.run_id = $2 AND l.step = $3 AND r.run_id = $4 AND r.step = $5
            ORDER BY coalesce(r.reward, 0) - coalesce(l.reward, 0) DESC, l.case_id
            """,
            [split, *left, *right],
        )

    def assign_genes(self, split: str, parts: Mapping[str, Part], *, run_id: int) -> None:
        """Give genes their part of the named split, for ever; StoreError where one would move."""
        now = utc_now()
        with self._writing() as connection:
            require_run(connection, run_id)
            held = self.gene_parts(split)
            for gene, part in parts.items():
                if held.get(gene, part) != part:
                    raise StoreError(
                        f"gene {gene} is in {held[gene]} of split {split!r} and stays there; "
                        f"it cannot go to {part}"
                    )
            append(
                connection,
                "split_genes",
                "split gene part run_id assigned",
                ((split, g, p, run_id, now) for g, p in parts.items() if g not in held),
            )

    def gene_parts(self, split: str) -> dict[str, Part]:
        """Which part of the named split each gene is in; empty for a new split."""
        return dict(self._rows("SELECT gene, part FROM split_genes WHERE split = ?", [split]))

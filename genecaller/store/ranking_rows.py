"""Writes rankings so that a run holds each once, however often it repeats itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from genecaller.errors import StoreError
from genecaller.ranking import RankedGene, Ranking
from genecaller.store.case_keys import SavedCase
from genecaller.store.connection import append, next_ids
from genecaller.store.conversions import utc_now

if TYPE_CHECKING:
    from genecaller.store.session import Session

GENE_COLUMNS = "rank symbol score disease explanation"


@dataclass(frozen=True, slots=True)
class _RankedCase:
    """The stored case that a run means by an id, and what a what-if switched off of it."""

    case_id: str
    version: int
    switched_off: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Held:
    """A ranking that the run has already."""

    ranking_id: int
    model: str | None
    problems: tuple[str, ...]
    case: _RankedCase
    genes: tuple[RankedGene, ...]

    def is_like(self, ranking: Ranking, case: _RankedCase) -> bool:
        ours = (self.model, self.problems, self.case)
        theirs = (ranking.model, ranking.problems, case)
        return ours == theirs and _texts(self.genes) == _texts(ranking.genes)


def _texts(genes: Iterable[RankedGene]) -> list[tuple[object, ...]]:
    """The genes to compare; scores as text, for one that is not a number equals nothing."""
    return [
        (
            g.rank,
            g.symbol,
            None if g.score is None else repr(float(g.score)),
            g.disease,
            g.explanation,
        )
        for g in genes
    ]


def keep_once(
    connection: Session,
    rankings: Sequence[Ranking],
    run_id: int,
    saved: Mapping[str, SavedCase],
) -> list[int]:
    """Write what the run lacks, replace what differs; the rankings' numbers, in order."""
    _require_release(connection, rankings, run_id)
    cases = {name: _RankedCase(at.case_id, at.version, ()) for name, at in saved.items()}
    names = {ranking.case_id for ranking in rankings}
    cases |= _cases_of(connection, names - cases.keys(), run_id)
    held = _held(connection, run_id, {case.case_id for case in cases.values()})
    # Of two in one batch the later is the one that counts.
    wanted = {(cases[r.case_id].case_id, r.ranker): r for r in rankings}
    fresh = [key for key in wanted if key not in held]
    numbers = dict(zip(fresh, next_ids(connection, "ranking_ids", len(fresh)), strict=True))
    now = utc_now()
    append(
        connection,
        "rankings",
        "ranking_id run_id case_id case_version ranker model created n_genes problems switched_off",
        (
            (
                *(numbers[key], run_id, key[0], cases[r.case_id].version, r.ranker, r.model, now),
                *(len(r.genes), list(r.problems), list(cases[r.case_id].switched_off)),
            )
            for key in fresh
            for r in (wanted[key],)
        ),
    )
    written = [(numbers[key], wanted[key]) for key in fresh]
    for key, before in held.items():
        numbers[key] = before.ranking_id
        again = wanted.get(key)
        if again is not None and not before.is_like(again, cases[again.case_id]):
            _clear(connection, before.ranking_id, again, cases[again.case_id])
            written.append((before.ranking_id, again))
    append(
        connection,
        "ranked_genes",
        f"ranking_id {GENE_COLUMNS}",
        (
            (number, g.rank, g.symbol, g.score, g.disease, g.explanation)
            for number, ranking in written
            for g in ranking.genes
        ),
    )
    return [numbers[cases[r.case_id].case_id, r.ranker] for r in rankings]


def _require_release(connection: Session, rankings: Iterable[Ranking], run_id: int) -> None:
    """Raise StoreError where a ranking was made with other knowledge than its run."""
    ((release,),) = connection.execute(
        "SELECT knowledge FROM runs WHERE run_id = ?", [run_id]
    ).fetchall()
    for ranking in rankings:
        if ranking.knowledge != release:
            raise StoreError(
                f"the ranking of case {ranking.case_id!r} by {ranking.ranker} was made "
                f"with knowledge {ranking.knowledge}, run {run_id} with {release}; "
                "save it in a run of its own"
            )


def _cases_of(connection: Session, names: set[str], run_id: int) -> dict[str, _RankedCase]:
    """The stored cases by what the rankings call them: as the run does, else by their key."""
    found = {
        name: _RankedCase(case_id, version, tuple(off))
        for name, case_id, version, off in connection.execute(
            "SELECT given_id, case_id, version, switched_off FROM run_cases"
            " WHERE run_id = ? AND given_id IN (SELECT unnest(?::VARCHAR[]))",
            [run_id, list(names)],
        ).fetchall()
    }
    by_key = {
        case_id: _RankedCase(case_id, version, tuple(off or ()))
        for case_id, version, off in connection.execute(
            "SELECT case_id, coalesce(r.version, c.version), r.switched_off FROM current_cases c"
            " LEFT JOIN (SELECT * FROM run_cases WHERE run_id = ?) r USING (case_id)"
            " WHERE case_id IN (SELECT unnest(?::VARCHAR[]))",
            [run_id, list(names - found.keys())],
        ).fetchall()
    }
    found |= by_key
    if missing := names - found.keys():
        raise StoreError(f"case {min(missing)!r} is not in the store; save the case first")
    namesakes = connection.execute(
        "SELECT given_id, case_id FROM cases WHERE given_id != case_id"
        " AND given_id IN (SELECT unnest(?::VARCHAR[])) LIMIT 1",
        [list(by_key)],
    ).fetchall()
    for name, other in namesakes:
        raise StoreError(
            f"several cases came as {name!r} ({name!r}, {other!r}, ...): say which of them was "
            "ranked, or save the case in this run first"
        )
    return found


def _held(connection: Session, run_id: int, case_ids: set[str]) -> dict[tuple[str, str], _Held]:
    """The run's rankings of these cases, by case and ranker."""
    rows = connection.execute(
        "SELECT ranking_id, case_id, ranker, model, problems, case_version, switched_off"
        " FROM rankings WHERE run_id = ? AND case_id IN (SELECT unnest(?::VARCHAR[]))",
        [run_id, list(case_ids)],
    ).fetchall()
    genes: dict[int, list[RankedGene]] = {}
    if rows:
        for ranking_id, *gene in connection.execute(
            f"SELECT ranking_id, {', '.join(GENE_COLUMNS.split())} FROM ranked_genes"
            " WHERE ranking_id IN (SELECT unnest(?::BIGINT[])) ORDER BY ranking_id, rank",
            [[row[0] for row in rows]],
        ).fetchall():
            genes.setdefault(ranking_id, []).append(RankedGene(*gene))
    return {
        (case_id, ranker): _Held(
            number,
            model,
            tuple(problems),
            _RankedCase(case_id, version, tuple(off or ())),
            tuple(genes.get(number, ())),
        )
        for number, case_id, ranker, model, problems, version, off in rows
    }


def _clear(connection: Session, ranking_id: int, by: Ranking, case: _RankedCase) -> None:
    """Make room for the ranking that takes another's place: what hung on that one goes."""
    for table in ("ranked_genes", "answers", "grades"):
        connection.execute(f"DELETE FROM {table} WHERE ranking_id = ?", [ranking_id]).fetchall()
    connection.execute(
        "UPDATE rankings SET model = ?, created = ?, case_version = ?, n_genes = ?, problems = ?,"
        " switched_off = ? WHERE ranking_id = ?",
        [
            *(by.model, utc_now(), case.version, len(by.genes), list(by.problems)),
            *(list(case.switched_off), ranking_id),
        ],
    ).fetchall()

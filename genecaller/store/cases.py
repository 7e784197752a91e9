"""Saving cases: nothing is overwritten, a correction is a new version, the same content is none."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from genecaller.cases import Case
from genecaller.errors import StoreError
from genecaller.store.case_rows import (
    CASE_COLUMNS,
    TERM_COLUMNS,
    StoredCase,
    StoredTerm,
    case_from_row,
    case_row,
    content_hash,
    mention_hash,
    stored_terms,
    term_from_row,
    term_rows,
)
from genecaller.store.connection import Connected, append, require_run
from genecaller.store.values import utc, utc_now

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from ontology.recognise.mention import Mention


@dataclass(frozen=True, slots=True)
class SavedCase:
    """Which version now holds the case; `is_new` is False where its content was already there."""

    case_id: str
    version: int
    is_new: bool


class Cases(Connected):
    """The verbs on cases and their versions."""

    def save_cases(
        self,
        cases: Iterable[Case],
        *,
        run_id: int,
        mentions: Mapping[str, Sequence[Mention]] | None = None,
        by: str | None = None,
        note: str | None = None,
    ) -> list[SavedCase]:
        """Save cases in one transaction, each as a new version unless its latest is the same.

        `mentions` (by case id) are what the recogniser found in the text, corrected or not: they
        give the terms their origin and keep the uncertain ones. `by` and `note` say who corrected
        what. A case that differs only in source or problems is the same; without mentions, those
        of the latest version stand.
        """
        said = mentions or {}
        prepared = []
        for case in cases:
            found = said.get(case.id)
            hashes = (content_hash(case), mention_hash(found))
            prepared.append((case, stored_terms(case, found or ()), hashes))
        now = utc_now()
        saved: list[SavedCase] = []
        case_rows: list[tuple[Any, ...]] = []
        rows_of_terms: list[tuple[Any, ...]] = []
        with self._writing() as connection:
            require_run(connection, run_id)
            latest = _latest(connection, [case.id for case, _, _ in prepared])
            for case, terms, hashes in prepared:
                version, content, mentioned = latest.get(case.id, (0, None, None))
                is_new = hashes[0] != content or hashes[1] not in (None, mentioned)
                if is_new:
                    version += 1
                    latest[case.id] = (version, *hashes)
                    case_rows.append(case_row(case, version, hashes, run_id, now, by, note))
                    rows_of_terms += term_rows(case.id, version, terms)
                saved.append(SavedCase(case.id, version, is_new))
            append(connection, "cases", CASE_COLUMNS, case_rows)
            append(connection, "case_terms", TERM_COLUMNS, rows_of_terms)
        return saved

    def case_history(self, case_id: str) -> list[StoredCase]:
        """All versions of a case, newest first; empty where it was never saved."""
        return self._stored("WHERE case_id = ? ORDER BY version DESC", [case_id])

    def read_case(self, case_id: str, version: int | None = None) -> StoredCase:
        """A version of a case, the latest by default; StoreError where it is not there."""
        if version is None:
            found = self._stored("WHERE case_id = ? ORDER BY version DESC LIMIT 1", [case_id])
        else:
            found = self._stored("WHERE case_id = ? AND version = ?", [case_id, version])
        if not found:
            which = f"case {case_id!r}" + (f", version {version}," if version else "")
            raise StoreError(f"{which} is not in the store {self.path}")
        return found[0]

    def read_cases(self, case_ids: Sequence[str] | None = None) -> list[StoredCase]:
        """The latest version of the named cases, or of all, in the order of their ids."""
        chosen = "" if case_ids is None else "AND case_id IN (SELECT unnest(?))"
        return self._stored(
            "WHERE (case_id, version) IN (SELECT case_id, version FROM current_cases)"
            f" {chosen} ORDER BY case_id",
            [] if case_ids is None else [list(case_ids)],
        )

    def _stored(self, which: str, parameters: list[Any]) -> list[StoredCase]:
        """The cases that the clause `which` (a constant of this file) names."""
        with self._reading() as connection:
            rows = connection.execute(
                f"SELECT {', '.join(CASE_COLUMNS.split())} FROM cases {which}", parameters
            ).fetchall()
            terms: dict[tuple[str, int], list[StoredTerm]] = {}
            for case_id, version, *term in connection.execute(
                f"SELECT case_id, version, {', '.join(TERM_COLUMNS.split()[3:])} FROM case_terms"
                f" WHERE (case_id, version) IN (SELECT case_id, version FROM cases {which})"
                " ORDER BY case_id, version, position",
                parameters,
            ).fetchall():
                terms.setdefault((case_id, version), []).append(term_from_row(term))
        made = []
        for row in rows:
            of = dict(zip(CASE_COLUMNS.split(), row, strict=True))
            its_terms = terms.get((of["case_id"], of["version"]), [])
            made.append(
                StoredCase(
                    case=case_from_row(of, its_terms),
                    terms=tuple(its_terms),
                    saved=utc(of["saved"]),
                    **{name: of[name] for name in _SAME},
                )
            )
        return made


_SAME = ("version", "content_hash", "run_id", "saved_by", "note")


def _latest(
    connection: DuckDBPyConnection, case_ids: Sequence[str]
) -> dict[str, tuple[int, str | None, str | None]]:
    """The latest version and its two hashes of those of the cases that are there."""
    rows = connection.execute(
        "SELECT case_id, version, content_hash, mention_hash FROM current_cases"
        " WHERE case_id IN (SELECT unnest(?::VARCHAR[]))",
        [list(case_ids)],
    ).fetchall()
    return {case_id: (version, content, said) for case_id, version, content, said in rows}

"""Saving cases: told apart by content, corrected in versions, nothing overwritten or merged."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from genecaller.cases import Case
from genecaller.errors import StoreError
from genecaller.store.case_keys import KnownCases, PreparedCase, SavedCase
from genecaller.store.case_rows import (
    CASE_COLUMNS,
    TERM_COLUMNS,
    StoredCase,
    StoredTerm,
    case_from_row,
    case_row,
    term_from_row,
    term_rows,
)
from genecaller.store.connection import Connected, append, require_run
from genecaller.store.conversions import utc, utc_now
from genecaller.store.events import Event, insert_events

if TYPE_CHECKING:
    from genecaller.store.session import Session
    from ontology.recognise.mention import Mention


class Cases(Connected):
    """The verbs on cases and their versions.

    A case of its own and a new version of a stored case are different verbs: that two records
    carry one id does not make them one patient.
    """

    def save_cases(
        self,
        cases: Iterable[Case],
        *,
        run_id: int,
        mentions: Mapping[str, Sequence[Mention]] | None = None,
        by: str | None = None,
        note: str | None = None,
    ) -> list[SavedCase]:
        """Save cases in one transaction, each on its own unless it is already there.

        A case is already there where some version of a case that came with the same id has the
        same content: all but source, problems and term labels; mentions count where they are
        given. A case whose id belongs to another gets a key of its own, "id (2)". Within the run,
        the id that the case came with stands for it in `save_rankings`.

        `mentions` (by case id) are what the recogniser found in the text, corrected or not: they
        give the terms their origin and keep the uncertain ones. `by` and `note` say who corrected
        what. StoreError where two cases of one batch have the same id but not the same content.
        """
        said = mentions or {}
        batch = [PreparedCase.of(case, said.get(case.id), by, note) for case in cases]
        _require_one_each(batch)
        with self._writing() as connection:
            require_run(connection, run_id)
            known = KnownCases(connection, [each.case.id for each in batch])
            saved = [known.place(each) for each in batch]
            _insert(connection, run_id, batch, saved)
        return saved

    def add_case(
        self,
        case: Case,
        *,
        off: Collection[str],
        run_id: int,
        mentions: Sequence[Mention] | None = None,
        by: str | None = None,
        note: str | None = None,
    ) -> SavedCase:
        """Save one whole case, as `save_cases` does, and what is switched off of it.

        `off` are the HPO ids of those of its findings that a what-if leaves out, () where none
        is. They stay in the stored case; the rankings that this run saves of it are marked with
        them. StoreError where the case lacks one of them: it was reduced.
        """
        _require_whole(case, off, mentions)
        each = PreparedCase.of(case, mentions, by, note)
        with self._writing() as connection:
            require_run(connection, run_id)
            saved = KnownCases(connection, [case.id]).place(each)
            _insert(connection, run_id, [each], [saved], off)
        return saved

    def save_version(
        self,
        case_id: str,
        case: Case,
        *,
        off: Collection[str],
        run_id: int,
        mentions: Sequence[Mention] | None = None,
        by: str | None = None,
        note: str | None = None,
    ) -> SavedCase:
        """Save a case as a new version of the stored case `case_id`: the same patient.

        No new version where the latest has this content and these mentions (without mentions,
        those of the latest stand). `off` as in `add_case`. StoreError where there is no such case.
        """
        _require_whole(case, off, mentions)
        each = PreparedCase.of(case, mentions, by, note)
        with self._writing() as connection:
            require_run(connection, run_id)
            latest = connection.execute(
                "SELECT version, content_hash, mention_hash, given_id FROM current_cases"
                " WHERE case_id = ?",
                [case_id],
            ).fetchall()
            if not latest:
                raise StoreError(f"case {case_id!r} is not in the store {self.path}")
            version, content, said, first_given = latest[0]
            is_new = not each.is_like(content, said)
            given = first_given if case.id == case_id else case.id
            saved = SavedCase(case_id, version + is_new, is_new, given)
            _insert(connection, run_id, [each], [saved], off)
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


_SAME = ("version", "content_hash", "run_id", "saved_by", "note", "given_id")


def _insert(
    connection: Session,
    run_id: int,
    batch: Sequence[PreparedCase],
    saved: Sequence[SavedCase],
    off: Collection[str] = (),
) -> None:
    """Write the new versions, and what the run means by the ids that its cases came with."""
    now = utc_now()
    case_rows: list[tuple[Any, ...]] = []
    rows_of_terms: list[tuple[Any, ...]] = []
    for each, at in zip(batch, saved, strict=True):
        if at.is_new:
            case = replace(each.case, id=at.case_id)
            hashes = (each.content, each.mentions)
            made = (run_id, now, each.by, each.note)
            case_rows.append(case_row(case, at.version, hashes, *made, at.given_id))
            rows_of_terms += term_rows(at.case_id, at.version, each.terms)
    append(connection, "cases", CASE_COLUMNS, case_rows)
    append(connection, "case_terms", TERM_COLUMNS, rows_of_terms)
    insert_events(
        connection,
        run_id,
        [
            Event(
                "renamed",
                f"another case has the id {at.given_id!r}; this one is stored as {at.case_id!r}",
                case_id=at.case_id,
            )
            for at in saved
            if at.is_new and at.is_renamed and at.version == 1
        ],
    )
    named = {each.case.id: at for each, at in zip(batch, saved, strict=True)}
    connection.execute(
        "INSERT OR REPLACE INTO run_cases SELECT $1, unnest($2::VARCHAR[]),"
        " unnest($3::VARCHAR[]), unnest($4::INTEGER[]), $5::VARCHAR[]",
        [
            run_id,
            list(named),
            [at.case_id for at in named.values()],
            [at.version for at in named.values()],
            sorted(off),
        ],
    ).fetchall()


def _require_one_each(batch: Sequence[PreparedCase]) -> None:
    """Raise StoreError where two cases of a batch share an id but not their content."""
    seen: dict[str, PreparedCase] = {}
    for each in batch:
        first = seen.setdefault(each.case.id, each)
        if first.content != each.content:
            raise StoreError(
                f"two different cases of one batch are called {each.case.id!r}: give each an id "
                "of its own; none of the batch was stored"
            )


def _require_whole(case: Case, off: Collection[str], mentions: Sequence[Mention] | None) -> None:
    """Raise StoreError where a finding that is switched off is missing from the case."""
    held = {*case.hpo_ids, *case.excluded_hpo_ids}
    held.update(m.hpo_id for m in mentions or () if m.status in ("uncertain", "family"))
    lacking = sorted(set(off) - held)
    if lacking:
        raise StoreError(
            f"case {case.id!r} lacks {', '.join(lacking)}, which a what-if switched off: the "
            "store takes the whole case, with nothing left out"
        )

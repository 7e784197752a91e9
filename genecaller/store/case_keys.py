"""Finds the stored case that holds a case's content already, or a free key for a new one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from genecaller.cases import Case
from genecaller.store.case_rows import StoredTerm, content_hash, mention_hash, stored_terms

if TYPE_CHECKING:
    from genecaller.store.session import Session
    from ontology.recognise.mention import Mention


@dataclass(frozen=True, slots=True)
class SavedCase:
    """Which version of which stored case now holds a case.

    `case_id` is the store's key: the id that the case came with (`given_id`) unless another case
    had it. `is_new` is False where this content was already there.
    """

    case_id: str
    version: int
    is_new: bool
    given_id: str

    @property
    def is_renamed(self) -> bool:
        """Whether the id that the case came with belonged to another case."""
        return self.case_id.startswith(f"{self.given_id} (")


@dataclass(frozen=True, slots=True)
class PreparedCase:
    """A case ready to be saved: its terms with their origin, and its hashes."""

    case: Case
    terms: tuple[StoredTerm, ...]
    content: str
    mentions: str | None
    by: str | None
    note: str | None

    @classmethod
    def of(
        cls, case: Case, said: Sequence[Mention] | None, by: str | None, note: str | None
    ) -> PreparedCase:
        terms = tuple(stored_terms(case, said or ()))
        return cls(case, terms, content_hash(case), mention_hash(said), by, note)

    def is_like(self, content: str, mentions: str | None) -> bool:
        return self.content == content and self.mentions in (None, mentions)


class KnownCases:
    """The stored cases that came with some ids, to find a case by its content, or a free key."""

    def __init__(self, connection: Session, given_ids: Sequence[str]) -> None:
        self._connection = connection
        # By the given id, newest first: key, version, the hashes, whether the case has no later.
        self._versions: dict[str, list[tuple[str, int, str, str | None, bool]]] = {}
        for given_id, *version in connection.execute(
            "SELECT given_id, case_id, version, content_hash, mention_hash, version ="
            " (SELECT max(version) FROM cases c WHERE c.case_id = cases.case_id) FROM cases"
            " WHERE given_id IN (SELECT unnest(?::VARCHAR[])) ORDER BY version DESC, case_id",
            [list(given_ids)],
        ).fetchall():
            self._versions.setdefault(given_id, []).append(tuple(version))
        self._taken = {
            case_id
            for (case_id,) in connection.execute(
                "SELECT DISTINCT case_id FROM cases WHERE case_id IN (SELECT unnest(?::VARCHAR[]))",
                [list(given_ids)],
            ).fetchall()
        }

    def place(self, each: PreparedCase) -> SavedCase:
        """Where the case is already, or a key of its own.

        Content that is there with other mentions is a new version, for it is the same record.
        """
        given_id = each.case.id
        versions = self._versions.setdefault(given_id, [])
        for case_id, version, content, mentions, _ in versions:
            if each.is_like(content, mentions):
                return SavedCase(case_id, version, False, given_id)
        for case_id, version, content, _, is_latest in versions:
            if is_latest and each.content == content:
                return SavedCase(case_id, version + 1, True, given_id)
        case_id, number = given_id, 1
        while case_id in self._taken or (number > 1 and self._is_stored(case_id)):
            number += 1
            case_id = f"{given_id} ({number})"
        self._taken.add(case_id)
        versions.append((case_id, 1, each.content, each.mentions, True))
        return SavedCase(case_id, 1, True, given_id)

    def _is_stored(self, case_id: str) -> bool:
        found = self._connection.execute("SELECT 1 FROM cases WHERE case_id = ? LIMIT 1", [case_id])
        return bool(found.fetchall())

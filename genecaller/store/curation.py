"""Curation: who says a case is solved by which gene, on what evidence, and who reviewed it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from genecaller.cases import Case
from genecaller.cases.case import Publication, Solution
from genecaller.errors import StoreError
from genecaller.store.cases import Cases
from genecaller.store.connection import append, next_ids
from genecaller.store.conversions import rows_of, utc_now
from genecaller.store.provenance import Provenance
from genecaller.store.runs import Runs

CurationStatus = Literal["proposed", "accepted", "rejected", "withdrawn"]
_COLUMNS = (
    "entry_id revision run_id case_id case_version gene disease_id disease_label publication"
    " status who note time"
)


@dataclass(frozen=True, slots=True)
class CurationEntry:
    """One revision of a proposed solution; an entry's last revision is its present state.

    `case_version` is the version of the case that was looked at; `publication` a PubMed id.
    """

    entry_id: int
    revision: int
    run_id: int
    case_id: str
    case_version: int
    gene: str
    disease_id: str | None
    disease_label: str | None
    publication: str | None
    status: CurationStatus
    who: str
    note: str | None
    time: datetime


class Curation(Cases, Runs):
    """The verbs on the review queue; each is a run of kind "curate" and one transaction."""

    def propose_solution(
        self,
        case_id: str,
        solution: Solution,
        *,
        who: str,
        provenance: Provenance,
        publication: str | None = None,
        note: str | None = None,
    ) -> int:
        """Put a case into the review queue as solved by a gene; the entry's number."""
        with self._writing() as connection:
            version = self.read_case(case_id).version
            (entry_id,) = next_ids(connection, "curation_ids", 1)
            self._revise(
                CurationEntry(
                    entry_id=entry_id,
                    revision=1,
                    run_id=self._curating(provenance, "propose", who),
                    case_id=case_id,
                    case_version=version,
                    gene=solution.gene,
                    disease_id=solution.disease_id,
                    disease_label=solution.disease_label,
                    publication=publication,
                    status="proposed",
                    who=who,
                    note=note,
                    time=utc_now(),
                )
            )
        return entry_id

    def review_solution(
        self,
        entry_id: int,
        status: Literal["accepted", "rejected", "withdrawn"],
        *,
        who: str,
        provenance: Provenance,
        note: str | None = None,
    ) -> CurationEntry:
        """Accept, reject or withdraw an entry; accepting makes a new, solved version of its case.

        A decision may be taken back by a later one. An accepted entry that is rejected or
        withdrawn takes its gene from the case again, in a further version.
        """
        with self._writing():
            entry = self.curation_history(entry_id)[0]
            if entry.status == status:
                raise StoreError(f"curation entry {entry_id} is {status} already, by {entry.who}")
            run_id = self._curating(provenance, status, who)
            stored = self.read_case(entry.case_id)
            case = stored.case
            why = f"curation entry {entry_id} {status}"
            version = entry.case_version
            changed: Case | None = None
            if status == "accepted":
                changed = _solved(case, entry)
            elif entry.status == "accepted" and case.solution == _solution(entry):
                changed = replace(case, solution=None)
            if changed is not None:
                version = self.save_version(
                    case.id,
                    changed,
                    off=(),
                    run_id=run_id,
                    mentions=stored.mentions,
                    by=who,
                    note=why,
                ).version
            revised = replace(
                entry,
                revision=entry.revision + 1,
                run_id=run_id,
                case_version=version,
                status=status,
                who=who,
                note=note,
                time=utc_now(),
            )
            self._revise(revised)
        return self.curation_history(entry_id)[0]

    def read_queue(
        self, *, statuses: Iterable[CurationStatus] = ("proposed",)
    ) -> list[CurationEntry]:
        """The entries in these states, oldest first; no statuses means all."""
        return self._records(
            CurationEntry,
            "SELECT * FROM curation_queue WHERE len($1::VARCHAR[]) = 0"
            " OR list_contains($1::VARCHAR[], status) ORDER BY entry_id",
            [list(statuses)],
        )

    def curation_history(self, entry_id: int) -> list[CurationEntry]:
        """All revisions of an entry, newest first; StoreError where there is none."""
        found = self._records(
            CurationEntry,
            "SELECT * FROM curation WHERE entry_id = ? ORDER BY revision DESC",
            [entry_id],
        )
        if not found:
            raise StoreError(f"there is no curation entry {entry_id} in the store")
        return found

    def curated_cases(self) -> list[Case]:
        """The cases with an accepted entry, in their latest version: for retraining."""
        accepted = {entry.case_id for entry in self.read_queue(statuses=("accepted",))}
        stored = self.read_cases(sorted(accepted))
        return [each.case for each in stored if each.case.solution is not None]

    def _curating(self, provenance: Provenance, what: str, who: str) -> int:
        run_id = self.start_run("curate", provenance, arguments={"what": what, "who": who})
        self.set_run_status(run_id, "succeeded")
        return run_id

    def _revise(self, entry: CurationEntry) -> None:
        with self._writing() as connection:
            time = entry.time.replace(tzinfo=None)
            append(connection, "curation", _COLUMNS, rows_of([entry], _COLUMNS.split(), time=time))


def _solution(entry: CurationEntry) -> Solution:
    return Solution(entry.gene, entry.disease_id, entry.disease_label)


def _solved(case: Case, entry: CurationEntry) -> Case:
    paper = case.publication
    if entry.publication and (paper is None or paper.pmid != entry.publication):
        paper = Publication(entry.publication)
    return replace(case, solution=_solution(entry), publication=paper)

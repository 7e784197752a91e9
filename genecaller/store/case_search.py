"""The case library: search and filters over the latest version of every stored case."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from genecaller.errors import StoreError
from genecaller.store.connection import Connected

Order = Literal["newest", "oldest", "id", "terms"]
_ORDERS: dict[Order, str] = {
    "newest": "saved DESC, case_id",
    "oldest": "saved, case_id",
    "id": "case_id",
    "terms": "n_terms DESC, case_id",
}
_COLUMNS = (
    "case_id, version, saved, sex, age, gene, disease_id, disease_label, pmid, n_terms,"
    " n_excluded, text IS NOT NULL AS has_text, len(problems) AS n_problems, source"
)


@dataclass(frozen=True, slots=True)
class CaseSummary:
    """A line of the library: the latest version of a case without its terms and text."""

    case_id: str
    version: int
    saved: datetime
    sex: str | None
    age: str | None
    gene: str | None
    disease_id: str | None
    disease_label: str | None
    pmid: str | None
    n_terms: int
    n_excluded: int
    has_text: bool
    n_problems: int
    source: str | None


@dataclass(frozen=True, slots=True)
class CaseFilter:
    """What to look for; None means no matter.

    `words`: every word must stand, in any case, in the id, text, gene, disease, publication, source
    or a present term's name. `disease` is an id or part of its name. `hpo_ids` must all be
    present (as recorded: narrower terms do not count). `min_terms` and `max_terms` count the
    terms present.
    """

    words: str | None = None
    case_id: str | None = None
    gene: str | None = None
    disease: str | None = None
    pmid: str | None = None
    solved: bool | None = None
    hpo_ids: tuple[str, ...] = ()
    min_terms: int | None = None
    max_terms: int | None = None
    run_id: int | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """The cases of one page, and how many there are in all."""

    cases: tuple[CaseSummary, ...]
    total: int


@dataclass(frozen=True, slots=True)
class StoreCounts:
    """How much the store holds; `cases` counts cases, `case_versions` their versions."""

    cases: int
    case_versions: int
    solved: int
    rankings: int
    runs: int
    evaluations: int
    adapters: int


class Library(Connected):
    """The verbs that look through the stored cases."""

    def search_cases(
        self,
        wanted: CaseFilter | None = None,
        *,
        order: Order = "newest",
        limit: int = 50,
        offset: int = 0,
    ) -> Page:
        """One page of the cases that match, with the total."""
        if order not in _ORDERS:
            raise StoreError(f"order {order!r} is none of {', '.join(_ORDERS)}")
        where, values = _where(wanted or CaseFilter())
        with self.snapshot():
            ((total,),) = self._rows(f"SELECT count(*) FROM current_cases c{where}", values)
            found = self._records(
                CaseSummary,
                f"SELECT {_COLUMNS} FROM current_cases c{where}"
                f" ORDER BY {_ORDERS[order]} LIMIT ? OFFSET ?",
                [*values, limit, offset],
            )
        return Page(tuple(found), total)

    def duplicates(self) -> list[tuple[str, ...]]:
        """Groups of cases of one sex with the very same terms, by id; those without terms left out.

        The same patient under two ids, or two patients that no ranker can tell apart.
        """
        rows = self._rows(
            "SELECT list(case_id ORDER BY case_id) AS ids FROM current_cases"
            " WHERE n_terms + n_excluded > 0"
            " GROUP BY phenotype_hash HAVING count(*) > 1 ORDER BY ids"
        )
        return [tuple(ids) for (ids,) in rows]

    def counts(self) -> StoreCounts:
        """How much is stored."""
        (found,) = self._records(
            StoreCounts,
            """
            SELECT (SELECT count(*) FROM current_cases) AS cases,
                   (SELECT count(*) FROM cases) AS case_versions,
                   (SELECT count(*) FROM current_cases WHERE gene IS NOT NULL) AS solved,
                   (SELECT count(*) FROM rankings) AS rankings,
                   (SELECT count(*) FROM runs) AS runs,
                   (SELECT count(*) FROM evaluations) AS evaluations,
                   (SELECT count(*) FROM adapters) AS adapters
            """,
        )
        return found


def _where(wanted: CaseFilter) -> tuple[str, list[Any]]:
    """The clause and its values; every value is bound, none stands in the text."""
    tests: list[str] = []
    values: list[Any] = []

    def test(clause: str, *bound: Any) -> None:
        tests.append(clause)
        values.extend(bound)

    for word in (wanted.words or "").split():
        test(
            "(contains(lower(concat_ws(' ', case_id, given_id, text, gene, recorded_gene,"
            " disease_id, disease_label, pmid, publication_title, source)), lower(?))"
            " OR (case_id, version) IN (SELECT case_id, version FROM case_terms"
            " WHERE status = 'present' AND contains(lower(label), lower(?))))",
            word,
            word,
        )
    if wanted.case_id is not None:
        test("contains(lower(case_id), lower(?))", wanted.case_id)
    if wanted.gene is not None:
        test("upper(gene) = upper(?)", wanted.gene)
    if wanted.disease is not None:
        test(
            "(upper(disease_id) = upper(?) OR contains(lower(disease_label), lower(?)))",
            wanted.disease,
            wanted.disease,
        )
    if wanted.pmid is not None:
        test("pmid = ?", wanted.pmid)
    if wanted.solved is not None:
        test("(gene IS NOT NULL) = ?", wanted.solved)
    for hpo_id in wanted.hpo_ids:
        test(
            "(case_id, version) IN (SELECT case_id, version FROM case_terms"
            " WHERE hpo_id = ? AND status = 'present')",
            hpo_id,
        )
    if wanted.min_terms is not None:
        test("n_terms >= ?", wanted.min_terms)
    if wanted.max_terms is not None:
        test("n_terms <= ?", wanted.max_terms)
    if wanted.run_id is not None:
        test("run_id = ?", wanted.run_id)
    return (f" WHERE {' AND '.join(tests)}" if tests else ""), values

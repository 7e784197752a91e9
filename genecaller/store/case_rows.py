"""A case as rows and back, and the hashes by which the same content is known again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from genecaller.cases import Case
from genecaller.cases.case import CaseTerm, Publication, Solution
from genecaller.store.conversions import as_json

if TYPE_CHECKING:
    from ontology.recognise.mention import Mention

TermStatus = Literal["present", "excluded", "uncertain", "family", "left_out"]

CASE_COLUMNS = (
    "case_id version content_hash mention_hash phenotype_hash run_id saved saved_by note sex age"
    " onset text pmid publication_title gene recorded_gene disease_id disease_label source problems"
    " n_terms n_excluded given_id"
)
TERM_COLUMNS = (
    "case_id version position hpo_id label status recorded_id onset severity origin mentions"
)


@dataclass(frozen=True, slots=True)
class StoredTerm:
    """A term of a stored case and where it comes from.

    `status` is "left_out" for a term that the text mentions as present but another implies.
    `origin` is "recognised" where it was found in the text (then `mentions` says where and by
    which rule), else "recorded".
    """

    hpo_id: str
    label: str
    status: TermStatus
    recorded_id: str | None
    onset: str | None
    severity: str | None
    origin: Literal["recorded", "recognised"]
    mentions: tuple[Mention, ...]


@dataclass(frozen=True, slots=True)
class StoredCase:
    """One version of a case, with its run, its terms, when, by whom and why it was saved.

    `case.id` is the store's key, `given_id` the id that this version came with.
    """

    case: Case
    version: int
    content_hash: str
    run_id: int
    saved: datetime
    saved_by: str | None
    note: str | None
    terms: tuple[StoredTerm, ...]
    given_id: str

    @property
    def mentions(self) -> tuple[Mention, ...] | None:
        """What was found in the text, in its order; None where nothing was said of it."""
        found = (mention for term in self.terms for mention in term.mentions)
        return tuple(sorted(found, key=lambda m: (m.start, m.end))) or None


def stored_terms(case: Case, mentions: Sequence[Mention]) -> list[StoredTerm]:
    """The case's terms in order, then those that the text mentions but the case does not hold."""
    by_id: dict[str, list[Mention]] = {}
    for mention in mentions:
        by_id.setdefault(mention.hpo_id, []).append(mention)
    terms = []
    of_case: tuple[tuple[TermStatus, tuple[CaseTerm, ...]], ...] = (
        ("present", case.terms),
        ("excluded", case.excluded_terms),
    )
    for status, group in of_case:
        for term in group:
            found = tuple(by_id.get(term.hpo_id, ()))
            terms.append(
                StoredTerm(
                    **_fields(term),
                    status=status,
                    origin="recognised" if found else "recorded",
                    mentions=found,
                )
            )
    held = {term.hpo_id for term in terms}
    for hpo_id, found_here in by_id.items():
        if hpo_id not in held:
            said = found_here[0].status
            terms.append(
                StoredTerm(
                    **_fields(CaseTerm(hpo_id, found_here[0].label)),
                    status=said if said in ("uncertain", "family") else "left_out",
                    origin="recognised",
                    mentions=tuple(found_here),
                )
            )
    return terms


def _fields(term: CaseTerm) -> dict[str, Any]:
    return {name: getattr(term, name) for name in CaseTerm.__slots__}


def content_hash(case: Case) -> str:
    """What a correction changes: all of the case but its source, problems and term labels."""
    return _digest(
        {
            "terms": [
                [(t.hpo_id, t.recorded_id, t.onset, t.severity) for t in group]
                for group in (case.terms, case.excluded_terms)
            ],
            "patient": (case.sex, case.age, case.onset),
            "text": case.text,
            "publication": asdict(case.publication or Publication()),
            "solution": asdict(case.solution) if case.solution else None,
        }
    )


def mention_hash(mentions: Sequence[Mention] | None) -> str | None:
    """What a person changes by correcting a mention; None where no mentions are known."""
    if mentions is None:
        return None
    return _digest(sorted((m.start, m.end, m.hpo_id, m.status) for m in mentions))


def phenotype_hash(case: Case) -> str:
    """Alike for cases of one sex with the same terms present and excluded, in whatever order."""
    return _digest((case.sex, sorted(case.hpo_ids), sorted(case.excluded_hpo_ids)))


def _digest(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:32]


def case_row(
    case: Case,
    version: int,
    hashes: tuple[str, str | None],
    run_id: int,
    saved: datetime,
    by: str | None,
    note: str | None,
    given_id: str,
) -> tuple[Any, ...]:
    """The row of the table cases, in the order of CASE_COLUMNS."""
    paper = case.publication or Publication()
    truth = case.solution
    return (
        *(case.id, version, *hashes, phenotype_hash(case), run_id, saved, by, note),
        *(case.sex, case.age, case.onset, case.text, paper.pmid, paper.title),
        truth and truth.gene,
        truth and truth.recorded_gene,
        truth and truth.disease_id,
        truth and truth.disease_label,
        *(case.source, list(case.problems), len(case.terms), len(case.excluded_terms), given_id),
    )


def term_rows(case_id: str, version: int, terms: Iterable[StoredTerm]) -> list[tuple[Any, ...]]:
    """The rows of the table case_terms, in the order of TERM_COLUMNS."""
    return [
        (
            *(case_id, version, position, t.hpo_id, t.label, t.status),
            *(t.recorded_id, t.onset, t.severity, t.origin),
            as_json([asdict(mention) for mention in t.mentions]) if t.mentions else None,
        )
        for position, t in enumerate(terms)
    ]


def term_from_row(row: Sequence[Any]) -> StoredTerm:
    """A term from the columns hpo_id, label, ... of TERM_COLUMNS, those before left away."""
    from ontology.recognise.mention import Mention

    hpo_id, label, status, recorded_id, onset, severity, origin, mentions = row
    said = tuple(Mention(**mention) for mention in json.loads(mentions)) if mentions else ()
    return StoredTerm(hpo_id, label, status, recorded_id, onset, severity, origin, said)


def case_from_row(row: dict[str, Any], terms: Sequence[StoredTerm]) -> Case:
    """The case as it was saved."""

    def of(status: TermStatus) -> tuple[CaseTerm, ...]:
        return tuple(
            CaseTerm(t.hpo_id, t.label, t.recorded_id, t.onset, t.severity)
            for t in terms
            if t.status == status
        )

    paper = Publication(row["pmid"], row["publication_title"])
    truth = None
    if row["gene"] is not None:
        truth = Solution(row["gene"], row["disease_id"], row["disease_label"], row["recorded_gene"])
    return Case(
        id=row["case_id"],
        terms=of("present"),
        excluded_terms=of("excluded"),
        sex=row["sex"],
        age=row["age"],
        onset=row["onset"],
        text=row["text"],
        publication=paper if paper != Publication() else None,
        solution=truth,
        source=row["source"],
        problems=tuple(row["problems"]),
    )

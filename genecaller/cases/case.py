"""What a case is: one patient's phenotype, and the answer where the case is solved."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal

Sex = Literal["female", "male", "other"]


@dataclass(frozen=True, slots=True)
class CaseTerm:
    """One HPO term of a case.

    `hpo_id` is a current primary id of the knowledge in use; `recorded_id` is what the source
    wrote where that differs (an alternative or replaced id). `onset` is an HPO onset id or an
    ISO 8601 age, `severity` an HPO severity id; None where the source says nothing.
    """

    hpo_id: str
    label: str
    recorded_id: str | None = None
    onset: str | None = None
    severity: str | None = None


@dataclass(frozen=True, slots=True)
class Publication:
    """The paper a case was published in; `pmid` is "PMID:123", None where unknown."""

    pmid: str | None = None
    title: str | None = None


@dataclass(frozen=True, slots=True)
class Solution:
    """The established answer of a solved case: its causal gene and disease.

    `gene` is the HGNC symbol, `recorded_gene` what the source wrote where that differs,
    `disease_id` an OMIM or ORPHA id. Never part of a prompt.
    """

    gene: str
    disease_id: str | None = None
    disease_label: str | None = None
    recorded_gene: str | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """One patient: terms present and excluded, demographics, text, and the solution if known.

    `age` and `onset` are ISO 8601 durations ("P51Y") or an HPO onset id, None where unknown.
    `terms` and `excluded_terms` hold no duplicates, in the source's order. `problems` are
    sentences about what the reader mapped, left out or could not use: a case with problems is
    still usable. `source` names the file, archive member or line the case came from.
    """

    id: str
    terms: tuple[CaseTerm, ...] = ()
    excluded_terms: tuple[CaseTerm, ...] = ()
    sex: Sex | None = None
    age: str | None = None
    onset: str | None = None
    text: str | None = None
    publication: Publication | None = None
    solution: Solution | None = None
    source: str | None = None
    problems: tuple[str, ...] = field(default=())

    @property
    def hpo_ids(self) -> tuple[str, ...]:
        """The ids of the terms present."""
        return tuple(term.hpo_id for term in self.terms)

    @property
    def excluded_hpo_ids(self) -> tuple[str, ...]:
        """The ids of the terms looked for and absent."""
        return tuple(term.hpo_id for term in self.excluded_terms)

    @property
    def pmid(self) -> str | None:
        """The publication's id, "PMID:123"."""
        return self.publication.pmid if self.publication else None

    def without_solution(self) -> Case:
        """The same case as a stranger would see it: no gene, no disease, no publication."""
        return replace(self, solution=None, publication=None)

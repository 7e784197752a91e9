"""A case as the rankers see it: term indices, cleaned of what would count twice or not at all."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from genecaller.cases import Case
from ontology.hpo import Hpo, IndexArray


@dataclass(frozen=True, slots=True)
class Query:
    """Term indices present and excluded (ascending, no duplicates), and the patient's sex.

    Only phenotypic abnormalities; a present term that another present term implies is left out,
    and so is an excluded term that another excluded term implies or a present one contradicts.
    """

    present: IndexArray
    excluded: IndexArray
    sex: int

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to rank by."""
        return len(self.present) == 0


def query_of(case: Case, hpo: Hpo) -> Query:
    """Encode a case; ids that the ontology does not hold are ignored (readers report them)."""
    present = _indices(case.hpo_ids, hpo)
    excluded = _indices(case.excluded_hpo_ids, hpo)
    implied = {a for t in present for a in hpo.ancestors(t).tolist() if a != t}
    kept = {
        t
        for t in excluded - implied - present
        if len(excluded.intersection(hpo.ancestors(t).tolist())) == 1  # itself
    }
    return Query(
        np.asarray(sorted(present - implied), dtype=np.int32),
        np.asarray(sorted(kept), dtype=np.int32),
        {"female": 1, "male": 2}.get(case.sex or "", 0),
    )


def _indices(hpo_ids: tuple[str, ...], hpo: Hpo) -> set[int]:
    found = {hpo.index[i] for i in hpo_ids if i in hpo.index}
    return {t for t in found if hpo.is_phenotypic_abnormality[t]}

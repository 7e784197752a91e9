"""What is known of each disease apart from its terms: how large, how inherited, when begun.

How well studied a gene is (publications, counted patients, number of diseases) was tried as well:
it told the training genes apart and made genes that were not among them worse.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from genecaller.rankers.profiles.disease_profiles import DiseaseProfiles, Floats
from ontology.hpo import Hpo, IndexArray

INHERITANCE = {
    "HP:0000006": 1,  # autosomal dominant
    "HP:0000007": 2,  # autosomal recessive
    "HP:0001417": 4,  # X-linked, of any kind
    "HP:0001419": 8,  # X-linked recessive
    "HP:0001427": 16,  # mitochondrial
}
"""HPO inheritance ids and the bit that each (or anything below it) sets."""
ONSET_YEARS = {
    "HP:0030674": -0.4,  # antenatal
    "HP:0003577": 0.0,  # congenital
    "HP:0003623": 0.04,  # neonatal
    "HP:0003593": 0.5,  # infantile
    "HP:0011463": 3.0,  # childhood
    "HP:0003621": 10.0,  # juvenile
    "HP:0003581": 25.0,  # adult
    "HP:0011462": 25.0,  # young adult
    "HP:0003596": 50.0,  # middle age
    "HP:0003584": 65.0,  # late
}
"""HPO onset ids and an age in years within each class; anything below takes its parent's."""


@dataclass(frozen=True, slots=True)
class DiseaseFacts:
    """One value a gene-linked disease, each of shape (m,), in the order of the profiles.

    `n_terms` direct phenotype annotations, `n_closed` with everything they imply, `inheritance`
    bits of `INHERITANCE`, `first_onset` and `last_onset` in years (NaN where none is stated).
    """

    n_terms: Floats
    n_closed: Floats
    inheritance: IndexArray
    first_onset: Floats
    last_onset: Floats


def facts_of(profiles: DiseaseProfiles) -> DiseaseFacts:
    """Gather the facts from the annotation rows that the profiles were made from."""
    annotations = profiles.annotations
    m = len(profiles)
    bits, years = _inheritance(profiles.hpo), onset_years(profiles.hpo)
    keep = ((bits > 0) | ~np.isnan(years))[annotations.term]
    keep[profiles.left_out] = False
    rows = np.flatnonzero(keep & (profiles.local[annotations.disease] >= 0))
    disease = profiles.local[annotations.disease[rows]]
    inheritance = np.zeros(m, dtype=np.int32)
    np.bitwise_or.at(inheritance, disease, bits[annotations.term[rows]])
    first, last = _onsets(m, years[annotations.term[rows]], disease)
    return DiseaseFacts(
        n_terms=np.diff(profiles.row_start).astype(np.float32),
        n_closed=profiles.closed_size.astype(np.float32),
        inheritance=inheritance,
        first_onset=first,
        last_onset=last,
    )


def onset_years(hpo: Hpo) -> Floats:
    """Shape (n_terms,): the age in years that an onset term means, NaN for any other term."""
    years = np.full(len(hpo), np.nan, dtype=np.float32)
    for hpo_id, age in ONSET_YEARS.items():  # broader classes first, narrower ones overwrite
        if hpo_id in hpo.index:
            years[hpo.descendants(hpo.index[hpo_id])] = age
    return years


def _inheritance(hpo: Hpo) -> IndexArray:
    bits = np.zeros(len(hpo), dtype=np.int32)
    for hpo_id, bit in INHERITANCE.items():
        if hpo_id in hpo.index:
            bits[hpo.descendants(hpo.index[hpo_id])] |= bit
    return bits


def _onsets(m: int, years: Floats, disease: IndexArray) -> tuple[Floats, Floats]:
    stated = ~np.isnan(years)
    first = np.full(m, np.inf, dtype=np.float32)
    last = np.full(m, -np.inf, dtype=np.float32)
    np.minimum.at(first, disease[stated], years[stated])
    np.maximum.at(last, disease[stated], years[stated])
    none = ~np.isfinite(first)
    first[none] = last[none] = np.nan
    return first, last

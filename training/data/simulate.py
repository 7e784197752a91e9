"""Patients simulated from the annotations: the knowledge itself, as unlimited solved cases.

A disease's terms are drawn by their annotated frequencies, thinned to the length of a case
report, blurred to ancestors where a clinician was imprecise, mixed with noise, and accompanied by
features looked for and absent, as in Köhler et al. 2009 and the simulations of Exomiser and
LIRICAL (Robinson et al. 2020).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, cast

import numpy as np

from genecaller.cases.case import Case, CaseTerm, Sex, Solution
from genecaller.errors import UsageError

if TYPE_CHECKING:
    from ontology.knowledge import Knowledge

SEX_OF_CODE: dict[int, Sex] = {1: "female", 2: "male"}
X_LINKED_RECESSIVE = "HP:0001419"
ONSET_ROOT = "HP:0003674"


@dataclass(frozen=True, slots=True)
class Simulation:
    """How patients differ from the textbook.

    `median_terms` and `spread` shape the lognormal number of terms present (published cases of
    phenopacket-store: median 7, a quarter above 12). `imprecision` is the chance that a term
    is replaced by an ancestor one to three steps up, `noise_terms` the mean number of unrelated
    terms (Poisson), `excluded_terms` the mean number of absent features (Poisson),
    `excluded_noise` the share of those that are unrelated rather than the disease's own.
    `default_frequency` stands in where the annotation states none. `onset_known` and `sex_known`
    are the shares of patients for whom each is reported.
    """

    median_terms: float = 7.0
    spread: float = 0.8
    imprecision: float = 0.15
    noise_terms: float = 0.7
    excluded_terms: float = 4.0
    excluded_noise: float = 0.5
    default_frequency: float = 0.5
    onset_known: float = 0.5
    sex_known: float = 0.9

    def __post_init__(self) -> None:
        for name in ("imprecision", "excluded_noise", "default_frequency"):
            value = getattr(self, name)
            if not 0.0 <= value <= 1.0:
                raise UsageError(f"simulation: {name} is {value}, expected a share from 0 to 1")
        if self.median_terms < 1:
            raise UsageError(
                f"simulation: median_terms is {self.median_terms}, expected at least 1"
            )


@dataclass(frozen=True, slots=True)
class _Profile:
    """One disease, ready to draw from: term indices with frequencies, and what never occurs."""

    terms: np.ndarray
    frequency: np.ndarray
    sex: np.ndarray
    absent: np.ndarray
    onsets: np.ndarray
    mostly_male: bool


class Simulator:
    """Draws patients of one knowledge release; the same seed gives the same patients."""

    def __init__(self, knowledge: Knowledge, settings: Simulation | None = None) -> None:
        self.knowledge = knowledge
        self.settings = settings or Simulation()
        self._profiles: dict[int, _Profile] = {}
        self._ancestor_sets: dict[int, frozenset[int]] = {}

    def patients(
        self, n: int, seed: int, genes: Sequence[str] | None = None, min_terms: int = 3
    ) -> Iterator[Case]:
        """Draw `n` solved cases: a gene evenly, then one of its diseases, then the patient.

        `genes` limits the draw (all genes of the knowledge if None); diseases with fewer than
        `min_terms` annotated phenotypes teach nothing and are left out. Patient i depends only
        on (seed, i). Raises UsageError where no gene has such a disease.
        """
        pool = self._drawable(genes, min_terms)
        if not pool:
            raise UsageError(
                f"none of the {len(genes or ())} genes has a disease with {min_terms} annotated "
                "phenotypes; name others, or lower min_terms"
            )
        for i in range(n):
            rng = np.random.default_rng((seed, i))
            gene, diseases = pool[int(rng.integers(len(pool)))]
            disease = int(diseases[int(rng.integers(len(diseases)))])
            yield self.patient(gene, disease, rng, f"simulated-{seed}-{i}")

    def _drawable(self, genes: Sequence[str] | None, min_terms: int) -> list[tuple[int, list[int]]]:
        annotations = self.knowledge.annotations
        wanted: Sequence[int] = range(len(annotations.gene_symbols))
        if genes is not None:
            known = annotations.gene_index
            wanted = [known[symbol] for symbol in sorted(set(genes)) if symbol in known]
        pool = []
        for gene in wanted:
            diseases = [
                int(disease)
                for disease in annotations.diseases_of_gene[gene]
                if len(self.profile(int(disease)).terms) >= min_terms
            ]
            if diseases:
                pool.append((gene, diseases))
        return pool

    def patient(self, gene: int, disease: int, rng: np.random.Generator, case_id: str) -> Case:
        """Draw one patient of a gene's disease (indices into the annotations)."""
        s = self.settings
        profile = self.profile(disease)
        sex = self._draw_sex(profile, rng)
        code = {"female": 1, "male": 2}.get(sex)
        frequency = np.where((profile.sex == 0) | (profile.sex == code), profile.frequency, 0.0)
        present = self._draw_present(frequency, rng)
        terms = [int(profile.terms[i]) for i in present]
        terms = [self._blur(term, rng) for term in terms]
        terms += self._noise(rng.poisson(s.noise_terms), rng)
        terms = self._most_specific(terms)
        excluded = self._draw_excluded(profile, present, terms, rng)
        onset = None
        if len(profile.onsets) and rng.random() < s.onset_known:
            onset = self.knowledge.hpo.ids[int(rng.choice(profile.onsets))]
        annotations = self.knowledge.annotations
        return Case(
            id=case_id,
            terms=tuple(self._term(i) for i in terms),
            excluded_terms=tuple(self._term(i) for i in excluded),
            sex=sex if rng.random() < s.sex_known else None,
            onset=onset,
            solution=Solution(
                gene=annotations.gene_symbols[gene],
                disease_id=annotations.disease_ids[disease],
                disease_label=annotations.disease_names[disease],
            ),
            source=f"simulated from HPO {self.knowledge.release}",
        )

    def profile(self, disease: int) -> _Profile:
        """What the annotations say of one disease, by index, kept once made."""
        if disease not in self._profiles:
            self._profiles[disease] = self._make_profile(disease)
        return self._profiles[disease]

    def _make_profile(self, disease: int) -> _Profile:
        a, hpo = self.knowledge.annotations, self.knowledge.hpo
        rows = a.rows_of(disease)
        term, negated, aspect = a.term[rows], a.negated[rows], a.aspect[rows]
        phenotype = (aspect == "P") & hpo.is_phenotypic_abnormality[term]
        stated = np.nan_to_num(a.frequency[rows], nan=self.settings.default_frequency)
        present = phenotype & ~negated & (stated > 0)
        # Several papers may annotate one term; the mean of their frequencies stands for them.
        terms, inverse = np.unique(term[present], return_inverse=True)
        count = np.bincount(inverse, minlength=len(terms))
        mean = np.bincount(inverse, weights=stated[present], minlength=len(terms)) / count
        sex = np.zeros(len(terms), dtype=np.int8)
        sex[inverse] = a.sex[rows][present]
        onsets = np.unique(term[(aspect == "C") & self._is_onset[term]])
        recessive = hpo.index.get(X_LINKED_RECESSIVE)
        return _Profile(
            terms=terms,
            frequency=mean,
            sex=sex,
            absent=np.unique(term[phenotype & negated]),
            onsets=onsets,
            mostly_male=bool(((aspect == "I") & (term == recessive)).any()),
        )

    @cached_property
    def _is_onset(self) -> np.ndarray:
        hpo = self.knowledge.hpo
        mask = np.zeros(len(hpo), dtype=np.bool_)
        if ONSET_ROOT in hpo.index:
            mask[hpo.descendants(hpo.index[ONSET_ROOT])] = True
        return mask

    @cached_property
    def _noise_terms(self) -> tuple[np.ndarray, np.ndarray]:
        """Every annotated phenotype with its cumulative share of all annotations."""
        a, hpo = self.knowledge.annotations, self.knowledge.hpo
        rows = (a.aspect == "P") & ~a.negated & hpo.is_phenotypic_abnormality[a.term]
        terms, counts = np.unique(a.term[rows], return_counts=True)
        return terms, np.cumsum(counts) / counts.sum()

    def _ancestors(self, term: int) -> frozenset[int]:
        if term not in self._ancestor_sets:
            found = frozenset(self.knowledge.hpo.ancestors(term).tolist())
            self._ancestor_sets[term] = found
        return self._ancestor_sets[term]

    def _draw_sex(self, profile: _Profile, rng: np.random.Generator) -> Sex:
        if profile.mostly_male:
            return "male" if rng.random() < 0.95 else "female"
        one_sided = set(profile.sex.tolist()) - {0}
        if len(one_sided) == 1 and len(profile.sex) and (profile.sex != 0).mean() > 0.5:
            return SEX_OF_CODE[one_sided.pop()]
        return cast("Sex", "female" if rng.random() < 0.5 else "male")

    def _draw_present(self, frequency: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Positions in the profile of the features the patient has and the report mentions."""
        s = self.settings
        has = np.flatnonzero(rng.random(len(frequency)) < frequency)
        if len(has) == 0:
            return np.flatnonzero(frequency == frequency.max())[:1] if len(frequency) else has
        told = max(1, int(s.median_terms * np.exp(s.spread * rng.standard_normal())))
        return rng.permutation(has)[:told]

    def _blur(self, term: int, rng: np.random.Generator) -> int:
        """The term, or an ancestor one to three steps up, below the organ systems."""
        if rng.random() >= self.settings.imprecision:
            return term
        hpo = self.knowledge.hpo
        for _ in range(int(rng.integers(1, 4))):
            parents = [int(p) for p in hpo.parents(term) if len(self._ancestors(int(p))) > 3]
            if not parents:
                break
            term = parents[int(rng.integers(len(parents)))]
        return term

    def _noise(self, n: int, rng: np.random.Generator) -> list[int]:
        terms, cumulative = self._noise_terms
        positions = np.searchsorted(cumulative, rng.random(n), side="right")
        return [int(terms[min(p, len(terms) - 1)]) for p in positions]

    def _most_specific(self, terms: list[int]) -> list[int]:
        """Without repeats and without ancestors of other terms, in the order drawn."""
        unique = list(dict.fromkeys(terms))
        implied: set[int] = set()
        for term in unique:
            implied |= self._ancestors(term) - {term}
        return [term for term in unique if term not in implied]

    def _draw_excluded(
        self, profile: _Profile, present: np.ndarray, terms: list[int], rng: np.random.Generator
    ) -> list[int]:
        s = self.settings
        n = int(rng.poisson(s.excluded_terms))
        if n == 0:
            return []
        unrelated = int(rng.binomial(n, s.excluded_noise))
        # What the patient has is out, and so is what would contradict it: an ancestor of a
        # present term cannot be absent.
        own = np.setdiff1d(np.arange(len(profile.terms)), present)
        drawn = [int(profile.terms[i]) for i in rng.permutation(own)[: n - unrelated]]
        drawn += [int(t) for t in profile.absent[: max(0, n - unrelated - len(drawn))]]
        drawn += self._noise(unrelated, rng)
        implied: set[int] = set()
        for term in terms:
            implied |= self._ancestors(term)
        return [term for term in dict.fromkeys(drawn) if term not in implied]

    def _term(self, i: int) -> CaseTerm:
        hpo = self.knowledge.hpo
        return CaseTerm(hpo.ids[i], hpo.names[i])

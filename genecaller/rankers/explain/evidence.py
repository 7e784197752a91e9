"""Why a disease fits a patient or does not: every term of the patient accounted for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from genecaller.cases import Case
from genecaller.rankers.profiles.cache import open_profiles
from genecaller.rankers.profiles.disease_profiles import DiseaseProfiles, Floats
from genecaller.rankers.profiles.frequencies import pooled_frequencies, stated_frequencies
from genecaller.rankers.query import query_of
from ontology.hpo import Hpo, IndexArray
from ontology.knowledge import Knowledge

TYPICAL = 0.5
"""From which stated frequency on a disease's term is missed when the patient lacks it."""
MatchKind = Literal["exact", "narrower", "broader", "unexplained"]
_KINDS: tuple[MatchKind, ...] = ("unexplained", "broader", "narrower", "exact")


@dataclass(frozen=True, slots=True)
class TermMatch:
    """One of the patient's terms and the disease's term that explains it.

    "exact": the disease is annotated with the term itself; "narrower": with something below it;
    "broader": only with something above it; "unexplained": with none of these, and the disease's
    term is None. `frequency` is the stated share of patients (a class's midpoint), to order and
    draw by; `stated` is what the sources say, to be shown: "7 of 18", "42%", "very frequent".
    Both are None where no source says one.
    """

    hpo_id: str
    label: str
    kind: MatchKind
    disease_hpo_id: str | None
    disease_label: str | None
    frequency: float | None
    stated: str | None = None


@dataclass(frozen=True, slots=True)
class TypicalTerm:
    """A term of at least `TYPICAL` of the disease's patients that this patient has not shown."""

    hpo_id: str
    label: str
    frequency: float
    stated: str | None = None


@dataclass(frozen=True, slots=True)
class Contradiction:
    """One finding that speaks against the disease; each finding of the patient counts once.

    "excluded": the patient lacks `hpo_id`, which the disease shows as `disease_hpo_id`, the most
    frequent of its terms at or below it (of equals the finding itself); `also` are the labels of
    its other such terms. "not": the patient has `hpo_id` (or something below it), which the
    disease is stated not to show. `frequency` and `stated` are as in `TermMatch`.
    """

    kind: Literal["excluded", "not"]
    hpo_id: str
    label: str
    disease_hpo_id: str
    disease_label: str
    frequency: float | None
    stated: str | None = None
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Evidence:
    """One disease weighed against one patient.

    `matches` in the order of the terms' ids, `missing` and `against` with the most frequent first.
    """

    disease_id: str
    disease_name: str
    matches: tuple[TermMatch, ...]
    missing: tuple[TypicalTerm, ...]
    against: tuple[Contradiction, ...]

    @property
    def explained(self) -> tuple[TermMatch, ...]:
        """The matches of any kind."""
        return tuple(match for match in self.matches if match.kind != "unexplained")


def weigh(knowledge: Knowledge, case: Case, disease_index: int) -> Evidence:
    """Account for every usable term of the case by one disease of the knowledge."""
    return weigh_all(knowledge, case, [disease_index])[0]


def weigh_all(
    knowledge: Knowledge,
    case: Case,
    disease_indices: Sequence[int],
    profiles: DiseaseProfiles | None = None,
) -> tuple[Evidence, ...]:
    """`weigh` for many diseases of one case, sharing what depends on the case alone.

    `profiles` are the knowledge's own unless a view with some annotations taken out is given.
    """
    profiles = profiles or open_profiles(knowledge)
    hpo = knowledge.hpo
    query = query_of(case, hpo)
    relation = _relations(hpo, query.present)
    implied = np.zeros(len(hpo), dtype=np.bool_)
    for term in query.present.tolist():
        implied[hpo.ancestors(term)] = True
    shown = implied | (relation == _KINDS.index("narrower")).any(axis=0)
    ruled_out = np.zeros((len(query.excluded), len(hpo)), dtype=np.bool_)
    for row, term in zip(ruled_out, query.excluded.tolist(), strict=True):
        row[hpo.descendants(term)] = True
    shown |= ruled_out.any(axis=0)  # looked for and absent: counted against, not as merely missing
    refuted_rows = np.flatnonzero(knowledge.annotations.negated)
    refuted = refuted_rows[implied[knowledge.annotations.term[refuted_rows]]]
    evidence = []
    for disease in disease_indices:
        terms, shares = _annotations_of(profiles, disease)
        said = stated_frequencies(profiles.annotations, disease, profiles.left_out)
        evidence.append(
            Evidence(
                disease_id=knowledge.annotations.disease_ids[disease],
                disease_name=knowledge.annotations.disease_names[disease],
                matches=_matches(profiles, query.present, relation[:, terms], terms, shares, said),
                missing=_missing(hpo, terms, shares, shown, said),
                against=_excluded(hpo, query.excluded, ruled_out[:, terms], terms, shares, said)
                + _refuted(knowledge, query.present, refuted, disease),
            )
        )
    return tuple(evidence)


def _relations(hpo: Hpo, present: IndexArray) -> NDArray[np.int8]:
    """Shape (n_present, n_terms): how a disease's term would explain each patient's term."""
    relation = np.zeros((len(present), len(hpo)), dtype=np.int8)
    for row, term in zip(relation, present.tolist(), strict=True):
        row[hpo.ancestors(term)] = _KINDS.index("broader")
        row[hpo.descendants(term)] = _KINDS.index("narrower")
        row[term] = _KINDS.index("exact")
    return relation


def _annotations_of(profiles: DiseaseProfiles, disease: int) -> tuple[IndexArray, Floats]:
    local = int(profiles.local[disease])
    if local >= 0:
        at = profiles.row(local)
        return profiles.row_term[at], profiles.row_stated[at]
    rows = profiles.annotations.rows_of(disease)
    _, terms, _, stated = pooled_frequencies(
        profiles.annotations, np.arange(rows.start, rows.stop, dtype=np.int32)
    )
    return terms, stated


def _matches(
    profiles: DiseaseProfiles,
    present: IndexArray,
    relation: NDArray[np.int8],
    terms: IndexArray,
    shares: Floats,
    said: dict[int, str],
) -> tuple[TermMatch, ...]:
    hpo = profiles.hpo
    if len(terms) == 0:
        relation, terms = np.zeros((len(present), 1), dtype=np.int8), present[:1]
        shares = np.full(1, np.nan, dtype=np.float32)
    # of several narrower terms the most frequent, of several broader ones the most specific
    worth = np.where(
        relation == _KINDS.index("narrower"),
        _or_zero(shares),
        profiles.information_content[terms],
    )
    chosen = (relation * np.float32(1000) + worth).argmax(axis=1) if len(present) else present
    kinds = relation[np.arange(len(present)), chosen].tolist()
    found = []
    for term, at, kind in zip(present.tolist(), chosen.tolist(), kinds, strict=True):
        if kind == 0:
            found.append(TermMatch(hpo.ids[term], hpo.names[term], _KINDS[0], None, None, None))
            continue
        explaining = int(terms[at])
        found.append(
            TermMatch(
                hpo.ids[term],
                hpo.names[term],
                _KINDS[kind],
                hpo.ids[explaining],
                hpo.names[explaining],
                _share(shares[at]),
                said.get(explaining),
            )
        )
    return tuple(found)


def _missing(
    hpo: Hpo, terms: IndexArray, shares: Floats, shown: NDArray[np.bool_], said: dict[int, str]
) -> tuple[TypicalTerm, ...]:
    lacking = np.flatnonzero((shares >= TYPICAL) & ~shown[terms])
    lacking = lacking[np.argsort(-shares[lacking], kind="stable")]
    return tuple(
        TypicalTerm(hpo.ids[t], hpo.names[t], share, said.get(t))
        for t, share in zip(terms[lacking].tolist(), shares[lacking].tolist(), strict=True)
    )


def _excluded(
    hpo: Hpo,
    excluded: IndexArray,
    ruled_out: NDArray[np.bool_],
    terms: IndexArray,
    shares: Floats,
    said: dict[int, str],
) -> tuple[Contradiction, ...]:
    """One contradiction for each excluded term that the disease shows, at or below it."""
    ruled_out = ruled_out & (shares != 0)
    frequency = _or_zero(shares).tolist()
    found: list[tuple[tuple[float, int], Contradiction]] = []
    for place in np.flatnonzero(ruled_out.any(axis=1)).tolist():
        absent = int(excluded[place])
        hit = np.flatnonzero(ruled_out[place]).tolist()
        hit.sort(key=lambda at: (-frequency[at], int(terms[at]) != absent))
        first, *others = (int(terms[at]) for at in hit)
        contradiction = Contradiction(
            "excluded",
            hpo.ids[absent],
            hpo.names[absent],
            hpo.ids[first],
            hpo.names[first],
            _share(shares[hit[0]]),
            said.get(first),
            tuple(hpo.names[t] for t in others),
        )
        found.append((min((-frequency[at], at) for at in hit), contradiction))
    return tuple(one for _, one in sorted(found, key=lambda item: item[0]))


def _refuted(
    knowledge: Knowledge, present: IndexArray, refuted: NDArray[np.int64], disease: int
) -> tuple[Contradiction, ...]:
    """For each present term the most specific one at or above it that is stated not to occur."""
    hpo, annotations = knowledge.hpo, knowledge.annotations
    terms = set(annotations.term[refuted[annotations.disease[refuted] == disease]].tolist())
    if not terms:
        return ()
    found: set[int] = set()
    for term in present.tolist():
        above = terms.intersection(hpo.ancestors(term).tolist())
        found.update(sorted(above, key=lambda t: (-len(hpo.ancestors(t)), t))[:1])
    return tuple(
        Contradiction("not", hpo.ids[t], hpo.names[t], hpo.ids[t], hpo.names[t], None)
        for t in sorted(found)
    )


def _or_zero(stated: Floats) -> Floats:
    return np.where(np.isnan(stated), np.float32(0), stated)


def _share(stated: np.float32) -> float | None:
    return None if np.isnan(stated) else float(stated)

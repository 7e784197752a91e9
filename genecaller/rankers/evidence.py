"""Why a disease fits a patient or does not: every term accounted for, and in plain words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from genecaller.cases import Case
from genecaller.rankers.cache import open_profiles
from genecaller.rankers.frequencies import pooled_frequencies
from genecaller.rankers.profiles import DiseaseProfiles, Floats
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
    term is None. `frequency` is the stated share of patients, None where no source says one.
    """

    hpo_id: str
    label: str
    kind: MatchKind
    disease_hpo_id: str | None
    disease_label: str | None
    frequency: float | None


@dataclass(frozen=True, slots=True)
class TypicalTerm:
    """A term of at least `TYPICAL` of the disease's patients that this patient has not shown."""

    hpo_id: str
    label: str
    frequency: float


@dataclass(frozen=True, slots=True)
class Contradiction:
    """What speaks against the disease.

    "excluded": the patient lacks `hpo_id`, which the disease shows as `disease_hpo_id` (itself
    or something below it); "not": the patient has `hpo_id`, which the disease is stated not to
    show. `frequency` is None where no source says one.
    """

    kind: Literal["excluded", "not"]
    hpo_id: str
    label: str
    disease_hpo_id: str
    disease_label: str
    frequency: float | None


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
    ruled_out = np.full(len(hpo), -1, dtype=np.int32)
    for term in query.excluded.tolist():
        ruled_out[hpo.descendants(term)] = term
    shown |= ruled_out >= 0  # looked for and absent: counted against, not as merely missing
    refuted_rows = np.flatnonzero(knowledge.annotations.negated)
    refuted = refuted_rows[implied[knowledge.annotations.term[refuted_rows]]]
    evidence = []
    for disease in disease_indices:
        terms, stated = _annotations_of(profiles, disease)
        evidence.append(
            Evidence(
                disease_id=knowledge.annotations.disease_ids[disease],
                disease_name=knowledge.annotations.disease_names[disease],
                matches=_matches(profiles, query.present, relation[:, terms], terms, stated),
                missing=_missing(hpo, terms, stated, shown),
                against=_excluded(hpo, terms, stated, ruled_out)
                + _refuted(knowledge, refuted, disease),
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
    stated: Floats,
) -> tuple[TermMatch, ...]:
    hpo = profiles.hpo
    if len(terms) == 0:
        relation, terms = np.zeros((len(present), 1), dtype=np.int8), present[:1]
        stated = np.full(1, np.nan, dtype=np.float32)
    # of several narrower terms the most frequent, of several broader ones the most specific
    worth = np.where(
        relation == _KINDS.index("narrower"),
        _or_zero(stated),
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
                _share(stated[at]),
            )
        )
    return tuple(found)


def _missing(
    hpo: Hpo, terms: IndexArray, stated: Floats, shown: NDArray[np.bool_]
) -> tuple[TypicalTerm, ...]:
    lacking = np.flatnonzero((stated >= TYPICAL) & ~shown[terms])
    lacking = lacking[np.argsort(-stated[lacking], kind="stable")]
    return tuple(
        TypicalTerm(hpo.ids[t], hpo.names[t], float(share))
        for t, share in zip(terms[lacking].tolist(), stated[lacking].tolist(), strict=True)
    )


def _excluded(
    hpo: Hpo, terms: IndexArray, stated: Floats, ruled_out: IndexArray
) -> tuple[Contradiction, ...]:
    hit = np.flatnonzero((ruled_out[terms] >= 0) & ~(stated == 0))
    if len(hit) == 0:
        return ()
    hit = hit[np.argsort(-_or_zero(stated[hit]), kind="stable")]
    return tuple(
        Contradiction(
            "excluded",
            hpo.ids[ruled_out[t]],
            hpo.names[ruled_out[t]],
            hpo.ids[t],
            hpo.names[t],
            _share(share),
        )
        for t, share in zip(terms[hit].tolist(), stated[hit], strict=True)
    )


def _refuted(
    knowledge: Knowledge, refuted: NDArray[np.int64], disease: int
) -> tuple[Contradiction, ...]:
    if len(refuted) == 0:
        return ()
    hpo, annotations = knowledge.hpo, knowledge.annotations
    terms = sorted(set(annotations.term[refuted[annotations.disease[refuted] == disease]].tolist()))
    return tuple(
        Contradiction("not", hpo.ids[t], hpo.names[t], hpo.ids[t], hpo.names[t], None)
        for t in terms
    )


def _or_zero(stated: Floats) -> Floats:
    return np.where(np.isnan(stated), np.float32(0), stated)


def _share(stated: np.float32) -> float | None:
    return None if np.isnan(stated) else float(stated)


def explain(evidence: Evidence, longest: int = 4) -> str:
    """One or two plain sentences; lists are cut after `longest` and the rest is counted."""
    explained = sorted(
        evidence.explained, key=lambda m: (-_KINDS.index(m.kind), -(m.frequency or 0.0))
    )
    n = len(evidence.matches)
    if not n:
        return f"{evidence.disease_name}: there is no finding to explain."
    if explained:
        text = (
            f"{evidence.disease_name} explains {len(explained)} of {n} findings: "
            f"{_listed([_match_words(m) for m in explained], longest)}"
        )
    else:
        text = f"{evidence.disease_name} explains none of the {n} findings"
    open_terms = [m.label for m in evidence.matches if m.kind == "unexplained"]
    if open_terms and explained:
        text += f"; unexplained: {_listed(open_terms, longest)}"
    doubts = []
    if evidence.missing:
        typical = [f"{t.label} ({t.frequency:.0%})" for t in evidence.missing]
        doubts.append(f"typical but not reported: {_listed(typical, longest)}")
    if evidence.against:
        doubts.append(f"against: {_listed([_against_words(c) for c in evidence.against], longest)}")
    second = "; ".join(doubts)
    return f"{text}. {second[0].upper()}{second[1:]}." if second else f"{text}."


def _match_words(match: TermMatch) -> str:
    share = "" if match.frequency is None else f"{match.frequency:.0%}"
    if match.kind == "exact":
        return f"{match.label} ({share})" if share else match.label
    through = ", ".join(filter(None, [f"{match.kind}: {match.disease_label}", share]))
    return f"{match.label} ({through})"


def _against_words(contradiction: Contradiction) -> str:
    if contradiction.kind == "not":
        return f"{contradiction.label} is stated not to occur in it"
    share = "" if contradiction.frequency is None else f" ({contradiction.frequency:.0%})"
    return f"{contradiction.disease_label}{share} is excluded in the patient"


def _listed(words: Sequence[str], longest: int) -> str:
    shown = ", ".join(words[:longest])
    return f"{shown} and {len(words) - longest} more" if len(words) > longest else shown

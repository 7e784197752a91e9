"""Simulated patients follow the annotations, and only the seed decides them."""

from __future__ import annotations

import dataclasses
from collections import Counter

import numpy as np
import pytest

from genecaller.errors import UsageError
from ontology.knowledge import Knowledge
from training.data.simulate import Simulation, Simulator

TEXTBOOK = Simulation(
    median_terms=1000, spread=0.0, imprecision=0.0, noise_terms=0.0, excluded_terms=0.0
)


def test_the_seed_decides_and_patients_do_not_depend_on_how_many_are_drawn(
    knowledge: Knowledge,
) -> None:
    simulator = Simulator(knowledge)
    first = list(simulator.patients(30, seed=5))
    assert first == list(Simulator(knowledge).patients(30, seed=5))
    assert first[:10] == list(simulator.patients(10, seed=5))
    assert first != list(simulator.patients(30, seed=6))


def test_without_noise_every_term_is_annotated_to_the_disease(knowledge: Knowledge) -> None:
    a, hpo = knowledge.annotations, knowledge.hpo
    for case in Simulator(knowledge, TEXTBOOK).patients(60, seed=1):
        assert case.solution is not None
        rows = a.rows_of(a.disease_index[str(case.solution.disease_id)])
        annotated = {hpo.ids[t] for t in a.term[rows]}
        assert case.terms
        assert set(case.hpo_ids) <= annotated
        gene = a.gene_index[case.solution.gene]
        assert a.disease_index[str(case.solution.disease_id)] in a.diseases_of_gene[gene]


def test_terms_come_as_often_as_their_frequency_says(knowledge: Knowledge) -> None:
    """Marfan syndrome, 2,000 patients: each share within five standard errors of the annotation."""
    a, hpo = knowledge.annotations, knowledge.hpo
    disease, gene = a.disease_index["OMIM:154700"], a.gene_index["FBN1"]
    simulator = Simulator(knowledge, TEXTBOOK)
    profile = simulator.profile(disease)
    n = 2000
    cases = [
        simulator.patient(gene, disease, np.random.default_rng((9, i)), str(i)) for i in range(n)
    ]
    seen: Counter[str] = Counter()
    for case in cases:
        # A term is left out where a descendant of it is drawn: it is said all the same.
        said = {hpo.ids[j] for i in case.hpo_ids for j in hpo.ancestors(hpo.index[i])}
        seen.update(said)
    leaves = [
        i
        for i, term in enumerate(profile.terms)
        if not set(hpo.descendants(int(term)).tolist()) & (set(profile.terms.tolist()) - {term})
        and profile.sex[i] == 0
    ]
    assert len(leaves) > 20
    for i in leaves:
        share = seen[hpo.ids[int(profile.terms[i])]] / n
        p = float(profile.frequency[i])
        assert abs(share - p) <= 5 * (p * (1 - p) / n) ** 0.5 + 1e-9


def test_imprecision_replaces_terms_by_their_ancestors(knowledge: Knowledge) -> None:
    a, hpo = knowledge.annotations, knowledge.hpo
    settings = dataclasses.replace(TEXTBOOK, imprecision=1.0, median_terms=8)
    blurred = 0
    for case in Simulator(knowledge, settings).patients(40, seed=2):
        assert case.solution is not None
        rows = a.rows_of(a.disease_index[str(case.solution.disease_id)])
        annotated = {int(t) for t in a.term[rows]}
        closure = {int(j) for t in annotated for j in hpo.ancestors(t)}
        indices = {hpo.index[i] for i in case.hpo_ids}
        assert indices <= closure
        blurred += bool(indices - annotated)
        organ_systems = set(hpo.children(hpo.index["HP:0000118"]).tolist())
        assert not (indices - annotated) & organ_systems
    assert blurred > 30


def test_no_term_repeats_implies_another_or_contradicts_an_absent_one(
    knowledge: Knowledge,
) -> None:
    hpo = knowledge.hpo
    settings = Simulation(imprecision=0.4, noise_terms=3, excluded_terms=8)
    absent = 0
    for case in Simulator(knowledge, settings).patients(200, seed=3):
        present = [hpo.index[i] for i in case.hpo_ids]
        excluded = {hpo.index[i] for i in case.excluded_hpo_ids}
        assert len(set(present)) == len(present)
        for i in present:
            ancestors = set(hpo.ancestors(i).tolist())
            assert not (ancestors - {i}) & set(present)
            assert not ancestors & excluded
        absent += len(excluded)
    assert absent > 400


def test_x_linked_recessive_patients_are_mostly_male(knowledge: Knowledge) -> None:
    cases = list(Simulator(knowledge).patients(100, seed=4, genes=["DMD"]))
    dmd = [c for c in cases if c.solution and c.solution.disease_id == "OMIM:310200"]
    assert len(dmd) > 10
    known = [case.sex for case in dmd if case.sex]
    assert known.count("male") > 0.8 * len(known)
    assert {c.solution.gene for c in cases if c.solution} == {"DMD"}


def test_noise_terms_come_beside_the_disease(knowledge: Knowledge) -> None:
    a, hpo = knowledge.annotations, knowledge.hpo
    settings = dataclasses.replace(TEXTBOOK, noise_terms=4.0, median_terms=5)
    strangers = 0
    for case in Simulator(knowledge, settings).patients(50, seed=8):
        assert case.solution is not None
        rows = a.rows_of(a.disease_index[str(case.solution.disease_id)])
        annotated = {hpo.ids[t] for t in a.term[rows]}
        strangers += len(set(case.hpo_ids) - annotated)
    assert strangers > 100


def test_unusable_settings_and_genes_are_refused(knowledge: Knowledge) -> None:
    with pytest.raises(UsageError, match=r"imprecision is 1\.5"):
        Simulation(imprecision=1.5)
    with pytest.raises(UsageError, match="none of the 1 genes"):
        next(Simulator(knowledge).patients(1, seed=0, genes=["NOSUCHGENE"]))

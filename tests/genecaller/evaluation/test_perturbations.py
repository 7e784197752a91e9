import numpy as np
import pytest

from genecaller.cases import Case, CaseTerm, Solution
from genecaller.evaluation.perturbations import (
    DISTURBANCES,
    add_noise,
    drop_terms,
    exclude_noise,
    make_vague,
    robustness_curves,
)
from genecaller.rankers import make_ranker
from ontology.knowledge import Knowledge
from tests.genecaller.rankers.conftest import (
    CORTICAL_TUBERS,
    GLOBAL_DELAY,
    INTELLECTUAL_DISABILITY,
    SEIZURE,
    SUBEPENDYMAL_NODULES,
)


@pytest.fixture
def case() -> Case:
    present = (CORTICAL_TUBERS, SUBEPENDYMAL_NODULES, SEIZURE, GLOBAL_DELAY)
    terms = tuple(CaseTerm(hpo_id, "") for hpo_id in present)
    return Case("case", terms=terms, solution=Solution("TSC2"))


def test_what_each_disturbance_does(case: Case, knowledge: Knowledge) -> None:
    generator = np.random.default_rng(0)
    noisy = add_noise(case, 0.5, knowledge, generator)
    assert noisy.terms[:4] == case.terms
    assert len(noisy.terms) == 6
    excluded = exclude_noise(case, 1.0, knowledge, generator)
    assert excluded.terms == case.terms
    assert len(excluded.excluded_terms) == 4
    fewer = drop_terms(case, 0.5, knowledge, generator)
    assert len(fewer.terms) == 2
    assert set(fewer.terms) < set(case.terms)
    assert len(drop_terms(case, 1.0, knowledge, generator).terms) == 1
    vague = make_vague(case, 1.0, knowledge, generator)
    hpo = knowledge.hpo
    parents = {hpo.ids[p] for t in case.hpo_ids for p in hpo.parents(hpo.index[t]).tolist()}
    assert set(vague.hpo_ids) <= parents


def test_nothing_is_disturbed_at_strength_zero(case: Case, knowledge: Knowledge) -> None:
    for disturb in DISTURBANCES.values():
        assert disturb(case, 0.0, knowledge, np.random.default_rng(0)) == case


def test_curves_start_at_the_undisturbed_figure_and_repeat(
    case: Case, knowledge: Knowledge
) -> None:
    rankers = [make_ranker("sum", knowledge)]
    curves = robustness_curves(rankers, [case], knowledge, seed=3, strengths=(0.0, 1.0))
    assert curves == robustness_curves(rankers, [case], knowledge, seed=3, strengths=(0.0, 1.0))
    assert len(curves) == 2 * len(DISTURBANCES)
    assert all(point.top10 == 1.0 for point in curves if point.strength == 0)


def test_an_unsolved_case_is_refused(knowledge: Knowledge) -> None:
    with pytest.raises(ValueError, match="no solution"):
        robustness_curves(
            [make_ranker("sum", knowledge)],
            [Case("case", terms=(CaseTerm(INTELLECTUAL_DISABILITY, ""),))],
            knowledge,
            seed=0,
        )

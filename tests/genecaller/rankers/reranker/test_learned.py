from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from genecaller.errors import ModelError
from genecaller.rankers.methods.term_similarity import Matcher
from genecaller.rankers.profiles.disease_metadata import facts_of
from genecaller.rankers.profiles.disease_profiles import DiseaseProfiles
from genecaller.rankers.profiles.leave_publication_out import without_publication
from genecaller.rankers.reranker.conditional_logit import (
    EXPANDED,
    PLAIN,
    ConditionalLogit,
    Standard,
    choice_loss,
    expand,
    raw_columns,
    standard_of,
)
from genecaller.rankers.reranker.features import FEATURES
from genecaller.rankers.reranker.learned import (
    LearnedRanker,
    Reranker,
    probabilities,
    read_reranker,
    shipped_reranker,
    write_reranker,
)
from tests.genecaller.rankers.conftest import CORTICAL_TUBERS, SEIZURE, MakeCase


def logit_on(feature: str, weight: float = 1.0) -> ConditionalLogit:
    """Looks at one feature alone."""
    weights = np.zeros(len(EXPANDED), dtype=np.float32)
    weights[EXPANDED.index(feature)] = weight
    zero, one = np.zeros(len(PLAIN), dtype=np.float32), np.ones(len(PLAIN), dtype=np.float32)
    return ConditionalLogit(Standard(zero, one), weights)


@pytest.fixture
def model() -> Reranker:
    full = logit_on("gene sum below best")
    folds = (logit_on("gene sum below best", -1.0), full)
    manifest = {
        "features": list(FEATURES),
        "n_folds": 2,
        "fold_of_gene": {"TSC1": 0, "TSC2": 1},
        "temperature": 0.5,
        "doubt": 1.5,
    }
    return Reranker(full, folds, {"TSC1": 0, "TSC2": 1}, 0.5, 1.5, manifest)


@pytest.fixture
def ranker(model: Reranker, profiles: DiseaseProfiles, matcher: Matcher) -> LearnedRanker:
    return LearnedRanker("learned", "", matcher, facts_of(profiles), model)


def test_weights_are_saved_and_read_back(model: Reranker, tmp_path: Path) -> None:
    path = tmp_path / "made" / "reranker.npz"
    write_reranker(model, path)
    again = read_reranker(path.read_bytes())
    assert again is not None
    assert again.fold_of_gene == model.fold_of_gene
    assert (again.temperature, again.doubt) == (0.5, 1.5)
    assert np.array_equal(again.folds[0].weight, model.folds[0].weight)


def test_weights_of_other_features_are_not_used(model: Reranker, tmp_path: Path) -> None:
    write_reranker(replace(model, manifest={**model.manifest, "features": ["x"]}), tmp_path / "r")
    assert read_reranker((tmp_path / "r.npz").read_bytes()) is None


def test_damaged_weights_say_what_to_do() -> None:
    with pytest.raises(ModelError, match="train them anew"):
        read_reranker(b"PK not weights")


def test_every_gene_gets_a_probability(ranker: LearnedRanker, make_case: MakeCase) -> None:
    scores = ranker.score(make_case(CORTICAL_TUBERS, SEIZURE))
    finite = scores.score[np.isfinite(scores.score)]
    assert 0 < finite.sum() < 1
    symbols = ranker.matcher.profiles.annotations.gene_symbols
    assert symbols[int(np.argmax(scores.score))] in {"TSC1", "TSC2"}
    assert ranker.confidence(scores) == finite.max()


def test_genes_not_nominated_come_after_all_candidates(
    ranker: LearnedRanker, make_case: MakeCase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "genecaller.rankers.reranker.features.NOMINATED",
        {"sum": 3, "hypergeometric": 1, "cosine": 1},
    )
    scores = ranker.score(make_case(CORTICAL_TUBERS, SEIZURE))
    ordered = np.sort(scores.score[np.isfinite(scores.score)])[::-1]
    assert len(ordered) == 9  # LGI1 and RELN have no annotation left to compare with
    assert (scores.disease[np.isfinite(scores.score)] >= 0).all()
    assert ordered[-1] < ordered[0]


def test_without_terms_the_order_is_the_priors(ranker: LearnedRanker, make_case: MakeCase) -> None:
    scores = ranker.score(make_case())
    symbols = ranker.matcher.profiles.annotations.gene_symbols
    assert symbols[int(np.argmax(scores.score))] == "TBX1"  # the most annotations
    assert scores.score[np.isfinite(scores.score)].sum() == pytest.approx(1)


def test_a_training_gene_is_scored_by_weights_that_never_saw_it(
    ranker: LearnedRanker, make_case: MakeCase
) -> None:
    assert ranker.held_out("TSC1").fold == 0
    assert ranker.held_out("KCNQ2").fold is None
    case = make_case(CORTICAL_TUBERS, SEIZURE)
    full, fold = ranker.score(case), ranker.held_out("TSC1").score(case)
    assert np.argmax(full.score) != np.argmax(fold.score)


def test_a_renamed_gene_keeps_its_held_out_weights(ranker: LearnedRanker) -> None:
    """MLL2 became KMT2D; whichever name the weights or the case have, it is one gene."""
    for trained, asked in (("MLL2", "KMT2D"), ("KMT2D", "MLL2"), ("KMT2D", " kmt2d ")):
        model = replace(ranker.model, fold_of_gene={trained: 0})
        assert model.saw(asked)
        assert replace(ranker, model=model).held_out(asked).fold == 0
    assert not ranker.model.saw("KMT2D")


def test_two_training_genes_that_became_one_are_told(ranker: LearnedRanker) -> None:
    model = replace(ranker.model, fold_of_gene={"MLL2": 0, "KMT2D": 1})
    with pytest.raises(ModelError, match="KMT2D: the reranker's folds know it as two genes"):
        replace(ranker, model=model).held_out("KMT2D")


def test_on_other_profiles(
    ranker: LearnedRanker, profiles: DiseaseProfiles, make_case: MakeCase
) -> None:
    view = without_publication(profiles, "PMID:29196670")
    scores = ranker.on(view).score(make_case(CORTICAL_TUBERS, SEIZURE))
    assert not np.array_equal(scores.score, ranker.score(make_case(CORTICAL_TUBERS)).score)


def test_probabilities_leave_room_for_none_of_these() -> None:
    share = probabilities(np.asarray([1.0, 1.0], dtype=np.float32), 1.0, 0.0)
    assert share == pytest.approx([1 / 3, 1 / 3])
    shifted = probabilities(np.asarray([101.0, 101.0], dtype=np.float32), 1.0, 0.0)
    assert shifted == pytest.approx(share)
    assert probabilities(np.asarray([2.0, 0.0], dtype=np.float32), 1e-2, 0.0)[0] > 0.99


def test_unknown_values_stand_at_the_mean() -> None:
    generator = np.random.default_rng(0)
    matrix = generator.normal(size=(50, len(FEATURES))).astype(np.float32)
    matrix[0, FEATURES.index("gene sum")] = np.nan
    standard = standard_of(raw_columns(matrix))
    expanded = expand(matrix, standard)
    assert expanded.shape == (50, len(EXPANDED))
    assert expanded[0, EXPANDED.index("gene sum")] == 0
    column = expanded[1:, EXPANDED.index("gene likelihood")]
    assert abs(float(column.mean())) < 0.1
    assert float(column.std()) == pytest.approx(1, abs=0.1)


def test_the_losses_gradient_is_its_slope() -> None:
    generator = np.random.default_rng(1)
    expanded = generator.normal(size=(9, 4)).astype(np.float32)
    given = (
        expanded,
        np.asarray([4, 5]),
        np.asarray([1, 7]),
        np.asarray([0.3, 0.7]),
        0.1,
    )
    weight = generator.normal(size=4)
    _, gradient = choice_loss(weight, *given)
    for i in range(4):
        step = np.zeros(4)
        step[i] = 1e-2
        slope = (
            choice_loss(weight + step, *given)[0] - choice_loss(weight - step, *given)[0]
        ) / 2e-2
        assert gradient[i] == pytest.approx(slope, abs=1e-3)


def test_what_ships_fits_todays_features() -> None:
    shipped = shipped_reranker()
    assert shipped is not None, (
        "train the weights anew: python -m training.workflows.reranker CASES"
    )
    assert len(shipped.folds) == shipped.manifest["n_folds"]
    assert set(shipped.fold_of_gene.values()) == set(range(len(shipped.folds)))
    assert shipped.manifest["held_out_figures"]["unseen publication"]["n"] > 0

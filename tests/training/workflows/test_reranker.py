from pathlib import Path

import numpy as np
import pytest

from genecaller.cases import Case, CaseTerm, Publication, Solution
from genecaller.cases.write import write_jsonl
from genecaller.errors import UsageError
from genecaller.rankers.reranker.conditional_logit import EXPANDED
from genecaller.rankers.reranker.features import FEATURES
from genecaller.rankers.reranker.learned import probabilities, read_reranker
from ontology.knowledge import Knowledge
from training.workflows import reranker, reranker_fit
from training.workflows.reranker import (
    folds_by_component,
    make_examples,
    solved_cases,
    train_reranker,
)
from training.workflows.reranker_fit import (
    UNSEEN_WORTH,
    Example,
    calibrate,
    case_weights,
    first_probability,
    fit_logit,
    fit_reranker,
    held_out_figures,
    reliability,
)


def solved(name: str, gene: str, pmid: str | None, *terms: str) -> Case:
    return Case(
        name,
        terms=tuple(CaseTerm(t, "") for t in terms),
        publication=Publication(pmid),
        solution=Solution(gene, "OMIM:613254"),
    )


def example(gene: str, right: int | None, values: list[float], unseen: bool = True) -> Example:
    """Candidates that differ in one feature."""
    matrix = np.zeros((len(values), len(FEATURES)), dtype=np.float32)
    matrix[:, FEATURES.index("gene sum")] = values
    matrix[:, FEATURES.index("query terms")] = 5
    return Example(f"{gene} {values}", gene, f"PMID:{gene}", unseen, matrix, right)


def examples(n: int, seed: int) -> list[Example]:
    """The right gene has the largest value three times out of four."""
    generator = np.random.default_rng(seed)
    made = []
    for i in range(n):
        values = generator.normal(size=8)
        right = int(np.argmax(values)) if generator.random() < 0.75 else int(np.argmin(values))
        made.append(example(f"G{i % 20}", right, values.tolist(), unseen=i % 2 == 0))
    return made


def test_genes_that_share_a_publication_share_a_fold() -> None:
    cases = [solved(f"c{i}", f"G{i}", f"PMID:{i}", "HP:0001250") for i in range(20)]
    cases += [
        solved("x", "G0", "PMID:77", "HP:0001250"),
        solved("y", "G1", "PMID:77", "HP:0001250"),
        solved("z", "G2", "PMID:1", "HP:0001250"),
        solved("n", "G3", None, "HP:0001250"),
    ]
    folds = folds_by_component(cases, seed=1)
    assert folds["G0"] == folds["G1"] == folds["G2"]
    assert set(folds.values()) == set(range(5))
    assert folds == folds_by_component(list(reversed(cases)), seed=1)
    assert folds != folds_by_component(cases, seed=2)


def test_large_cohorts_and_unseen_publications_are_weighed() -> None:
    cohort = [example("BIG", 0, [1.0, 0.0], unseen=False) for _ in range(9)]
    single = [example("ONE", 0, [1.0, 0.0], unseen=False)]
    unseen = [example("NEW", 0, [1.0, 0.0], unseen=True)]
    worth = case_weights(cohort + single + unseen)
    assert worth.sum() == pytest.approx(1)
    assert worth[0] < worth[9]
    assert worth[10] == pytest.approx(UNSEEN_WORTH * worth[9])


def test_the_fit_finds_the_feature_that_tells() -> None:
    model = fit_logit(examples(300, seed=0))
    assert np.argmax(model.weight) == EXPANDED.index("gene sum")
    unseen = examples(60, seed=1)
    first = [int(np.argmax(model.predict(e.matrix))) == e.right for e in unseen]
    assert np.mean(first) > 0.6


def test_calibrated_probabilities_are_true() -> None:
    """Who is right is drawn from a softmax of known temperature, which must be found again."""
    generator = np.random.default_rng(2)
    made = []
    for i in range(2000):
        values = generator.normal(size=8)
        share = np.exp(2 * values) / np.exp(2 * values).sum()
        right = int(generator.choice(8, p=share))
        made.append(example(f"G{i % 20}", right, values.tolist()))
    scores = [e.matrix[:, FEATURES.index("gene sum")] * 50 for e in made]
    temperature, _ = calibrate(made, scores)
    assert temperature == pytest.approx(25, rel=0.2)
    found = reliability(made, scores, np.asarray([i % 5 for i in range(len(made))]))
    assert found["n"] == 2000
    assert found["brier"] < found["brier_of_base"]
    for tenth in found["bins"]:
        if tenth["n"] > 100:
            assert tenth["right"] == pytest.approx(tenth["probability"], abs=0.1)


def test_the_first_probability_of_many_cases_is_that_of_each() -> None:
    scores = np.asarray([3.0, 1.0, -1.0], dtype=np.float32)
    padded = np.asarray([[2.0, 0.0, -2.0, -np.inf]])
    expected = probabilities(scores, 0.7, 1.2).max()
    assert first_probability(padded, 0.7, 1.2) == pytest.approx([expected])


def test_figures_by_hand() -> None:
    made = [
        example("A", 0, [3.0, 2.0, 1.0]),  # first
        example("A", 2, [3.0, 2.0, 1.0]),  # third
        example("B", None, [3.0, 2.0]),  # not nominated: a miss
        example("C", 0, [1.0, 1.0], unseen=False),  # tied: rank 1.5
    ]
    scores = [e.matrix[:, FEATURES.index("gene sum")] for e in made]
    figures = held_out_figures(made, scores)
    unseen = figures["unseen publication"]
    assert (unseen["n"], unseen["genes"]) == (3, 2)
    assert unseen["over cases"]["top1"] == pytest.approx(1 / 3, abs=1e-4)
    assert unseen["over genes"]["top1"] == pytest.approx(0.25)
    assert unseen["over genes"]["top3"] == pytest.approx(0.5)
    everything = figures["leave publication out"]
    assert everything["over cases"]["top1"] == pytest.approx(0.25)
    assert everything["over cases"]["top3"] == pytest.approx(0.75)


def test_examples_do_not_know_their_own_publication(tiny_knowledge: Knowledge) -> None:
    terms = ("HP:0001250", "HP:0009717", "HP:0009716")
    cited, unknown = make_examples(
        [solved("a", "TSC1", "PMID:29196670", *terms), solved("b", "TSC1", "PMID:9", *terms)],
        tiny_knowledge,
    )
    assert not cited.unseen
    assert unknown.unseen
    shown = FEATURES.index("disease likelihood")
    assert cited.matrix[:, shown].max() != pytest.approx(unknown.matrix[:, shown].max())


def test_a_case_without_a_publication_is_not_unseen(tiny_knowledge: Knowledge) -> None:
    """Nothing shows that the knowledge was not written from it."""
    terms = ("HP:0001250", "HP:0009717")
    bare, known = make_examples(
        [solved("a", "TSC1", None, *terms), solved("b", "TSC1", "PMID:9", *terms)], tiny_knowledge
    )
    assert (bare.unseen, known.unseen) == (False, True)


def test_a_search_that_stops_short_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    made = examples(300, seed=0)
    fit_logit(made, said.append)
    monkeypatch.setattr(reranker_fit, "MOST_STEPS", 1)
    told: list[str] = []
    fit_logit(made, told.append)
    assert len(told) == 1
    assert "after 1 steps" in told[0]
    steps: list[str] = []
    folds = {f"G{i}": i % 5 for i in range(20)}
    model, _ = fit_reranker(made, folds, steps.append)
    stopped = model.manifest["not_converged"]
    assert {f"the weights without fold {f + 1}" for f in range(5)} | {"the full weights"} <= set(
        stopped
    )
    assert any(step.startswith("warning: the full weights did not converge") for step in steps)


def test_what_is_left_out_is_counted_and_a_gene_has_one_name(
    tiny_knowledge: Knowledge, tmp_path: Path
) -> None:
    path = tmp_path / "cases.jsonl"
    write_jsonl(
        [
            solved("a", "TSC1", "PMID:1", "HP:0001250"),
            solved("b", "NOSUCH", "PMID:2", "HP:0001250"),
            solved("c", "TSC2", "PMID:3"),
            Case("d", terms=(CaseTerm("HP:0001250", ""),)),
        ],
        path,
    )
    told: list[str] = []
    assert [case.id for case in solved_cases(path, tiny_knowledge, told.append)] == ["a"]
    assert sorted(told) == [
        "left out: 1 cases are of a gene that the knowledge lacks",
        "left out: 1 cases have no usable present term",
        "left out: 1 cases name no gene",
    ]


def test_training_from_files_to_weights(
    tiny_knowledge: Knowledge, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reranker, "open_knowledge", lambda progress: tiny_knowledge)
    patients = {
        "TSC2": ("HP:0009717", "HP:0001250"),
        "KCNQ2": ("HP:0001250", "HP:0001263"),
        "PTPN11": ("HP:0001631", "HP:0000316"),
        "CHD7": ("HP:0000175", "HP:0000407"),
        "GATA3": ("HP:0000829", "HP:0000407"),
        "TBX1": ("HP:0000220", "HP:0000829"),
    }
    cases = [
        solved(f"{gene} {i}", gene, f"PMID:{gene}{i}", *terms)
        for gene, terms in patients.items()
        for i in range(2)
    ]
    cases.append(solved("unknown gene", "NOSUCH", None, "HP:0001250"))
    cases.append(solved("no terms", "TSC2", None))
    path = tmp_path / "cases.jsonl"
    write_jsonl(cases, path)
    assert len(solved_cases(path, tiny_knowledge)) == 12
    out = tmp_path / "weights.npz"
    manifest = train_reranker(path, out, seed=0)
    model = read_reranker(out.read_bytes())
    assert model is not None
    assert model.manifest["n_cases"] == manifest["n_cases"] == 12
    assert set(model.fold_of_gene) == set(patients)
    assert not np.array_equal(model.folds[0].weight, model.folds[1].weight)
    again = train_reranker(path, tmp_path / "again.npz", seed=0)
    assert again == manifest


def test_too_few_genes_are_refused(
    tiny_knowledge: Knowledge, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reranker, "open_knowledge", lambda progress: tiny_knowledge)
    path = tmp_path / "cases.jsonl"
    write_jsonl([solved("a", "TSC2", None, "HP:0001250")], path)
    with pytest.raises(UsageError, match="at least 5 genes"):
        train_reranker(path, tmp_path / "out.npz", seed=0)

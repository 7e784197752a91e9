from __future__ import annotations

from dataclasses import replace

import pytest

from genecaller.errors import StoreError
from genecaller.store import AnswerPair, Metric, SampledAnswer, Store
from tests.genecaller.store.conftest import MADE_WITH


def values(metrics: list[Metric]) -> list[tuple[int, str, float | None]]:
    return [(metric.step, metric.name, metric.value) for metric in metrics]


def test_curves_come_back_by_name_and_step(store: Store, run_id: int) -> None:
    store.save_metrics(run_id, [Metric(2, "reward", 0.2), Metric(1, "reward", 0.1)])
    store.save_metrics(run_id, [Metric(1, "validation/top1", None, n=0), Metric(2, "kl", 0.5)])
    store.save_metrics(run_id, [Metric(2, "validation/top1", 0.31, 0.25, 0.37, 200)])
    store.save_metrics(store.start_run("train", MADE_WITH), [Metric(1, "reward", 9.0)])
    assert store.metric_names(run_id) == ["kl", "reward", "validation/top1"]
    assert values(store.read_curve(run_id, "reward")) == [(1, "reward", 0.1), (2, "reward", 0.2)]
    top1 = store.read_curve(run_id, "validation/top1")
    assert top1[0].value is None
    assert (top1[1].low, top1[1].high, top1[1].n) == (0.25, 0.37, 200)
    assert len(store.read_training(run_id)) == 5
    assert values(store.read_training(run_id, names=["kl", "reward"], after_step=1)) == [
        (2, "kl", 0.5),
        (2, "reward", 0.2),
    ]


def test_a_step_written_again_after_a_resume_replaces_the_lost_one(
    store: Store, run_id: int
) -> None:
    store.save_metrics(run_id, [Metric(step, "reward", step / 10) for step in (1, 2, 3)])
    store.save_metrics(run_id, [Metric(step, "reward", step * 10) for step in (2, 3)])
    assert [metric.value for metric in store.read_curve(run_id, "reward")] == [0.1, 20, 30]
    for text in ("lost", "true"):
        store.save_samples(run_id, [SampledAnswer(2, "train", "a", text, 0.5)])
    assert [sample.text for sample in store.read_samples(run_id)] == ["true"]


@pytest.mark.parametrize(("at_most", "steps"), [
    (None, list(range(1, 11))), (10, list(range(1, 11))), (5, [2, 4, 6, 8, 10]),
    (4, [1, 4, 7, 10]), (3, [2, 6, 10]), (1, [10]), (99, list(range(1, 11))),
])  # fmt: skip
def test_a_long_curve_is_thinned_and_keeps_its_end(
    at_most: int | None, steps: list[int], store: Store, run_id: int
) -> None:
    store.save_metrics(run_id, [Metric(s, n, 1.0) for s in range(1, 11) for n in ("a", "b")])
    thinned = store.read_training(run_id, at_most=at_most)
    assert [metric.step for metric in thinned if metric.name == "a"] == steps
    assert [metric.step for metric in thinned if metric.name == "b"] == steps


def test_sampled_answers_keep_their_grades(store: Store, run_id: int) -> None:
    given = [
        SampledAnswer(1, "validation", "a", "1. X", 0.0, {"gene_rank": 0.0, "grounded": None}),
        SampledAnswer(1, "validation", "b", "?", None, {}, ("no gene",), sample=1, prompt="p"),
        SampledAnswer(5, "train", "a", "1. TSC2", 1.0, {"gene_rank": 1.0}),
    ]
    store.save_samples(run_id, given)
    found = store.read_samples(run_id)
    assert [replace(sample, time=None) for sample in found] == given
    assert all(sample.time for sample in found)
    assert store.sampled_steps(run_id) == [1, 5]
    assert [s.case_id for s in store.read_samples(run_id, step=1)] == ["a", "b"]
    assert [s.step for s in store.read_samples(run_id, case_id="a")] == [1, 5]
    assert [s.step for s in store.read_samples(run_id, split="train")] == [5]
    assert len(store.read_samples(run_id, limit=2)) == 2


def test_two_checkpoints_side_by_side(store: Store, run_id: int) -> None:
    later = store.start_run("train", MADE_WITH, parent_run=run_id)
    for run, step, rewards in ((run_id, 1, (0.2, 0.9, 0.1)), (later, 7, (1.0, 0.1, 0.1))):
        store.save_samples(
            run,
            [
                SampledAnswer(step, "validation", case, f"{case}{step}", reward)
                for case, reward in zip("abc", rewards, strict=True)
            ],
        )
    store.save_samples(run_id, [SampledAnswer(1, "validation", "only left", "x", 1.0)])
    assert store.compare_samples((run_id, 1), (later, 7)) == [
        AnswerPair("a", "a1", 0.2, "a7", 1.0),
        AnswerPair("c", "c1", 0.1, "c7", 0.1),
        AnswerPair("b", "b1", 0.9, "b7", 0.1),
    ]
    assert store.compare_samples((run_id, 1), (later, 7), split="test") == []


def test_a_gene_stays_in_its_part_of_a_split(store: Store, run_id: int) -> None:
    assert store.gene_parts("main") == {}
    store.assign_genes("main", {"A": "train", "B": "validation"}, run_id=run_id)
    store.assign_genes("main", {"B": "validation", "C": "train"}, run_id=run_id)
    store.assign_genes("other", {"A": "test"}, run_id=run_id)
    with pytest.raises(StoreError, match="gene B is in validation of split 'main' and stays"):
        store.assign_genes("main", {"D": "train", "B": "train"}, run_id=run_id)
    assert store.gene_parts("main") == {"A": "train", "B": "validation", "C": "train"}
    assert store.gene_parts("other") == {"A": "test"}


def test_nothing_is_kept_without_a_run(store: Store) -> None:
    for action in (
        lambda: store.save_metrics(3, [Metric(1, "a", 1.0)]),
        lambda: store.save_samples(3, [SampledAnswer(1, "train", "a", "b", 1.0)]),
        lambda: store.assign_genes("main", {"A": "train"}, run_id=3),
    ):
        with pytest.raises(StoreError, match="no run 3"):
            action()

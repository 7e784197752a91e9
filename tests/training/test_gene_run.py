"""A whole run on gene cases, judged beside the classical rankers, and retrained on new ones."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from genecaller.cases.case import Case, Publication
from genecaller.cases.write import write_jsonl
from genecaller.errors import UsageError
from genecaller.rankers.registry import METHODS
from genecaller.store.store import Store, open_store
from ontology.knowledge import Knowledge
from training.data.simulate import Simulator
from training.recipe import Recipe, recipe_of
from training.workflows.learning_curve import learning_curve
from training.workflows.promote import promote
from training.workflows.retrain import retrain
from training.workflows.run import adopt, train

GENES = ["FBN1", "TSC1", "TSC2", "NF1", "DMD", "CFTR", "COL3A1", "PTPN11"]


def solved(knowledge: Knowledge, each: int, seed: int) -> list[Case]:
    return [
        dataclasses.replace(
            case, id=f"{gene}-{seed}-{i}", publication=Publication(f"PMID:9{seed}{g:02d}{i:03d}")
        )
        for g, gene in enumerate(GENES)
        for i, case in enumerate(Simulator(knowledge).patients(each, seed=seed + g, genes=[gene]))
    ]


@pytest.fixture
def recipe(
    knowledge: Knowledge, tmp_path: Path, tiny_base: Callable[..., Any], tokenizer: Any
) -> Recipe:
    tiny_base(positions=1024).save_pretrained(tmp_path / "model")
    tokenizer.save_pretrained(tmp_path / "model")
    write_jsonl(solved(knowledge, 5, 100), tmp_path / "cases.jsonl")
    content = {
        "name": "genes",
        "output": str(tmp_path / "run"),
        "data": {"cases": [str(tmp_path / "cases.jsonl")], "candidates": 3,
                 "validation_cases": None},
        "model": {"source": str(tmp_path / "model"), "dtype": "float32"},
        "warmup": {"simulated": 16, "batch": 8, "device_batch": 8, "max_tokens": 900},
        "policy": {"rounds": 2, "prompts": 8, "minibatch": 8, "device_batch": 8,
                   "max_answer_tokens": 8},
        "watch": {"every": 2, "metric": "top1"},
    }  # fmt: skip
    return recipe_of(content, "genes")


def test_a_gene_run_stands_beside_the_rankers_and_is_retrained(
    recipe: Recipe, knowledge: Knowledge, tmp_path: Path
) -> None:
    store = open_store(tmp_path / "store.duckdb")
    result = train(recipe, store=store)
    assert result.compared is not None
    n = int(result.compared["contenders"]["tuned"]["figures"]["n"])
    rows = {row["ranker"]: row for row in result.compared["rankers"]
            if row["stratum"] == recipe.data.protocol}  # fmt: skip
    assert set(rows) == {"base", "warm-up", "tuned", *METHODS}
    assert {row["n"] for row in rows.values()} == {n}
    # A random model names no gene: all its cases are misses, and stay in the denominator.
    assert rows["tuned"]["top1"]["micro"]["value"] == 0.0
    assert rows["sum"]["top1"]["micro"]["value"] > 0.5
    assert result.compared["contenders"]["tuned"]["figures"]["parse_failures"] == 1.0
    card = (tmp_path / "run" / "adapter" / "README.md").read_text()
    assert "| sum |" in card
    assert "not beyond chance" in card
    test = result.compared["test"]
    assert (test["decoding"], set(test["contenders"])) == ("held", {"base", "tuned"})
    assert test["n"] == len((tmp_path / "run" / "test.jsonl").read_text().split("\n")) - 1
    assert test["contenders"]["tuned"]["figures"]["n"] == test["n"] > 0
    assert {d["measure"] for d in test["differences"]} == {"reward", "top1"}
    assert f"n = {test['n']}; held decoding, as users have it" in card
    assert store.gene_parts("default")
    (kept,) = store.list_evaluations()
    assert kept.run_id == result.run_id
    assert kept.n_cases == n
    stored = {
        figure.ranker: figure.value
        for figure in store.read_figures(kept.evaluation_id, stratum=recipe.data.protocol)
        if figure.metric == "top1" and figure.averaging == "micro"
    }
    assert stored == {name: row["top1"]["micro"]["value"] for name, row in rows.items()}

    _retrain(recipe, knowledge, tmp_path, store, int(result.adapter_id or 0))


def _retrain(
    recipe: Recipe, knowledge: Knowledge, tmp_path: Path, store: Store, adapter_id: int
) -> None:
    promote(adapter_id, force=True, store=store)
    before = store.gene_parts("default")
    write_jsonl(solved(knowledge, 3, 500), tmp_path / "new.jsonl")
    again = retrain(recipe, tmp_path / "new.jsonl", store=store)
    assert again.result.state == "succeeded"
    assert again.result.folder != tmp_path / "run"
    assert not again.promoted
    assert "top1" in again.reason
    assert store.promoted_adapter().adapter_id == adapter_id  # type: ignore[union-attr]
    assert again.result.compared is not None
    assert "promoted" in again.result.compared["contenders"]
    after = store.gene_parts("default")
    assert {gene: after[gene] for gene in before} == before
    alone = retrain(recipe, tmp_path / "new.jsonl", alone=True, store=store).result
    assert json.loads((alone.folder / "data.json").read_text())["source"] == "new.jsonl"
    started = json.loads((alone.folder / "state.json").read_text())["start"]
    assert started == store.promoted_adapter().path  # type: ignore[union-attr]
    with pytest.raises(UsageError, match="does not exist"):
        retrain(recipe, tmp_path / "absent.jsonl", store=store)


def test_a_learning_curve_starts_every_number_of_cases_from_one_warm_up(
    recipe: Recipe, tmp_path: Path
) -> None:
    store = open_store(tmp_path / "store.duckdb")
    target = tmp_path / "curve.csv"
    rows = learning_curve(recipe, target, (2, 4), store=store)
    assert [(row["cases"], row["model"]) for row in rows] == [
        (n, model) for n in (2, 4) for model in ("base", "warm-up", "tuned")
    ]
    assert rows[1]["reward"] == rows[4]["reward"]
    assert len({row["n"] for row in rows}) == 1
    assert target.read_text().splitlines()[0].startswith("cases,model,n,reward,reward_low")
    assert learning_curve(recipe, target, (2, 4), store=store) == rows


def test_a_run_on_a_borrowed_machine_is_adopted(recipe: Recipe, tmp_path: Path) -> None:
    result = train(recipe, stored=False)
    assert result.state == "succeeded"
    assert result.run_id is None
    store = open_store(tmp_path / "later.duckdb")
    taken = adopt(result.folder, store)
    assert taken.adapter_id is not None
    assert store.read_run(int(taken.run_id or 0)).status == "succeeded"
    assert [m.step for m in store.read_curve(int(taken.run_id or 0), "train/reward")] == [1, 2]
    (kept,) = store.list_evaluations()
    assert {"base", "tuned", "sum"} <= {r.ranker for r in store.read_rankers(kept.evaluation_id)}
    adopt(result.folder, store)
    assert len(store.list_evaluations()) == 1
    with pytest.raises(UsageError, match="holds no finished run"):
        adopt(tmp_path / "nothing", store)

"""Recipes are refused for what nobody meant, with the nearest thing that exists."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from genecaller.errors import UsageError
from training.recipe import Recipe, load_recipe, recipe_of, shipped_recipes


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"sed": 1}, r"x: unknown key 'sed'; did you mean 'seed'\?"),
        ({"policy": {"learning_rte": 1e-4}}, r"x, \[policy\]: unknown key .* 'learning_rate'"),
        ({"polcy": {}}, r"unknown key 'polcy'; did you mean 'policy'"),
        ({"policy": {"rounds": "ten"}}, r"rounds is 'ten', expected int"),
        ({"policy": {"rounds": True}}, r"rounds is True, expected int"),
        ({"policy": {"algorithm": "dpo"}}, r"'dpo', expected one of 'ppo', 'grpo', 'rloo'"),
        ({"model": {"layers": ["q_proj", 3]}}, r"layers is \('q_proj', 3\)"),
        ({"data": {"train": 3}}, r"train is 3, expected str \| None"),
        ({"warmup": 3}, r"warmup must be a table, \[warmup\]"),
        ({"policy": {"prompts": 7}}, r"7 prompts x 1 samples = 7 answers"),
    ],
)
def test_what_nobody_meant_is_refused(content: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        recipe_of({"name": "x", **content}, "x")


def test_whole_numbers_do_for_fractions_and_lists_for_tuples() -> None:
    content = {"warmup": {"epochs": 2}, "model": {"layers": ["q_proj"]}, "data": {"cases": ["a"]}}
    recipe = recipe_of({"name": "x", **content}, "x")
    assert recipe.warmup.epochs == 2.0
    assert recipe.model.layers == ("q_proj",)
    assert recipe.data.cases == ("a",)


def test_a_record_reads_back_as_the_same_recipe() -> None:
    recipe = recipe_of({"name": "x", "policy": {"kl": 0.1}, "grader": {"type": "a"}}, "x")
    assert recipe_of(recipe.as_record(), "x") == recipe


@pytest.mark.parametrize("name", ["smoke", "cpu", "gpu"])
def test_shipped_recipes_are_whole(name: str) -> None:
    recipe = load_recipe(name)
    assert recipe.name == name
    assert name in shipped_recipes()
    assert recipe.data.cases or recipe.data.train
    assert recipe.warmup.batch % recipe.warmup.device_batch == 0


def test_data_beside_the_recipe_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    smoke = load_recipe("smoke")
    assert Path(str(smoke.data.train)).is_file()
    (tmp_path / "mine.toml").write_text('[data]\ntrain = "t.jsonl"\nvalidation = "v.jsonl"\n')
    (tmp_path / "t.jsonl").write_text("{}")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    mine = load_recipe(tmp_path / "mine.toml")
    assert mine.name == "mine"
    assert mine.data.train == str(tmp_path / "t.jsonl")
    assert mine.data.validation == "v.jsonl"


def test_values_are_replaced_section_by_section() -> None:
    recipe = Recipe("x").with_values(policy={"rounds": 7}, data={"train_cases": 12})
    assert (recipe.policy.rounds, recipe.data.train_cases) == (7, 12)
    with pytest.raises(UsageError, match="did you mean 'rounds'"):
        recipe.with_values(policy={"round": 7})


def test_a_missing_or_broken_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"nowhere: no such recipe.*cpu, gpu, smoke"):
        load_recipe("nowhere")
    (tmp_path / "broken.toml").write_text("a = [")
    with pytest.raises(UsageError, match="not a TOML file"):
        load_recipe(tmp_path / "broken.toml")

"""Recipes are refused for what nobody meant, with the nearest thing that exists."""

from __future__ import annotations

import dataclasses
import os
import re
from pathlib import Path
from typing import Any, get_type_hints

import pytest

from genecaller.errors import UsageError
from training.recipe import (
    Data,
    Model,
    Policy,
    Recipe,
    Warmup,
    Watch,
    load_recipe,
    recipe_of,
    shipped_recipes,
)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"sed": 1}, r"x: unknown key 'sed'; did you mean 'seed'\?"),
        ({"policy": {"learning_rte": 1e-4}}, r"x, \[policy\]: unknown key .* 'learning_rate'"),
        ({"polcy": {}}, r"unknown key 'polcy'; did you mean 'policy'"),
        ({"policy": {"rounds": "ten"}}, r"rounds is 'ten', expected a whole number from 1 to"),
        ({"policy": {"rounds": True}}, r"rounds is True, expected a whole number"),
        ({"policy": {"algorithm": "dpo"}}, r"'dpo', expected one of 'ppo', 'grpo', 'rloo'"),
        ({"model": {"layers": ["q_proj", 3]}}, r"layers is \('q_proj', 3\)"),
        ({"data": {"train": 3}}, r"train is 3, expected a text"),
        ({"warmup": 3}, r"warmup must be a table, \[warmup\]"),
        ({"policy": {"prompts": 7}}, r"x, \[policy\]: policy: 7 prompts x 1 samples = 7 answers"),
        ({"data": {"parts": [1, 2]}}, r"parts is \(1, 2\), expected a list, .* 3 to 3 of them"),
        ({"data": {"parts": [1, 2, -3]}}, r"parts is \(1, 2, -3\)"),
        ({"data": {"train": "a\x00b"}}, r"\[data\]: train is"),
        ({"data": {"cases": ["x"] * 20_000}}, r"\[data\]: cases is"),
        ({"model": {"layers": []}}, r"layers is \(\), expected a list"),
        ({"name": "../elsewhere"}, r"name is '\.\./elsewhere'"),
        ({"name": "x" * 500}, r"name is"),
        ({"grader": {"a": [[0]] * 60_000}}, r"x: more than 100000 values"),
    ],
)
def test_what_nobody_meant_is_refused(content: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        recipe_of({"name": "x", **content}, "x")


ABSURD = (
    -1, True, float("nan"), float("inf"), float("-inf"), 10**400, -(10**400), 1e308, "1", [1], {},
)  # fmt: skip


def numeric_fields() -> list[tuple[str | None, str]]:
    kinds = {None: Recipe, "data": Data, "model": Model, "warmup": Warmup, "policy": Policy,
             "watch": Watch}  # fmt: skip
    return [
        (section, name)
        for section, kind in kinds.items()
        for name, hint in get_type_hints(kind, include_extras=True).items()
        if re.search(r"\b(int|float)\b", str(hint)) and name != "parts"
    ]


def test_every_number_of_a_recipe_has_bounds() -> None:
    fields = numeric_fields()
    assert len(fields) > 40
    for section, name in fields:
        for value in ABSURD:
            content = {name: value} if section is None else {section: {name: value}}
            where = "x" if section is None else rf"x, \[{section}\]"
            with pytest.raises(UsageError, match=rf"^{where}: {name} is .*, expected ") as raised:
                recipe_of({"name": "x", **content}, "x")
            assert len(str(raised.value)) < 300


@pytest.mark.parametrize("name", ["prompts", "samples", "minibatch", "device_batch", "epochs"])
def test_nothing_is_divided_by_zero(name: str) -> None:
    with pytest.raises(UsageError, match=rf"x, \[policy\]: {name} is 0, expected a whole number"):
        recipe_of({"name": "x", "policy": {name: 0}}, "x")
    with pytest.raises(UsageError, match=f"policy: {name} is 0"):
        dataclasses.replace(Policy(), **{name: 0})


@pytest.mark.parametrize(
    "text",
    [
        "seed = " + "9" * 5000,
        "[policy]\nkl = " + "9" * 400,
        "[policy]\nkl = nan",
        "[policy]\nrounds = inf",
        "[grader]\na = " + "[" * 50_000,
        "[grader]\na = " + "{a = " * 500 + "1" + "}" * 500,
        "[grader]\n" + ".".join(["a"] * 500) + " = 1",
        '[data]\ntrain = "~nobody-of-this-name/x"',
        '[data]\ntrain = "' + "x" * 4000 + '"',
        "#" * 6_000_000,
        '[data]\ntrain = "a\\u0000b"',
    ],
)
def test_a_recipe_that_means_harm_is_refused_with_its_file(text: str, tmp_path: Path) -> None:
    file = tmp_path / "harm.toml"
    file.write_text(text)
    with pytest.raises(UsageError, match=r"harm\.toml") as raised:
        load_recipe(file)
    assert len(str(raised.value)) < 1000


def test_what_is_no_file_is_said_in_a_line(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo.toml")
    for name in (tmp_path / "fifo.toml", tmp_path, "x" * 5000, "a\x00b"):
        with pytest.raises(UsageError):
            load_recipe(name)
    (tmp_path / "utf16.toml").write_bytes("seed = 1".encode("utf-16"))
    with pytest.raises(UsageError, match=r"utf16\.toml"):
        load_recipe(tmp_path / "utf16.toml")
    (tmp_path / "bom.toml").write_bytes(b"\xef\xbb\xbfseed = 7\r\n")
    assert load_recipe(tmp_path / "bom.toml").seed == 7


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

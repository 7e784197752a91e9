"""A run's data never let validation into training, whatever is asked of them."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest

from genecaller.cases.case import Case, Publication
from genecaller.cases.write import write_jsonl
from genecaller.errors import UsageError
from ontology.knowledge import Knowledge
from training.dataset import prompt_of, worked_answer_of
from training.prepare import divide, prepare
from training.recipe import Recipe, recipe_of
from training.simulate import Simulation, Simulator

GENES = ["FBN1", "TSC1", "TSC2", "NF1", "DMD", "CFTR", "COL3A1", "PTPN11", "MECP2", "FGFR3",
         "KMT2D", "CHD7", "NSD1", "COL1A1"]  # fmt: skip


def solved(knowledge: Knowledge, n: int = 84, genes: list[str] = GENES) -> list[Case]:
    """Cases of known genes that no annotation cites, four to a publication."""
    easy = Simulation(imprecision=0.05, noise_terms=0.2, excluded_terms=1.0, median_terms=9)
    each = n // len(genes)
    simulator = Simulator(knowledge, easy)
    cases = []
    for g, gene in enumerate(genes):
        for i, case in enumerate(simulator.patients(each, seed=g, genes=[gene])):
            pmid = Publication(f"PMID:9{g:03d}{i // 4:03d}")
            cases.append(dataclasses.replace(case, id=f"{gene}-{i}", publication=pmid))
    return cases


def recipe_for(cases: Path, **data: Any) -> Recipe:
    content = {
        "name": "genes",
        "data": {"cases": [str(cases)], "candidates": 3, "validation_cases": 12, **data},
        "warmup": {"simulated": 30},
    }
    return recipe_of(content, "genes")


@pytest.fixture
def cases_file(knowledge: Knowledge, tmp_path: Path) -> Path:
    write_jsonl(solved(knowledge), tmp_path / "cases.jsonl")
    return tmp_path / "cases.jsonl"


def test_prepared_data_are_apart_and_whole(cases_file: Path, tmp_path: Path) -> None:
    made = prepare(recipe_for(cases_file, simulated=40), tmp_path / "run")
    assert made.about_genes
    assert 0 < len(made.validation) <= 12
    assert len(made.train) > 40
    train_genes = {item["gene"] for item in made.train}
    assert not train_genes & {item["gene"] for item in made.validation}
    assert not train_genes & set(made.facts["genes"]["test"])
    publications = {item["publication"] for item in made.train} - {None}
    assert not publications & {item["publication"] for item in made.validation}
    assert made.facts["simulated"] > 10
    assert all(worked_answer_of(item) for item in made.warmup)
    assert not any(worked_answer_of(item) for item in (*made.train, *made.validation))
    validated = {item["case_id"] for item in made.validation}
    assert not validated & {item["case_id"] for item in made.warmup}
    # What can be learned from holds its right gene; what is validated on is kept regardless.
    assert all(item["gene"] in item["candidates"] for item in made.train)
    for item in made.train[:20]:
        assert "PMID" not in "\n".join(m["content"] for m in prompt_of(item))
    lines = (tmp_path / "run" / "validation-cases.jsonl").read_text().splitlines()
    kept = [json.loads(line) for line in lines]
    assert {record["id"] for record in kept} == validated
    # A second call takes what is there.
    assert prepare(recipe_for(cases_file), tmp_path / "run") == made


def test_fewer_cases_are_among_the_more(tmp_path: Path, knowledge: Knowledge) -> None:
    write_jsonl(solved(knowledge), tmp_path / "cases.jsonl")
    few, more = (
        prepare(recipe_for(tmp_path / "cases.jsonl", train_cases=n, simulated=0), tmp_path / str(n))
        for n in (5, 12)
    )
    assert [len(few.train), len(more.train)] == [5, 12]
    assert {item["case_id"] for item in few.train} < {item["case_id"] for item in more.train}
    assert few.validation == more.validation


def test_a_gene_keeps_its_part_when_cases_are_added(knowledge: Knowledge) -> None:
    cases = solved(knowledge)
    recipe = recipe_for(Path("x"), validation_cases=None)
    first = divide(cases, recipe, {}, knowledge)
    held = {
        case.solution.gene: part for part, found in first.items() for case in found if case.solution
    }
    assert set(held.values()) == {"train", "validation", "test"}
    added = [
        dataclasses.replace(case, id=f"new-{case.id}", publication=Publication(f"PMID:8{i:06d}"))
        for i, case in enumerate(solved(knowledge, 42, [*GENES[:7], *GENES[7:]]))
    ]
    again = divide([*cases, *added], recipe, held, knowledge)
    for part, found in again.items():
        for case in found:
            assert case.solution is not None
            assert held[case.solution.gene] == part
    assert sum(map(len, again.values())) > sum(map(len, first.values()))


def test_a_gene_that_has_its_part_brings_no_more_cases_than_the_bound(
    knowledge: Knowledge,
) -> None:
    cases = solved(knowledge)
    recipe = recipe_for(Path("x"), validation_cases=None, per_gene=2)
    first = divide(cases, recipe, {}, knowledge)
    held = {
        case.solution.gene: part for part, found in first.items() for case in found if case.solution
    }
    assert divide(cases, recipe, held, knowledge) == first


def test_cases_that_link_two_parts_are_left_out(knowledge: Knowledge) -> None:
    cases = solved(knowledge)
    held = {"FBN1": "train", "TSC1": "validation"}
    bridge = dataclasses.replace(
        next(c for c in cases if c.id == "FBN1-0"),
        id="bridge",
        publication=next(c for c in cases if c.id == "TSC1-0").publication,
    )
    parts = divide([*cases, bridge], recipe_for(Path("x")), held, knowledge)
    ids = {case.id for found in parts.values() for case in found}
    assert "bridge" not in ids
    assert not {i for i in ids if i.startswith(("FBN1-", "TSC1-"))}


def test_missing_or_useless_sources_are_refused(tmp_path: Path, knowledge: Knowledge) -> None:
    with pytest.raises(UsageError, match=r"nothing\.zip does not exist"):
        prepare(recipe_for(tmp_path / "nothing.zip"), tmp_path / "a")
    with pytest.raises(UsageError, match="needs cases, or both train and validation"):
        prepare(recipe_of({"name": "x"}, "x"), tmp_path / "b")
    few = solved(knowledge, 2, ["FBN1", "TSC1"])
    write_jsonl(few, tmp_path / "few.jsonl")
    with pytest.raises(UsageError, match="3 are needed"):
        prepare(recipe_for(tmp_path / "few.jsonl"), tmp_path / "c")
    assert not (tmp_path / "c" / "data.json").exists()

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
from genecaller.llm.candidates import CANDIDATES
from ontology.knowledge import Knowledge
from training.data.dataset import prompt_of, worked_answer_of, write_items
from training.data.prepare import divide, prepare
from training.data.simulate import Simulation, Simulator
from training.data.sources import read_sources
from training.recipe import Recipe, recipe_of

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


def test_a_patient_with_a_known_id_is_renamed_and_told(
    knowledge: Knowledge, tmp_path: Path
) -> None:
    cases = solved(knowledge)
    (tmp_path / "b").mkdir()
    write_jsonl(cases, tmp_path / "cases.jsonl")
    other = dataclasses.replace(cases[1], id=cases[0].id, publication=Publication("PMID:7000001"))
    third = dataclasses.replace(cases[2], id=cases[0].id, publication=Publication("PMID:7000002"))
    write_jsonl([other, cases[5], third], tmp_path / "more.jsonl")
    write_jsonl([dataclasses.replace(third, sex="male", onset=None)], tmp_path / "b" / "more.jsonl")
    sources = [tmp_path / "cases.jsonl", tmp_path / "more.jsonl", tmp_path / "b" / "more.jsonl"]
    read = read_sources(sources, knowledge)
    assert len(read.cases) == len(cases) + 3
    ids = [case.id for case in read.cases]
    assert len(set(ids)) == len(ids)
    # Within one file the reader tells them apart, and says so.
    assert ids[-3:] == ["FBN1-0 (more.jsonl)", "FBN1-0#2", "FBN1-0 (more.jsonl, 2)"]
    assert [case.pmid for case in read.cases[-3:]] == ["PMID:7000001", *["PMID:7000002"] * 2]
    assert read.warnings[:3] == [
        "FBN1-0 of more.jsonl is another patient than an earlier one of that id: it goes on as "
        "'FBN1-0 (more.jsonl)'",
        "FBN1-5 of more.jsonl is a repeat, word for word: counted once",
        "FBN1-0 of more.jsonl is another patient than an earlier one of that id: it goes on as "
        "'FBN1-0 (more.jsonl, 2)'",
    ]
    (noted,) = read.warnings[3:]
    assert noted.startswith("FBN1-0#2: ")
    recipe = recipe_for(tmp_path / "cases.jsonl").with_values(
        data={"cases": [str(source) for source in sources], "validation_cases": None}
    )
    made = prepare(recipe, tmp_path / "run")
    assert set(read.warnings) <= set(made.facts["warnings"])
    used = {item["case_id"] for item in (*made.train, *made.validation, *made.test)}
    assert {i for i in used if i.startswith("FBN1-0")} <= set(ids)


def test_what_could_not_be_read_or_learned_from_is_told(
    knowledge: Knowledge, tmp_path: Path
) -> None:
    cases = solved(knowledge)
    unsolved = dataclasses.replace(cases[0], id="unsolved", solution=None)
    write_jsonl([*cases, unsolved], tmp_path / "cases.jsonl")
    with (tmp_path / "cases.jsonl").open("a") as file:
        file.write("{broken\n")
    made = prepare(recipe_for(tmp_path / "cases.jsonl"), tmp_path / "run")
    assert made.facts["unreadable"] == 1
    warnings = made.facts["warnings"]
    assert any(text.startswith("not read: ") and "line 86" in text for text in warnings)
    assert "left out: 1 cases without a gene that is known to be right" in warnings


def test_the_test_part_is_apart_and_asked_as_users_ask(cases_file: Path, tmp_path: Path) -> None:
    made = prepare(recipe_for(cases_file, simulated=40, test_cases=5), tmp_path / "run")
    assert len(made.test) == 5
    assert made.facts["test"] == 5
    genes = {item["gene"] for item in made.test}
    assert genes <= set(made.facts["genes"]["test"])
    for others in (made.train, made.validation):
        assert not genes & {item["gene"] for item in others}
        assert not {i["publication"] for i in made.test} & {i["publication"] for i in others}
    tested = {item["case_id"] for item in made.test}
    assert not tested & {item["case_id"] for item in made.warmup}
    # The recipe offers three candidates, `rank` five.
    assert {len(item["candidates"]) for item in made.validation} == {3}
    assert {len(item["candidates"]) for item in made.test} == {CANDIDATES}


def claims(folder: Path, n: int = 20) -> dict[str, str]:
    def item(i: int, *, worked: bool) -> dict[str, Any]:
        messages = [{"role": "user", "content": f"claim {i}"}]
        if worked:
            messages.append({"role": "assistant", "content": "Paid"})
        return {"messages": messages, "answer": "Paid"}

    write_items([item(i, worked=True) for i in range(n)], folder / "train.jsonl")
    write_items([item(i, worked=False) for i in range(100, 110)], folder / "validation.jsonl")
    write_items([item(i, worked=False) for i in range(200, 210)], folder / "test.jsonl")
    return {name: str(folder / f"{name}.jsonl") for name in ("train", "validation", "test")}


def from_files(data: dict[str, Any], folder: Path, **warmup: Any) -> Any:
    recipe = recipe_of({"name": "claims", "data": data, "warmup": warmup}, "claims")
    return prepare(recipe, folder)


def test_a_recipe_of_files_learns_from_no_item_beyond_its_bound(tmp_path: Path) -> None:
    data = claims(tmp_path)
    few = from_files({**data, "train_cases": 4}, tmp_path / "few")
    more = from_files({**data, "train_cases": 9, "test_cases": 3}, tmp_path / "more")
    everything = from_files(data, tmp_path / "all")
    asked = [
        {m["content"] for item in made.train for m in prompt_of(item)}
        for made in (few, more, everything)
    ]
    assert [len(texts) for texts in asked] == [4, 9, 20]
    assert asked[0] < asked[1] < asked[2]
    # Drawn, and not the file's first, which may be sorted.
    assert asked[1] != {f"claim {i}" for i in range(9)}
    for made, texts in zip((few, more, everything), asked, strict=True):
        assert {m["content"] for item in made.warmup for m in prompt_of(item)} == texts
        assert made.facts["warmup"] == len(made.warmup) == made.facts["train"]
    assert few.validation == more.validation
    assert (len(few.test), len(more.test)) == (10, 3)


def test_a_recipe_of_files_warms_up_on_no_real_item_where_it_must_not(tmp_path: Path) -> None:
    data = claims(tmp_path)
    made = from_files(data, tmp_path / "run", real=False)
    assert made.warmup == ()
    assert made.facts["warmup"] == 0
    assert any(text.startswith("no warm-up: warmup.real is off") for text in made.facts["warnings"])
    # What a learning curve asks for.
    few = from_files({**data, "train_cases": 2, "simulated": 0}, tmp_path / "few", real=False)
    assert few.warmup == ()
    assert len(few.train) == 2


def test_parts_of_files_share_nothing(tmp_path: Path) -> None:
    data = claims(tmp_path)
    same = [{"messages": [{"role": "user", "content": "claim 105"}], "answer": "Paid"}]
    write_items(same, tmp_path / "test.jsonl")
    with pytest.raises(
        UsageError, match=r"test\.jsonl, line 1: the same prompt is also in .*line 6"
    ):
        from_files(data, tmp_path / "run")


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

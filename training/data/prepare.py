"""The data of a run, made once and kept in its folder: train, validation and warm-up items."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from genecaller.cases.case import Case
from genecaller.errors import UsageError
from genecaller.llm.candidates import CANDIDATES
from training.data.dataset import (
    Item,
    read_items,
    refuse,
    screen,
    shared,
    unpacked,
    worked_answer_of,
    write_items,
)
from training.data.gene_items import ItemMaker
from training.data.simulate import Simulator
from training.data.sources import TOLD, bounded, read_sources
from training.ppo.reward import is_about_genes
from training.recipe import Data, Recipe
from training.runlog.journal import replace_text

if TYPE_CHECKING:
    from ontology.knowledge import Knowledge

Step = Callable[[str], None]
FACTS = "data.json"
CASES = "validation-cases.jsonl"
TEST = "test.jsonl"
WARMUP = "warmup.jsonl.gz"
"""Compressed: a hundred thousand simulated patients travel to the machine that trains."""


@dataclass(frozen=True)
class Prepared:
    """The items of a run; `facts` is what the card and the store tell of them.

    `test` holds what a promotion is decided on: nothing is chosen by it.
    """

    train: tuple[Item, ...]
    validation: tuple[Item, ...]
    test: tuple[Item, ...]
    warmup: tuple[Item, ...]
    facts: Mapping[str, Any]

    @property
    def about_genes(self) -> bool:
        """Whether the validation items name their right genes."""
        return is_about_genes(self.validation)


def prepare(
    recipe: Recipe,
    folder: Path,
    held: Mapping[str, str] | None = None,
    step: Step = lambda text: None,
) -> Prepared:
    """The run's data from its folder, or made, screened and put there whole.

    `held` are the genes that already have a part of the split ("train", "validation", "test").
    Raises UsageError listing every problem with its line before anything is trained.
    """
    facts_file = folder / FACTS
    if not facts_file.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        if recipe.data.cases:
            facts = _from_cases(recipe, folder, held or {}, step)
        elif recipe.data.train is not None and recipe.data.validation is not None:
            facts = _from_files(recipe, folder, step)
        else:
            raise UsageError(
                f"recipe {recipe.name}: [data] needs cases, or both train and validation"
            )
        replace_text(facts_file, json.dumps(facts, indent=1))
    train, validation, test, warmup = (
        _items_of(folder / name) for name in ("train.jsonl", "validation.jsonl", TEST, WARMUP)
    )
    facts = json.loads(facts_file.read_text(encoding="utf-8"))
    return Prepared(train, validation, test, warmup, facts)


def _items_of(path: Path) -> tuple[Item, ...]:
    if not path.is_file():
        return ()
    items, problems = read_items(path)
    refuse(problems)
    return tuple(item for _, item in items)


def _from_files(recipe: Recipe, folder: Path, step: Step) -> dict[str, Any]:
    data = recipe.data
    train, validation = Path(str(data.train)), Path(str(data.validation))
    files = [train, validation, *([Path(data.test)] if data.test else [])]
    step(f"screening {' and '.join(file.name for file in files)}")
    found = screen(train, validation, _knowledge_for(train), *files[2:])
    refuse(found.problems)
    kept = _drawn_items(found.train, data.train_cases, data.split_seed)
    validated = _drawn_items(found.validation, data.validation_cases, data.split_seed)
    tested = _drawn_items(found.test, data.test_cases, data.split_seed)
    # The warm-up learns from what is trained on and from nothing else, or a run on few cases would
    # have seen all of them.
    worked = [item for item in kept if worked_answer_of(item) is not None]
    warmup = worked if recipe.warmup.epochs and recipe.warmup.real else []
    warnings = [str(problem) for problem in found.problems]
    if recipe.warmup.epochs and worked and not recipe.warmup.real:
        warnings.append(
            f"no warm-up: warmup.real is off, and the {len(worked)} worked answers of "
            f"{train.name} are all there is to warm up on"
        )
    write_items(kept, folder / "train.jsonl")
    write_items(validated, folder / "validation.jsonl")
    if tested:
        write_items(tested, folder / TEST)
    if warmup:
        write_items(warmup, folder / WARMUP)
    return {
        "source": " and ".join(file.name for file in files),
        "sha256": {file.name: _sha256(file) for file in files},
        "knowledge": None,
        "prompt_version": None,
        "train": len(kept),
        "validation": len(validated),
        "test": len(tested),
        "warmup": len(warmup),
        "warnings": bounded(warnings, 4 * TOLD),
    }


def _drawn_items(items: Sequence[Item], n: int | None, seed: int) -> list[Item]:
    """At most n of the items, in their order, so that the first of many hold the first of fewer."""
    if n is None or n >= len(items):
        return list(items)

    def place(row: int) -> bytes:
        said = json.dumps(items[row]["messages"], sort_keys=True)
        return hashlib.sha256(f"{seed}:{said}".encode()).digest()

    return [items[row] for row in sorted(sorted(range(len(items)), key=place)[:n])]


def _knowledge_for(path: Path) -> Knowledge | None:
    """The knowledge, where the file names HPO terms to check; loading it is not free."""
    from ontology.knowledge import open_knowledge

    text = unpacked(path) if path.is_file() else b""
    return open_knowledge() if b"HP:" in text else None


def _from_cases(
    recipe: Recipe, folder: Path, held: Mapping[str, str], step: Step
) -> dict[str, Any]:
    from genecaller.cases.write import write_jsonl
    from genecaller.rankers.registry import make_ranker
    from ontology.knowledge import open_knowledge

    data = recipe.data
    sources = [Path(name) for name in data.cases]
    names = " and ".join(source.name for source in sources)
    knowledge = open_knowledge(step)
    step(f"reading {names}")
    read = read_sources(sources, knowledge)
    cases = read.cases
    parts = divide(cases, recipe, held, knowledge)
    ranker = make_ranker(data.ranker, knowledge)
    maker = ItemMaker(knowledge, ranker, data.form, data.candidates, data.answer_genes)
    step(f"preparing {data.train_cases or len(parts['train'])} training cases")
    train = _training_items(maker, parts["train"], data)
    learned = {item["case_id"] for item in train}
    unlearned = 0 if data.train_cases is not None else len(parts["train"]) - len(learned)
    parts["train"] = [case for case in parts["train"] if case.id in learned]
    step(f"preparing {len(parts['validation'])} validation cases")
    validation = list(maker.items(parts["validation"]))
    drawn = _drawn(parts["test"], data.test_cases, data.split_seed)
    step(f"preparing {len(drawn)} test cases")
    test = list(_as_asked(maker, data).items(drawn))
    apart = {str(item["gene"]) for item in validation} | {
        case.solution.gene for case in parts["test"] if case.solution
    }
    train += _simulated(recipe, maker, apart, step)
    step(f"preparing {recipe.warmup.simulated} simulated patients for the warm-up")
    warmup = _warmup(recipe, maker, parts["train"])
    _refuse_shared(train, validation, test, warmup)
    if not train or not validation:
        raise UsageError(
            f"{names}: {len(train)} training and {len(validation)} validation items; both are "
            "needed. Solved cases of at least three unlinked genes, with terms, make both"
        )
    write_items(train, folder / "train.jsonl")
    write_items(validation, folder / "validation.jsonl")
    if test:
        write_items(test, folder / TEST)
    if warmup:
        write_items(warmup, folder / WARMUP)
    asked = {item["case_id"] for item in validation}
    write_jsonl((case for case in parts["validation"] if case.id in asked), folder / CASES)
    return {
        "source": names,
        "sha256": {source.name: _sha256(source) for source in sources if source.is_file()},
        "unreadable": read.unreadable,
        "knowledge": knowledge.stamp,
        "prompt_version": validation[0]["prompt_version"],
        "protocol": data.protocol,
        "train": len(train),
        "validation": len(validation),
        "test": len(test),
        "warmup": len(warmup),
        "simulated": sum(str(item["case_id"]).startswith("simulated-") for item in train),
        "genes": {
            name: sorted({case.solution.gene for case in part if case.solution})
            for name, part in parts.items()
        },
        "validation_gene_offered": sum(item["gene"] in item["candidates"] for item in validation),
        "warnings": [*read.warnings, *_told_of(cases, parts, unlearned, data)],
    }


def _as_asked(maker: ItemMaker, data: Data) -> ItemMaker:
    """The maker of prompts as `genecaller rank` asks them, whatever the recipe trains with."""
    from genecaller.rankers.registry import make_ranker

    ranker = maker.ranker if data.ranker == "default" else make_ranker("default", maker.knowledge)
    return replace(maker, ranker=ranker, candidates=CANDIDATES, shuffled=False)


def _refuse_shared(
    train: Sequence[Item], validation: Sequence[Item], test: Sequence[Item], warmup: Sequence[Item]
) -> None:
    """Refuse what two parts share; the warm-up's patients may be of any gene. Raises UsageError."""
    train, validation, test, warmup = (
        list(enumerate(items, 1)) for items in (train, validation, test, warmup)
    )
    apart = ((train, "train.jsonl"), (validation, "validation.jsonl"), (test, TEST))
    for n, (later, name) in enumerate(apart):
        for earlier, other in apart[:n]:
            refuse(shared(earlier, later, other, name))
        if n:
            found = shared(warmup, later, "warmup.jsonl", name)
            refuse([problem for problem in found if not problem.text.startswith("gene ")])


def _told_of(
    cases: Sequence[Case], parts: Mapping[str, Sequence[Case]], unlearned: int, data: Data
) -> list[str]:
    """What became of the cases that are in no part, and of those that teach nothing."""
    told = []
    if unlearned:
        told.append(
            f"left out: {unlearned} training cases whose right gene is not among the "
            f"{data.candidates} candidates of their prompt, or without findings"
        )
    inside = {case.id for part in parts.values() for case in part}
    usable = [case for case in cases if case.solution and (case.terms or case.text)]
    outside = sum(case.id not in inside for case in usable) - unlearned
    if outside > 0:
        told.append(
            f"not used: {outside} solved cases beyond a bound of the recipe (per_gene, "
            f"train_cases, validation_cases), not {data.protocol}, or linked to genes of "
            "different parts"
        )
    return told


def divide(
    cases: Sequence[Case], recipe: Recipe, held: Mapping[str, str], knowledge: Knowledge
) -> dict[str, list[Case]]:
    """The cases of train, validation and test, bounded as the recipe says.

    Linked cases (gene, publication, near duplicates) stay together. A gene that has a part keeps
    it, and takes the cases linked to it along; cases linked to genes of different parts are left
    out. Validation and test hold cases of the recipe's protocol only.
    """
    from genecaller.evaluation.strata import solved_cases, strata
    from training.data.split import SplitOptions, components, split_cases

    data = recipe.data
    if len(data.parts) != 3:
        raise UsageError(f"data.parts is {list(data.parts)}, expected three whole numbers")
    train, validation, test = data.parts
    options = SplitOptions(
        data.split_seed, train, validation, test, everything=True, per_gene=data.per_gene
    )
    split = split_cases(cases, options)
    usable = [case for case in cases if case.solution and (case.terms or case.text)]
    component = components(usable)
    parts_of: dict[int, set[str]] = {}
    for case, number in zip(usable, component, strict=True):
        assert case.solution is not None
        if case.solution.gene in held:
            parts_of.setdefault(number, set()).add(held[case.solution.gene])
    judged = solved_cases(usable, knowledge)
    in_protocol = {
        case.id
        for case, kept in zip(
            judged.cases, strata(judged, data.protocol)[data.protocol], strict=True
        )
        if kept
    }
    parts: dict[str, list[Case]] = {"train": [], "validation": [], "test": []}
    for case, number in zip(usable, component, strict=True):
        bound = parts_of.get(number)
        if bound is not None and len(bound) > 1:
            continue
        if case.id not in split.of_case:
            continue  # beyond the bound per gene, whether the gene has its part already or not
        name = next(iter(bound)) if bound else split.of_case[case.id]
        if name != "train" and case.id not in in_protocol:
            continue
        parts[name].append(case)
    parts["validation"] = _drawn(parts["validation"], data.validation_cases, data.split_seed)
    return parts


def _drawn(cases: Sequence[Case], n: int | None, seed: int) -> list[Case]:
    """At most n of the cases, in their order: those that come first in the order of hashes."""
    chosen = {case.id for case in _by_hash(cases, seed)[:n]}
    return [case for case in cases if case.id in chosen]


def _by_hash(cases: Sequence[Case], seed: int) -> list[Case]:
    """The cases by their hashed ids, so that the first of many hold the first of fewer."""
    return sorted(cases, key=lambda case: hashlib.sha256(f"{seed}:{case.id}".encode()).digest())


def _training_items(maker: ItemMaker, cases: Sequence[Case], data: Data) -> list[Item]:
    """The items of the training cases, or of the first `train_cases` that can be learned from."""
    if data.train_cases is not None:
        cases = _by_hash(cases, data.split_seed)
    return list(islice(maker.items(cases, missing="drop"), data.train_cases))


def _simulated(recipe: Recipe, maker: ItemMaker, apart: set[str], step: Step) -> list[Item]:
    if not recipe.data.simulated:
        return []
    step(f"simulating {recipe.data.simulated} patients")
    symbols = maker.knowledge.annotations.gene_symbols
    genes = [symbol for symbol in symbols if symbol not in apart]
    patients = Simulator(maker.knowledge).patients(
        recipe.data.simulated, recipe.seed + 1, genes=genes
    )
    return list(maker.items(patients, missing="drop"))


def _warmup(recipe: Recipe, maker: ItemMaker, cases: Sequence[Case]) -> list[Item]:
    """Worked items: simulated patients of any gene, and the training cases themselves."""
    if not recipe.warmup.epochs:
        return []
    maker = replace(maker, shuffled=recipe.warmup.shuffled)
    patients = Simulator(maker.knowledge).patients(recipe.warmup.simulated, recipe.seed)
    items = list(maker.items(patients, worked=True, missing="drop"))
    if recipe.warmup.real:
        items += list(maker.items(cases, worked=True, missing="drop"))
    kept = ("messages", "gene", "case_id", "publication")
    return [{key: item[key] for key in kept} for item in items]


def _sha256(path: Path) -> str | None:
    if not path.is_file():
        return None
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def describe(prepared: Prepared) -> str:
    """One line: how many items of which genes, and how often the right gene is offered."""
    facts = prepared.facts
    text = f"{facts['train']} training, {facts['validation']} validation items"
    if facts.get("test"):
        text += f", {facts['test']} test items"
    if facts.get("warmup"):
        text += f", {facts['warmup']} worked ones for the warm-up"
    if prepared.about_genes:
        genes = len(Counter(str(item["gene"]) for item in prepared.validation))
        text += f"; validation on {genes} genes of its own"
    return text

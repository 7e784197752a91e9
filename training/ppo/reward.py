"""What a run is graded and measured by: the recipe's grader, and what the items call for.

The trainer itself knows nothing of genes; this is the one place that looks whether the items do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from genecaller.errors import UsageError
from genecaller.graders import make_grader
from training.data.dataset import Item, Problem
from training.loop.validate import GradeAnswer, Measure

GENE_GRADER: Mapping[str, Any] = {
    "type": "multi",
    "name": "gene",
    "graders": {"rank": {"type": "gene_rank"}, "form": {"type": "format"}},
    "calculate_output": "max(rank, 0.1 * form)",
}
"""The reward of gene items unless a recipe says otherwise: the right gene's rank, and a little for
a readable list without it (ReFT's partial reward)."""


@dataclass(frozen=True, slots=True)
class Task:
    """How answers are judged: `grade` is the reward, `measure` what is watched beside it.

    `accuracy` names the measure that the warnings set against the reward, and that a promotion
    is decided by: "top1" for genes, else the reward itself.
    """

    grade: GradeAnswer
    measure: Measure
    accuracy: str


def measure_genes(answer: str, item: Item) -> Mapping[str, float]:
    """Top-1, top-5, top-max and reciprocal rank of the right gene, and whether it parsed."""
    from genecaller.graders import rank_of_truth, reciprocal_rank, top_k, top_max
    from genecaller.llm.answer import parse_answer
    from ontology.genes import gene_names

    parsed = parse_answer(answer, gene_names(), candidates=item.get("candidates") or None)
    rank = rank_of_truth(parsed.symbols, str(item["gene"]))
    return {
        "top1": top_k(rank, 1),
        "top5": top_k(rank, 5),
        "topmax": top_max(rank),
        "mrr": reciprocal_rank(rank),
        "parse_failures": float(not parsed.genes),
        "well_formed": float(parsed.is_well_formed),
    }


def measure_nothing(answer: str, item: Item) -> Mapping[str, float]:
    """For tasks of other fields: whether there is an answer at all."""
    return {"parse_failures": float(not answer.strip())}


def is_about_genes(items: Sequence[Item]) -> bool:
    """Whether every item names its right gene."""
    return bool(items) and all(item.get("gene") for item in items)


def task_of(specification: Mapping[str, Any], items: Sequence[Item]) -> Task:
    """The task of a recipe's grader and its items; UsageError where the grader cannot be made.

    Without a specification, items about genes are graded by the rank of the right gene with a
    little for a readable list; items of any other kind need a grader.
    """
    genes = is_about_genes(items)
    if not specification and not genes:
        raise UsageError(
            "the items name no genes, so the recipe needs a grader: add a table [grader], such as "
            '{type = "string_check", input = "{{sample.output_text}}", operation = "eq", '
            'reference = "{{item.answer}}"}'
        )
    grader = make_grader(specification or GENE_GRADER)
    return Task(
        grade=grader.grade,
        measure=measure_genes if genes else measure_nothing,
        accuracy="top1" if genes else "reward",
    )


def dry_run(task: Task, items: Sequence[Item], source: str) -> list[Problem]:
    """Grade an empty answer to every item: what a grader lacks is found before training starts."""
    problems = []
    for number, item in enumerate(items, start=1):
        graded = task.grade("", item)
        if graded.failed:
            problems.append(Problem(source, number, f"the grader fails: {graded.problem}"))
    return problems

"""After training: base, warm-up and tuned model and the rankers on the same validation items."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from genecaller.errors import CaseError, KnowledgeError
from training.data.dataset import Item
from training.data.prepare import CASES, Prepared
from training.loop.answer_cache import answers_as_asked, answers_of
from training.loop.base_model import open_base
from training.loop.validate import Validated, judge
from training.ppo.reward import Task, is_about_genes
from training.recipe import Recipe

if TYPE_CHECKING:
    from genecaller.evaluation import Evaluation
    from genecaller.ranking import Ranking

Step = Callable[[str], None]


@dataclass(frozen=True)
class Contender:
    """A model that is compared: its adapter's folder, None for the base model as it is."""

    name: str
    adapter: Path | None


@dataclass(frozen=True)
class Difference:
    """How much better `better` is than `worse` on the same items, in one measure.

    `low` and `high` bound the mean difference (paired bootstrap, items of one gene drawn
    together, 95%); `wins` and `losses` count items, `p` is the exact sign test on them.
    """

    better: str
    worse: str
    measure: str
    n: int
    value: float
    low: float | None
    high: float | None
    wins: int
    losses: int
    p: float

    @property
    def beyond_chance(self) -> bool:
        """Whether the whole interval lies above 0."""
        return self.low is not None and self.low > 0


@dataclass(frozen=True)
class Compared:
    """All contenders on all validation items; `evaluation` with the rankers, for gene cases."""

    results: Mapping[str, Validated]
    names: Mapping[str, str]
    differences: tuple[Difference, ...]
    evaluation: Evaluation | None

    def as_record(self) -> dict[str, Any]:
        """Plain figures for the run's folder and the adapter's registration."""
        from genecaller.evaluation.records import comparison_records, figure_records

        record: dict[str, Any] = {
            "contenders": {
                name: {"model": self.names[name], "figures": result.as_entry()}
                for name, result in self.results.items()
            },
            "differences": [
                asdict(one) | {"beyond_chance": one.beyond_chance} for one in self.differences
            ],
        }
        if self.evaluation is not None:
            record["rankers"] = figure_records(self.evaluation)
            record["paired"] = [
                {k: v for k, v in pair.items() if k not in ("a_ahead", "b_ahead")}
                for pair in comparison_records(self.evaluation)
            ]
        return record


def compare_models(
    recipe: Recipe,
    prepared: Prepared,
    task: Task,
    contenders: Sequence[Contender],
    folder: Path,
    step: Step = lambda text: None,
) -> Compared:
    """Let every contender answer every validation item greedily, then judge them all alike.

    The last contender is set against each of the others. With the cases at hand in `folder`, all
    classical rankers join on them.
    """
    items = prepared.validation
    results: dict[str, Validated] = {}
    names: dict[str, str] = {}
    for one in contenders:
        step(f"validating {one.name} on {len(items)} items")
        opened = open_base(recipe.model, one.adapter)
        started = time.monotonic()
        answers = answers_of(
            opened,
            items,
            recipe.policy.max_answer_tokens,
            max(recipe.policy.device_batch, 64),
        )
        seconds = time.monotonic() - started
        results[one.name] = judge(answers, items, task.grade, task.measure, seconds)
        names[one.name] = opened.name
        del opened
    last = contenders[-1].name
    measures = list(dict.fromkeys(["reward", task.accuracy]))
    differences = tuple(
        difference(last, results[last], one.name, results[one.name], measure, items)
        for one in contenders[:-1]
        for measure in measures
    )
    evaluation = None
    if (folder / CASES).is_file():
        step("ranking the validation cases with the classical rankers")
        try:
            evaluation = _with_rankers(recipe, results, names, items, folder / CASES)
        except KnowledgeError as error:
            # A borrowed machine may lack the knowledge; the models' own comparison stands.
            step(f"the classical rankers are left out: {error}")
    return Compared(results, names, differences, evaluation)


def compare_on_test(
    recipe: Recipe,
    items: Sequence[Item],
    task: Task,
    rival: Contender,
    tuned: Contender,
    step: Step = lambda text: None,
) -> dict[str, Any] | None:
    """Let two contenders answer the test items as users have them answered; the record.

    This is what a promotion is decided on: no checkpoint and no setting was chosen by these items.
    Gene lists are held to the form and to the genes offered, as `rank` and the app ask for them;
    other tasks are answered greedily. None where there are no test items.
    """
    if not items:
        return None
    decoding = "held" if is_about_genes(items) else "greedy"
    results: dict[str, Validated] = {}
    record: dict[str, Any] = {"n": len(items), "decoding": decoding, "contenders": {}}
    for one in (rival, tuned):
        step(f"testing {one.name} on {len(items)} items")
        opened = open_base(recipe.model, one.adapter)
        started = time.monotonic()
        if decoding == "held":
            answers = answers_as_asked(opened, items)
        else:
            longest = recipe.policy.max_answer_tokens
            answers = answers_of(opened, items, longest, max(recipe.policy.device_batch, 64))
        seconds = time.monotonic() - started
        result = results[one.name] = judge(answers, items, task.grade, task.measure, seconds)
        record["contenders"][one.name] = {"model": opened.name, "figures": result.as_entry()}
        del opened
    record["differences"] = [
        asdict(found) | {"beyond_chance": found.beyond_chance}
        for measure in dict.fromkeys(["reward", task.accuracy])
        for found in [
            difference(tuned.name, results[tuned.name], rival.name, results[rival.name], measure,
                       items)
        ]
    ]  # fmt: skip
    return record


def difference(
    better: str,
    ours: Validated,
    worse: str,
    theirs: Validated,
    measure: str,
    items: Sequence[Item],
    seed: int = 0,
) -> Difference:
    """The paired difference of two contenders in "reward" or any measure of the task."""
    from genecaller.evaluation.compare import sign_test
    from genecaller.evaluation.metrics import estimates

    gap = np.asarray(_values(ours, measure)) - np.asarray(_values(theirs, measure))
    keys = [str(item.get("gene") or i) for i, item in enumerate(items)]
    _, group = np.unique(np.asarray(keys), return_inverse=True)
    (found,), _ = estimates(gap[:, None], group, seed, 2000, 0.95)
    wins, losses = int((gap > 0).sum()), int((gap < 0).sum())
    return Difference(
        better=better,
        worse=worse,
        measure=measure,
        n=len(gap),
        value=found.value,
        low=found.low,
        high=found.high,
        wins=wins,
        losses=losses,
        p=sign_test(wins, losses),
    )


def _values(result: Validated, measure: str) -> list[float]:
    if measure == "reward":
        return [0.0 if graded.score is None else graded.score for graded in result.grades]
    return [float(measured.get(measure, 0.0)) for measured in result.measures]


def _with_rankers(
    recipe: Recipe,
    results: Mapping[str, Validated],
    names: Mapping[str, str],
    items: Sequence[Item],
    cases_file: Path,
) -> Evaluation:
    from genecaller.cases.read import read_cases
    from genecaller.evaluation import Listed, evaluate
    from genecaller.rankers.registry import METHODS, make_ranker
    from ontology.knowledge import open_knowledge

    knowledge = open_knowledge()
    cases = [c for c in read_cases(cases_file, knowledge) if not isinstance(c, CaseError)]
    listed = [
        Listed(
            name,
            {
                str(item["case_id"]): ranking_of(answer, item, name, names[name], knowledge.stamp)
                for item, answer in zip(items, result.answers, strict=True)
            },
            model=names[name],
            knowledge=knowledge.stamp,
        )
        for name, result in results.items()
    ]
    rankers = [make_ranker(name, knowledge) for name in METHODS]
    return evaluate(
        cases, rankers, knowledge, (recipe.data.protocol,), listed=listed, seed=recipe.seed
    )


def ranking_of(answer: str, item: Item, ranker: str, model: str, stamp: str) -> Ranking:
    """A model's answer as a ranking: its genes in its order, nothing added."""
    from genecaller.llm.answer import parse_answer
    from genecaller.ranking import RankedGene, Ranking
    from ontology.genes import gene_names

    parsed = parse_answer(answer, gene_names(), candidates=item.get("candidates") or None)
    genes = tuple(
        RankedGene(rank, gene.symbol, None, None, gene.explanation)
        for rank, gene in enumerate(parsed.genes, start=1)
    )
    problems = tuple(str(problem) for problem in parsed.problems)
    return Ranking(str(item["case_id"]), ranker, model, stamp, genes, problems)

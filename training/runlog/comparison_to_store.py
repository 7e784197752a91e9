"""A finished run's comparison as a stored evaluation: what the web app draws."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from genecaller.errors import CaseError, KnowledgeError
from ontology.files import lines_of
from training.data.prepare import CASES

if TYPE_CHECKING:
    from genecaller.evaluation import Evaluation
    from genecaller.store.store import Store
    from training.recipe import Recipe


def keep_comparison(
    store: Store, run_id: int, recipe: Recipe, folder: Path, compared: Mapping[str, Any]
) -> int | None:
    """Store base, warm-up, tuned and the rankers on the validation cases, once a run; its number.

    Read from the answers that lie in the run's folder, so that a run made elsewhere is taken in
    alike. None where the run is not about cases, or no knowledge is here to judge them by.
    """
    from genecaller.evaluation.to_store import keep

    if not (folder / CASES).is_file():
        return None
    for known in store.list_evaluations():
        if known.run_id == run_id:
            return known.evaluation_id
    models = {name: str(told["model"]) for name, told in compared["contenders"].items()}
    try:
        evaluation = _judged(recipe, folder, models)
    except KnowledgeError:
        return None
    return keep(
        evaluation,
        store,
        run_id=run_id,
        title=f"training {recipe.name}, run {run_id}",
        cases_source=f"validation cases of {', '.join(Path(c).name for c in recipe.data.cases)}",
    )


def _judged(recipe: Recipe, folder: Path, models: Mapping[str, str]) -> Evaluation:
    """The contenders' answers, and every untrained ranker, on the run's validation cases."""
    from genecaller.cases.read import read_cases
    from genecaller.evaluation import Listed, evaluate
    from genecaller.rankers.registry import METHODS, make_ranker
    from ontology.knowledge import open_knowledge
    from training.data.dataset import read_items
    from training.workflows.compare import ranking_of

    knowledge = open_knowledge()
    cases = [c for c in read_cases(folder / CASES, knowledge) if not isinstance(c, CaseError)]
    items = {str(i["case_id"]): i for _, i in read_items(folder / "validation.jsonl")[0]}
    listed = []
    for name, model in models.items():
        rankings = {
            case_id: ranking_of(answer, items[case_id], name, model, knowledge.stamp)
            for case_id, answer in _answers(folder / f"answers-{name}.jsonl").items()
            if case_id in items
        }
        listed.append(Listed(name, rankings, model=model, knowledge=knowledge.stamp))
    rankers = [make_ranker(name, knowledge) for name in METHODS]
    return evaluate(
        cases, rankers, knowledge, (recipe.data.protocol,), listed=listed, seed=recipe.seed
    )


def _answers(path: Path) -> dict[str, str]:
    """Every validation case's answer by its id; a file that is not there answers nothing.

    Runs made before the answers could be graded as a file call them "answer".
    """
    if not path.is_file():
        return {}
    found = map(json.loads, lines_of(path.read_text(encoding="utf-8")))
    return {str(one["case_id"]): str(one.get("output_text", one.get("answer"))) for one in found}

"""A finished run's comparison as a stored evaluation: what the web app draws."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from genecaller.errors import KnowledgeError
from training.prepare import CASES

if TYPE_CHECKING:
    from genecaller.store.store import Store
    from training.recipe import Recipe


def keep_comparison(
    store: Store, run_id: int, recipe: Recipe, folder: Path, compared: Mapping[str, Any]
) -> int | None:
    """Store base, warm-up, tuned and the rankers on the validation cases, once a run; its number.

    Read from the answers that lie in the run's folder, so that a run made elsewhere is taken in
    alike. None where the run is not about cases, or no knowledge is here to judge them by.
    """
    from genecaller.evaluate.keep import keep
    from training.compare import Answered, beside_rankers
    from training.dataset import read_items

    if not (folder / CASES).is_file():
        return None
    for known in store.list_evaluations():
        if known.run_id == run_id:
            return known.evaluation_id
    items = [item for _, item in read_items(folder / "validation.jsonl")[0]]
    contenders = [
        Answered(name, str(told["model"]), _answers(folder / f"answers-{name}.jsonl"))
        for name, told in compared["contenders"].items()
    ]
    try:
        evaluation = beside_rankers(recipe, contenders, items, folder / CASES)
    except KnowledgeError:
        return None
    return keep(
        evaluation,
        store,
        run_id=run_id,
        title=f"training {recipe.name}, run {run_id}",
        cases_source=f"validation cases of {', '.join(Path(c).name for c in recipe.data.cases)}",
    )


def _answers(path: Path) -> dict[str, str]:
    """Every validation case's answer by its id; a file that is not there answers nothing."""
    if not path.is_file():
        return {}
    lines = path.read_text(encoding="utf-8").splitlines()
    return {str(one["case_id"]): str(one["answer"]) for one in map(json.loads, lines)}

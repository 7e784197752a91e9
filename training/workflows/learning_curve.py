"""How many solved cases does it take? One recipe trained on 12, 48, 200 and all of its cases."""

from __future__ import annotations

import csv
import dataclasses
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ontology.files import replacing
from training.data.prepare import FACTS
from training.recipe import Recipe, load_recipe
from training.workflows.promote import PROMOTED
from training.workflows.run import train

if TYPE_CHECKING:
    from genecaller.store.store import Store

COUNTS: tuple[int | None, ...] = (12, 48, 200, None)
FIGURES = ("reward", "top1", "top5", "topmax", "mrr", "parse_failures")


def learning_curve(
    recipe: str | Path | Recipe,
    target: Path,
    counts: Sequence[int | None] = COUNTS,
    *,
    progress: Callable[[Mapping[str, Any]], None] = lambda entry: None,
    store: Store | None = None,
) -> list[dict[str, Any]]:
    """Train on each number of training cases (None: all) and write one CSV row a model.

    The fewer cases are among the more, the validation cases are always the same, and simulated
    patients stay out of the reinforcement, so that the number of real cases is all that differs;
    all start from one warm-up, made without real cases by the run of the first number. Each run
    is taken up where it stopped. The rows hold `cases` (how many were learned from), `model`
    ("base", "warm-up", "tuned") and each figure with its interval.
    """
    if not isinstance(recipe, Recipe):
        recipe = load_recipe(recipe)
    rows: list[dict[str, Any]] = []
    warm: Path | None = None
    for count in counts:
        chosen = recipe.with_values(
            data={"train_cases": count, "simulated": 0}, warmup={"real": False}
        )
        if warm is not None:
            chosen = chosen.with_values(model={"adapter": str(warm)}, warmup={"epochs": 0.0})
        chosen = dataclasses.replace(chosen, name=f"{recipe.name}-{count or 'all'}", output=None)
        result = train(chosen, progress=progress, store=store)
        if result.compared is None:
            break
        made = result.folder / "warmup" / "adapter"
        warm = made if made.is_dir() else warm
        learned = json.loads((result.folder / FACTS).read_text(encoding="utf-8"))["train"]
        for model, one in result.compared["contenders"].items():
            if model == PROMOTED:
                continue  # it was trained on other cases
            found = one["figures"]
            row: dict[str, Any] = {"cases": learned, "model": model, "n": found["n"]}
            for figure in FIGURES:
                for key in (figure, f"{figure}_low", f"{figure}_high"):
                    row[key] = found.get(key)
            rows.append(row)
        write_rows(rows, target)
    return rows


def write_rows(rows: Sequence[Mapping[str, Any]], target: Path) -> None:
    """Write rows of one form as CSV, complete or not at all."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with replacing(target) as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)

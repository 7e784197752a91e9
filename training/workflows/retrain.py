"""Retraining on newly solved cases: go on from the promoted adapter, compare, promote or not."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from genecaller.errors import UsageError
from genecaller.llm.active_adapter import adapter_in_use
from training.recipe import Recipe, load_recipe
from training.workflows.promote import promote
from training.workflows.run import Result, train

if TYPE_CHECKING:
    from genecaller.store.store import Store


AGAIN = "-again-"
"""In a retraining's name: what stands before is the recipe, what after it began from."""


@dataclass(frozen=True)
class Retrained:
    """The run, and whether its adapter became the default and why (or why not)."""

    result: Result
    promoted: bool
    reason: str


def retrain(
    recipe: str | Path | Recipe,
    new_cases: Path,
    *,
    afresh: bool = False,
    alone: bool = False,
    promote_if_better: bool = True,
    who: str | None = None,
    progress: Callable[[Mapping[str, Any]], None] = lambda entry: None,
    store: Store | None = None,
) -> Retrained:
    """Train a recipe on its cases and newly solved ones, from the adapter in use on.

    Genes keep their part of the split: the new cases of a validation gene are validated on, never
    trained on. `afresh` begins with a new adapter instead, `alone` leaves the recipe's own cases
    out, for a machine that has none. The adapter becomes the default only if it beats the one in
    use beyond chance on the same cases; interrupted at any point, nothing is promoted, and the
    same call goes on. Raises GenecallerError.
    """
    from genecaller.store.store import open_store

    if not isinstance(recipe, Recipe):
        recipe = load_recipe(recipe)
    if not recipe.data.cases and not alone:
        raise UsageError(
            f"recipe {recipe.name} trains on ready items, not on cases: add the new items to "
            "data.train and train it again"
        )
    if not new_cases.exists():
        raise UsageError(f"{new_cases} does not exist; name a file or folder of solved cases")
    store = store or open_store()
    known = () if alone else recipe.data.cases
    widened = recipe.with_values(data={"cases": (*known, str(new_cases))})
    current = adapter_in_use(store, recipe.model.source)
    if not afresh and current is not None:
        widened = widened.with_values(model={"adapter": "promoted"})
    # What is in use is part of the run's name: promoting another adapter makes another run.
    mark = current.fingerprint if current is not None and not afresh else "afresh"
    widened = dataclasses.replace(widened, name=f"{recipe.name}{AGAIN}{mark}", output=None)
    result = train(widened, progress=progress, store=store)
    if result.adapter_id is None:
        return Retrained(result, False, f"the run is {result.state}")
    if not promote_if_better:
        return Retrained(result, False, "promotion was not asked for")
    try:
        reason = promote(result.adapter_id, who=who, store=store)
    except UsageError as error:
        return Retrained(result, False, str(error))
    return Retrained(result, True, reason)

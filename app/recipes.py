"""The shipped recipes, as far as this machine can follow them."""

from __future__ import annotations

from pathlib import Path

from genecaller.errors import UsageError
from training.recipe import Recipe, load_recipe, shipped_recipes


def absent_cases(recipe: Recipe) -> list[str]:
    """The cases that a recipe names and this machine does not have."""
    return [named for named in recipe.data.cases if not Path(named).expanduser().exists()]


def recipes_on_cases() -> dict[str, Recipe]:
    """The shipped recipes that take cases, by name."""
    found: dict[str, Recipe] = {}
    for name in shipped_recipes():
        try:
            recipe = load_recipe(name)
        except UsageError:
            continue
        if not recipe.data.train:
            found[name] = recipe
    return found

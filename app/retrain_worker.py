"""The process behind a retraining: `python -m app.retrain_worker RECIPE NEW_CASES WHO`."""

from __future__ import annotations

import sys
from pathlib import Path

from app.recipes import absent_cases
from genecaller.errors import GenecallerError
from training.recipe import load_recipe
from training.retrain import retrain
from training.run import train


def work(recipe: str, new_cases: Path, who: str) -> int:
    """Train on from what is promoted; whether the outcome is promoted, a person decides."""
    try:
        chosen = load_recipe(recipe)
        if chosen.data.cases and not absent_cases(chosen):
            result = retrain(chosen, new_cases, promote_if_better=False, who=who or None).result
        else:
            # Without cases of its own at hand it learns from the curated ones alone.
            result = train(chosen.with_values(data={"cases": (str(new_cases),)}))
    except GenecallerError as error:
        print(error, flush=True)
        return 2
    print(f"{result.state}: {result.folder}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(work(sys.argv[1], Path(sys.argv[2]), sys.argv[3]))

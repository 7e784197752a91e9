"""The process behind a retraining: `python -m app.retrain_worker RECIPE NEW_CASES WHO`."""

from __future__ import annotations

import sys
from pathlib import Path

from app.recipes import absent_cases
from genecaller.errors import GenecallerError
from training.recipe import load_recipe
from training.workflows.retrain import retrain


def work(recipe: str, new_cases: Path, who: str) -> int:
    """Train on from what is promoted; whether the outcome is promoted, a person decides."""
    try:
        chosen = load_recipe(recipe)
        # Without cases of its own at hand it learns from the curated ones alone.
        alone = not chosen.data.cases or bool(absent_cases(chosen))
        made = retrain(chosen, new_cases, alone=alone, promote_if_better=False, who=who or None)
        result = made.result
    except GenecallerError as error:
        print(error, flush=True)
        return 2
    print(f"{result.state}: {result.folder}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(work(sys.argv[1], Path(sys.argv[2]), sys.argv[3]))

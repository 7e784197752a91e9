"""`python -m training RECIPE`: what `genecaller train` does, in the form that launchers want.

`accelerate launch --num_processes 2 -m training RECIPE` trains on several processes.
"""

from __future__ import annotations

import argparse
import dataclasses
import importlib.util
import sys
from pathlib import Path
from statistics import fmean

from genecaller.errors import GenecallerError


def main(arguments: list[str] | None = None) -> int:
    """Run a recipe; the exit status.

    0 done or paused, 1 no rise, 2 unusable, 130 interrupted or cancelled.
    """
    parser = argparse.ArgumentParser(prog="python -m training", description=__doc__)
    parser.add_argument("recipe", help="a TOML file, or a shipped recipe: smoke, cpu, gpu")
    parser.add_argument("--output", help="the run's folder (default: named after the recipe)")
    parser.add_argument("--store", type=Path, help="the store's file (default: the usual one)")
    parser.add_argument("--no-store", action="store_true", help="write the run's folder alone")
    parser.add_argument("--no-resume", action="store_true", help="begin in a folder of its own")
    parser.add_argument("--prepare-only", action="store_true", help="make the data, train nothing")
    parser.add_argument(
        "--curve",
        type=Path,
        metavar="FILE.csv",
        help="train on 12, 48, 200 and all cases, and write what each reached",
    )
    parser.add_argument("--adopt", action="store_true", help="take a finished --output folder in")
    parser.add_argument(
        "--expect-rise",
        type=float,
        metavar="BY",
        help="exit with 1 unless the last rounds' mean reward is this much above the first ones'",
    )
    chosen = parser.parse_args(arguments)
    from training.recipe import load_recipe
    from training.workflows.run import adopt, prepare_run, train

    try:
        from genecaller.store.store import open_store

        if chosen.adopt:
            result = adopt(Path(chosen.output), open_store(chosen.store))
            print(f"adapter {result.adapter_id} is registered")
            return 0
        recipe = load_recipe(chosen.recipe)
        if chosen.output:
            recipe = dataclasses.replace(recipe, output=chosen.output)
        if chosen.prepare_only:
            print(prepare_run(recipe, step=lambda text: print(text, flush=True)))
            return 0
        from training.runlog.progress_display import live_progress, plain_progress

        if importlib.util.find_spec("rich") is None:
            shown = plain_progress()
        else:
            from rich.console import Console

            shown = live_progress(Console())
        with shown as progress:
            if chosen.curve:
                from training.workflows.learning_curve import learning_curve

                learning_curve(
                    recipe, chosen.curve, progress=progress, store=open_store(chosen.store)
                )
                print(chosen.curve)
                return 0
            result = train(
                recipe,
                resume=not chosen.no_resume,
                progress=progress,
                store=None if chosen.no_store else open_store(chosen.store),
                stored=not chosen.no_store,
            )
    except GenecallerError as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("paused; the same command goes on", file=sys.stderr)
        return 130
    print(f"{result.state}: {result.folder}")
    if result.state == "cancelled":
        return 130
    if chosen.expect_rise is None:
        return 0
    first, last = ends_of(result.folder)
    print(f"mean reward of the first two rounds {first:.3f}, of the last two {last:.3f}")
    return 0 if last >= first + chosen.expect_rise else 1


def ends_of(folder: Path) -> tuple[float, float]:
    """The mean training reward of a run's first two and last two rounds."""
    from training.runlog.journal import Journal

    rewards = [float(entry["reward"]) for entry in Journal(folder).rounds("round")]
    return fmean(rewards[:2]), fmean(rewards[-2:])


if __name__ == "__main__":
    status = main()
    if "accelerate" in sys.modules:
        from accelerate import PartialState

        # A process that ends with its group open may be aborted by the group's own threads.
        PartialState().destroy_process_group()
    sys.exit(status)

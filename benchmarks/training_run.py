"""A finished training run as data: `python benchmarks/training_run.py FOLDER NAME`.

Reads the journal in the run's folder and writes NAME.csv beside this script: every figure of every
warm-up step, round and validation.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from training.runlog.journal import Journal, row_of
from training.workflows.learning_curve import write_rows

HERE = Path(__file__).parent
PARTS = {"warmup": "warm-up", "round": "training", "evaluation": "validation"}
LEFT_OUT = ("at", "of", "step", "epoch", "_low", "_high", "std", "clipped_ratio", "frac_reward")


def curves(folder: Path) -> list[dict[str, object]]:
    """One row a figure: part, step (of the warm-up) or round, measure, value, 95% interval."""
    journal = Journal(folder)
    rows: list[dict[str, object]] = []
    for kind, part in PARTS.items():
        entries = (
            list(journal.entries("warmup"))
            if kind == "warmup"
            else journal.rounds("round" if kind == "round" else "evaluation")
        )
        for entry in entries:
            numbers = row_of(entry)
            for measure, value in numbers.items():
                if measure.endswith(LEFT_OUT) or measure in LEFT_OUT:
                    continue
                rows.append(
                    {
                        "part": part,
                        "step": entry["step"] if kind == "warmup" else entry["round"],
                        "measure": measure,
                        "value": round(value, 6),
                        "low": numbers.get(f"{measure}_low"),
                        "high": numbers.get(f"{measure}_high"),
                    }
                )
    return rows


def main() -> None:
    """Write the file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="the run's folder")
    parser.add_argument("name", help="what the file is called, such as training_cpu")
    chosen = parser.parse_args()
    rows = curves(chosen.folder)
    write_rows(rows, HERE / f"{chosen.name}.csv")
    print(f"{len(rows)} figures in {chosen.name}.csv")


if __name__ == "__main__":
    main()

"""A training run's journal as committed data and one picture: rewards, validation, critic.

usage: python benchmarks/training.py RUN_FOLDER [--out FOLDER]
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path

from training.few import write_rows
from training.journal import Journal, row_of

ROUND = ("reward", "kl", "entropy", "explained_variance", "clip_share", "round_seconds")
VALIDATION = ("reward", "top1", "top5", "parse_failures")
WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 720, 320, 46, 150, 20, 36
COLOURS = {
    "reward, sampled": "#0072b2",
    "reward, validation": "#d55e00",
    "top-1, validation": "#009e73",
    "explained variance": "#999999",
}
Row = Mapping[str, object]
Points = Sequence[tuple[float, float]]


def main() -> None:
    """Write training_rounds.csv, training_validation.csv and training.svg."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("run", type=Path)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent)
    chosen = parser.parse_args()
    journal = Journal(chosen.run)
    rounds = [
        {"round": entry["round"], **picked(row_of(entry), ROUND)}
        for entry in journal.rounds("round")
    ]
    bounded = [key for name in VALIDATION for key in (name, f"{name}_low", f"{name}_high")]
    validations = [
        {"round": entry["round"], "n": entry["n"], **picked(row_of(entry), bounded)}
        for entry in journal.rounds("evaluation")
    ]
    write_rows(rounds, chosen.out / "training_rounds.csv")
    write_rows(validations, chosen.out / "training_validation.csv")
    series = {
        "reward, sampled": points(rounds, "reward"),
        "reward, validation": points(validations, "reward"),
        "top-1, validation": points(validations, "top1"),
        "explained variance": points(rounds, "explained_variance"),
    }
    (chosen.out / "training.svg").write_text(drawn(series), encoding="utf-8")


def picked(values: Mapping[str, float], names: Sequence[str]) -> dict[str, float | None]:
    """Those values, None where a round has none."""
    return {name: round(values[name], 4) if name in values else None for name in names}


def points(rows: Sequence[Row], name: str) -> Points:
    """Round and value of every row that has one."""
    return [(float(str(r["round"])), float(str(r[name]))) for r in rows if r[name] is not None]


def drawn(series: Mapping[str, Points]) -> str:
    """One picture on a scale from 0 to 1; values below 0 are drawn at 0."""
    last = max(x for line in series.values() for x, _ in line)
    wide, high = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM

    def at(x: float, y: float) -> str:
        return f"{LEFT + wide * x / last:.1f},{TOP + high * (1 - min(max(y, 0), 1)):.1f}"

    parts = []
    for tick in range(6):
        y = TOP + high * (1 - tick / 5)
        parts.append(f'<path d="M{LEFT} {y:.1f}h{wide}" stroke="#ddd"/>')
        parts.append(
            f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{tick / 5:.1f}</text>'
        )
    for tick in range(0, int(last) + 1, max(1, int(last) // 8)):
        x = LEFT + wide * tick / last
        parts.append(f'<text x="{x:.1f}" y="{HEIGHT - 16}" text-anchor="middle">{tick}</text>')
    parts.append(f'<text x="{LEFT + wide}" y="{HEIGHT - 2}" text-anchor="end">round</text>')
    for row, (name, line) in enumerate(series.items()):
        colour = COLOURS[name]
        path = " ".join(at(x, y) for x, y in line)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        y = TOP + 14 + 20 * row
        parts.append(
            f'<text x="{WIDTH - RIGHT + 12}" y="{y}" fill="{colour}">{escape(name)}</text>'
        )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        'font-family="sans-serif" font-size="12"><rect width="100%" height="100%" fill="#fff"/>'
        f"{''.join(parts)}</svg>\n"
    )


if __name__ == "__main__":
    main()

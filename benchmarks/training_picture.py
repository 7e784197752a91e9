"""Draw the committed training figures: `python benchmarks/training_picture.py`.

Reads training_cpu.csv and training_few.csv and writes an SVG beside each.
"""

from __future__ import annotations

import csv
from pathlib import Path

import altair as alt

HERE = Path(__file__).parent
Row = dict[str, str | float | None]
PANELS = (
    ("mean reward", ("training reward", "validation reward")),
    ("right gene first", ("training part/first", "validation top1")),
    ("the critic's explained variance", ("training explained_variance",)),
    ("KL to the warm-up, nats a token", ("training kl",)),
)


def read(path: Path) -> list[Row]:
    """The lines of a CSV file, numbers as numbers, empty cells as None."""
    with path.open(encoding="utf-8", newline="") as file:
        return [{key: _value(cell) for key, cell in line.items()} for line in csv.DictReader(file)]


def _value(cell: str) -> str | float | None:
    if not cell:
        return None
    try:
        return float(cell)
    except ValueError:
        return cell


def run_picture(rows: list[Row]) -> alt.VConcatChart:
    """A run by round: the sampled answers of training beside the greedy ones of validation."""
    charts = []
    for title, wanted in PANELS:
        kept = [row for row in rows if f"{row['part']} {row['measure']}" in wanted]
        charts.append(_lines(kept, "step", "round", "part", title))
    return alt.vconcat(*(alt.hconcat(*charts[at : at + 2]) for at in (0, 2)))


def few_picture(rows: list[Row]) -> alt.HConcatChart:
    """Validation by the number of training cases; the untrained and the warm-up as levels."""
    numbers = sorted({float(row["cases"] or 0) for row in rows})
    charts = []
    for measure, title in (("top1", "top-1"), ("reward", "mean reward")):
        kept = [
            {
                "cases": row["cases"],
                "model": row["model"],
                "value": row[measure],
                "low": row[f"{measure}_low"],
                "high": row[f"{measure}_high"],
            }
            for row in rows
        ]
        charts.append(_lines(kept, "cases", "training cases", "model", title, numbers))
    return alt.hconcat(*charts)


def _lines(
    rows: list[Row], x: str, x_title: str, colour: str, title: str, ticks: list[float] | None = None
) -> alt.LayerChart:
    axis = (
        alt.X(f"{x}:Q", title=x_title)
        if ticks is None
        else alt.X(f"{x}:Q", title=x_title).scale(type="log").axis(values=ticks, format="d")
    )
    base = alt.Chart(alt.Data(values=rows)).encode(
        x=axis, color=alt.Color(f"{colour}:N", title=None).legend(orient="bottom")
    )
    lines = base.mark_line(point=True).encode(y=alt.Y("value:Q", title=None))
    whiskers = (
        base.transform_filter("isValid(datum.low)")
        .mark_rule(opacity=0.5)
        .encode(y="low:Q", y2="high:Q")
    )
    return alt.layer(lines, whiskers).properties(width=330, height=200, title=title)


def main() -> None:
    """Draw what there is."""
    for name, picture in (("training_cpu", run_picture), ("training_few", few_picture)):
        path = HERE / f"{name}.csv"
        if path.is_file():
            chart = picture(read(path)).configure(font="sans-serif", background="white")
            chart.save(str(path.with_suffix(".svg")))
            print(path.with_suffix(".svg").name)


if __name__ == "__main__":
    main()

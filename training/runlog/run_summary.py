"""A stored run in the terminal: what it was, how it went, and its curves drawn in characters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from genecaller.store.store import Store
    from genecaller.store.training import Metric

SHOWN = ("validation/reward", "validation/top1", "validation/top5", "train/reward", "train/kl",
         "train/explained_variance", "warmup/loss")  # fmt: skip


def show_run(store: Store, run_id: int, *, width: int = 72, height: int = 10) -> str:
    """A training run as text: its head, its curves, its warnings, its adapter. StoreError."""
    run = store.read_run(run_id)
    lines = [f"Run {run.run_id}: {run.title} ({run.status})"]
    made = [f"model {run.model}", f"knowledge {run.knowledge}", f"seed {run.seed}",
            f"code {run.code_version}"]  # fmt: skip
    lines.append(", ".join(part for part in made if not part.endswith("None")))
    if run.done is not None and run.total:
        lines.append(f"{run.done} of {run.total} rounds")
    if run.message:
        lines.append(run.message)
    for name in SHOWN:
        points = [m for m in store.read_curve(run_id, name) if m.value is not None]
        if len(points) > 1:
            lines += ["", draw(points, name, width, height)]
        elif points:
            lines += ["", f"{name}: {figure(points[0])}"]
    warnings = store.read_events(run_id, levels=["warning", "error"])
    if warnings:
        lines += ["", *(f"! {event.message}" for event in warnings)]
    for adapter in store.list_adapters():
        if adapter.run_id == run_id:
            mark = ", the default" if adapter.promoted else ""
            lines += ["", f"Adapter {adapter.adapter_id}{mark}: {adapter.path}"]
    return "\n".join(lines)


def figure(metric: Metric) -> str:
    """A value with its interval and n where it has them."""
    text = f"{metric.value:.3f}"
    if metric.low is not None and metric.high is not None:
        text += f" ({metric.low:.3f} to {metric.high:.3f})"
    return text + (f", n={metric.n}" if metric.n is not None else "")


def draw(points: Sequence[Metric], title: str, width: int = 72, height: int = 10) -> str:
    """A curve of (step, value) in characters: `o` the values, `|` their intervals if they have any.

    Points that fall into one column are shown by the last of them.
    """
    values = [float(p.value) for p in points if p.value is not None]
    lows = [p.low if p.low is not None else float(p.value or 0.0) for p in points]
    highs = [p.high if p.high is not None else float(p.value or 0.0) for p in points]
    bottom, top = min(lows), max(highs)
    if top - bottom < 1e-9:
        bottom, top = bottom - 0.5, top + 0.5
    first, last = points[0].step, points[-1].step
    margin = 8
    columns = max(width - margin - 1, 10)
    rows = [[" "] * columns for _ in range(height)]

    def row_of(value: float) -> int:
        return height - 1 - round((value - bottom) / (top - bottom) * (height - 1))

    for point, value, low, high in zip(points, values, lows, highs, strict=True):
        column = round((point.step - first) / max(last - first, 1) * (columns - 1))
        for row in rows:
            row[column] = " "
        if high > low:
            for at in range(row_of(high), row_of(low) + 1):
                rows[at][column] = "|"
        rows[row_of(value)][column] = "o"
    lines = [f"{title}: {figure(points[0])} at {first}, {figure(points[-1])} at {last}"]
    for i, row in enumerate(rows):
        label = {0: f"{top:.3f}", height - 1: f"{bottom:.3f}"}.get(i, "")
        lines.append(f"{label:>{margin - 1}} |{''.join(row).rstrip()}")
    lines.append(f"{'':>{margin - 1}} +{'-' * columns}")
    lines.append(f"{'':>{margin + 1}}{first}{last:>{columns - len(str(first))}}")
    return "\n".join(lines)

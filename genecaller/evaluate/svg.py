"""Plots as inline SVG: bars with intervals, curves of ranks, reliability; no script, no fonts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import numpy as np

from genecaller.evaluate.figures import Estimate, Floats
from genecaller.evaluate.reliability import Reliability

COLOURS = 8
WIDTH, LEFT, RIGHT = 720, 52, 20


@dataclass(frozen=True, slots=True)
class Frame:
    """The plotting area of one picture and its axes in data units (y runs from 0 to 1)."""

    height: int
    top: int = 34
    bottom: int = 40

    @property
    def inner(self) -> int:
        return self.height - self.top - self.bottom

    def y(self, share: float) -> float:
        return self.top + self.inner * (1.0 - share)


def bars(
    title: str, groups: Sequence[str], series: Sequence[tuple[str, Sequence[Estimate]]]
) -> str:
    """Grouped bars in percent with their intervals; one colour a series, a title on each bar."""
    frame = Frame(300)
    parts = [_percent_axis(frame)]
    slot = (WIDTH - LEFT - RIGHT) / max(len(groups), 1)
    width = min(46.0, 0.8 * slot / max(len(series), 1))
    for g, group in enumerate(groups):
        centre = LEFT + slot * (g + 0.5)
        parts.append(_text(centre, frame.height - 20, group, "middle"))
        for s, (name, estimates) in enumerate(series):
            one = estimates[g]
            x = centre + (s - len(series) / 2) * width
            y = frame.y(one.value)
            span = ""
            if one.low is not None and one.high is not None:
                span = f" (95% {100 * one.low:.1f} to {100 * one.high:.1f})"
                middle = x + width / 2
                whisker = (
                    f"M{middle:.1f} {frame.y(one.low):.1f}V{frame.y(one.high):.1f}"
                    f"M{middle - 4:.1f} {frame.y(one.low):.1f}h8"
                    f"M{middle - 4:.1f} {frame.y(one.high):.1f}h8"
                )
            parts.append(
                f'<g class="c{s % COLOURS}"><title>{escape(name)}, {escape(group)}: '
                f"{100 * one.value:.1f}%{span}</title>"
                f'<rect x="{x + 1:.1f}" y="{y:.1f}" width="{width - 2:.1f}" '
                f'height="{max(frame.y(0) - y, 0):.1f}"/></g>'
            )
            if span:
                parts.append(f'<path class="whisker" d="{whisker}"/>')
    return _picture(title, frame, parts, [name for name, _ in series])


def rank_curves(title: str, series: Sequence[tuple[str, Floats]], depth: int) -> str:
    """The share of cases whose gene is within the first k, for k from 1 to `depth` (log axis)."""
    frame = Frame(320)
    parts = [_percent_axis(frame)]
    span = np.log(max(depth, 2))
    ticks = sorted({k for k in (1, 2, 3, 5, 10, 20, 50, 100) if k <= depth} | {depth})

    def x(k: float) -> float:
        return float(LEFT + (WIDTH - LEFT - RIGHT) * np.log(k) / span)

    parts += [_text(x(k), frame.height - 20, str(k), "middle") for k in ticks]
    parts.append(_text(WIDTH - RIGHT, frame.height - 4, "rank, at most", "end"))
    for s, (name, ranks) in enumerate(series):
        shares = [float(np.mean(ranks <= k)) if len(ranks) else 0.0 for k in range(1, depth + 1)]
        path = f"M{x(1):.1f} {frame.y(shares[0]):.1f}" + "".join(
            f"H{x(k):.1f}V{frame.y(share):.1f}" for k, share in enumerate(shares[1:], 2)
        )
        parts.append(
            f'<path class="line c{s % COLOURS}" d="{path}"><title>{escape(name)}: '
            f"{100 * shares[0]:.1f}% first, {100 * shares[-1]:.1f}% within {depth}</title></path>"
        )
    return _picture(title, frame, parts, [name for name, _ in series])


def reliability_plot(title: str, series: Sequence[tuple[str, Reliability]]) -> str:
    """Share right against probability stated; the diagonal is perfect, points carry their n."""
    frame = Frame(360)

    def x(share: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * share

    parts = [_percent_axis(frame)]
    parts += [_text(x(t / 5), frame.height - 20, f"{20 * t}%", "middle") for t in range(6)]
    parts.append(_text(WIDTH - RIGHT, frame.height - 4, "probability stated", "end"))
    parts.append(f'<path class="guide" d="M{x(0):.1f} {frame.y(0)}L{x(1):.1f} {frame.y(1)}"/>')
    for s, (name, found) in enumerate(series):
        for one in found.bins:
            at = x(one.stated)
            parts.append(
                f'<path class="whisker" d="M{at:.1f} {frame.y(one.right_low):.1f}'
                f'V{frame.y(one.right_high):.1f}"/>'
                f'<circle class="c{s % COLOURS}" cx="{at:.1f}" cy="{frame.y(one.right):.1f}" '
                f'r="{3 + min(6.0, one.n**0.5 / 6):.1f}"><title>{escape(name)}: stated '
                f"{100 * one.stated:.0f}%, right {100 * one.right:.0f}% (n={one.n})</title>"
                "</circle>"
            )
    return _picture(title, frame, parts, [name for name, _ in series])


def _percent_axis(frame: Frame) -> str:
    parts = []
    for step in range(6):
        y = frame.y(step / 5)
        parts.append(f'<path class="grid" d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}"/>')
        parts.append(_text(LEFT - 6, y + 4, f"{20 * step}%", "end"))
    return "".join(parts)


def _text(x: float, y: float, words: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(words)}</text>'


def _picture(title: str, frame: Frame, parts: Sequence[str], names: Sequence[str]) -> str:
    """Wrap the parts with a legend above; the legend wraps onto further lines where it must."""
    legend, x, line = [], float(LEFT), 0
    for s, name in enumerate(names):
        wide = 26 + 7.5 * len(name)
        if x + wide > WIDTH - RIGHT and x > LEFT:
            x, line = float(LEFT), line + 1
        y = 14 + 18 * line
        legend.append(
            f'<rect class="c{s % COLOURS}" x="{x:.0f}" y="{y - 10}" width="12" height="12"/>'
            + _text(x + 17, y, name, "start")
        )
        x += wide
    extra = 18 * line
    return (
        f'<svg viewBox="0 {-extra} {WIDTH} {frame.height + extra}" role="img" '
        f'aria-label="{escape(title)}"><g transform="translate(0 {-extra})">{"".join(legend)}</g>'
        f"{''.join(parts)}</svg>"
    )

"""Where in an answer a verdict counts: on its last token, or line by line."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch

Score = Callable[[Sequence[int], Sequence[str]], Sequence[float | None]]
"""Grades answers: row numbers of the training set and answer texts in, a score each out.

None is an answer that could not be graded: nothing is learned from it.
"""
ScoreLines = Callable[[Sequence[int], Sequence[str]], Sequence[Sequence[float]]]
"""As `Score`, but what each line of each answer earned; the lines are parted by newlines."""


def earned_on_tokens(
    earned: Sequence[Sequence[float]], ids: torch.Tensor, mask: torch.Tensor, tokenizer: Any
) -> torch.Tensor:
    """What the lines of each answer earned, (B, T), on the token that ends each line.

    `ids` and `mask` are (B, T). The last line ends with the answer's last token. An answer without
    tokens gets nothing.
    """
    newlines: dict[int, int] = {}
    out = torch.zeros_like(mask)
    for row, lines in enumerate(earned):
        last = int(mask[row].sum()) - 1
        ends: list[int] = []
        for position, token in enumerate(ids[row, : last + 1].tolist()):
            if token not in newlines:
                newlines[token] = tokenizer.decode([token]).count("\n")
            ends += [position] * newlines[token]
        for line, value in enumerate(lines if last >= 0 else ()):
            out[row, ends[line] if line < min(len(ends), len(lines) - 1) else last] += value
    return out

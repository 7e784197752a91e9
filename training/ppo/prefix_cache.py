"""The blocks of a model below its lowest adapter, computed once for the passes of a round.

On a CPU most of a round's time goes into passes over the same answers: the sampling policy, the
reference, each epoch of the update. Where adapters sit in the last blocks only, all of these
share what the blocks below compute.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch


class FrozenBlocks:
    """What the blocks without an adapter make of token rows, remembered until `forget`.

    `model` is a PEFT model of the Llama family's layout: a backbone with the block list `layers`.
    `count` is how many of the first blocks hold nothing that is trained, 0 where none or unknown.
    """

    def __init__(self, model: Any) -> None:
        self.backbone = model.get_base_model().base_model
        self.count = _blocks_without_adapter(self.backbone)
        self._rows: dict[bytes, torch.Tensor] = {}

    def forget(self) -> None:
        """Drop what is remembered: the next round has other answers."""
        self._rows.clear()

    @torch.no_grad()
    def hidden(self, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """The hidden states above the frozen blocks, (B, T, hidden), of left-padded token rows."""
        keys = [
            row.numpy().tobytes() + held.numpy().tobytes()
            for row, held in zip(ids, mask, strict=True)
        ]
        new = [i for i, key in enumerate(keys) if key not in self._rows]
        if new:
            with self._only(slice(None, self.count), with_norm=False):
                # `forward` itself, past the hook that reads values off the whole model
                made = self.backbone.forward(
                    input_ids=ids[new], attention_mask=mask[new], use_cache=False
                ).last_hidden_state
            for i, row in zip(new, made, strict=True):
                self._rows[keys[i]] = row
        return torch.stack([self._rows[key] for key in keys])

    @contextmanager
    def skipped(self) -> Iterator[None]:
        """Within, the model starts above the frozen blocks: give it `hidden` as `inputs_embeds`."""
        with self._only(slice(self.count, None), with_norm=True):
            yield

    @contextmanager
    def _only(self, part: slice, *, with_norm: bool) -> Iterator[None]:
        blocks, norm = self.backbone.layers, self.backbone.norm
        try:
            self.backbone.layers = blocks[part]
            if not with_norm:
                self.backbone.norm = torch.nn.Identity()
            yield
        finally:
            self.backbone.layers, self.backbone.norm = blocks, norm


def _blocks_without_adapter(backbone: Any) -> int:
    from peft.tuners.tuners_utils import BaseTunerLayer

    if not hasattr(backbone, "norm") or getattr(backbone, "has_sliding_layers", False):
        return 0
    for number, block in enumerate(getattr(backbone, "layers", ())):
        trained = any(one.requires_grad for one in block.parameters())
        if trained or any(isinstance(one, BaseTunerLayer) for one in block.modules()):
            return number
    return 0

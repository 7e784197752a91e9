"""Passing the blocks below the adapters once a round changes no number."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from training.loop.base_model import new_adapter
from training.ppo.prefix_cache import FrozenBlocks
from training.recipe import Model

LAYERS = ("q_proj", "v_proj", "o_proj", "up_proj", "down_proj")


def adapted(base: Any, last: int | None) -> Any:
    model = new_adapter(base, Model(layers=LAYERS, last_blocks=last), seed=1)
    torch.manual_seed(2)
    for name, weight in model.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(weight, std=0.3)
    return model


def rows() -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(3)
    ids = torch.randint(6, 14, (4, 9), generator=generator)
    mask = torch.ones_like(ids)
    mask[1, :3] = 0
    mask[2, 7:] = 0
    return ids * mask, mask


def test_blocks_below_the_lowest_adapter_are_frozen(tiny_base: Any) -> None:
    assert FrozenBlocks(adapted(tiny_base(), 1)).count == 1
    assert FrozenBlocks(adapted(tiny_base(), None)).count == 0


def test_logits_and_gradients_are_those_of_the_whole_model(tiny_base: Any) -> None:
    model = adapted(tiny_base(), 1)
    ids, mask = rows()
    whole = model(input_ids=ids, attention_mask=mask, logits_to_keep=4).logits
    whole.square().sum().backward()
    wanted = {n: p.grad.clone() for n, p in model.named_parameters() if p.grad is not None}
    model.zero_grad()

    frozen = FrozenBlocks(model)
    for _ in range(2):  # computed, then remembered
        hidden = frozen.hidden(ids, mask)
        with frozen.skipped():
            logits = model(inputs_embeds=hidden, attention_mask=mask, logits_to_keep=4).logits
        seen = mask[:, -4:].bool()
        torch.testing.assert_close(logits[seen], whole[seen])
    logits.square().sum().backward()
    for name, weight in model.named_parameters():
        if name in wanted:
            torch.testing.assert_close(weight.grad, wanted[name], rtol=1e-4, atol=1e-5)
    after = model(input_ids=ids, attention_mask=mask, logits_to_keep=4).logits
    torch.testing.assert_close(after, whole)


def test_rows_are_remembered_until_they_are_forgotten(
    tiny_base: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    frozen = FrozenBlocks(adapted(tiny_base(), 1))
    passed: list[int] = []
    forward = frozen.backbone.forward

    def counted(**given: Any) -> Any:
        passed.append(len(given["input_ids"]))
        return forward(**given)

    monkeypatch.setattr(frozen.backbone, "forward", counted)
    ids, mask = rows()
    frozen.hidden(ids[:2], mask[:2])
    frozen.hidden(ids, mask)
    assert passed == [2, 2]
    frozen.forget()
    frozen.hidden(ids[:1], mask[:1])
    assert passed == [2, 2, 1]

"""The model that is trained: base weights and tokenizer as the rest loads them, and its adapter."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from genecaller.errors import ModelError
from training.loop.libraries import without_library_noise
from training.recipe import Model

if TYPE_CHECKING:
    from genecaller.llm import LanguageModel


def open_base(settings: Model, adapter: Path | None = None) -> LanguageModel:
    """The recipe's base model in its number format; with a saved adapter beside the weights.

    Raises ModelError, also where the tokenizer has no chat form to ask in.
    """
    from genecaller.llm import load_model

    opened = load_model(settings.source, adapter, dtype=settings.dtype, merge_adapter=False)
    if opened.tokenizer.chat_template is None:
        raise ModelError(f"{settings.source}: the tokenizer has no chat template to train with")
    return opened


def open_trainable(settings: Model, seed: int, adapter: Path | None = None) -> LanguageModel:
    """A model ready to train: with a saved adapter to go on with, or a fresh one from the seed."""
    opened = open_base(settings, adapter)
    if adapter is None:
        opened.model = new_adapter(opened.model, settings, seed)
    opened.model.train()
    return opened


def new_adapter(base: Any, settings: Model, seed: int) -> Any:
    """A fresh LoRA adapter on a base model, drawn from the seed; its product starts at zero."""
    import torch
    from peft import LoraConfig, get_peft_model

    torch.manual_seed(seed)
    blocks = base.config.get_text_config().num_hidden_layers
    last = settings.last_blocks
    if last is not None and not 0 < last <= blocks:
        raise ModelError(f"model.last_blocks is {last}; the base model has {blocks} blocks")
    configuration = LoraConfig(
        r=settings.lora_rank,
        lora_alpha=settings.lora_alpha,
        lora_dropout=0.0,
        target_modules=list(settings.layers),
        layers_to_transform=None if last is None else list(range(blocks - last, blocks)),
        task_type="CAUSAL_LM",
    )
    try:
        with without_library_noise():
            return get_peft_model(base, configuration)
    except ValueError as error:
        raise ModelError(
            f"model.layers {', '.join(settings.layers)}: {error}; name modules of the base model"
        ) from error

"""A language model of a few thousand random weights, which trains in seconds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

LETTERS = list("abcdefgh")
TEMPLATE = (
    "{% for message in messages %}{{ '<' + message['role'] + '> ' + message['content'] }}"
    "{% if message['role'] == 'assistant' %}{% generation %} <eos>{% endgeneration %}{% endif %}"
    " {% endfor %}{% if add_generation_prompt %}<assistant> {% endif %}"
)


def make_tokenizer() -> Any:
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel
    from tokenizers.pre_tokenizers import WhitespaceSplit
    from transformers import PreTrainedTokenizerFast

    words = ["<pad>", "<eos>", "<unk>", "<system>", "<user>", "<assistant>", *LETTERS]
    core = Tokenizer(WordLevel({w: i for i, w in enumerate(words)}, unk_token="<unk>"))
    core.pre_tokenizer = WhitespaceSplit()
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=core, pad_token="<pad>", eos_token="<eos>", unk_token="<unk>"
    )
    tokenizer.chat_template = TEMPLATE
    tokenizer.padding_side = "left"
    return tokenizer


def make_model(seed: int = 0, hidden: int = 32, positions: int = 64) -> Any:
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(seed)
    config = LlamaConfig(
        vocab_size=6 + len(LETTERS),
        hidden_size=hidden,
        intermediate_size=2 * hidden,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=2,
        max_position_embeddings=positions,
        pad_token_id=0,
        bos_token_id=None,
        eos_token_id=1,
        initializer_range=0.2,
    )
    return LlamaForCausalLM(config)


def with_adapter(model: Any, seed: int = 0) -> Any:
    import torch
    from peft import LoraConfig, get_peft_model

    from training.loop.libraries import without_library_noise

    torch.manual_seed(seed)
    layers = ["q_proj", "v_proj", "o_proj", "up_proj", "down_proj"]
    with without_library_noise():
        return get_peft_model(model, LoraConfig(r=8, lora_alpha=16, target_modules=layers))


@pytest.fixture
def tokenizer() -> Any:
    return make_tokenizer()


@pytest.fixture
def tiny_model() -> Callable[..., Any]:
    return lambda seed=0: with_adapter(make_model(seed), seed)


@pytest.fixture
def tiny_base() -> Callable[..., Any]:
    return make_model

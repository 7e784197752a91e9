"""A real but tiny language model, made here: a random Llama with a byte-level tokenizer."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from genecaller.llm import LanguageModel, load_model
from genecaller.llm.log_silencing import quiet_libraries

TEMPLATE = (
    "{% for m in messages %}<|start|>{{ m['role'] }}\n{{ m['content'] }}<|end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|start|>assistant\n{% endif %}"
)


def make_model(folder: Path, *, layers: int = 2, template: str | None = TEMPLATE) -> Path:
    """Write a random Llama (16 wide) with its tokenizer, as transformers would."""
    import torch
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {letter: i for i, letter in enumerate([*letters, "<|start|>", "<|end|>"])}
    inner = Tokenizer(models.BPE(vocab=vocabulary, merges=[]))
    inner.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    inner.decoder = decoders.ByteLevel()
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=inner, bos_token="<|start|>", eos_token="<|end|>"
    )
    tokenizer.chat_template = template
    torch.manual_seed(7)
    config = LlamaConfig(
        vocab_size=len(vocabulary),
        hidden_size=16,
        intermediate_size=32,
        num_hidden_layers=layers,
        num_attention_heads=2,
        num_key_value_heads=2,
        max_position_embeddings=2048,
        bos_token_id=vocabulary["<|start|>"],
        eos_token_id=vocabulary["<|end|>"],
        tie_word_embeddings=True,
    )
    model = LlamaForCausalLM(config)
    for weight in model.parameters():
        # far from zero, so that different prompts get different answers
        torch.nn.init.normal_(weight, std=0.6)
    with quiet_libraries():
        model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def make_adapter(base: Path, folder: Path, *, rank: int = 4, seed: int = 1) -> Path:
    """Write a LoRA adapter for a model, with weights that change its answers."""
    import torch
    from peft import LoraConfig, get_peft_model

    model = load_model(str(base), dtype="float32").model
    with quiet_libraries():
        adapted = get_peft_model(model, LoraConfig(r=rank, target_modules=["q_proj", "v_proj"]))
    torch.manual_seed(seed)
    for name, weight in adapted.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(weight, std=2.0)
    with quiet_libraries():
        adapted.save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def tiny_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_model(tmp_path_factory.mktemp("tiny-model") / "tiny")


@pytest.fixture(scope="session")
def tiny_model(tiny_folder: Path) -> LanguageModel:
    return load_model(str(tiny_folder), dtype="float32", device="cpu")


@pytest.fixture(scope="session")
def tiny_adapter(tiny_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_adapter(tiny_folder, tmp_path_factory.mktemp("adapter") / "lora")


@pytest.fixture(scope="session", name="make_model")
def model_maker() -> Callable[..., Path]:
    return make_model


@pytest.fixture(scope="session", name="make_adapter")
def adapter_maker() -> Callable[..., Path]:
    return make_adapter

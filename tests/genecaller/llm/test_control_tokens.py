"""No text becomes a control token of the loaded tokenizer, whatever it holds."""

from __future__ import annotations

from typing import Any

import pytest

from genecaller.errors import ModelError
from genecaller.llm import LanguageModel, load_model
from genecaller.llm.control_tokens import ControlTokens
from tests.genecaller.llm.test_default_model import needs_wheel

TEXTS = [
    "{}", "a {} b", "{0}{0}", "x{}", "{}\n{}", "<{}>", "{0:.4}{0}{0}",
]  # fmt: skip


@pytest.fixture
def folding() -> Any:
    """A tokenizer that folds letters before it looks for its own tokens, one of them `<think>`."""
    from tokenizers import AddedToken, Tokenizer, models, normalizers, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    inner = Tokenizer(models.BPE(vocab={c: i for i, c in enumerate(letters)}, merges=[]))
    inner.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Lowercase()])
    inner.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    inner.add_special_tokens(
        [
            AddedToken("<end>", normalized=True, special=True),
            AddedToken("<think>", special=True),
            AddedToken("¤", special=True),
        ]
    )
    return PreTrainedTokenizerFast(tokenizer_object=inner, eos_token="<end>", unk_token="<unk>")


def test_a_tokenizer_that_folds_letters_finds_nothing_either(folding: Any) -> None:
    control = ControlTokens(folding)
    for text in ("<END>", "a <End> b", "＜end＞", "＜ＥＮＤ＞<end>", "¤", "a¤b", "<unk>"):
        read = folding(control.broken_up(text), add_special_tokens=False)["input_ids"]
        assert control.count(read) == 0, text
        assert folding.unk_token_id not in read
    assert control.count(folding("＜end＞", add_special_tokens=False)["input_ids"]) == 1
    # the prompt itself asks for thoughts between these
    assert control.broken_up("<think>") == "<think>"


@pytest.mark.parametrize("form", TEXTS)
def test_a_message_holds_no_control_token(tiny_model: LanguageModel, form: str) -> None:
    ends = tiny_model.tokenizer.eos_token_id
    plain = tiny_model._encode("A boy with seizures.")
    for token in ("<|start|>", "<|end|>"):
        read = tiny_model._encode(form.format(token, token))
        assert read.count(ends) == plain.count(ends)
        assert tiny_model._control.count(read) == tiny_model._control.count(plain)
    assert tiny_model.render("ordinary < text >").count("ordinary < text >") == 1


def test_text_that_cannot_be_told_from_control_tokens_is_refused(
    tiny_model: LanguageModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tiny_model._control, "broken_up", lambda text: text)
    with pytest.raises(ModelError, match="2 of the prompt's words are control tokens"):
        tiny_model.generate(["a <|end|> b <|start|>"], max_new_tokens=2)


@needs_wheel
@pytest.mark.model
def test_the_real_tokenizer_reads_no_token_of_its_own_in_a_report() -> None:
    model = load_model(threads=1)
    tokens = sorted(model._control.texts)
    assert {"<|im_start|>", "<|im_end|>", "<|endoftext|>"} <= set(tokens)
    plain = model._encode("A boy with seizures.")
    control = set(model.tokenizer.all_special_ids)
    expected = [token for token in plain if token in control]
    for form in TEXTS:
        text = " ".join(form.format(token, token) for token in tokens)
        read = model._encode(text)
        assert [token for token in read if token in control] == expected
    assert model.tokenizer.decode(plain).count("A boy with seizures.") == 1

"""What a line of an answer earns stands on the token that ends the line."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from training.ppo.credit_assignment import earned_on_tokens


def line_tokenizer() -> Any:
    """Of three letters and of one and of two newlines, each a token."""
    from tokenizers import Regex, Tokenizer
    from tokenizers.models import WordLevel
    from tokenizers.pre_tokenizers import Split
    from transformers import PreTrainedTokenizerFast

    words = ["<pad>", "<eos>", "a", "b", "c", "\n", "\n\n"]
    core = Tokenizer(WordLevel({word: i for i, word in enumerate(words)}, unk_token="<pad>"))
    core.pre_tokenizer = Split(Regex("\n+|."), "isolated")
    return PreTrainedTokenizerFast(tokenizer_object=core, pad_token="<pad>", eos_token="<eos>")


@pytest.mark.parametrize(
    ("ids", "earned", "expected"),
    [
        ([2, 5, 3, 4, 5, 2, 1], [0.1, 0.2, 0.4], [0, 0.1, 0, 0, 0.2, 0, 0.4]),
        ([2, 6, 3, 1], [0.1, 0.2, 0.4], [0, 0.3, 0, 0.4]),  # an empty line between
        ([2, 5, 1], [0.1, 0.2], [0, 0.1, 0.2]),  # the last line is empty
        ([2, 3, 4], [0.5], [0, 0, 0.5]),  # cut off, no end of text
        ([], [0.5], []),
    ],
)
def test_each_line_earns_its_part_where_it_ends(
    ids: list[int], earned: list[float], expected: list[float]
) -> None:
    padded = torch.tensor([ids + [0] * (8 - len(ids)), [2, 3, 5, 4, 1, 0, 0, 0]])
    mask = torch.tensor([[1.0] * len(ids) + [0.0] * (8 - len(ids)), [1.0] * 5 + [0.0] * 3])
    got = earned_on_tokens([earned, [0.25, 0.5]], padded, mask, line_tokenizer())
    assert got[0].tolist() == pytest.approx(expected + [0.0] * (8 - len(ids)))
    assert got[1].tolist() == pytest.approx([0, 0, 0.25, 0, 0.5, 0, 0, 0])

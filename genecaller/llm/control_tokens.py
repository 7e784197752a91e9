"""The control tokens of a loaded tokenizer, and how text is kept from becoming one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from genecaller.llm.chat_tokens import break_tokens
from genecaller.llm.decoding.answer_grammar import END_THINK, THINK

_ROUNDS = 8


class ControlTokens:
    """Everything that a tokenizer treats as a token of the chat form rather than as text.

    The tags around thoughts are no such tokens here: the prompt itself asks for them. Neither is
    a token for unknown characters and nothing else, which any odd character becomes.
    """

    def __init__(self, tokenizer: Any) -> None:
        self._tokenizer = tokenizer
        added = tokenizer.added_tokens_decoder
        own = {token.content: i for i, token in added.items() if token.special}
        own.update(zip(tokenizer.all_special_tokens, tokenizer.all_special_ids, strict=True))
        self.texts = frozenset(text for text in own if text not in (THINK, END_THINK))
        parts = (tokenizer.bos_token, tokenizer.eos_token, tokenizer.pad_token)
        unknown = {tokenizer.unk_token} - set(parts)
        self.ids = frozenset(own[text] for text in self.texts - unknown)

    def broken_up(self, text: str) -> str:
        """The text with what this tokenizer reads as control tokens broken up by a blank.

        Looked for in the text and, as a tokenizer may fold letters before it looks, among the
        tokens it makes of it.
        """
        text = break_tokens(text, self.texts)
        for _ in range(_ROUNDS):
            spans = self._spans(text)
            if not spans:
                break
            for start, end in reversed(spans):
                inner = f"{text[start]} {text[start + 1 : end]}" if end - start > 1 else " "
                text = text[:start] + inner + text[end:]
        return text

    def count(self, ids: Sequence[int]) -> int:
        """How many of the tokens are control tokens."""
        return sum(token in self.ids for token in ids)

    def _spans(self, text: str) -> list[tuple[int, int]]:
        """Where in the text control tokens are read, if the tokenizer can say where."""
        if not self._tokenizer.is_fast:
            return []
        read = self._tokenizer(text, add_special_tokens=False, return_offsets_mapping=True)
        pairs = zip(read["input_ids"], read["offset_mapping"], strict=True)
        return [(start, end) for token, (start, end) in pairs if token in self.ids and end > start]

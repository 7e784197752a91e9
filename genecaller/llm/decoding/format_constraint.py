"""Generation held to the form: only symbols that are allowed, each once, can be written."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from genecaller.llm.decoding.answer_grammar import (
    END_THINK,
    SEPARATOR,
    THINK,
    Position,
    position_of,
)

_CONTEXT = "1."
_NAME = re.compile(r"(?<![A-Za-z0-9-])[A-Z][A-Z0-9][A-Za-z0-9-]*")
"""What reads as a gene symbol: two capitals or a capital and a digit at the beginning of a word."""
_INITIAL = re.compile(r"(?<=[\w,;:)] )[A-Z]$")
"""A single capital within a sentence, where a symbol may begin but hardly another word: common
words are written in one token or in small letters."""
_LIKELY = 32
"""Of so many likeliest next tokens of a thought, those that misspell a symbol are barred."""


class SymbolSet:
    """The gene symbols that may be written, as the tokens that spell them.

    Built once for a tokenizer (about 0.1 ms a symbol). `continuations` maps what is written of a
    symbol, its leading space included, to the tokens that may follow and the symbols they lead
    to. Raises ValueError for no symbols.
    """

    def __init__(self, symbols: Iterable[str], tokenizer: Any) -> None:
        self.symbols = frozenset(symbols)
        if not self.symbols:
            raise ValueError("no symbols to choose from")
        self.continuations: dict[str, dict[int, set[str]]] = {}
        context = tokenizer.encode(_CONTEXT, add_special_tokens=False)
        start = len(_decode(tokenizer, context))
        for symbol in sorted(self.symbols):
            ids = continuation(tokenizer, _CONTEXT, f" {symbol}")
            for at, token in enumerate(ids):
                written = _decode(tokenizer, [*context, *ids[:at]])[start:]
                self.continuations.setdefault(written, {}).setdefault(token, set()).add(symbol)

    def following(self, written: str, listed: Sequence[str]) -> list[int]:
        """The tokens that may follow what is written of a symbol not yet listed."""
        steps = self.continuations.get(written, {})
        return [
            token
            for token, leads_to in steps.items()
            if len(leads_to) > sum(symbol in leads_to for symbol in listed)
        ]


class HoldToForm:
    """A LogitsProcessor for a batch: rows with a set of symbols can only write the answer's form.

    `allowed` has one set a row (None: that row is free); `prompt_tokens` is the width of the
    prompts. Thoughts are free but for what reads as a symbol, which must be allowed or stand in
    the prompt; they are cut off after `most_thought` tokens, an entry after `most_reason`
    characters, the list after `most_genes` entries (None: where the symbols run out). Other
    rows' scores are left as they are.
    """

    def __init__(
        self,
        tokenizer: Any,
        allowed: Sequence[SymbolSet | None],
        end_ids: Sequence[int],
        prompt_tokens: int,
        *,
        most_thought: int = 80,
        most_reason: int = 80,
        most_genes: int | None = 10,
    ) -> None:
        self.tokenizer = tokenizer
        self.allowed = allowed
        self.end_ids = list(end_ids)
        self.prompt_tokens = prompt_tokens
        self.most_thought = most_thought
        self.most_reason = most_reason
        self.most_genes = most_genes
        self._forced: dict[tuple[str, str], int] = {}
        self._named: dict[int, frozenset[str]] = {}

    def __call__(self, input_ids: Any, scores: Any) -> Any:
        written = input_ids[:, self.prompt_tokens :].tolist()
        for row, (ids, symbols) in enumerate(zip(written, self.allowed, strict=True)):
            if symbols is None or (ids and ids[-1] in self.end_ids):
                continue
            at = position_of(_decode(self.tokenizer, ids))
            choice = self._choice(at, ids, symbols)
            if choice is not None:
                kept = scores[row, choice].clone()
                scores[row] = float("-inf")
                scores[row, choice] = kept
            elif at.kind == "think":
                # an answer that ends within its thoughts has no list
                scores[row, self.end_ids] = float("-inf")
                if row not in self._named:
                    asked = _decode(self.tokenizer, input_ids[row, : self.prompt_tokens].tolist())
                    self._named[row] = symbols.symbols.union(_NAME.findall(asked))
                barred = self._misspelling(ids, scores[row], self._named[row])
                scores[row, barred] = float("-inf")
        return scores

    def _misspelling(self, ids: list[int], scores: Any, names: frozenset[str]) -> list[int]:
        """Which of the likeliest next tokens would write a symbol that is none of the names.

        None of them where all would: a thought must go on.
        """
        start = len(_decode(self.tokenizer, ids))
        likely = scores.topk(min(_LIKELY, len(scores))).indices.tolist()
        barred = [
            token
            for token in likely
            if not spells_names(_decode(self.tokenizer, [*ids, token]), start, names)
        ]
        return barred if len(barred) < len(likely) else []

    def _choice(self, at: Position, ids: list[int], symbols: SymbolSet) -> list[int] | None:
        """The tokens that may come next, None for any."""
        match at.kind:
            case "start":
                after = [self._next("", THINK, at.tail)]
                return after if at.tail else [*after, self._next("\n", "1.", "")]
            case "think":
                if len(ids) < self.most_thought:
                    return None
                return [self._closing(ids)]
            case "after_think":
                return [self._next(END_THINK, "\n", "")]
            case "line_start":
                full = self.most_genes is not None and at.number > self.most_genes
                if not at.tail and (full or set(at.listed) >= symbols.symbols):
                    return self.end_ids
                due = [self._next("\n", f"{at.number}.", at.tail)]
                return due if at.tail or at.number == 1 else [*due, *self.end_ids]
            case "symbol":
                choice = symbols.following(at.tail, at.listed)
                name = at.tail.strip(" ")
                if at.tail.startswith(" ") and name in symbols.symbols and name not in at.listed:
                    # a tokenizer of small pieces writes the separator in two
                    begun = SEPARATOR[0] if at.tail.endswith(" ") else ""
                    choice.append(self._next("TSC2", SEPARATOR, begun))
                return choice or self.end_ids
            case "reason":
                if len(at.tail) < self.most_reason:
                    return None
                return [self._next("word", "\n", "")]

    def _closing(self, ids: list[int]) -> int:
        """The next token of `</think>`, some of which may be written already."""
        text = _decode(self.tokenizer, ids)
        begun = next(
            (n for n in range(len(END_THINK) - 1, 0, -1) if text.endswith(END_THINK[:n])), 0
        )
        return self._next("a", END_THINK, END_THINK[:begun])

    def _next(self, context: str, target: str, written: str) -> int:
        """The token that goes on with `target`, of which `written` is there."""
        key = (context, target[len(written) :])
        if key not in self._forced:
            self._forced[key] = continuation(self.tokenizer, context + written, key[1])[0]
        return self._forced[key]


def spells_names(text: str, start: int, names: frozenset[str]) -> bool:
    """Whether what reads as a symbol in `text` from `start` on is, or can still become, a name.

    A compound such as "TSC2-related" is judged by what stands before its hyphen.
    """
    initial = _INITIAL.search(text)
    if initial and not any(name.startswith(initial.group()) for name in names):
        return False
    for found in _NAME.finditer(text):
        word = found.group()
        if found.end() < start or word in names or word.split("-")[0] in names:
            continue
        unfinished = found.end() == len(text)
        if not (unfinished and any(name.startswith(word) for name in names)):
            return False
    return True


def continuation(tokenizer: Any, context: str, target: str) -> list[int]:
    """The tokens of `target` where it goes on from `context`, which changes how it is cut."""
    before: list[int] = tokenizer.encode(context, add_special_tokens=False) if context else []
    both: list[int] = tokenizer.encode(context + target, add_special_tokens=False)
    if both[: len(before)] == before and len(both) > len(before):
        return both[len(before) :]
    alone: list[int] = tokenizer.encode(target, add_special_tokens=False)
    return alone


def _decode(tokenizer: Any, ids: Sequence[int]) -> str:
    text: str = tokenizer.decode(ids, skip_special_tokens=True, clean_up_tokenization_spaces=False)
    return text


def symbol_sets(offered: Sequence[Sequence[str] | None], tokenizer: Any) -> list[SymbolSet | None]:
    """One set a prompt, made once for prompts that offer the same symbols."""
    made: dict[tuple[str, ...], SymbolSet] = {}
    sets: list[SymbolSet | None] = []
    for symbols in offered:
        if symbols is None:
            sets.append(None)
            continue
        key = tuple(symbols)
        if key not in made:
            made[key] = SymbolSet(key, tokenizer)
        sets.append(made[key])
    return sets

"""A loaded language model: prompts in, answers out, in batches or as a stream."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from genecaller.errors import ModelError
from genecaller.llm.control_tokens import ControlTokens
from genecaller.llm.decoding.format_constraint import HoldToForm, SymbolSet, symbol_sets
from genecaller.llm.memory import memory_in_words

if TYPE_CHECKING:
    from genecaller.llm.prompt import Prompt

Message = Mapping[str, str]
MAX_NEW_TOKENS = 160


@dataclass(frozen=True, slots=True)
class Completion:
    """One answer: its text, its length in tokens, and whether the model ended it by itself."""

    text: str
    n_tokens: int
    finished: bool


class LanguageModel:
    """A causal language model with its tokenizer.

    `name` is stable and goes into every stored row: model, "+", adapter with fingerprint.
    `model` and `tokenizer` are transformers' own, for training.
    """

    def __init__(self, *, name: str, model: Any, tokenizer: Any) -> None:
        self.name = name
        self.model = model
        self.tokenizer = tokenizer
        tokenizer.padding_side = "left"
        if tokenizer.pad_token_id is None:
            tokenizer.pad_token = tokenizer.eos_token
        self._end_ids = _end_ids(model, tokenizer)
        self._control = ControlTokens(tokenizer)

    def render(self, prompt: Prompt | Sequence[Message] | str) -> str:
        """The text the model reads: the prompt in its chat form, ready for its answer.

        A string is taken as one user message. A model whose chat form knows no system message
        gets it in front of the user's; one without any chat form gets the plain texts. What reads
        as a control token of this model in a message is broken up: only the chat form has those.
        """
        messages = [
            {**message, "content": self._control.broken_up(message["content"])}
            for message in messages_of(prompt)
        ]
        if not self.tokenizer.chat_template:
            return "\n\n".join(message["content"] for message in messages) + "\n\n"
        import jinja2

        try:
            return self._apply_template(messages)
        except jinja2.TemplateError as error:
            if messages[0]["role"] != "system":
                raise ModelError(
                    f"{self.name}: its chat form refuses the prompt: {error}"
                ) from error
        system, first, *rest = messages
        joined = {"role": first["role"], "content": f"{system['content']}\n\n{first['content']}"}
        try:
            return self._apply_template([joined, *rest])
        except jinja2.TemplateError as error:
            raise ModelError(f"{self.name}: its chat form refuses the prompt: {error}") from error

    def _apply_template(self, messages: Sequence[Message]) -> str:
        text: str = self.tokenizer.apply_chat_template(
            list(messages), tokenize=False, add_generation_prompt=True
        )
        return text

    def _encode(self, prompt: Prompt | Sequence[Message] | str) -> list[int]:
        """The prompt as tokens, no more control tokens among them than the chat form has."""
        ids: list[int] = self.tokenizer(self.render(prompt), add_special_tokens=False)["input_ids"]
        empty = [{**message, "content": "x"} for message in messages_of(prompt)]
        form: list[int] = self.tokenizer(self.render(empty), add_special_tokens=False)["input_ids"]
        surplus = self._control.count(ids) - self._control.count(form)
        if surplus > 0:
            raise ModelError(
                f"{self.name}: {surplus} of the prompt's words are control tokens of this model "
                "and cannot be written otherwise: shorten the case's text, or use another model"
            )
        return ids

    def count_tokens(self, text: str) -> int:
        """How many tokens a text takes."""
        return len(self.tokenizer.encode(text, add_special_tokens=False))

    def generate(
        self,
        prompts: Sequence[Prompt | Sequence[Message] | str],
        *,
        max_new_tokens: int = MAX_NEW_TOKENS,
        temperature: float = 0.0,
        seed: int = 0,
        batch_size: int = 16,
        symbols: Sequence[Sequence[str] | None] | None = None,
        advance: Callable[[int], None] = lambda n: None,
    ) -> list[str]:
        """One answer a prompt, in order: greedy, or sampled where `temperature` is above 0."""
        rows = self.complete(
            prompts,
            max_new_tokens=max_new_tokens,
            temperature=temperature,
            seed=seed,
            batch_size=batch_size,
            symbols=symbols,
            advance=advance,
        )
        return [row[0].text for row in rows]

    def complete(
        self,
        prompts: Sequence[Prompt | Sequence[Message] | str],
        *,
        max_new_tokens: int = MAX_NEW_TOKENS,
        temperature: float = 0.0,
        num_samples: int = 1,
        seed: int = 0,
        batch_size: int = 16,
        symbols: Sequence[Sequence[str] | None] | None = None,
        advance: Callable[[int], None] = lambda n: None,
    ) -> list[list[Completion]]:
        """`num_samples` answers a prompt, in the prompts' order.

        `batch_size` bounds the answers computed at once; prompts of like length share a batch.
        The same seed, prompts and batch size give the same samples; torch's global generator is
        left as it was. With `symbols`, one list a prompt (None: free), an answer can only be
        thoughts and a numbered list of those symbols, each once with a reason. `advance` is told
        how many prompts a batch has done. Raises ModelError (prompt too long, out of memory) and
        ValueError (several samples without a temperature).
        """
        if num_samples > 1 and temperature <= 0:
            raise ValueError("several samples of a greedy model are all the same: set temperature")
        if symbols is not None and len(symbols) != len(prompts):
            raise ValueError(f"{len(symbols)} lists of symbols for {len(prompts)} prompts")
        ids = [self._encode(prompt) for prompt in prompts]
        for row in ids:
            self._check_room(len(row), max_new_tokens)
        allowed = symbol_sets(symbols or [None] * len(ids), self.tokenizer)
        order = sorted(range(len(ids)), key=lambda i: (len(ids[i]), i))
        per_batch = max(1, batch_size // num_samples)
        answers: list[list[Completion]] = [[] for _ in ids]
        import torch

        devices = [self.model.device] if self.model.device.type == "cuda" else []
        with torch.random.fork_rng(devices=devices):
            torch.manual_seed(seed)
            for at in range(0, len(order), per_batch):
                chosen = order[at : at + per_batch]
                found = self._generate(
                    [ids[i] for i in chosen],
                    [allowed[i] for i in chosen],
                    max_new_tokens,
                    temperature,
                    num_samples,
                )
                for place, i in enumerate(chosen):
                    answers[i] = found[place * num_samples : (place + 1) * num_samples]
                advance(len(chosen))
        return answers

    def stream(
        self,
        prompt: Prompt | Sequence[Message] | str,
        *,
        max_new_tokens: int = MAX_NEW_TOKENS,
        symbols: Sequence[str] | None = None,
    ) -> Iterator[str]:
        """The greedy answer to one prompt, piece by piece as it is made.

        `symbols` hold it to the form, as in `complete`. Closing the iterator early stops the
        model at the next token. Raises ModelError.
        """
        from transformers import StoppingCriteriaList, TextIteratorStreamer

        ids = [self._encode(prompt)]
        self._check_room(len(ids[0]), max_new_tokens)
        allowed = symbol_sets([symbols], self.tokenizer)
        streamer = TextIteratorStreamer(self.tokenizer, skip_prompt=True, skip_special_tokens=True)
        stopped = threading.Event()
        failures: list[ModelError] = []

        def work() -> None:
            try:
                self._generate(
                    ids,
                    allowed,
                    max_new_tokens,
                    0.0,
                    1,
                    streamer=streamer,
                    stopping_criteria=StoppingCriteriaList([_StopWhen(stopped)]),
                )
            except ModelError as error:
                failures.append(error)
            finally:
                # ends the loop below however the thread ended
                streamer.end()

        thread = threading.Thread(target=work, name="genecaller-stream", daemon=True)
        thread.start()
        try:
            for piece in streamer:
                if piece:
                    yield piece
        finally:
            stopped.set()
            thread.join()
        if failures:
            raise failures[0]

    def _check_room(self, n_tokens: int, max_new_tokens: int) -> None:
        room = getattr(self.model.config, "max_position_embeddings", None)
        if room is not None and n_tokens + max_new_tokens > room:
            raise ModelError(
                f"a prompt of {n_tokens} tokens and an answer of {max_new_tokens} exceed the "
                f"{room} tokens of {self.name}: shorten the case or the answer"
            )

    def _generate(
        self,
        ids: list[list[int]],
        allowed: Sequence[SymbolSet | None],
        max_new_tokens: int,
        temperature: float,
        num_samples: int,
        **extra: Any,
    ) -> list[Completion]:
        import torch
        from transformers import GenerationConfig, LogitsProcessorList

        width = max(map(len, ids))
        pad = self.tokenizer.pad_token_id
        tokens = torch.tensor([[pad] * (width - len(row)) + row for row in ids])
        mask = torch.tensor([[0] * (width - len(row)) + [1] * len(row) for row in ids])
        sampling: dict[str, Any] = {"do_sample": False}
        if temperature > 0:
            sampling = {"do_sample": True, "temperature": temperature, "top_k": 0, "top_p": 1.0}
        config = GenerationConfig(
            max_new_tokens=max_new_tokens,
            num_return_sequences=num_samples,
            pad_token_id=pad,
            eos_token_id=self._end_ids,
            **sampling,
        )
        processors: list[HoldToForm] = []
        if any(one is not None for one in allowed):
            rows = [one for one in allowed for _ in range(num_samples)]
            processors = [HoldToForm(self.tokenizer, rows, self._end_ids, width)]
        place = self.model.device
        try:
            with memory_in_words(f"an answer of {self.name}"), torch.inference_mode():
                made = self.model.generate(
                    input_ids=tokens.to(place),
                    attention_mask=mask.to(place),
                    generation_config=config,
                    logits_processor=LogitsProcessorList(processors),
                    **extra,
                )
        except (RuntimeError, ValueError) as error:
            # torch's out-of-memory errors are RuntimeErrors
            raise ModelError(f"{self.name} failed while answering: {error}") from error
        return [self._completion(row) for row in made[:, width:].tolist()]

    def _completion(self, row: list[int]) -> Completion:
        ends = [at for at, token in enumerate(row) if token in self._end_ids]
        kept = row[: ends[0]] if ends else row
        text = self.tokenizer.decode(kept, skip_special_tokens=True)
        return Completion(text=text, n_tokens=len(kept), finished=bool(ends))


class _StopWhen:
    """A stopping criterion: stop every answer once the event is set."""

    def __init__(self, event: threading.Event) -> None:
        self.event = event

    def __call__(self, input_ids: Any, scores: Any, **kwargs: Any) -> Any:
        import torch

        return torch.full((input_ids.shape[0],), self.event.is_set(), device=input_ids.device)


def messages_of(prompt: Prompt | Sequence[Message] | str) -> list[Message]:
    """Any form of prompt as chat messages; ValueError where there are none."""
    if isinstance(prompt, str):
        return [{"role": "user", "content": prompt}]
    messages: list[Message] = [*(prompt if isinstance(prompt, Sequence) else prompt.messages)]
    if not messages:
        raise ValueError("a prompt without messages")
    return messages


def _end_ids(model: Any, tokenizer: Any) -> list[int]:
    """Every token that ends an answer, by the model's own account and the tokenizer's."""
    stated = getattr(model.generation_config, "eos_token_id", None)
    found = list(stated) if isinstance(stated, list | tuple) else [stated]
    found.append(tokenizer.eos_token_id)
    return sorted({token for token in found if token is not None})

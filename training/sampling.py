"""Answers of a model under training to many prompts, in batches of like length."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


def answer_all(
    model: Any,
    tokenizer: Any,
    prompts: Sequence[Sequence[dict[str, str]]],
    max_new_tokens: int,
    batch: int = 32,
    temperature: float | None = None,
) -> list[str]:
    """The model's answer to each prompt (a list of messages), in the order of the prompts.

    Greedy where `temperature` is None, so that the same weights always answer the same; the
    random state is then left as it was. Padding is on the left, as in training.
    """
    import torch

    ids = tokenizer.apply_chat_template(
        [list(prompt) for prompt in prompts], add_generation_prompt=True, return_dict=True
    )["input_ids"]
    order = sorted(range(len(ids)), key=lambda i: len(ids[i]))
    answers = [""] * len(ids)
    was_training = model.training
    model.eval()
    choice: dict[str, Any] = {"do_sample": False, "temperature": None, "top_p": None}
    if temperature is not None:
        choice = {"do_sample": True, "temperature": temperature, "top_p": 1.0}
    try:
        for start in range(0, len(order), batch):
            rows = order[start : start + batch]
            padded = tokenizer.pad(
                {"input_ids": [ids[i] for i in rows]}, padding_side="left", return_tensors="pt"
            ).to(model.device)
            with torch.inference_mode():
                out = model.generate(
                    input_ids=padded["input_ids"],
                    attention_mask=padded["attention_mask"],
                    max_new_tokens=max_new_tokens,
                    pad_token_id=tokenizer.pad_token_id,
                    eos_token_id=tokenizer.eos_token_id,
                    top_k=0 if temperature is not None else None,
                    **choice,
                )
            new = out[:, padded["input_ids"].shape[1] :]
            texts = tokenizer.batch_decode(new, skip_special_tokens=True)
            for i, text in zip(rows, texts, strict=True):
                answers[i] = text
    finally:
        model.train(was_training)
    return answers

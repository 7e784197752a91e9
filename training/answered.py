"""Greedy answers kept by what was asked of whom: the same model is asked the same only once.

Base, warm-up and promoted model meet the same validation items in run after run; on a CPU each
meeting takes minutes.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ontology.home import home
from training.dataset import Item, prompt_of
from training.journal import replace_text
from training.validate import answer_greedily

if TYPE_CHECKING:
    from genecaller.model import LanguageModel


def answers_of(
    opened: LanguageModel, items: Sequence[Item], max_new_tokens: int, batch: int
) -> list[str]:
    """The model's greedy answer to each item, in order; made now, or read where made before.

    Kept under model name (with the adapter's fingerprint), number format, bound and prompts, in
    `answers/` of the project's folder.
    """
    asked = {
        "model": opened.name,
        "dtype": str(opened.model.dtype),
        "max_new_tokens": max_new_tokens,
        "prompts": [prompt_of(item) for item in items],
    }
    key = hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()
    file = home() / "answers" / f"{key}.json"
    if file.is_file():
        known: list[str] = json.loads(file.read_text(encoding="utf-8"))
        return known
    answers = answer_greedily(opened.model, opened.tokenizer, items, max_new_tokens, batch)
    file.parent.mkdir(parents=True, exist_ok=True)
    replace_text(file, json.dumps(answers, ensure_ascii=False))
    return answers

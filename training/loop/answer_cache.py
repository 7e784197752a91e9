"""Answers kept by what was asked of whom and how: the same model is asked the same only once.

Base, warm-up and promoted model meet the same validation items in run after run; on a CPU each
meeting takes minutes.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import genecaller
from genecaller.llm.language_model import MAX_NEW_TOKENS
from genecaller.llm.prompt import PROMPT_VERSION
from genecaller.store.provenance import code_version
from ontology.data_dir import home
from training.data.dataset import Item, prompt_of
from training.loop.validate import answer_greedily
from training.runlog.journal import replace_text

if TYPE_CHECKING:
    from genecaller.llm import LanguageModel

LIBRARIES = ("torch", "transformers", "tokenizers", "peft", "numpy")
"""What computes an answer beside our own code."""
_BATCH = 16
"""As `rank` and `score` ask: answers in a batch are padded alike, which rounds alike."""


def answers_of(
    opened: LanguageModel, items: Sequence[Item], max_new_tokens: int, batch: int
) -> list[str]:
    """The model's greedy and free answer to each item, in order; read where made before."""
    return _kept(
        opened,
        items,
        {"decoding": "greedy", "max_new_tokens": max_new_tokens},
        lambda: answer_greedily(opened.model, opened.tokenizer, items, max_new_tokens, batch),
    )


def answers_as_asked(opened: LanguageModel, items: Sequence[Item]) -> list[str]:
    """The model's answers to gene items as `rank` has them: held to the form and to real genes.

    Where an item offers candidates, only these can be written, else any gene of the knowledge.
    """
    known: list[str] = []
    if not all(item.get("candidates") for item in items):
        from ontology.knowledge import open_knowledge

        known = list(open_knowledge().annotations.gene_symbols)
    offered = [[str(one) for one in item.get("candidates") or known] for item in items]
    prompts = [prompt_of(item) for item in items]
    room = getattr(opened.model.config, "max_position_embeddings", None) or 1 << 30
    longest = max(opened.count_tokens(opened.render(prompt)) for prompt in prompts)
    bound = max(1, min(MAX_NEW_TOKENS, room - longest))
    return _kept(
        opened,
        items,
        {"decoding": "held", "max_new_tokens": bound, "symbols": offered},
        lambda: opened.generate(prompts, max_new_tokens=bound, batch_size=_BATCH, symbols=offered),
    )


def _kept(
    opened: LanguageModel,
    items: Sequence[Item],
    how: dict[str, Any],
    make: Callable[[], list[str]],
) -> list[str]:
    """The answers from `answers/` of the project's folder, or made now and kept there.

    Kept under model name (with the adapter's fingerprint), number format, decoding, prompts, and
    the versions of code, libraries and prompt: answers of another version are other answers. A
    damaged file is made anew.
    """
    asked = {
        "model": opened.name,
        "dtype": str(opened.model.dtype),
        "prompts": [prompt_of(item) for item in items],
        "prompt_version": PROMPT_VERSION,
        "code": made_by(),
        **how,
    }
    key = hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()
    file = home() / "answers" / f"{key}.json"
    found = _read(file, len(items))
    if found is None:
        found = make()
        file.parent.mkdir(parents=True, exist_ok=True)
        replace_text(file, json.dumps(found, ensure_ascii=False))
    return found


def _read(file: Path, n: int) -> list[str] | None:
    """The n answers of a file; None where it is absent or does not hold them."""
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    if not isinstance(found, list) or len(found) != n:
        return None
    return found if all(isinstance(one, str) for one in found) else None


@cache
def made_by() -> dict[str, str]:
    """The versions that an answer depends on; our code's also by its contents.

    A commit alone would not tell a change that is not committed.
    """
    sources = hashlib.sha256()
    package = Path(genecaller.__file__).parent
    for file in (*sorted((package / "llm").rglob("*.py")),
                 Path(__file__).with_name("validate.py")):  # fmt: skip
        sources.update(file.read_bytes())
    return {
        "genecaller": code_version(),
        "sources": sources.hexdigest(),
        **{name: _version(name) for name in LIBRARIES},
    }


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "none"

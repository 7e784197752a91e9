"""The same model is asked the same once; another model, bound or prompt is another question."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from genecaller.model import LanguageModel
from training import answered
from training.answered import answers_of

ITEMS = [{"messages": [{"role": "user", "content": text}]} for text in ("one", "two")]


def model(name: str) -> Any:
    return LanguageModel(
        name=name,
        model=SimpleNamespace(dtype="float32", generation_config=SimpleNamespace()),
        tokenizer=SimpleNamespace(pad_token_id=0, eos_token_id=1, eos_token="e"),
    )


def test_answers_are_kept_by_what_was_asked_of_whom(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GENECALLER_HOME", str(tmp_path))
    asked: list[int] = []

    def answer(model: Any, tokenizer: Any, items: Any, bound: int, batch: int) -> list[str]:
        asked.append(bound)
        return [f"answer {len(asked)} to {item['messages'][0]['content']}" for item in items]

    monkeypatch.setattr(answered, "answer_greedily", answer)
    first = answers_of(model("m+a@1"), ITEMS, 8, 16)
    assert first == ["answer 1 to one", "answer 1 to two"]
    assert answers_of(model("m+a@1"), ITEMS, 8, 64) == first
    for other in (
        answers_of(model("m+a@2"), ITEMS, 8, 16),
        answers_of(model("m+a@1"), ITEMS, 9, 16),
        answers_of(model("m+a@1"), ITEMS[::-1], 8, 16),
    ):
        assert other != first
    assert asked == [8, 8, 9, 8]

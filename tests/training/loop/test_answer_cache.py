"""The same model is asked the same once; another model, bound or prompt is another question."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from genecaller.llm import LanguageModel
from training.loop import answer_cache as answered
from training.loop.answer_cache import answers_of

ITEMS = [{"messages": [{"role": "user", "content": text}]} for text in ("one", "two")]


def model(name: str) -> Any:
    return LanguageModel(
        name=name,
        model=SimpleNamespace(dtype="float32", generation_config=SimpleNamespace()),
        tokenizer=SimpleNamespace(
            pad_token_id=0,
            eos_token_id=1,
            eos_token="e",
            bos_token=None,
            pad_token=None,
            unk_token=None,
            added_tokens_decoder={},
            all_special_tokens=["e"],
            all_special_ids=[1],
        ),
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


@pytest.mark.parametrize("changed", ["code", "prompt", "library"])
def test_another_version_answers_anew(
    changed: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GENECALLER_HOME", str(tmp_path))
    asked: list[int] = []

    def answer(model: Any, tokenizer: Any, items: Any, bound: int, batch: int) -> list[str]:
        asked.append(bound)
        return ["x"] * len(items)

    monkeypatch.setattr(answered, "answer_greedily", answer)
    now = answered.made_by()
    assert {"genecaller", "sources", "torch", "transformers", "peft"} <= set(now)
    answers_of(model("m"), ITEMS, 8, 16)
    if changed == "prompt":
        monkeypatch.setattr(answered, "PROMPT_VERSION", "another")
    else:
        key = "sources" if changed == "code" else "transformers"
        monkeypatch.setattr(answered, "made_by", lambda: now | {key: "another"})
    answers_of(model("m"), ITEMS, 8, 16)
    assert asked == [8, 8]


@pytest.mark.parametrize("content", ["", "[", '["one"]', '{"a": 1}', "[1, 2]"])
def test_a_damaged_file_is_made_anew(
    content: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GENECALLER_HOME", str(tmp_path))
    monkeypatch.setattr(answered, "answer_greedily", lambda *_: ["a", "b"])
    answers_of(model("m"), ITEMS, 8, 16)
    (file,) = (tmp_path / "answers").glob("*.json")
    file.write_text(content)
    assert answers_of(model("m"), ITEMS, 8, 16) == ["a", "b"]
    assert file.read_text() == '["a", "b"]'


class Asked:
    """Stands for a language model: what it is asked is kept, and each answer is told apart."""

    name, tokenizer = "m", None
    model = SimpleNamespace(dtype="float32", config=SimpleNamespace(max_position_embeddings=300))

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []

    def render(self, prompt: Any) -> str:
        return str(prompt[-1]["content"])

    def count_tokens(self, text: str) -> int:
        return 200

    def generate(self, prompts: Any, **how: Any) -> list[str]:
        self.asked.append(how)
        return [f"answer {len(self.asked)}"] * len(prompts)


def test_test_items_are_answered_as_users_have_them_answered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GENECALLER_HOME", str(tmp_path))
    items = [one | {"candidates": ["FBN1", "TSC2"]} for one in ITEMS]
    opened: Any = Asked()
    first = answered.answers_as_asked(opened, items)
    assert opened.asked == [
        {"max_new_tokens": 100, "batch_size": 16, "symbols": [["FBN1", "TSC2"]] * 2}
    ]
    assert answered.answers_as_asked(opened, items) == first
    # Free answers, and answers held to other genes, are other answers.
    monkeypatch.setattr(answered, "answer_greedily", lambda *_: ["free"] * 2)
    assert answers_of(opened, items, 100, 16) == ["free"] * 2
    others = [one | {"candidates": ["FBN1", "TSC1"]} for one in ITEMS]
    assert answered.answers_as_asked(opened, others) != first

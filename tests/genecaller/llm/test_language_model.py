from collections.abc import Callable
from pathlib import Path

import pytest

from genecaller.errors import ModelError
from genecaller.llm import LanguageModel, load_model
from genecaller.llm.language_model import messages_of
from genecaller.llm.prompt import Prompt

PROMPTS = ["hi", "a longer prompt than the other one", "mid size"]


def test_a_batch_answers_as_each_prompt_alone(tiny_model: LanguageModel) -> None:
    together = tiny_model.generate(PROMPTS, max_new_tokens=12)
    alone = [tiny_model.generate([prompt], max_new_tokens=12)[0] for prompt in PROMPTS]
    assert together == alone
    assert len(set(together)) > 1
    assert tiny_model.generate(PROMPTS, max_new_tokens=12, batch_size=2) == together


def test_nothing_asked_gives_nothing(tiny_model: LanguageModel) -> None:
    assert tiny_model.generate([]) == []


def test_samples_depend_on_the_seed_alone(tiny_model: LanguageModel) -> None:
    import torch

    def sample(seed: int) -> list[str]:
        rows = tiny_model.complete(
            PROMPTS, max_new_tokens=12, temperature=1.0, num_samples=3, seed=seed
        )
        return [one.text for row in rows for one in row]

    before = torch.random.get_rng_state()
    first = sample(1)
    assert len(first) == 9
    assert first == sample(1)
    assert first != sample(2)
    assert torch.equal(before, torch.random.get_rng_state())


def test_several_greedy_samples_are_refused(tiny_model: LanguageModel) -> None:
    with pytest.raises(ValueError, match="temperature"):
        tiny_model.complete(["x"], num_samples=2)


def test_progress_counts_every_prompt(tiny_model: LanguageModel) -> None:
    done: list[int] = []
    tiny_model.generate(PROMPTS, max_new_tokens=2, batch_size=2, advance=done.append)
    assert done == [2, 1]


def test_the_stream_says_what_generate_says(tiny_model: LanguageModel) -> None:
    pieces = list(tiny_model.stream("hello", max_new_tokens=12))
    assert "".join(pieces) == tiny_model.generate(["hello"], max_new_tokens=12)[0]


def test_a_stream_closed_early_stops_the_model(tiny_model: LanguageModel) -> None:
    import threading

    stream = tiny_model.stream("tell me more", max_new_tokens=1500)
    next(stream)
    stream.close()
    assert not [t for t in threading.enumerate() if t.name == "genecaller-stream"]


def test_a_prompt_too_long_is_refused(tiny_model: LanguageModel) -> None:
    with pytest.raises(ModelError, match="exceed the 2048 tokens"):
        tiny_model.generate(["x" * 3000])
    with pytest.raises(ModelError, match="exceed"):
        list(tiny_model.stream("x" * 3000))


def test_an_answer_that_ends_itself_is_told_from_one_cut_off(tiny_model: LanguageModel) -> None:
    end = tiny_model.tokenizer.eos_token_id
    ended = tiny_model._completion([72, 73, end, 74])
    assert (ended.n_tokens, ended.finished) == (2, True)
    cut = tiny_model._completion([72, 73])
    assert (cut.n_tokens, cut.finished) == (2, False)


def test_a_prompt_is_rendered_in_the_models_chat_form(tiny_model: LanguageModel) -> None:
    prompt = Prompt("1-open", "S", "U")
    expected = "<|start|>system\nS<|end|>\n<|start|>user\nU<|end|>\n<|start|>assistant\n"
    assert tiny_model.render(prompt) == tiny_model.render(prompt.messages) == expected


def test_a_chat_form_without_system_gets_it_in_the_users_message(
    tmp_path: Path, make_model: Callable[..., Path]
) -> None:
    template = (
        "{% if messages[0]['role'] == 'system' %}{{ raise_exception('no system') }}{% endif %}"
        "{% for m in messages %}[{{ m['content'] }}]{% endfor %}"
    )
    model = load_model(str(make_model(tmp_path / "m", layers=1, template=template)))
    assert model.render(Prompt("1-open", "S", "U")) == "[S\n\nU]"


def test_a_model_without_chat_form_gets_plain_text(
    tmp_path: Path, make_model: Callable[..., Path]
) -> None:
    model = load_model(str(make_model(tmp_path / "m", layers=1, template=None)))
    assert model.render(Prompt("1-open", "S", "U")) == "S\n\nU\n\n"
    assert model.generate(["x"], max_new_tokens=2)


def test_a_prompt_without_messages_is_refused() -> None:
    with pytest.raises(ValueError, match="without messages"):
        messages_of([])

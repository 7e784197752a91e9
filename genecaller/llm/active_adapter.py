"""Which adapter is in use: the one that was promoted here, else the one that ships."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from genecaller.errors import ModelError
from genecaller.llm.adapter import adapter_name
from ontology.manifest import MANIFEST, Damaged, check_files

if TYPE_CHECKING:
    from genecaller.store import Store


@dataclass(frozen=True, slots=True)
class AdapterInUse:
    """An adapter's folder and fingerprint; `adapter_id` is None for the one that ships."""

    path: Path
    fingerprint: str
    adapter_id: int | None

    def checked_path(self) -> Path:
        """The folder, once its files are found to be those that were promoted or shipped.

        Raises ModelError, with what to do, where they are gone, half written or changed.
        """
        if self.adapter_id is None:
            return _checked_shipped(self.path)
        instead = (
            f"adapter {self.adapter_id} is promoted, but cannot be used: restore its folder, "
            "promote another adapter on the app's training page, or go without (--adapter none)"
        )
        try:
            found = adapter_name(self.path).rsplit("@", 1)[1]
        except ModelError as error:
            raise ModelError(f"{error}; {instead}") from error
        if found != self.fingerprint:
            raise ModelError(
                f"the weights in {self.path} are not those that were promoted (fingerprint "
                f"{found}, expected {self.fingerprint}); {instead}"
            )
        return self.path


def shipped_adapter() -> Path | None:
    """The folder of the adapter that ships for the default model; None where there is none."""
    folder = Path(str(files("genecaller").joinpath("data/adapter")))
    there = any((folder / name).is_file() for name in ("adapter_config.json", MANIFEST))
    return folder if there else None


def _checked_shipped(folder: Path) -> Path:
    if (folder / MANIFEST).is_file():
        try:
            check_files(folder, remember=False)
        except Damaged as error:
            raise ModelError(
                f"{error}: the adapter that ships is not whole; install genecaller again, "
                "or go without (--adapter none)"
            ) from error
    return folder


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
    _checked_shipped(folder)
    return AdapterInUse(folder, adapter_name(folder).rsplit("@", 1)[1], None)

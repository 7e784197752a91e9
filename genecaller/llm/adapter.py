"""PEFT adapters: checked before they are loaded, and known by what is in them."""

from __future__ import annotations

import hashlib
import json
import struct
from pathlib import Path
from typing import Any

from genecaller.errors import ModelError
from genecaller.llm.memory import is_out_of_memory

_CONFIG = "adapter_config.json"
_WEIGHTS = "adapter_model.safetensors"


_INSTEAD = "name a whole one with --adapter, or go without (--adapter none)"
_ANOTHER = "name the model it was trained on with --model, or go without (--adapter none)"


def adapter_name(folder: Path) -> str:
    """A stable name for provenance: the folder's name and a fingerprint of the weights.

    The fingerprint is SHA-256 over the weights and the numbers that shape their effect, so a copy
    in another place has the same. Raises ModelError where the adapter is not whole.
    """
    config = read_adapter_config(folder)
    shaping = {key: config.get(key) for key in ("peft_type", "r", "lora_alpha", "use_rslora")}
    digest = hashlib.sha256(json.dumps(shaping, sort_keys=True).encode())
    try:
        with (folder / _WEIGHTS).open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
    except OSError as error:
        raise ModelError(
            f"{folder / _WEIGHTS} cannot be read: {error.strerror}; {_INSTEAD}"
        ) from error
    return f"{folder.resolve().name}@{digest.hexdigest()[:10]}"


def read_adapter_config(folder: Path) -> dict[str, Any]:
    """The adapter's configuration; ModelError says which of its two files is missing or broken."""
    if not folder.is_dir():
        raise ModelError(f"there is no adapter folder {folder}; {_INSTEAD}")
    for name in (_CONFIG, _WEIGHTS):
        if not (folder / name).is_file():
            raise ModelError(
                f"{folder} is no adapter, or half written: it has no {name}; {_INSTEAD}"
            )
    try:
        config = json.loads((folder / _CONFIG).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError(f"{folder / _CONFIG} cannot be read: {error}; {_INSTEAD}") from error
    if not isinstance(config, dict) or not config.get("peft_type"):
        raise ModelError(
            f"{folder / _CONFIG} names no peft_type: it is no PEFT adapter; {_INSTEAD}"
        )
    return config


def attach_adapter(model: Any, folder: Path, *, merge: bool) -> Any:
    """The model with the adapter on it, merged into its weights or beside them.

    Raises ModelError where adapter and model do not belong together: other layers, other shapes,
    weights that are left over or missing.
    """
    config = read_adapter_config(folder)
    stored = _stored_names(folder / _WEIGHTS)
    from peft import PeftModel
    from safetensors import SafetensorError

    try:
        adapted = PeftModel.from_pretrained(model, str(folder), is_trainable=not merge)
    except (
        ValueError,
        RuntimeError,
        KeyError,
        TypeError,
        AttributeError,
        AssertionError,
        OSError,
        SafetensorError,
    ) as error:
        if is_out_of_memory(error):
            raise
        first = str(error).strip().splitlines()[0] if str(error).strip() else repr(error)
        raise ModelError(
            f"the adapter {folder} does not fit this model "
            f"(it was made for {config.get('base_model_name_or_path') or 'another'}): {first}; "
            f"{_ANOTHER}"
        ) from error
    from peft import get_peft_model_state_dict

    wanted = set(get_peft_model_state_dict(adapted))
    if config["peft_type"] == "LORA" and wanted != stored:
        odd = sorted(wanted ^ stored)
        raise ModelError(
            f"the adapter {folder} does not fit this model: {len(odd)} of its weights have no "
            f"counterpart, first {odd[0]}; {_ANOTHER}"
        )
    return adapted.merge_and_unload() if merge else adapted


def _stored_names(file: Path) -> set[str]:
    """The tensor names in a safetensors file, from its header; the file must be as long as it says.

    Raises ModelError where it is cut off or damaged.
    """
    try:
        size = file.stat().st_size
        with file.open("rb") as stream:
            (length,) = struct.unpack("<Q", stream.read(8))
            if length > min(100_000_000, size):
                raise ValueError(f"its header would have {length} bytes, it has {size} itself")
            header = json.loads(stream.read(length))
        tensors = {name: item for name, item in header.items() if name != "__metadata__"}
        end = 8 + length + max((item["data_offsets"][1] for item in tensors.values()), default=0)
        if end != size:
            raise ValueError(f"it has {size} bytes, its header speaks of {end}")
    except (
        OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError, struct.error,
    ) as error:  # fmt: skip
        raise ModelError(f"{file} is not a whole safetensors file: {error}; {_INSTEAD}") from error
    return set(tensors)

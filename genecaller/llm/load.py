"""Load a causal language model: the default one, a folder, or a Hugging Face id."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

from genecaller.errors import ModelError
from genecaller.llm.adapter import adapter_name, attach_adapter
from genecaller.llm.default_model import DEFAULT_NAME, prepare_default
from genecaller.llm.language_model import LanguageModel
from genecaller.llm.log_silencing import quiet_libraries
from genecaller.llm.memory import is_out_of_memory, memory_in_words, require_room

_HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*(?:/[A-Za-z0-9][\w.-]*)?")
Dtype = Literal["auto", "bfloat16", "float32"]


def load_model(
    source: str = "default",
    adapter: str | Path | None = None,
    *,
    dtype: Dtype = "auto",
    device: str | None = None,
    threads: int | None = None,
    merge_adapter: bool = True,
    progress: Callable[[str], None] = lambda step: None,
) -> LanguageModel:
    """Load a model and, on it, a PEFT adapter; about a second once the default is prepared.

    `source` is "default", a folder, or a Hugging Face id: local files come first, the network is
    reached for only where an id is named that is not on this machine. "auto" computes in bfloat16
    where the processor or the GPU has instructions for it, else in float32. `device` is "cpu",
    "cuda", ... (None: a GPU if there is one). `threads` bounds torch's for the whole process.
    `merge_adapter=False` keeps the adapter beside the weights, to be trained on.
    Raises ModelError.
    """
    wait_politely()
    # the adapter first: a slip in its path must not wait for the model
    path = None if adapter is None else Path(adapter).expanduser()
    fitted = "" if path is None else f"+{adapter_name(path)}"
    name, folder = _locate(source, progress)
    progress(f"loading {name}")
    require_room(name, 0 if folder is None else _weights_of(folder))
    with memory_in_words(name):
        import torch

        if threads is not None:
            torch.set_num_threads(threads)
        place = device or ("cuda" if torch.cuda.is_available() else "cpu")
        number = _number_type(dtype, place)
        with quiet_libraries():
            model, tokenizer = _load(source if folder is None else str(folder), number)
            if path is not None:
                model = attach_adapter(model, path, merge=merge_adapter)
        try:
            model.to(place)
        except (RuntimeError, AssertionError) as error:
            if is_out_of_memory(error):
                raise
            raise ModelError(f"the model cannot be moved to {place!r}: {error}") from error
        model.eval()
        return LanguageModel(name=name + fitted, model=model, tokenizer=tokenizer)


def wait_politely() -> None:
    """Have torch's threads sleep while they wait for each other, if torch is not loaded yet.

    By default they spin; where another process wants the processor too, that makes an answer
    tens of times slower. A user's own OMP_WAIT_POLICY stands.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")


def _locate(source: str, progress: Callable[[str], None]) -> tuple[str, Path | None]:
    """The model's name for provenance, and its folder (None: a Hugging Face id)."""
    if source == "default":
        return DEFAULT_NAME, prepare_default(progress)
    folder = Path(source).expanduser()
    if folder.is_dir():
        if not (folder / "config.json").is_file():
            raise ModelError(f"{folder} is no model: it has no config.json")
        return f"{folder.resolve().name}@{_fingerprint(folder)}", folder
    if folder.exists() or not _HUB_ID.fullmatch(source):
        raise ModelError(
            f"no model {source!r}: expected 'default', a folder with config.json, "
            "or a Hugging Face id such as HuggingFaceTB/SmolLM2-360M-Instruct"
        )
    return source, None


def _fingerprint(folder: Path) -> str:
    """SHA-256 over the configuration and, of every weight file, its size and both its ends."""
    digest = hashlib.sha256((folder / "config.json").read_bytes())
    for file in sorted([*folder.glob("*.safetensors"), *folder.glob("*.bin")]):
        size = file.stat().st_size
        digest.update(f"{file.name}:{size}".encode())
        with file.open("rb") as stream:
            digest.update(stream.read(1 << 20))
            stream.seek(max(0, size - (1 << 20)))
            digest.update(stream.read(1 << 20))
    return digest.hexdigest()[:10]


def _weights_of(folder: Path) -> int:
    """The bytes of a folder's weight files."""
    return sum(f.stat().st_size for f in (*folder.glob("*.safetensors"), *folder.glob("*.bin")))


def _number_type(dtype: Dtype, device: str) -> Any:
    import torch

    if dtype != "auto":
        return getattr(torch, dtype)
    if device.startswith("cuda"):
        return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float32
    if device == "cpu":
        # without such instructions bfloat16 is emulated and several times slower than float32
        capabilities = torch.backends.cpu.get_cpu_capability()
        native = "AVX512" in capabilities and _has_bfloat16_instructions()
        return torch.bfloat16 if native else torch.float32
    return torch.float32


def _has_bfloat16_instructions() -> bool:
    try:
        flags = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
    return "avx512_bf16" in flags or "amx_bf16" in flags


def _load(source: str, number: Any) -> tuple[Any, Any]:
    from safetensors import SafetensorError
    from transformers import AutoModelForCausalLM, AutoTokenizer

    def attempt(local_only: bool) -> tuple[Any, Any]:
        tokenizer = AutoTokenizer.from_pretrained(
            source, padding_side="left", local_files_only=local_only
        )
        model = AutoModelForCausalLM.from_pretrained(
            source, dtype=number, local_files_only=local_only
        )
        return model, tokenizer

    broken = (ValueError, KeyError, RuntimeError, ImportError, TypeError, SafetensorError)
    try:
        return attempt(local_only=True)
    except OSError as error:
        if is_out_of_memory(error):
            raise
        if Path(source).is_dir():
            raise ModelError(f"{source} cannot be loaded: {_first_line(error)}") from error
    except broken as error:
        if is_out_of_memory(error):
            raise
        raise ModelError(f"{source} cannot be loaded: {_first_line(error)}") from error
    try:
        return attempt(local_only=False)
    except (OSError, *broken) as error:
        raise ModelError(
            f"{source} is not on this machine and cannot be downloaded: {_first_line(error)}"
        ) from error


def _first_line(error: Exception) -> str:
    text = str(error).strip()
    return text.splitlines()[0] if text else repr(error)

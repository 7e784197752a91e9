"""The critic beside the adapter: a linear head on the backbone's last hidden state, as a file."""

from __future__ import annotations

from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

VALUE_HEAD_FILE = "value_head.safetensors"


def save_value_head(head: torch.nn.Linear, folder: Path) -> None:
    """Write the critic beside the adapter: `weight` (1, hidden) and `bias` (1,), float32."""
    tensors = {k: v.detach().cpu().contiguous() for k, v in head.state_dict().items()}
    save_file(tensors, folder / VALUE_HEAD_FILE)


def load_value_head(head: torch.nn.Linear, folder: Path) -> None:
    """Read the critic that lies beside an adapter; raises OSError where there is none."""
    head.load_state_dict(load_file(folder / VALUE_HEAD_FILE))

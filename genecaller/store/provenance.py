"""What a stored row was made with, down to the commit of the code."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import genecaller


@cache
def code_version() -> str:
    """The package's version, with the commit where it runs from a git checkout: "0.1.0+g1a2b3c"."""
    commit = _commit(Path(genecaller.__file__).parents[1] / ".git")
    return genecaller.__version__ + (f"+g{commit[:12]}" if commit else "")


def _commit(git: Path) -> str | None:
    """The checked-out commit, read without calling git; None outside a plain checkout."""
    try:
        head = (git / "HEAD").read_text(encoding="utf-8").strip()
        if not head.startswith("ref: "):
            return head
        ref = head.removeprefix("ref: ")
        if (git / ref).is_file():
            return (git / ref).read_text(encoding="utf-8").strip()
        packed = (git / "packed-refs").read_text(encoding="utf-8").splitlines()
        return next((line.split()[0] for line in packed if line.endswith(f" {ref}")), None)
    except (OSError, UnicodeDecodeError):
        return None


@dataclass(frozen=True, slots=True)
class Provenance:
    """What every row of a run was made with.

    `knowledge` is the knowledge's stamp ("2025-01-16/s1"), `prompt_version` the prompt's, `model`
    the language model's id, `adapter` its adapter's path or fingerprint; None where the run used
    none. `seed` is None where nothing was random.
    """

    knowledge: str | None
    prompt_version: str | None = None
    model: str | None = None
    adapter: str | None = None
    code_version: str = field(default_factory=code_version)
    seed: int | None = None

"""Samples of input in tests/fixtures/faults, and a short way to say what was read from them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from genecaller.cases import Case

FAULTS = Path(__file__).parents[2] / "fixtures" / "faults"
TERMS = {
    "S": "HP:0001250",  # seizure
    "T": "HP:0009717",  # cortical tubers
    "C": "HP:0000175",  # cleft palate
    "H": "HP:0000316",  # hypertelorism
    "M": "HP:0000347",  # micrognathia
}


def short(case: Any) -> str:
    """A case as "id +S +T -C"; an error as "ERROR"."""
    if not isinstance(case, Case):
        return "ERROR"
    letter = {hpo_id: key for key, hpo_id in TERMS.items()}
    signs = [f"+{letter[i]}" for i in case.hpo_ids]
    signs += [f"-{letter[i]}" for i in case.excluded_hpo_ids]
    return " ".join([case.id, *signs])


def filled(content: str) -> str:
    """Content with the ids in place of {S}, {T} ..."""
    return re.sub(r"\{([STCHM])\}", lambda m: TERMS[m[1]], content)


def blocks(file: str) -> list[Any]:
    """Each sample in a file of them: its name, its content, the cases that it holds."""
    text = (FAULTS / file).read_text(encoding="utf-8")
    found = re.findall(r"^# (.+) \((x\.\w+)\)\n((?:.*\n)*?)((?:=> .*\n)+)", text, re.MULTILINE)
    assert len(found) == text.count("\n# ")
    return [
        pytest.param(name, filled(content), re.findall(r"=> (.*)", cases), id=title)
        for title, name, content, cases in found
    ]

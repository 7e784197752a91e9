"""Status on the sentences of tests/fixtures/status*.txt: see the head of each file."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from pathlib import Path

import pytest

from ontology.knowledge import Knowledge
from ontology.recognise import Recogniser, recogniser_for

FIXTURES = Path(__file__).parents[2] / "fixtures"
NAMES = {"e": "excluded", "p": "present", "u": "uncertain", "f": "family"}
Gold = list[tuple[int, int, str]]


def sentences(name: str, half: str | None) -> list[tuple[str, Gold]]:
    """A fixture, or half of one: each text with (start, end, status) of its marked findings."""
    out = []
    for line in (FIXTURES / name).read_text(encoding="utf-8").splitlines():
        even = hashlib.sha256(line.encode()).digest()[0] % 2 == 0
        here = "development" if even else "held out"
        if not line or line.startswith("#") or half not in (None, here):
            continue
        text, gold, done = "", Gold(), 0
        for match in re.finditer(r"\{([epuf]):([^}]*)\}", line):
            text += line[done : match.start()].replace("\\n", "\n")
            gold.append((len(text), len(text) + len(match[2]), NAMES[match[1]]))
            text += match[2]
            done = match.end()
        out.append((text + line[done:].replace("\\n", "\n"), gold))
    return out


def confusion(recogniser: Recogniser, name: str, half: str | None) -> Counter[tuple[str, str]]:
    counts: Counter[tuple[str, str]] = Counter()
    for text, gold in sentences(name, half):
        mentions = recogniser.recognise(text)
        for start, end, status in gold:
            found = [m.status for m in mentions if m.start < end and m.end > start]
            counts[status, found[0] if found else "missed"] += 1
    return counts


def f1(counts: Counter[tuple[str, str]], status: str) -> float:
    tp = counts[status, status]
    wrong = sum(n for (a, b), n in counts.items() if (a == status) != (b == status))
    return 2 * tp / (2 * tp + wrong)


@pytest.mark.parametrize(
    ("name", "half", "status", "least"),
    [
        ("status.txt", "development", "excluded", 0.97),
        ("status.txt", "development", "family", 0.9),
        ("status.txt", "held out", "excluded", 0.88),
        ("status.txt", "held out", "family", 0.9),
        ("status_more.txt", None, "excluded", 0.97),
        ("status_more.txt", None, "family", 0.9),
        ("status_fresh.txt", None, "excluded", 0.96),
        ("status_fresh.txt", None, "family", 0.9),
    ],
)
def test_status_f1(
    knowledge: Knowledge, name: str, half: str | None, status: str, least: float
) -> None:
    assert f1(confusion(recogniser_for(knowledge), name, half), status) >= least


PITFALLS = [
    ("Family history: ataxia in an uncle.\nHeight 98 cm. Tremor.",
     {"Ataxia": "family", "Tremor": "present"}),
    ("Family history: gout. The patient has ataxia.", {"Gout": "family", "Ataxia": "present"}),
    ("Family history:\nGout.\nAtaxia.\n\nTremor.",
     {"Gout": "family", "Ataxia": "family", "Tremor": "present"}),
    ("No seizures but hypotonia.", {"Seizure": "excluded", "Hypotonia": "present"}),
    ("Her parents report ataxia.", {"Ataxia": "present"}),
    ("Her mother has ataxia.", {"Ataxia": "family"}),
    ("The palate was intact.", {"Cleft palate": "excluded"}),
    ("Rule out scoliosis.", {"Scoliosis": "uncertain"}),
    ("No family history of ataxia.", {"Ataxia": "family"}),
    ("Ataxia was not present, and tremor was.", {"Ataxia": "excluded", "Tremor": "present"}),
    ("Hearing was normal.", {"Hearing impairment": "excluded"}),
    ("Fever: no. Cough: yes.", {"Fever": "excluded", "Cough": "present"}),
    ("She did not pass meconium and developed jaundice.", {"Jaundice": "present"}),
    ("Ataxia with or without tremor.", {"Ataxia": "present", "Tremor": "present"}),
    ("It is unclear whether the ataxia is acquired.", {"Ataxia": "present"}),
    ("We asked whether she has ataxia.", {"Ataxia": "uncertain"}),
    ("The risk of stroke in patients with ataxia.", {"Stroke": "uncertain", "Ataxia": "present"}),
    ("Absent speech and ataxia.", {"Absent speech": "present", "Ataxia": "present"}),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), PITFALLS, ids=[t for t, _ in PITFALLS])
def test_pitfalls(knowledge: Knowledge, text: str, expected: dict[str, str]) -> None:
    found = recogniser_for(knowledge).recognise(text)
    assert {m.label: m.status for m in found} == expected

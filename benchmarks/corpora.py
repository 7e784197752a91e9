"""The gold corpora of recognition: read, ids made current, split into halves, scored.

Gold per document: the unique current ids of present phenotypic abnormalities. Ids are mapped
with `Hpo.resolve`; what has no current id, is no phenotypic abnormality, or is marked negated is
left out. An id counts only if it is exactly the gold's: neither ancestors nor descendants earn
anything. The development half of a corpus is the documents whose id hashes to an even number.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from ontology.hpo import PHENOTYPIC_ABNORMALITY, Hpo

CORPORA = ("gsc_plus", "id68", "genereviews10", "csc56", "bc8t3_train")
FOLDER = Path(__file__).resolve().parent.parent.parent / "shared" / "data" / "corpora"


@dataclass(frozen=True)
class Document:
    """One gold document: present ids, negated ids, and spans (start, end, id) where given."""

    corpus: str
    id: str
    text: str
    present: frozenset[str]
    negated: frozenset[str]
    spans: frozenset[tuple[int, int, str]]

    @property
    def development(self) -> bool:
        """Whether rules and weights may be tuned on this document."""
        digest = hashlib.sha256(f"{self.corpus}:{self.id}".encode()).digest()
        return digest[0] % 2 == 0


@dataclass(frozen=True)
class Counts:
    """True positives, false positives, false negatives, summed over documents (micro)."""

    tp: int = 0
    fp: int = 0
    fn: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(self.tp + other.tp, self.fp + other.fp, self.fn + other.fn)

    @property
    def precision(self) -> float | None:
        """None where nothing was predicted."""
        return self.tp / (self.tp + self.fp) if self.tp + self.fp else None

    @property
    def recall(self) -> float | None:
        """None where the gold is empty."""
        return self.tp / (self.tp + self.fn) if self.tp + self.fn else None

    @property
    def f1(self) -> float | None:
        """None where neither side has anything."""
        total = 2 * self.tp + self.fp + self.fn
        return 2 * self.tp / total if total else None


def read_corpus(name: str, hpo: Hpo, folder: Path = FOLDER) -> Iterator[Document]:
    """The documents of one corpus."""
    abnormal = hpo.is_phenotypic_abnormality
    with (folder / f"{name}.jsonl").open(encoding="utf-8") as lines:
        for line in lines:
            record = json.loads(line)
            present: set[str] = set()
            negated: set[str] = set()
            spans: set[tuple[int, int, str]] = set()
            for annotation in record["annotations"]:
                if annotation["hpo_id"] is None:
                    continue
                current = hpo.resolve(annotation["hpo_id"]).hpo_id
                if (
                    current is None
                    or current == PHENOTYPIC_ABNORMALITY
                    or not abnormal[hpo.index[current]]
                ):
                    continue
                if annotation.get("negated"):
                    negated.add(current)
                    continue
                present.add(current)
                if annotation.get("start") is not None:
                    spans.add((annotation["start"], annotation["end"], current))
            yield Document(
                name, record["id"], record["text"], frozenset(present),
                frozenset(negated - present), frozenset(spans),
            )  # fmt: skip


def count(predicted: Iterable[str], gold: Iterable[str]) -> Counts:
    """Counts of one document."""
    p, g = set(predicted), set(gold)
    return Counts(len(p & g), len(p - g), len(g - p))

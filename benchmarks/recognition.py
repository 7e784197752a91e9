"""Measure the recogniser on the gold corpora beside other tools, and write the report's tables.

    python -m benchmarks.recognition -o benchmarks/recognition.json
    python -m benchmarks.recognition --other fastHPOCR=found.json ...

The other tools run in environments of their own (`recognition_fasthpocr.py`,
`recognition_context.py`) and hand over what they found as JSON. What is scored, and how ids are
mapped, stands in `corpora.py`.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from benchmarks.corpora import CORPORA, Counts, Document, count, read_corpus
from ontology.hpo import Hpo
from ontology.knowledge import Knowledge, open_knowledge
from ontology.recognise import Recogniser
from ontology.recognise.tokens import fold, tokenise

Span = tuple[int, int, str]
Finder = Callable[[Document], list[Span]]
HALVES = {"all": None, "development": True, "held out": False}
ROOT = "HP:0000118"


def exact_dictionary(hpo: Hpo) -> Finder:
    """The floor: names and synonyms as they are, in lower case, the longest match; no status."""
    names: dict[tuple[str, ...], str] = {}
    for i, hpo_id in enumerate(hpo.ids):
        if not hpo.is_phenotypic_abnormality[i] or hpo_id == ROOT:
            continue
        for name in [*(s.text for s in hpo.synonyms[i]), hpo.names[i]]:
            names[tuple(tokenise(fold(name)).surfaces)] = hpo_id
    longest = max(map(len, names))

    def find(document: Document) -> list[Span]:
        tokens = tokenise(fold(document.text))
        words, found, i = tokens.surfaces, [], 0
        while i < len(words):
            for n in range(min(longest, len(words) - i), 0, -1):
                hpo_id = names.get(tuple(words[i : i + n]))
                if hpo_id is not None:
                    found.append((int(tokens.start[i]), int(tokens.end[i + n - 1]), hpo_id))
                    i += n - 1
                    break
            i += 1
        return found

    return find


def ours(recogniser: Recogniser) -> Finder:
    """Mentions of the patient's present findings."""

    def find(document: Document) -> list[Span]:
        return [
            (m.start, m.end, m.hpo_id)
            for m in recogniser.recognise(document.text)
            if m.status == "present"
        ]

    return find


def other_tool(path: Path, hpo: Hpo) -> Finder:
    """What another tool found, from JSON: {"documents": {"corpus:id": [[start, end, hpo_id]]}}."""
    documents = json.loads(path.read_text(encoding="utf-8"))["documents"]

    def find(document: Document) -> list[Span]:
        found = []
        for start, end, hpo_id in documents[f"{document.corpus}:{document.id}"]:
            current = hpo.resolve(hpo_id).hpo_id
            if current is not None and current != ROOT:
                found.append((start, end, current))
        return found

    return find


def score(find: Finder, documents: list[Document]) -> dict[str, Any]:
    """Document and mention level scores, with a bootstrap interval of the document-level F1."""
    by_document: list[Counts] = []
    exact = overlap = Counts()
    for document in documents:
        found = find(document)
        by_document.append(count((i for _, _, i in found), document.present))
        if document.spans:
            spans = set(found)
            exact += count(spans, document.spans)  # type: ignore[arg-type]
            overlap += _overlapping(spans, document.spans)
    return {
        "n": len(documents),
        "document": _row(sum(by_document, Counts()), _interval(by_document)),
        "mention exact": _row(exact),
        "mention overlapping": _row(overlap),
    }


def _overlapping(found: Iterable[Span], gold: Iterable[Span]) -> Counts:
    """A mention is right if a gold span of the same id overlaps it; each gold span counts once."""
    rest, tp, fp = list(gold), 0, 0
    for start, end, hpo_id in sorted(found):
        match = next((g for g in rest if g[2] == hpo_id and g[0] < end and g[1] > start), None)
        if match is None:
            fp += 1
        else:
            tp += 1
            rest.remove(match)
    return Counts(tp, fp, len(rest))


def _row(counts: Counts, interval: tuple[float, float] | None = None) -> dict[str, Any]:
    row: dict[str, Any] = {
        name: None if value is None else round(value, 4)
        for name, value in (
            ("precision", counts.precision), ("recall", counts.recall), ("f1", counts.f1),
        )
    }  # fmt: skip
    if interval is not None:
        row["f1_95"] = [round(x, 4) for x in interval]
    return row


def _interval(counts: list[Counts], draws: int = 1000, seed: int = 7) -> tuple[float, float]:
    """95% percentile bootstrap over documents."""
    rng = random.Random(seed)
    values = []
    for _ in range(draws):
        drawn = sum(rng.choices(counts, k=len(counts)), Counts())
        values.append(drawn.f1 or 0.0)
    values.sort()
    return values[int(0.025 * draws)], values[int(0.975 * draws) - 1]


def excluded_findings(recogniser: Recogniser, documents: list[Document]) -> dict[str, Any]:
    """How well excluded findings are found where the gold marks them (bc8t3: normal findings)."""
    total = Counts()
    for document in documents:
        found = {m.hpo_id for m in recogniser.recognise(document.text) if m.status == "excluded"}
        total += count(found, document.negated)
    return {"n": len(documents), "gold": total.tp + total.fn, **_row(total)}


def speed(recogniser: Recogniser, text: str) -> float:
    """Characters a second of processor time on one core, over about a megabyte."""
    recogniser.recognise(text[:200_000])
    begin = time.process_time()
    recogniser.recognise(text)
    return len(text) / (time.process_time() - begin)


_START = """
import resource, time
from ontology.knowledge import open_knowledge
knowledge = open_knowledge()
wall, cpu = time.perf_counter(), time.process_time()
from ontology.recognise import Recogniser
Recogniser(knowledge).recognise("seizures")
wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
print(wall, cpu, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""


def start_up() -> dict[str, float]:
    """Best of three: seconds from loaded knowledge to the first result, and peak memory in MB."""
    runs = []
    for _ in range(4):
        done = subprocess.run([sys.executable, "-c", _START], capture_output=True, check=True)
        runs.append([float(x) for x in done.stdout.split()])
    wall, cpu, memory = min(runs[1:])
    return {"wall_s": round(wall, 3), "cpu_s": round(cpu, 3), "peak_mb": round(memory)}


def measure(knowledge: Knowledge, others: dict[str, Path]) -> dict[str, Any]:
    """Everything the report states."""
    recogniser = Recogniser(knowledge)
    finders: dict[str, Finder] = {
        "genecaller": ours(recogniser),
        "exact dictionary": exact_dictionary(knowledge.hpo),
        **{name: other_tool(path, knowledge.hpo) for name, path in others.items()},
    }
    corpora = {name: list(read_corpus(name, knowledge.hpo)) for name in CORPORA}
    text = "\n\n".join(d.text for name in CORPORA[:4] for d in corpora[name])
    result: dict[str, Any] = {"knowledge": knowledge.stamp, "scores": {}}
    for corpus, documents in corpora.items():
        for half, wanted in HALVES.items():
            chosen = [d for d in documents if wanted is None or d.development == wanted]
            result["scores"][f"{corpus} / {half}"] = {
                tool: score(find, chosen) for tool, find in finders.items()
            }
    held_out = [d for d in corpora["bc8t3_train"] if not d.development]
    result["excluded in bc8t3, held out"] = excluded_findings(recogniser, held_out)
    result["characters_per_cpu_second"] = round(speed(recogniser, (text * 3)[:1_000_000]))
    result["start_up"] = start_up()
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-o", "--output", type=Path)
    parser.add_argument("--other", action="append", default=[], metavar="NAME=FILE")
    arguments = parser.parse_args()
    others = {name: Path(path) for name, path in (pair.split("=", 1) for pair in arguments.other)}
    result = measure(open_knowledge(), others)
    for name, tools in result["scores"].items():
        for tool, scores in tools.items():
            row = scores["document"]
            print(
                f"{name:28s} {tool:18s} n={scores['n']:5d} P={row['precision']:.3f} "
                f"R={row['recall']:.3f} F1={row['f1']:.3f} {row['f1_95']} "
                f"mentions: exact {scores['mention exact']['f1']}, "
                f"overlapping {scores['mention overlapping']['f1']}"
            )
    for key in ("excluded in bc8t3, held out", "characters_per_cpu_second", "start_up"):
        print(key, result[key])
    if arguments.output:
        arguments.output.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

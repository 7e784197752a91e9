"""What a person is told of a split."""

from __future__ import annotations

from dataclasses import replace
from io import StringIO

from rich.console import Console

from genecaller.cases import Case, CaseTerm, Publication, Solution
from ontology.knowledge import Knowledge
from training.data.split import SplitOptions, split_cases
from training.data.split_manifest import Manifest, audit, make_manifest
from training.data.split_report import audit_sentences, render_split


def test_counts_overlaps_and_leakage_are_told(tiny_knowledge: Knowledge) -> None:
    cases = [
        Case(
            f"c{i}",
            (CaseTerm("HP:0009716", "Subependymal nodules"),),
            publication=Publication("PMID:29196670" if i < 2 else f"PMID:{i}"),
            solution=Solution("TSC1" if i < 2 else f"G{i}", "OMIM:191100"),
        )
        for i in range(8)
    ]
    manifest = make_manifest(
        split_cases(cases, SplitOptions(0, 4, 2, 2, everything=True)), cases, tiny_knowledge
    )
    console = Console(width=140, file=StringIO())
    for part in render_split(manifest, audit(manifest, cases, tiny_knowledge)):
        console.print(part)
    told = console.file.getvalue()  # type: ignore[attr-defined]
    assert "7 groups of cases" in told
    assert "Audit: no gene, publication or near-duplicate case is in two splits." in told
    shares = [line for line in told.splitlines() if "%" in line]
    assert len(shares) == 3
    assert sum(" 0.0%" in line for line in shares) == 2
    one = manifest.entries[0]
    other = next(e.split for e in manifest.entries if e.split != one.split)
    moved = Manifest(manifest.header, (replace(one, split=other), *manifest.entries[1:]))
    sentences = audit_sentences(audit(moved, cases))
    assert sentences[0].startswith("OVERLAP: gene TSC1 is in ")
    assert any("publication PMID:29196670" in sentence for sentence in sentences)
    assert audit_sentences(audit(manifest, cases[1:])) == [
        "1 cases of the split are missing from the cases given: c0."
    ]

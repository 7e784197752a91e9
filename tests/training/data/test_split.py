"""No part of a split shares a gene, a publication or a patient with another."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import pytest
from click.testing import CliRunner

from genecaller.cases import Case, CaseTerm, Publication, Solution
from genecaller.cases.read import read_cases
from genecaller.cases.write import write_jsonl
from genecaller.cli.split import command
from genecaller.errors import UsageError
from ontology.knowledge import Knowledge
from training.data.near_duplicates import near_duplicates
from training.data.simulate import Simulator
from training.data.split import SPLITS, SplitOptions, components, split_cases
from training.data.split_manifest import (
    Manifest,
    audit,
    cases_of,
    make_manifest,
    read_manifest,
    write_manifest,
)


def case(
    case_id: str, gene: str, pmid: str | None = None, terms: str = "", text: str | None = None
) -> Case:
    """A solved case whose terms are single letters."""
    return Case(
        id=case_id,
        terms=tuple(CaseTerm(letter, letter) for letter in terms or case_id),
        text=text,
        publication=Publication(pmid) if pmid else None,
        solution=Solution(gene),
    )


def many(n: int, seed: int = 0) -> list[Case]:
    """Cases of skewed genes, in papers that now and then report two genes."""
    generator = random.Random(seed)
    cases = []
    for i in range(n):
        gene = int(40 * generator.random() ** 2)
        paper = f"PMID:{gene // 2 if generator.random() < 0.05 else 1000 + gene * 3 + i % 3}"
        terms = "".join(generator.sample("abcdefghijklmnopqrstuvwxyz", generator.randint(1, 9)))
        cases.append(case(f"c{i:03}", f"G{gene}", paper, terms))
    return cases


def test_near_duplicates_are_those_of_a_comparison_of_all_pairs() -> None:
    generator = random.Random(3)
    cases = []
    for i in range(120):
        base = generator.sample("abcdefghijklmnopqrstuvwxyz", generator.randint(3, 22))
        cases.append(case(f"a{i}", "G", terms="".join(base)))
        if i % 3 == 0:
            cases.append(case(f"b{i}", "H", terms="".join(base[1:])))
    brute = {
        (a, b)
        for a, b in combinations(range(len(cases)), 2)
        if min(len(cases[a].terms), len(cases[b].terms)) >= 5
        and len(set(cases[a].hpo_ids) & set(cases[b].hpo_ids))
        >= 0.9 * len(set(cases[a].hpo_ids) | set(cases[b].hpo_ids)) - 1e-9
    }
    assert len(brute) > 5
    assert {(min(pair), max(pair)) for pair in near_duplicates(cases)} == brute


def test_few_terms_alike_are_no_duplicates_but_the_same_text_is() -> None:
    assert list(near_duplicates([case("1", "G", terms="abcd"), case("2", "H", terms="abcd")])) == []
    told = [case("1", "G", text="A boy  with\nfits."), case("2", "H", text="a boy with fits.")]
    assert list(near_duplicates(told)) == [(0, 1)]


def test_components_follow_chains() -> None:
    cases = [
        case("1", "A", "PMID:1"),
        case("2", "B", "PMID:1"),  # shares the paper with 1
        case("3", "B", "PMID:2", "abcdefghij"),  # shares the gene with 2
        case("4", "C", "PMID:3", "abcdefghi"),  # nearly the terms of 3
        case("5", "D", None),
        case("6", "E", None),  # no paper is not a shared paper
    ]
    assert components(cases) == [0, 0, 0, 0, 1, 2]


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("per_gene", [None, 4])
@pytest.mark.parametrize("everything", [True, False])
def test_no_split_shares_anything(
    seed: int, per_gene: int | None, everything: bool, tiny_knowledge: Knowledge
) -> None:
    cases = many(300, seed)
    options = SplitOptions(seed, 110, 30, 30, everything=everything, per_gene=per_gene)
    found = split_cases(cases, options)
    assert all(found.ids(name) for name in SPLITS)
    result = audit(make_manifest(found, cases, tiny_knowledge), cases)
    assert (result.overlaps, result.missing, result.changed) == ((), (), ())
    genes = Counter(one.solution.gene for one in cases if one.id in found.of_case and one.solution)
    assert per_gene is None or max(genes.values()) <= per_gene
    assert len(found.of_case) + sum(found.left_out.values()) == len(cases)
    if everything:
        assert found.left_out["not needed, or too large a group"] == 0
    else:
        assert len(found.ids("train")) <= 110
        assert len(found.ids("test")) <= 30


def test_the_seed_decides_and_the_order_of_the_cases_does_not() -> None:
    cases = many(200)
    options = SplitOptions(7, 60, 20, 20, per_gene=5)
    found = split_cases(cases, options)
    assert split_cases(cases[::-1], options).of_case == found.of_case
    assert split_cases(cases, replace(options, seed=8)).of_case != found.of_case


def test_what_cannot_be_split_is_refused() -> None:
    with pytest.raises(UsageError, match="case ids come twice, such as 'a'"):
        split_cases([case("a", "A"), case("a", "B")], SplitOptions())
    with pytest.raises(UsageError, match=r"hang together .* in 2 groups: 3 are needed"):
        split_cases([case("a", "A"), case("b", "B")], SplitOptions())
    with pytest.raises(UsageError, match="test = 0: every split needs"):
        split_cases(many(20), SplitOptions(test=0))
    with pytest.raises(UsageError, match="per_gene = 0"):
        split_cases(many(20), SplitOptions(per_gene=0))
    with pytest.raises(UsageError, match=r"similarity = 0.1"):
        split_cases(many(20), SplitOptions(similarity=0.1))


@pytest.fixture
def manifest(tiny_knowledge: Knowledge) -> Manifest:
    cases = many(200)
    return make_manifest(split_cases(cases, SplitOptions(0, 60, 20, 20)), cases, tiny_knowledge)


def test_a_manifest_reads_back_and_says_what_it_is(manifest: Manifest, tmp_path: Path) -> None:
    write_manifest(manifest, tmp_path / "split.jsonl")
    assert read_manifest(tmp_path / "split.jsonl") == manifest
    assert manifest.header["knowledge"].startswith("2025-01-16")
    assert manifest.header["options"]["seed"] == 0
    counts = manifest.header["counts"]
    assert sum(counts[name]["cases"] for name in SPLITS) == len(manifest.entries)


def test_an_edited_manifest_is_refused(manifest: Manifest, tmp_path: Path) -> None:
    path = tmp_path / "split.jsonl"
    write_manifest(manifest, path)
    path.write_text(path.read_text().replace('"split": "train"', '"split": "test"', 1))
    with pytest.raises(UsageError, match="do not have the checksum"):
        read_manifest(path)
    path.write_text('{"kind": "something else"}\n')
    with pytest.raises(UsageError, match="is not a split manifest"):
        read_manifest(path)
    path.write_text("")
    with pytest.raises(UsageError, match="is not a split manifest"):
        read_manifest(path)


def moved(manifest: Manifest, case_id: str, split: str) -> Manifest:
    entries = tuple(
        replace(entry, split=split) if entry.case_id == case_id else entry
        for entry in manifest.entries
    )
    return Manifest(manifest.header, entries)


def test_the_audit_finds_every_kind_of_overlap(tiny_knowledge: Knowledge) -> None:
    cases = [
        case("1", "A", "PMID:1", "abcdef"),
        case("2", "A", "PMID:2", "ghijkl"),
        case("3", "B", "PMID:1", "mnopqr"),
        case("4", "C", "PMID:4", "abcdef"),
        case("5", "D", "PMID:5", "stuvwx"),
        case("6", "E", "PMID:6", "yzabgh"),
    ]
    whole = make_manifest(
        split_cases(cases, SplitOptions(0, 2, 1, 1, everything=True)), cases, tiny_knowledge
    )
    assert audit(whole, cases).overlaps == ()
    (home,) = {entry.split for entry in whole.entries if entry.case_id in "1234"}
    other = next(name for name in SPLITS if name != home)
    for case_id, kind in (("2", "gene"), ("3", "publication"), ("4", "near duplicates")):
        broken = moved(whole, case_id, other)
        (overlap,) = audit(broken, cases).overlaps
        assert overlap.kind == kind
        assert set(overlap.splits) == {home, other}
        with pytest.raises(UsageError, match=f"1 overlaps between the splits, refused: {kind}"):
            cases_of(broken, cases)


def test_cases_that_changed_or_went_are_refused(manifest: Manifest) -> None:
    cases = many(200)
    chosen = {entry.case_id for entry in manifest.entries}
    kept = cases_of(manifest, cases)
    assert {one.id for part in kept.values() for one in part} == chosen
    first = manifest.entries[0].case_id
    altered = [
        replace(c, terms=(*c.terms, CaseTerm("!", "!"))) if c.id == first else c for c in cases
    ]
    with pytest.raises(UsageError, match=f"0 cases .* missing and 1 have changed .* '{first}'"):
        cases_of(manifest, altered)
    with pytest.raises(UsageError, match="1 cases of the split are missing"):
        cases_of(manifest, [c for c in cases if c.id != first])


def test_two_patients_of_one_id_are_both_split_and_told(
    knowledge: Knowledge, tmp_path: Path
) -> None:
    genes = ["FBN1", "TSC2", "NF1", "DMD", "CFTR"]
    patients = [
        replace(case, id=f"case-{i}", publication=Publication(f"PMID:7{i:06d}"))
        for i, gene in enumerate(genes)
        for case in Simulator(knowledge).patients(1, seed=i, genes=[gene])
    ]
    twin = replace(patients[1], id="case-0")
    write_jsonl(patients, tmp_path / "a.jsonl")
    write_jsonl([replace(twin, publication=Publication("PMID:7999999")), patients[2]],
                tmp_path / "b.jsonl")  # fmt: skip
    sources = [str(tmp_path / "a.jsonl"), str(tmp_path / "b.jsonl")]
    done = CliRunner().invoke(
        command, [*sources, "-o", str(tmp_path / "m"), "--everything"], standalone_mode=False
    )
    assert done.exception is None
    assert "case-0 of b.jsonl is another patient" in done.stderr
    assert "case-2 of b.jsonl is a repeat, word for word: counted once" in done.stderr
    ids = sorted(entry.case_id for entry in read_manifest(tmp_path / "m").entries)
    assert ids == ["case-0", "case-0 (b.jsonl)", *(f"case-{i}" for i in range(1, 5))]
    again = CliRunner().invoke(
        command, [*sources, "--audit", str(tmp_path / "m")], standalone_mode=False
    )
    assert (again.exception, again.return_value) == (None, 0)


@pytest.mark.shared
def test_the_real_cases_split_at_the_demos_size(
    phenopacket_zip: Path, knowledge: Knowledge
) -> None:
    cases = [one for one in read_cases(phenopacket_zip, knowledge) if isinstance(one, Case)]
    found = split_cases(cases, SplitOptions(per_gene=10))
    manifest = make_manifest(found, cases, knowledge)
    counts = {name: manifest.header["counts"][name]["cases"] for name in SPLITS}
    assert counts == {"train": 1100, "validation": 200, "test": 200}
    assert found.component_sizes[0] < 500  # no paper welds the genes into one lump
    result = audit(manifest, cases, knowledge)
    assert result.overlaps == ()
    assert result.leaked["test"].n == 200

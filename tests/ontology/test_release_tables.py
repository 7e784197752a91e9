"""The annotation files of a release, line by line: read as meant, or counted and told."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from ontology.annotations import Annotations
from ontology.compile import SOURCE_FILES, compile_knowledge
from ontology.errors import KnowledgeError
from ontology.hpo import Hpo
from ontology.release_tables import Tally, read_annotation_rows, read_gene_rows

TINY = Path(__file__).parents[1] / "fixtures" / "tiny"
HEAD = (
    "#version: 2026-06-06\n"
    "database_id\tdisease_name\tqualifier\thpo_id\treference\tevidence\tonset\tfrequency\tsex\t"
    "modifier\taspect\tbiocuration"
)
ROW = "OMIM:1\tSome disease\t\tHP:0001250\tPMID:1\tPCS\t\t3/7\t\t\tP\tHPO:x[2026-01-01]"
Write = Callable[..., Path]


@pytest.fixture
def hpoa(tmp_path: Path) -> Write:
    def write(*rows: str, head: str = HEAD, end: str = "\n", bom: bool = False) -> Path:
        path = tmp_path / "phenotype.hpoa"
        text = end.join([head.replace("\n", end), *rows]) + end
        path.write_bytes((b"\xef\xbb\xbf" if bom else b"") + text.encode())
        return path

    return write


def changed(**cells: str) -> str:
    """`ROW` with some of its cells written otherwise."""
    names = HEAD.split("\n")[1].split("\t")
    values = dict(zip(names, ROW.split("\t"), strict=True))
    return "\t".join({**values, **cells}.values())


@pytest.mark.parametrize(
    "name",
    [
        "#111620 RADIN BLOOD GROUP ANTIGEN; RD",
        'Disease "with" quotes',
        '"Begins and ends with quotes"',
        "Müller–Weiß, type β",
        "Line\u2028separator and next\u0085line",
        "Backslash \\ and , and ;",
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("bom", [False, True])
def test_any_name_survives(hpoa: Write, name: str, end: str, bom: bool) -> None:
    tally = Tally()
    rows, release = read_annotation_rows(
        hpoa(changed(disease_name=name), changed(database_id="OMIM:2"), end=end, bom=bom), tally
    )
    assert [(row.disease_id, row.disease_name) for row in rows] == [
        ("OMIM:1", name), ("OMIM:2", "Some disease"),
    ]  # fmt: skip
    assert (release, tally.sentences()) == ("2026-06-06", ())


def test_a_tab_in_a_name_is_a_blank_and_told(hpoa: Write) -> None:
    tally = Tally()
    rows, _ = read_annotation_rows(hpoa(changed(disease_name="Some\tdisease\tindeed")), tally)
    (row,) = rows
    assert (row.disease_name, row.hpo_id, row.frequency.numerator) == (
        "Some disease indeed", "HP:0001250", 3,
    )  # fmt: skip
    assert tally.sentences() == (
        "phenotype.hpoa, rows with a tab in the disease's name, read as a blank: 1 (first: line 3)",
    )


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (changed(database_id=""), "no disease id such as OMIM:123456: 1 (first: '', line 4)"),
        (changed(database_id="# OMIM:1"), "no disease id"),
        (changed(hpo_id="HP:12"), "no term id such as HP:0001250: 1 (first: 'HP:12', line 4)"),
        (changed(qualifier="MAYBE"), "a qualifier that is neither empty nor NOT"),
        (changed(sex="both"), "a sex that is neither FEMALE nor MALE"),
        (changed(aspect="Phenotype"), "no aspect of one letter"),
        ("OMIM:1\tSome disease\t\tHP:0001250", "fewer cells than the header's 12"),
        (changed(hpo_id="seizure") + "\tmore", "more cells than the header's 12"),
    ],
)
def test_a_row_that_cannot_be_understood_is_left_out_and_told(
    hpoa: Write, row: str, told: str
) -> None:
    tally = Tally()
    rows, _ = read_annotation_rows(hpoa(ROW, row), tally)
    assert [r.line for r in rows] == [3]
    (sentence,) = tally.sentences()
    assert sentence.startswith("phenotype.hpoa, rows left out: ")
    assert told in sentence


@pytest.mark.parametrize("written", ["NOT", "not", " Not "])
def test_a_negated_row_stays_negated_however_it_is_written(hpoa: Write, written: str) -> None:
    rows, _ = read_annotation_rows(hpoa(changed(qualifier=written)), Tally())
    assert rows[0].negated is True


@pytest.mark.parametrize("written", ["often", "7/3", "3/0", "140%", "HP:0099999"])
def test_an_odd_frequency_is_told_and_its_row_stays(hpoa: Write, written: str) -> None:
    tally = Tally()
    (row,), _ = read_annotation_rows(hpoa(changed(frequency=written)), tally)
    assert np.isnan(row.frequency.share)
    assert row.frequency.denominator == -1
    assert tally.sentences() == (
        "phenotype.hpoa, frequencies not understood (their rows stay, without): 1 "
        f"(first: {written!r}, line 3)",
    )


def test_surplus_cells_columns_and_repeated_rows_are_told(hpoa: Write) -> None:
    tally = Tally()
    head = HEAD + "\tcardinality"
    rows, _ = read_annotation_rows(
        hpoa(ROW + "\tCARDINAL", ROW + "\tCARDINAL\tmore", head=head), tally
    )
    assert len(rows) == 2
    assert tally.sentences() == (
        "phenotype.hpoa, columns not used: 1 (first: 'cardinality')",
        "phenotype.hpoa, rows with more cells than the header's 13, not read: 1 (first: line 4)",
        "phenotype.hpoa, rows that say what another row says (each counts): 1 (first: line 4)",
    )


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "no column database_id"),
        (b"#only a comment\n", "no column database_id"),
        (b"database_id\tdisease_name\n", "no column qualifier, hpo_id"),
        (HEAD.encode() + b"\nOMIM:1\tM\xfcller\n", "line 3: byte 0xfc is not UTF-8"),
    ],
)
def test_what_is_no_such_file_is_refused(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "phenotype.hpoa"
    path.write_bytes(content)
    with pytest.raises(KnowledgeError, match=message):
        read_annotation_rows(path, Tally())


def test_gene_rows_are_pairs_and_odd_ones_are_told(tmp_path: Path) -> None:
    path = tmp_path / "genes_to_phenotype.txt"
    lines = [
        "ncbi_gene_id\tgene_symbol\thpo_id\thpo_name\tfrequency\tdisease_id",
        "7249\tTSC2\tHP:0001250\tSeizure\t-\tOMIM:613254",
        "7249\tTSC2\tHP:0009717\tCortical tubers\t-\tOMIM:613254",
        "-\tTSC1\tHP:0001250\tSeizure\t-\tOMIM:191100",
        "7248\tTSC1\tHP:0001250\tSeizure\t-\t",
        "7248\tTSC1",
    ]
    path.write_bytes("\r\n".join(lines).encode("utf-8-sig"))
    tally = Tally()
    assert read_gene_rows(path, tally) == [(7249, "TSC2", "OMIM:613254")]
    assert tally.sentences() == (
        "genes_to_phenotype.txt, rows left out: no NCBI Gene id: 1 (first: '-', line 4)",
        "genes_to_phenotype.txt, rows left out: no disease id such as OMIM:123456: 1 "
        "(first: '', line 5)",
        "genes_to_phenotype.txt, rows left out: not the header's 6 cells: 1 (first: line 6)",
    )


def compiled(folder: Path, hpoa: str = "", genes: str = "") -> tuple[Hpo, Annotations]:
    """The tiny release with lines added to its two tables."""
    for name, more in (("hp.obo", ""), ("phenotype.hpoa", hpoa), ("genes_to_phenotype.txt", genes)):
        shutil.copy(TINY / name, folder / name)
        with (folder / name).open("a", encoding="utf-8") as file:
            file.write(more)
    return compile_knowledge(folder, lambda step: None)


def test_rows_of_unknown_terms_diseases_and_loci_are_counted(tmp_path: Path) -> None:
    _, plain = compile_knowledge(TINY, lambda step: None)
    _, found = compiled(
        tmp_path,
        changed(hpo_id="HP:9999999") + "\n" + changed(hpo_id="HP:8888888") + "\n"
        + changed(database_id=plain.disease_ids[0], onset="HP:7777777") + "\n",
        f"7249\tTSC2\tHP:0001250\tSeizure\t-\tOMIM:999999\n"
        f"999999999\t-\tHP:0001250\tSeizure\t-\t{plain.disease_ids[0]}\n",
    )  # fmt: skip
    assert len(found.term) == len(plain.term) + 1
    assert found.disease_ids == plain.disease_ids
    assert [p.split(" (first")[0] for p in found.problems if p not in plain.problems] == [
        "phenotype.hpoa, rows left out: their term is unknown to hp.obo: 2",
        "phenotype.hpoa, onsets unknown to hp.obo (their rows stay, without): 1",
        "genes_to_phenotype.txt, pairs left out: phenotype.hpoa does not hold their disease: 1",
        "genes_to_phenotype.txt, loci without a gene's name (their diseases stay, linked to no "
        "gene): 1",
    ]


def test_files_of_two_releases_are_told(tmp_path: Path) -> None:
    for name in SOURCE_FILES:
        text = (TINY / name).read_text(encoding="utf-8")
        if name == "hp.obo":
            text = text.replace("2025-01-16", "2026-06-06")
        (tmp_path / name).write_text(text, encoding="utf-8")
    _, annotations = compile_knowledge(tmp_path, lambda step: None)
    assert "phenotype.hpoa is of release 2025-01-16, hp.obo of 2026-06-06" in annotations.problems


@pytest.mark.parametrize("name", SOURCE_FILES)
def test_line_ends_and_a_byte_order_mark_change_nothing(tmp_path: Path, name: str) -> None:
    for each in SOURCE_FILES:
        content = (TINY / each).read_bytes()
        if each == name:
            content = b"\xef\xbb\xbf" + content.replace(b"\n", b"\r\n")
        (tmp_path / each).write_bytes(content)
    hpo, annotations = compile_knowledge(tmp_path, lambda step: None)
    plain_hpo, plain = compile_knowledge(TINY, lambda step: None)
    assert (hpo.release, hpo.names, hpo.synonyms) == (
        plain_hpo.release, plain_hpo.names, plain_hpo.synonyms,
    )  # fmt: skip
    assert annotations.disease_names == plain.disease_names
    assert np.array_equal(annotations.frequency_class, plain.frequency_class)
    assert annotations.problems == plain.problems

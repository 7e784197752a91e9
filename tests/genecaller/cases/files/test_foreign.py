"""Files that hold no case say what they are, whatever their name, and are never ranked."""

from __future__ import annotations

import gzip
import io
import sqlite3
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from genecaller.cases import Case
from genecaller.errors import UsageError

Read = Callable[..., list[Any]]

VCF = (
    "##fileformat=VCFv4.2\n##contig=<ID=16>\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"
    "16\t2100000\t.\tG\tA\t50\tPASS\tGENE=TSC2;PHENO=Seizure;HPO=HP:0001250\n"
)
TEXTS = {
    "vcf": (VCF, "a VCF file of variants"),
    "gvcf": (VCF.replace("##contig", '##ALT=<ID=NON_REF,Description="x">\n##contig'), "a VCF"),
    "vcf without meta lines": (VCF.partition("#CHROM")[1] + VCF.partition("#CHROM")[2], "a VCF"),
    "vcf without header": ("chr16\t2100000\trs1\tG\tA,T\t50\tPASS\tSeizure\n", "a VCF file"),
    "sam": ("@HD\tVN:1.6\tSO:coordinate\n@SQ\tSN:chr16\tLN:90338345\n", "a SAM file"),
    "sam without header": ("r1\t99\tchr16\t7\t30\t8M2I4M\t=\t37\t39\tTTAGATAAAGG\t*\n", "a SAM"),
    "fasta": (">TSC2 tuberin seizures\nATGGCCAAACCAACAAGC\nACGT\n", "a FASTA file"),
    "protein fasta": (">sp|P49815|TSC2\nMAKPTSKDSGLKEKFKILLGLGTPRPNPRSA\n", "a FASTA file"),
    "fastq": ("@r1 seizure\nGATTTGGGGTTCAAAGCAGT\n+\n!''*((((***+))%%%++)(%%%%)\n", "a FASTQ file"),
    "bed": ("chr16\t2097990\t2138721\tTSC2\n", "a BED file"),
    "bed track": ('track name="seizures" description="x"\nchr16\t1\t2\n', "a BED file"),
    "ped": ("FAM1\tP1\tF1\tM1\t1\t2\nFAM1\tF1\t0\t0\t1\t1\n", "a PED file"),
    "ped header": ("#FamilyID IndividualID PaternalID MaternalID Sex Phenotype\nA B 0 0 1 2\n",
                   "a PED file"),
    "gff": ("##gff-version 3\nchr16\tx\tgene\t1\t2\t.\t+\t.\tID=TSC2\n", "a GFF file"),
    "gtf": ('chr16\tHAVANA\tgene\t1\t2\t.\t+\t.\tgene_name "TSC2";\n', "a GFF or GTF file"),
    "rtf": ("{\\rtf1\\ansi The girl had {\\b seizures}.\\par}", "an RTF document"),
    "html": ("<!DOCTYPE html>\n<html><body><p>The girl had seizures.</p></body></html>", "HTML"),
    "html fragment": ("<div class='x'>The girl had seizures.</div>", "HTML"),
    "xml with a prefix": ("<ns0:Case xmlns:ns0='u'><ns0:t>Seizures</ns0:t></ns0:Case>", "XML"),
    "xml after a comment": ("<!-- x -->\n<case>seizures</case>", "XML or HTML"),
    "yaml": ("id: P1\nsubject:\n  id: P1\nphenotypicFeatures:\n- type:\n    id: HP:0001250\n",
             "YAML"),
    "yaml with a mark": ("---\nid: P1\nphenotypicFeatures:\n- type: {id: HP:0001250}\n", "YAML"),
    "tex": ("% report\n\\documentclass{article}\n\\begin{document}Seizures\\end{document}\n",
            "a TeX document"),
    "e-mail": ("From: a@b.de\nTo: c@d.de\nSubject: a girl with\n seizures\nMIME-Version: 1.0\n"
               "\nShe had seizures.\n", "an e-mail"),
    "postscript": ("%!PS-Adobe-3.0\n(Seizures) show\n", "a PostScript file"),
    "ris": ("TY  - JOUR\nTI  - Seizures in a girl\nER  - \n", "an RIS export"),
    "bibtex": ("@article{a2020, title={Seizures in a girl}}\n", "a BibTeX file"),
    "hl7": ("MSH|^~\\&|LAB|X|Y|Z|2020||ORU^R01|1|P|2.5\nOBX|1|TX|||Seizures\n", "an HL7"),
    "vcard": ("BEGIN:VCARD\nFN:Seizure\nEND:VCARD\n", "an address or calendar file"),
    "obo": ("format-version: 1.2\n[Term]\nid: HP:0001250\nname: Seizure\n", "an OBO ontology"),
    "lfs": ("version https://git-lfs.github.com/spec/v1\noid sha256:1\n", "a Git LFS pointer"),
    "script": ("#!/bin/sh\necho seizures\n", "a program"),
}  # fmt: skip


@pytest.mark.parametrize("form", ["plain", "crlf", "bom", "utf-16", "gz"])
@pytest.mark.parametrize("name", ["x.txt", "x.json", "x"])
@pytest.mark.parametrize("kind", TEXTS)
def test_a_text_that_is_no_report(kind: str, name: str, form: str, read: Read) -> None:
    text, said = TEXTS[kind]
    content = {
        "plain": text.encode(),
        "crlf": text.replace("\n", "\r\n").encode(),
        "bom": b"\xef\xbb\xbf" + text.encode(),
        "utf-16": text.encode("utf-16"),
        "gz": gzip.compress(text.encode()),
    }[form]
    with pytest.raises(UsageError, match=said) as caught:
        read(name, content)
    assert "valid JSON" not in str(caught.value)
    assert "\n" not in str(caught.value)


def sqlite_file(folder: Path) -> bytes:
    with sqlite3.connect(folder / "x.sqlite") as database:
        database.execute("CREATE TABLE cases (text VARCHAR)")
    database.close()
    return (folder / "x.sqlite").read_bytes()


def duckdb_file(folder: Path) -> bytes:
    import duckdb

    with duckdb.connect(folder / "x.duckdb") as database:
        database.execute("CREATE TABLE cases (text VARCHAR)")
        database.execute(f"COPY cases TO '{folder}/x.parquet'")
    return (folder / "x.duckdb").read_bytes()


@pytest.mark.parametrize("name", ["x.txt", "x.json", "x.jsonl", "x.csv"])
def test_databases_and_archives(name: str, read: Read, tmp_path: Path) -> None:
    tar = io.BytesIO()
    with tarfile.open(fileobj=tar, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("a.json"), io.BytesIO())
    duckdb_bytes = duckdb_file(tmp_path)
    for content, said in (
        (sqlite_file(tmp_path), "a SQLite database"),
        (duckdb_bytes, "a DuckDB database"),
        ((tmp_path / "x.parquet").read_bytes(), "a Parquet file"),
        (tar.getvalue(), "a tar archive"),
        (gzip.compress(b"BAM\x01\x00\x00\x00\x00"), "a BAM file"),
        (gzip.compress(VCF.encode()), "a VCF file"),
        (gzip.compress(gzip.compress(b"{}")), "gzip inside gzip"),
        (b"CRAM\x03\x00" + b"x" * 40, "a CRAM file"),
        (b"BZh91AY&SY\x00\x01", "a bzip2 archive"),
        (b"\xfd7zXZ\x00", "an xz archive"),
        (b"ORC\x00\x01" + b"x" * 40, "an ORC file"),
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n", "a PDF"),
    ):
        with pytest.raises(UsageError, match=said):
            read(name, content)


@pytest.mark.parametrize(
    ("members", "said"),
    [
        ({"[Content_Types].xml": "x", "word/document.xml": "<w>Seizures</w>"}, "an Office doc"),
        ({"[Content_Types].xml": "x", "xl/workbook.xml": "x"}, "an Office document"),
        ({"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": "x"},
         "an OpenDocument text"),
        ({"mimetype": "application/epub+zip", "a.txt": "Seizures"}, "an e-book"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("name", ["x.docx", "x.zip", "x.txt"])
def test_documents_that_are_zips(name: str, members: dict[str, str], said: str, read: Read) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for member, text in members.items():
            archive.writestr(member, text)
    with pytest.raises(UsageError, match=said):
        read(name, out.getvalue())


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("x.json", "A girl with seizures.", "is named .json but holds plain text"),
        (
            "x.jsonl",
            "A girl with seizures.\nAnd a cleft palate.",
            "is named .jsonl but holds plain",
        ),
        ("x.json", "id,hpo_ids\na,HP:0001250\n", "is named .json but holds a table"),
        ("x.json", "PMID- 12\nTI  - Seizures\n", "is named .json but holds a MEDLINE export"),
        ("x.vcf", "A girl with seizures.", "is named as variants"),
        ("x.zip", "A girl with seizures.", "is named .zip but is no zip archive"),
        ("x.toml", "recipe = 'smoke'\n", "is a file of settings"),
    ],
)
def test_a_wrong_name_is_told(name: str, text: str, said: str, read: Read) -> None:
    with pytest.raises(UsageError, match=said):
        read(name, text)


@pytest.mark.parametrize(
    "text",
    [
        "ORC1 was sequenced. The girl had seizures.",
        "RIFF: the girl had seizures.",
        "DUCK walk and seizures.",
        "> Dear colleague,\nTHE GIRL HAD SEIZURES AND A CLEFT PALATE AND SO ON AND ON\n",
        "From: Dr A\nTo: Dr B\nSubject: a girl\n\nThe girl had seizures.",
        "Dear colleague:\nThe girl had seizures.\nRegards: A",
        "{1} A girl with seizures.",
        "[1] A girl with seizures.",
        "A girl <5 years> had seizures.",
        "@home the girl had seizures.",
        "1\t2\nThe girl had seizures.",
        "imported from Excel: the girl had seizures.",
        "Chr 16p13.3 was deleted. The girl had seizures.",
    ],
)
@pytest.mark.parametrize("name", ["x.txt", "x.md", "report", "x.doc"])
def test_reports_that_look_a_little_like_something_else_are_read(
    name: str, text: str, read: Read
) -> None:
    (case,) = read(name, text)
    assert isinstance(case, Case)
    assert "HP:0001250" in case.hpo_ids

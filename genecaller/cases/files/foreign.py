"""Names files that hold no case by what they are: sequence data, documents, databases, pictures."""

from __future__ import annotations

import re

_EXPECTED = (
    "expected a phenopacket, JSON lines, a table with HPO ids, a MEDLINE export or plain text"
)
_AS_TEXT = "save it as plain text or CSV and give that"
_VARIANTS = (
    "variants are not read here; give the patient's phenotype (HPO terms, a phenopacket or a "
    "report)"
)
_PHENOTYPE = (
    "sequence data are not read here; give the patient's phenotype (HPO terms, a phenopacket or a "
    "report)"
)
_ROWS = "export its rows as JSON lines or CSV"
_UNPACK = "unpack it first, or give a zip or .gz"

# (offset, bytes, what it is, what to do)
_MAGIC: tuple[tuple[int, bytes, str, str], ...] = (
    (0, b"%PDF", "a PDF", "export its text and give that"),
    (0, b"%!PS", "a PostScript file", _AS_TEXT),
    (0, b"PK\x03\x04", "a zip inside another", "unpack it first"),
    (0, b"\xd0\xcf\x11\xe0", "an old Office document", _AS_TEXT),
    (0, b"PAR1", "a Parquet file", _ROWS),
    (0, b"ARROW1", "an Arrow file", _ROWS),
    (0, b"FEA1", "a Feather file", _ROWS),
    (0, b"ORC", "an ORC file", _ROWS),
    (0, b"Obj\x01", "an Avro file", _ROWS),
    (0, b"SQLite format 3\x00", "a SQLite database", _ROWS),
    (8, b"DUCK", "a DuckDB database", _ROWS),
    (4, b"Standard Jet DB", "an Access database", _ROWS),
    (4, b"Standard ACE DB", "an Access database", _ROWS),
    (0, b"\x89HDF", "an HDF5 file", _ROWS),
    (0, b"\x93NUMPY", "a NumPy array", _ROWS),
    (0, b"BAM\x01", "a BAM file of aligned reads", _PHENOTYPE),
    (0, b"CRAM", "a CRAM file of aligned reads", _PHENOTYPE),
    (0, b"BCF\x02", "a BCF file of variants", _VARIANTS),
    (0, b"TBI\x01", "a tabix index", _VARIANTS),
    (0, b"BAI\x01", "an index of a BAM file", _PHENOTYPE),
    (0, b"\x89PNG", "a picture", "a case is text, JSON or a table"),
    (0, b"\xff\xd8\xff", "a picture", "a case is text, JSON or a table"),
    (0, b"GIF8", "a picture", "a case is text, JSON or a table"),
    (0, b"II*\x00", "a picture", "a case is text, JSON or a table"),
    (0, b"MM\x00*", "a picture", "a case is text, JSON or a table"),
    (128, b"DICM", "a DICOM image", "a case is text, JSON or a table"),
    (4, b"ftyp", "a picture or film", "a case is text, JSON or a table"),
    (0, b"RIFF", "a picture or sound", "a case is text, JSON or a table"),
    (257, b"ustar", "a tar archive", "unpack it and give the folder, or give a zip"),
    (0, b"\x1f\x8b", "gzip inside gzip", _UNPACK),
    (0, b"BZh", "a bzip2 archive", _UNPACK),
    (0, b"\xfd7zXZ", "an xz archive", _UNPACK),
    (0, b"\x28\xb5\x2f\xfd", "a zstd archive", _UNPACK),
    (0, b"7z\xbc\xaf\x27\x1c", "a 7z archive", _UNPACK),
    (0, b"Rar!", "a RAR archive", _UNPACK),
    (0, b"\xca\xfe\xba\xbe", "a program", _EXPECTED),
    (0, b"\x7fELF", "a program", _EXPECTED),
    (0, b"{\\rtf", "an RTF document", _AS_TEXT),
)

_CHROMOSOME = r"(?:chr)?(?:\d{1,2}|[XYM]|MT|Un_\w+|(?:NC|NT|GL|KI)[_\d]\S*)"
# Patterns at the beginning of the text; what a report never begins with.
_TEXTS: tuple[tuple[re.Pattern[str], str, str], ...] = (
    (re.compile(r"\{\\rtf"), "an RTF document", _AS_TEXT),
    (re.compile(r"%!PS"), "a PostScript file", _AS_TEXT),
    (re.compile(r"##fileformat=VCF|#CHROM\tPOS\t"), "a VCF file of variants", _VARIANTS),
    (
        re.compile(rf"(?i:{_CHROMOSOME})\t\d+\t\S+\t[ACGTN]+\t[ACGTN.,*<>\w]+\t"),
        "a VCF file without its header",
        _VARIANTS,
    ),
    (re.compile(r"@(?:HD|SQ|RG|PG|CO)\t"), "a SAM file of aligned reads", _PHENOTYPE),
    (
        re.compile(r"\S+\t\d{1,5}\t\S+\t\d+\t\d{1,3}\t(?:\*|(?:\d+[MIDNSHP=X])+)\t"),
        "a SAM file of aligned reads",
        _PHENOTYPE,
    ),
    (
        re.compile(r"[>;][^\n]*\n(?:[ACGTUNacgtun]{4,}|[A-Z*-]{20,})[ \t\r]*(?:\n|$)"),
        "a FASTA file of sequences",
        _PHENOTYPE,
    ),
    (
        re.compile(r"@[^\n]+\n[ACGTUN.]+\r?\n\+"),
        "a FASTQ file of reads",
        _PHENOTYPE,
    ),
    (re.compile(r"##gff-version|##gtf|#gff"), "a GFF file of genome features", _PHENOTYPE),
    (
        re.compile(r"\S+\t[\w.-]+\t\w+\t\d+\t\d+\t(?:\.|[\d.eE+-]+)\t[+.?-]\t[.012]\t"),
        "a GFF or GTF file of genome features",
        _PHENOTYPE,
    ),
    (
        re.compile(
            r"(?:track|browser)\s+(?:\w+=|position|hide)|(?:fixed|variable)Step\s+chrom="
            rf"|(?:{_CHROMOSOME})\t\d+\t\d+(?:\s|$)"
        ),
        "a BED file of genome regions",
        _PHENOTYPE,
    ),
    (
        re.compile(
            r"#?\s*(?:family|fam|fid|kindred)\w*[\t ]+(?:individual|indiv|iid|sample|person)\w*"
            r"[\t ]+(?:pat|father)\w*[\t ]+(?:mat|mother)\w*[\t ]",
            re.IGNORECASE,
        ),
        "a PED file of a pedigree",
        _PHENOTYPE,
    ),
    (
        re.compile(
            r"(?:[^\s\n]+[\t ]+[^\s\n]+[\t ]+[^\s\n]+[\t ]+[^\s\n]+[\t ]+"
            r"[0-2][\t ]+(?:-9|[0-2])[^\S\n]*(?:\n|$))+$"
        ),
        "a PED file of a pedigree",
        _PHENOTYPE,
    ),
    (
        re.compile(r"#version 2\.\d|Hugo_Symbol\t|## ENSEMBL VARIANT EFFECT"),
        "a table of variants",
        _VARIANTS,
    ),
    (re.compile(r"format-version:\s*1\.\d"), "an OBO ontology", _EXPECTED),
    (re.compile(r"#description:[^\n]*HPO|#?database_id\tdisease_name\t"), "HPO's own annotations",
     "it describes diseases, no patient; give cases"),
    (
        re.compile(r"%YAML|(?:---[ \t\r]*\n)?(?:\w+:[^\n]*\n(?:[ \t-][^\n]*\n)*)*"
                   r"(?:phenotypicFeatures|phenotypic_features)\s*:"),
        "YAML",
        "convert it to JSON (phenopackets have the same keys)",
    ),
    (
        re.compile(r"(?:%[^\n]*\n\s*)*\\(?:documentclass|documentstyle|begin\{|input\{|usepackage)"),
        "a TeX document",
        _AS_TEXT,
    ),
    (
        re.compile(
            r"(?:[A-Za-z][\w-]*:[^\n]*\n(?:[ \t][^\n]*\n)*)*?"
            r"(?:MIME-Version|Received|Message-ID|Return-Path|Delivered-To|X-Mailer):\s",
            re.IGNORECASE,
        ),
        "an e-mail",
        "give the report's own text, or the file that was attached",
    ),
    (re.compile(r"BEGIN:V(?:CARD|CALENDAR)"), "an address or calendar file", _EXPECTED),
    (re.compile(r"(?:FHS|BHS|MSH)\|\^~\\&"), "an HL7 version 2 message",
     "export the report's text and give that"),
    (re.compile(r"TY  - [A-Z]{3,5}\b"), "an RIS export of references",
     "export the records from PubMed as .nbib (MEDLINE) instead"),
    (re.compile(r"\s*@(?:article|book|misc|inproceedings|incollection)\s*\{", re.IGNORECASE),
     "a BibTeX file", "export the records from PubMed as .nbib (MEDLINE) instead"),
    (re.compile(r"#!\s*/|(?:import \w+|from \w+ import )[^\n]*\n|<\?php"), "a program", _EXPECTED),
    (re.compile(r"@prefix\s+\w*:\s*<"), "RDF", _EXPECTED),
    (re.compile(r"version https://git-lfs"), "a Git LFS pointer, not the file it stands for",
     "fetch the file itself (git lfs pull)"),
)  # fmt: skip
_SUFFIXES = {
    **dict.fromkeys((".yaml", ".yml"), ("YAML", "convert it to JSON (phenopackets have the same "
                                        "keys)")),
    **dict.fromkeys((".vcf", ".gvcf", ".maf"), ("named as variants", _VARIANTS)),
    **dict.fromkeys((".sam", ".fasta", ".fa", ".fna", ".faa", ".fastq", ".fq", ".bed", ".ped",
                     ".fam", ".gff", ".gff3", ".gtf"), ("named as sequence data", _PHENOTYPE)),
    **dict.fromkeys((".tex", ".ltx"), ("a TeX document", _AS_TEXT)),
    **dict.fromkeys((".eml", ".mbox"), ("an e-mail", "give the report's own text")),
    **dict.fromkeys((".toml", ".ini", ".cfg"), ("a file of settings", _EXPECTED)),
    **dict.fromkeys((".py", ".r", ".js", ".sh", ".ipynb", ".css", ".sql"), ("a program",
                                                                          _EXPECTED)),
    ".zip": ("named .zip but is no zip archive", "get it again, or give it the name of what it is"),
}  # fmt: skip
_XML = re.compile(r"<(?:\?xml|!DOCTYPE|!--|[A-Za-z_][\w.-]*(?::[\w.-]+)?(?:\s|/?>))")
_CLOSED = re.compile(r"</|/>|<[?!]")
_HTML = re.compile(r"<(?:!DOCTYPE\s+html|html|head|body|div|p|span|table|h\d|b|i|br)\b", re.I)
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_PLAIN_MAGIC = (b"%PDF", b"%!PS", b"ustar", b"{\\rtf")
"""These begin no report; other readable ones ("ORC1 was sequenced") need binary bytes as well."""
_TERM = re.compile(r"\bHP[:_]\d{7}\b")
_MOST_LINES = 20
_MOST = 65_536


def kind_of_bytes(head: bytes) -> str | None:
    """What a file is whose first bytes say that it is no text, with what to do; else None."""
    binary = _CONTROL.search(head[:4096]) is not None
    for offset, magic, what, advice in _MAGIC:
        if head.startswith(magic, offset) and (
            binary or magic in _PLAIN_MAGIC or not magic.isascii()
        ):
            return f"is {what}: {advice}"
    return None


def kind_of_text(text: str) -> str | None:
    """What a text is whose beginning says that it is no report, table or record; else None."""
    start = text[:_MOST].lstrip("\ufeff\n\r ")
    lines = "\n".join(start.split("\n", _MOST_LINES)[:_MOST_LINES])
    for pattern, what, advice in _TEXTS:
        if pattern.match(lines) and (advice is not _PHENOTYPE or not _TERM.search(lines)):
            return f"is {what}: {advice}"
    return None


def kind_of_markup(text: str) -> str | None:
    """Whether a text is XML or HTML, and what to do; None where it is neither."""
    start = text[:_MOST].lstrip()
    if not _XML.match(start) or not _CLOSED.search(start):
        return None
    if _HTML.match(start) or re.search(r"<html\b", start, re.IGNORECASE):
        return f"is HTML, no PubMed export: save the page's text and give that; {_EXPECTED}"
    return f"is XML or HTML, but no PubMed export (no <PubmedArticle>); {_EXPECTED}"


def kind_of_suffix(suffix: str) -> str | None:
    """What a file is by its name alone where its content left it open; None where it may be."""
    found = _SUFFIXES.get(suffix)
    return f"is {found[0]}: {found[1]}" if found else None

"""The tools whose results are read, each by the columns that it writes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Format:
    """Which columns of a tool's table mean what, by plain names, the preferred ones first.

    A table is of this format if it has all of `marks` and a gene, id or disease. `suffixes` are
    what the tool appends to a case's name when it writes a file a case; `fixed` are file names
    it always uses, where the folder is named after the case.
    `rank_zero_is_missing`: rows of rank 0 stand for genes that were not found.
    """

    name: str
    source: str
    marks: tuple[str, ...]
    symbol: tuple[str, ...] = ()
    gene_id: tuple[str, ...] = ()
    disease: tuple[str, ...] = ()
    score: tuple[str, ...] = ()
    lower_is_better: tuple[str, ...] = ()
    rank: tuple[str, ...] = ()
    case: tuple[str, ...] = ()
    suffixes: tuple[str, ...] = ()
    fixed: tuple[str, ...] = ()
    rank_zero_is_missing: bool = False


FORMATS = (
    Format(
        name="genecaller",
        source="genecaller score, CSV or Parquet",
        marks=("caseid", "ranker", "symbol"),
        symbol=("symbol",),
        score=("score",),
        rank=("rank",),
        case=("caseid",),
        disease=("disease",),
    ),
    Format(
        name="pheval",
        source="PhEval 0.7, pheval_gene_results/*.parquet",
        marks=("genesymbol", "geneidentifier", "rank", "score"),
        symbol=("genesymbol",),
        gene_id=("geneidentifier",),
        score=("score",),
        suffixes=("-gene_result", "_gene_result"),
        rank_zero_is_missing=True,
        rank=("rank",),
    ),
    Format(
        name="exomiser",
        source="Exomiser, .genes.tsv or .variants.tsv",
        marks=("genesymbol", "exomisergenecombinedscore"),
        symbol=("genesymbol",),
        gene_id=("entrezgeneid",),
        score=("exomisergenecombinedscore",),
        rank=("rank",),
        suffixes=(".genes", ".variants", "-exomiser", "_exomiser"),
    ),
    Format(
        name="exomiser",
        source="Exomiser to 14, .json",
        marks=("genesymbol", "combinedscore"),
        symbol=("genesymbol",),
        gene_id=("hgncid", "entrezid", "ensemblid", "geneid"),
        score=("combinedscore",),
        suffixes=("-exomiser", "_exomiser"),
    ),
    Format(
        name="exomiser",
        source="Exomiser from 15, .parquet",
        marks=("genesymbol", "genecombinedscore"),
        symbol=("genesymbol",),
        gene_id=("hgncid", "entrezgeneid", "ensemblgeneid"),
        score=("genecombinedscore",),
        suffixes=("-exomiser", "_exomiser", ".variants"),
    ),
    Format(
        name="lirical",
        source="LIRICAL, .tsv",
        marks=("diseasecurie", "compositelr"),
        gene_id=("entrezgeneid",),
        disease=("diseasecurie",),
        score=("compositelr",),
        rank=("rank",),
        suffixes=("-lirical", "_lirical", ".lirical"),
        fixed=("lirical",),
    ),
    Format(
        name="phen2gene",
        source="Phen2Gene, .associated_gene_list",
        marks=("gene", "rank", "score", "status"),
        symbol=("gene",),
        gene_id=("geneid", "id"),
        score=("score",),
        rank=("rank",),
        suffixes=("-phen2gene", "_phen2gene"),
        fixed=("output_file", "output_file.associated_gene_list"),
    ),
    Format(
        name="plain",
        source="any table with a case, a gene or disease, and a score or rank",
        marks=(),
        symbol=("gene", "symbol", "genesymbol", "genename", "hgncsymbol"),
        gene_id=("hgncid", "geneid", "entrezid", "ncbigeneid", "ensemblid", "geneidentifier"),
        disease=("disease", "diseaseid", "diseasecurie", "omim", "omimid"),
        score=("score", "probability", "posterior", "pvalue"),
        lower_is_better=("pvalue",),
        rank=("rank", "position"),
        case=("caseid", "case", "sampleid", "sample", "patientid", "patient", "phenopacket"),
    ),
)

OWN = FORMATS[0]
PLAIN = FORMATS[-1]
USED = frozenset(
    {"weights", "model", "knowledge"}.union(
        *(
            (*one.marks, *one.symbol, *one.gene_id, *one.disease, *one.score, *one.rank, *one.case)
            for one in FORMATS
        )
    )
)
"""Every column that means something in some form, by its plain name."""


def format_of(columns: Sequence[str]) -> Format | None:
    """The first format whose columns a table has; None where there is nothing to rank by."""
    present = set(columns)
    for one in FORMATS:
        what = {*one.symbol, *one.gene_id, *one.disease}
        order = {*one.score, *one.rank}
        if present.issuperset(one.marks) and present & what and present & order:
            return one
    return None

"""The established answer of a case as sources write it: gene, disease, publication."""

from __future__ import annotations

import re

from genecaller.cases.case import Publication, Sex, Solution
from ontology.genes import gene_names

_PMID = re.compile(
    r"(?:(?:.*[^a-z])?pmid[:_\s]*|.*pubmed\.ncbi\.nlm\.nih\.gov/|.*ncbi\.nlm\.nih\.gov/pubmed/)?"
    r"(\d{1,9})/?",
    re.IGNORECASE,
)
_DISEASE_PREFIXES = {"ORPHANET": "ORPHA", "ORPHA": "ORPHA", "OMIM": "OMIM", "MIM": "OMIM"}
_NO_SEX = (
    *("", "unknown", "unknown_sex", "u", "na", "n/a", "nan", "none", "null", "-", "?", "."),
    *("not recorded", "not reported", "not available", "undetermined", "unspecified", "0"),
)
_SEXES: dict[str, Sex] = {
    **dict.fromkeys(("female", "f", "woman", "girl", "w", "weiblich"), "female"),
    **dict.fromkeys(("male", "m", "man", "boy", "männlich", "maennlich"), "male"),
    **dict.fromkeys(("other", "other_sex", "intersex"), "other"),
}


def solve(
    gene: str | None,
    gene_id: str | None = None,
    disease_id: str | None = None,
    disease_label: str | None = None,
) -> tuple[Solution | None, tuple[str, ...]]:
    """The solution with its gene mapped to the HGNC symbol, and what was wrong with it.

    An id of the gene decides over its symbol, which may since have passed to another gene. The
    problems never name gene or disease: they are shown beside a ranking that must not know them.
    """
    written = (gene or "").strip() or (gene_id or "").strip()
    if not written:
        return None, ()
    names = gene_names()
    by_symbol = names.resolve(gene) if gene and gene.strip() else None
    by_id = names.resolve(gene_id) if gene_id and gene_id.strip() else None
    problems: tuple[str, ...] = ()
    symbol = (by_id.symbol if by_id else None) or (by_symbol.symbol if by_symbol else None)
    if symbol is None:
        symbol = written
        problems = ("the solved gene is not known to HGNC under its recorded name; kept as it is",)
    elif by_id and by_symbol and by_symbol.symbol and by_id.symbol not in (None, by_symbol.symbol):
        problems = ("the solved gene's id and symbol are of two genes; the id's is taken",)
    return (
        Solution(
            gene=symbol,
            disease_id=curie(disease_id),
            disease_label=(disease_label or "").strip() or None,
            recorded_gene=written if written != symbol else None,
        ),
        problems,
    )


def known_gene(written: str) -> bool:
    """Whether a piece of text is the name or id of exactly one gene."""
    return gene_names().resolve(written).symbol is not None


def curie(disease_id: str | None) -> str | None:
    """A disease id in the spelling of the annotations: "Orphanet:538" is "ORPHA:538"."""
    text = (disease_id or "").strip()
    prefix, colon, number = text.partition(":")
    if colon and prefix.strip().upper() in _DISEASE_PREFIXES:
        return f"{_DISEASE_PREFIXES[prefix.strip().upper()]}:{number.strip()}"
    return text or None


def pmid_in(written: object) -> str | None:
    """ "PMID:123" from a PubMed id in any spelling or a link to it, None where there is none."""
    if isinstance(written, bool) or not isinstance(written, str | int):
        return None
    match = _PMID.fullmatch(str(written).strip())
    return f"PMID:{int(match[1])}" if match and int(match[1]) else None


def publication(pmid: object, title: object = None) -> Publication | None:
    """The publication that a PubMed id and a title name, None where both are missing."""
    found = pmid_in(pmid)
    text = title.strip() if isinstance(title, str) else ""
    return Publication(found, text or None) if found or text else None


def sex_in(written: object) -> Sex | None:
    """The sex that a word means, None where it is missing or unknown."""
    return _SEXES.get(written.strip().casefold()) if isinstance(written, str) else None


def is_no_sex(written: object) -> bool:
    """Whether a value for the sex says that it is not known, or is empty."""
    if written is None:
        return True
    return isinstance(written, str) and written.strip().casefold() in _NO_SEX

"""Where the databases keep their page of a gene, disease, term or paper."""

from __future__ import annotations

from html import escape

from app.render.plain import visible

_PAGES = {
    "OMIM": "https://omim.org/entry/{}",
    "ORPHA": "https://www.orpha.net/en/disease/detail/{}",
    "DECIPHER": "https://www.deciphergenomics.org/syndrome/{}",
    "HP": "https://hpo.jax.org/browse/term/HP:{}",
    "PMID": "https://pubmed.ncbi.nlm.nih.gov/{}/",
    "NCBIGENE": "https://www.ncbi.nlm.nih.gov/gene/{}",
}


def page_of(identifier: str) -> str | None:
    """The address of "OMIM:192430", "HP:0000316", "PMID:1", ...; None for an unknown prefix."""
    prefix, _, number = identifier.partition(":")
    form = _PAGES.get(prefix)
    return form.format(number) if form and number.isalnum() else None


def link(identifier: str, text: str | None = None) -> str:
    """An HTML link to the identifier's page, plain escaped text where there is none."""
    shown = escape(visible(text if text is not None else identifier))
    address = page_of(identifier)
    if address is None:
        return shown
    return f'<a href="{escape(address)}" target="_blank" rel="noopener noreferrer">{shown}</a>'

"""Gene names: any symbol, alias or id in use, mapped to the approved HGNC symbol."""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal


@dataclass(frozen=True, slots=True)
class GeneMatch:
    """What a written gene name means: the approved symbol and how it was reached.

    `symbol` is None where nothing matches ("unknown") or several genes claim the name
    ("ambiguous", all of them in `candidates`).
    """

    written: str
    symbol: str | None
    status: Literal["approved", "previous", "alias", "id", "ambiguous", "unknown"]
    candidates: tuple[str, ...] = ()


class GeneNames:
    """The HGNC table: approved symbols with previous symbols, aliases and ids of other databases.

    Source: HGNC complete set (CC0), the protein-coding genes and those with an OMIM entry.
    """

    def __init__(self, rows: list[tuple[str, str, str, str, str, str]]) -> None:
        self.symbols: dict[str, str] = {}
        self.hgnc_ids: dict[str, str] = {}
        self.ncbi_gene_ids: dict[str, int] = {}
        self.ensembl_ids: dict[str, str] = {}
        self._by_id: dict[str, str] = {}
        self._previous: dict[str, set[str]] = {}
        self._alias: dict[str, set[str]] = {}
        for hgnc_id, symbol, ncbi, ensembl, previous, alias in rows:
            self.symbols[symbol.upper()] = symbol
            self.hgnc_ids[symbol] = f"HGNC:{hgnc_id}"
            self._by_id[f"HGNC:{hgnc_id}"] = symbol
            if ncbi:
                self.ncbi_gene_ids[symbol] = int(ncbi)
                self._by_id[f"NCBIGENE:{ncbi}"] = self._by_id[f"ENTREZ:{ncbi}"] = symbol
            if ensembl:
                self.ensembl_ids[symbol] = f"ENSG{int(ensembl):011d}"
                self._by_id[self.ensembl_ids[symbol]] = symbol
            for name in filter(None, previous.split("|")):
                self._previous.setdefault(name.upper(), set()).add(symbol)
            for name in filter(None, alias.split("|")):
                self._alias.setdefault(name.upper(), set()).add(symbol)

    def __len__(self) -> int:
        return len(self.hgnc_ids)

    def resolve(self, written: str) -> GeneMatch:
        """Map a symbol, previous symbol, alias, HGNC, NCBI Gene or Ensembl id, in any case.

        An approved symbol wins over a previous one, a previous one over an alias.
        """
        key = written.strip().upper()
        if key in self.symbols:
            return GeneMatch(written, self.symbols[key], "approved")
        if key in self._by_id:
            return GeneMatch(written, self._by_id[key], "id")
        for names, status in ((self._previous, "previous"), (self._alias, "alias")):
            found = names.get(key)
            if found:
                if len(found) == 1:
                    return GeneMatch(
                        written, next(iter(found)), "previous" if status == "previous" else "alias"
                    )
                return GeneMatch(written, None, "ambiguous", tuple(sorted(found)))
        return GeneMatch(written, None, "unknown")

    def symbol_of_ncbi(self, ncbi_gene_id: int) -> str | None:
        """The approved symbol of an NCBI Gene id, None where HGNC has none."""
        return self._by_id.get(f"NCBIGENE:{ncbi_gene_id}")


def same_gene(written: object) -> str | None:
    """The name under which all ways of writing one gene are the same.

    The approved symbol where HGNC knows the name, else the name itself in capitals; None for what
    is no name at all (blank, or not text).
    """
    if not isinstance(written, str) or not written.strip():
        return None
    return gene_names().resolve(written).symbol or written.strip().upper()


@cache
def gene_names() -> GeneNames:
    """The HGNC table that ships with the package, read once a process (about 0.1 s)."""
    raw = files("ontology").joinpath("data/hgnc.tsv.gz").read_bytes()
    lines = gzip.decompress(raw).decode().splitlines()[2:]
    rows = []
    for line in lines:
        hgnc_id, symbol, ncbi, ensembl, previous, alias = line.split("\t")
        rows.append((hgnc_id, symbol, ncbi, ensembl, previous, alias))
    return GeneNames(rows)

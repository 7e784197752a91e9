"""A split and its audit in words and a table, for the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from genecaller.evaluation.report.tables import percent
from training.data.split import SPLITS
from training.data.split_manifest import Audit, Manifest

if TYPE_CHECKING:
    from rich.console import RenderableType

SHOWN = 20


def render_split(manifest: Manifest, found: Audit) -> list[RenderableType]:
    """What is in each split, what it was made from, what was left out, what overlaps.

    The table's last column is the share of a split's cases whose publication the knowledge cites
    for the same disease: what the knowledge itself leaks, whatever the split.
    """
    from rich.table import Table
    from rich.text import Text

    header = manifest.header
    options = header["options"]
    table = Table(title=f"Split, seed {options['seed']}, knowledge {header['knowledge']}")
    table.add_column("split")
    for title in ("cases", "genes", "publications", "groups", "cited for the disease"):
        table.add_column(title, justify="right")
    for name in SPLITS:
        counts = header["counts"][name]
        leaked = found.leaked.get(name)
        share = f"{percent(leaked.cited_for_disease / leaked.n)}%" if leaked else "–"
        numbers = [counts[key] for key in ("cases", "genes", "publications", "components")]
        table.add_row(name, *map(str, numbers), share)
    parts: list[RenderableType] = [table]
    largest = ", ".join(map(str, header["largest_components"]))
    parts.append(
        Text(
            f"{header['components']} groups of cases that share a gene, a publication or nearly "
            f"all terms; the largest hold {largest} cases. Bound per gene: "
            f"{options['per_gene'] or 'none'}."
        )
    )
    left = [f"{n} {why}" for why, n in header["left_out"].items() if n]
    if left:
        parts.append(Text(f"Left out: {'; '.join(left)}."))
    return [*parts, *(Text(sentence) for sentence in audit_sentences(found))]


def audit_sentences(found: Audit) -> list[str]:
    """What an audit found, one sentence each; a single one where all is well."""
    sentences = [f"OVERLAP: {overlap}." for overlap in found.overlaps[:SHOWN]]
    if len(found.overlaps) > SHOWN:
        sentences.append(f"{len(found.overlaps) - SHOWN} more overlaps.")
    for what, ids in (("missing from the cases given", found.missing), ("changed", found.changed)):
        if ids:
            shown = ", ".join(ids[:5]) + (", ..." if len(ids) > 5 else "")
            sentences.append(f"{len(ids)} cases of the split are {what}: {shown}.")
    if not sentences:
        return ["Audit: no gene, publication or near-duplicate case is in two splits."]
    return sentences

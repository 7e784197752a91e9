"""A split written down: which case is where, checked when read, audited before it is used."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from genecaller.cases import Case
from genecaller.errors import UsageError
from genecaller.evaluation.leakage import Leakage, leakage
from genecaller.evaluation.strata import solved_cases
from ontology.files import lines_of, replacing
from ontology.knowledge import Knowledge
from training.data.near_duplicates import MIN_TERMS, SIMILARITY, near_duplicates
from training.data.split import SPLITS, Split

KIND = "genecaller split"
VERSION = 1


@dataclass(frozen=True, slots=True)
class Entry:
    """One case of a manifest; `content` is a digest of what the case says, to notice changes."""

    case_id: str
    split: str
    gene: str
    pmid: str | None
    component: int
    content: str


@dataclass(frozen=True)
class Manifest:
    """A split as written: `header` has the seed, options, knowledge stamp and counts."""

    header: dict[str, Any]
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Overlap:
    """Something that stands in more than one split: a gene, a publication, or near duplicates."""

    kind: str
    value: str
    splits: tuple[str, ...]
    case_ids: tuple[str, ...]

    def __str__(self) -> str:
        shown = ", ".join(self.case_ids[:4]) + (", ..." if len(self.case_ids) > 4 else "")
        return f"{self.kind} {self.value} is in {' and '.join(self.splits)} ({shown})"


@dataclass(frozen=True)
class Audit:
    """What an audit found; `leaked` by split is what the knowledge was told by its publications.

    `missing` cases are in the manifest only, `changed` ones say something else than they did.
    """

    overlaps: tuple[Overlap, ...]
    missing: tuple[str, ...]
    changed: tuple[str, ...]
    leaked: dict[str, Leakage] = field(default_factory=dict)


def make_manifest(split: Split, cases: Sequence[Case], knowledge: Knowledge) -> Manifest:
    """Describe a split of these cases; the header counts cases, genes and publications."""
    by_id = {case.id: case for case in cases}
    entries = []
    for case_id, name in split.of_case.items():
        case = by_id[case_id]
        gene = case.solution.gene if case.solution else ""
        entries.append(
            Entry(case_id, name, gene, case.pmid, split.component[case_id], digest(case))
        )
    header = {
        "kind": KIND,
        "version": VERSION,
        "knowledge": knowledge.stamp,
        "options": asdict(split.options),
        "counts": {name: _counts([e for e in entries if e.split == name]) for name in SPLITS},
        "left_out": split.left_out,
        "components": len(split.component_sizes),
        "largest_components": list(split.component_sizes[:5]),
        "checksum": _checksum(entries),
    }
    return Manifest(header, tuple(entries))


def _counts(entries: Sequence[Entry]) -> dict[str, int]:
    return {
        "cases": len(entries),
        "genes": len({entry.gene for entry in entries}),
        "publications": len({entry.pmid for entry in entries if entry.pmid}),
        "components": len({entry.component for entry in entries}),
    }


def digest(case: Case) -> str:
    """Sixteen hex digits of what a case says: terms, excluded terms, text, gene, publication."""
    said = [
        sorted(case.hpo_ids),
        sorted(case.excluded_hpo_ids),
        case.text,
        case.solution.gene if case.solution else None,
        case.pmid,
    ]
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()[:16]


def _lines(entries: Sequence[Entry]) -> str:
    return "".join(json.dumps(asdict(entry), ensure_ascii=False) + "\n" for entry in entries)


def _checksum(entries: Sequence[Entry]) -> str:
    return f"sha256:{hashlib.sha256(_lines(entries).encode()).hexdigest()}"


def write_manifest(manifest: Manifest, path: Path) -> None:
    """Write JSON lines: the header, then one line a case. Raises UsageError."""
    try:
        with replacing(path) as out:
            out.write(json.dumps(manifest.header, ensure_ascii=False) + "\n")
            out.write(_lines(manifest.entries))
    except OSError as error:
        raise UsageError(f"{path}: cannot be written ({error.strerror or error})") from error


def read_manifest(path: Path) -> Manifest:
    """Read and check a manifest. Raises UsageError where it is damaged or was edited by hand."""
    try:
        first, *rest = lines_of(path.read_bytes().decode("utf-8-sig"))
        header = json.loads(first)
        entries = tuple(Entry(**json.loads(line)) for line in rest)
        if header["kind"] != KIND or header["version"] != VERSION:
            raise UsageError(f"{path}: is not a split manifest of version {VERSION}")
        checksum = header["checksum"]
    except OSError as error:
        raise UsageError(f"{path}: cannot be read ({error.strerror or error})") from error
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise UsageError(f"{path}: is not a split manifest ({error}); make it anew") from error
    if checksum != _checksum(entries):
        raise UsageError(
            f"{path}: its lines do not have the checksum that its first line states; "
            "make the split anew instead of editing it"
        )
    return Manifest(header, entries)


def audit(manifest: Manifest, cases: Sequence[Case], knowledge: Knowledge | None = None) -> Audit:
    """Look for everything that two splits share, in the cases themselves and not in the manifest.

    With `knowledge`, also measure per split what it was told by the cases' publications.
    """
    by_id = {case.id: case for case in cases}
    present = [
        (entry, by_id[entry.case_id]) for entry in manifest.entries if entry.case_id in by_id
    ]
    splits = [entry.split for entry, _ in present]
    found = [case for _, case in present]
    shared: dict[tuple[str, str], list[int]] = defaultdict(list)
    for row, case in enumerate(found):
        shared["case", case.id].append(row)
        if case.solution:
            shared["gene", case.solution.gene].append(row)
        if case.pmid:
            shared["publication", case.pmid].append(row)
    options = manifest.header.get("options", {})
    for a, b in near_duplicates(
        found, options.get("similarity", SIMILARITY), options.get("min_terms", MIN_TERMS)
    ):
        shared["near duplicates", f"{found[a].id} and {found[b].id}"] = [a, b]
    overlaps = tuple(
        Overlap(
            kind,
            value,
            tuple(sorted({splits[row] for row in rows}, key=SPLITS.index)),
            tuple(found[row].id for row in rows),
        )
        for (kind, value), rows in shared.items()
        if len({splits[row] for row in rows}) > 1
    )
    leaked = {}
    if knowledge is not None:
        for name in SPLITS:
            inside = [case for case, split in zip(found, splits, strict=True) if split == name]
            if inside:
                leaked[name] = leakage(solved_cases(inside, knowledge), knowledge)
    return Audit(
        overlaps=overlaps,
        missing=tuple(e.case_id for e in manifest.entries if e.case_id not in by_id),
        changed=tuple(entry.case_id for entry, case in present if entry.content != digest(case)),
        leaked=leaked,
    )


def cases_of(manifest: Manifest, cases: Sequence[Case]) -> dict[str, list[Case]]:
    """The cases of each split, after an audit: raises UsageError for any overlap or lost case."""
    found = audit(manifest, cases)
    if found.overlaps:
        listed = "; ".join(map(str, found.overlaps[:5]))
        raise UsageError(f"{len(found.overlaps)} overlaps between the splits, refused: {listed}")
    if found.missing or found.changed:
        first = (*found.missing, *found.changed)[0]
        raise UsageError(
            f"{len(found.missing)} cases of the split are missing and {len(found.changed)} have "
            f"changed since it was made, such as {first!r}: give it the same cases, or make it anew"
        )
    by_id = {case.id: case for case in cases}
    return {
        name: [by_id[entry.case_id] for entry in manifest.entries if entry.split == name]
        for name in SPLITS
    }

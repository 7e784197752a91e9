"""What a source wrote about a patient's phenotype, mapped to current HPO terms."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import NamedTuple

from genecaller.cases.case import CaseTerm
from ontology.hpo import Hpo
from ontology.status import Status

_HPO_ID = re.compile(r"(?:.*[/#])?hpo?\s?[:_]?\s?(\d{7})", re.IGNORECASE)
NONE_PRESENT = "no phenotypic feature is stated as present"


class Finding(NamedTuple):
    """One feature as the source wrote it; `where` is its line or JSON path, for messages.

    Only what is present or excluded becomes a term of the case; the rest is told.
    """

    written: str
    label: str | None = None
    status: Status = "present"
    onset: str | None = None
    severity: str | None = None
    where: str | None = None


@dataclass(frozen=True, slots=True)
class Findings:
    """The terms of a case, mapped and without duplicates, and what was done on the way."""

    terms: tuple[CaseTerm, ...]
    excluded_terms: tuple[CaseTerm, ...]
    problems: tuple[str, ...]


def collect(findings: Iterable[Finding], hpo: Hpo) -> Findings:
    """Map findings to current terms, in the source's order.

    Old ids are mapped, duplicates merged; what is malformed, unknown or obsolete is left out. A
    term both present and excluded counts as present. Uncertain findings and those of relatives
    are in neither list. Each of these is said in `problems`.
    A name or exact synonym of a term may stand in place of its id.
    """
    lists: dict[Status, dict[str, CaseTerm]] = {
        status: {} for status in ("present", "excluded", "uncertain", "family")
    }
    problems: list[str] = []
    repeated: dict[str, None] = {}
    for finding in findings:
        term = _map(finding, hpo, problems)
        if term is None:
            continue
        found = lists[finding.status]
        first = found.setdefault(term.hpo_id, term)
        if first is not term:
            repeated[term.hpo_id] = None
            found[term.hpo_id] = replace(
                first, onset=first.onset or term.onset, severity=first.severity or term.severity
            )
    present, excluded = lists["present"], lists["excluded"]
    if repeated:
        problems.append(f"stated more than once, counted once: {_named(repeated, hpo)}")
    both = [hpo_id for hpo_id in excluded if hpo_id in present]
    if both:
        problems.append(
            f"stated both as present and as excluded, counted as present: {_named(both, hpo)}"
        )
    neither: tuple[tuple[Status, str], ...] = (
        ("uncertain", "as uncertain"),
        ("family", "of a relative"),
    )
    for status, words in neither:
        if lists[status]:
            problems.append(
                f"stated {words}, counted neither as present nor as excluded: "
                f"{_named(lists[status], hpo)}"
            )
    return Findings(
        tuple(present.values()),
        tuple(term for hpo_id, term in excluded.items() if hpo_id not in present),
        tuple(problems),
    )


def hpo_id_in(written: str) -> str | None:
    """The HPO id that a piece of text is ("hp_0001250", or an IRI), None where it is none."""
    match = _HPO_ID.fullmatch(written.strip())
    return f"HP:{match[1]}" if match else None


def current_id(written: str, hpo: Hpo) -> str | None:
    """The current id of an id in any spelling, None where there is none (onsets, severities)."""
    hpo_id = hpo_id_in(written)
    return hpo.resolve(hpo_id).hpo_id if hpo_id else None


def _named(hpo_ids: Iterable[str], hpo: Hpo) -> str:
    return ", ".join(f"{hpo_id} ({hpo.name(hpo_id)})" for hpo_id in hpo_ids)


def _map(finding: Finding, hpo: Hpo, problems: list[str]) -> CaseTerm | None:
    written = finding.written
    i = hpo.index.get(written)
    if i is not None:
        return CaseTerm(written, hpo.names[i], None, finding.onset, finding.severity)
    place = f"{finding.where}: " if finding.where else ""
    label = f" ({finding.label})" if finding.label else ""
    hpo_id = hpo_id_in(written)
    if hpo_id is None:
        named = hpo.id_by_name.get(written.strip().casefold())
        if named is None:
            problems.append(
                f"{place}{_short(written)}{label} is neither an HPO id (HP: and seven digits) nor "
                "the name of a term; left out"
            )
            return None
        return CaseTerm(named, hpo.name(named), None, finding.onset, finding.severity)
    found = hpo.resolve(hpo_id)
    if found.hpo_id is None:
        if found.status == "obsolete":
            hints = ", ".join(f"{c} ({hpo.name(c)})" for c in found.candidates)
            advice = f"consider {hints}" if hints else "choose a current term"
            problems.append(
                f"{place}{hpo_id}{label} is obsolete and has no single replacement; left out, "
                f"{advice}"
            )
        else:
            problems.append(
                f"{place}{hpo_id}{label} is not in HPO {hpo.release}; left out, "
                "a newer release may have it (genecaller knowledge update)"
            )
        return None
    name = hpo.name(found.hpo_id)
    if found.status != "current":
        problems.append(f"{place}{hpo_id}{label} is an old id, read as {found.hpo_id} ({name})")
    recorded = written if written != found.hpo_id else None
    return CaseTerm(found.hpo_id, name, recorded, finding.onset, finding.severity)


def _short(text: str) -> str:
    flat = " ".join(text.split())
    return repr(flat if len(flat) <= 60 else flat[:57] + "...")

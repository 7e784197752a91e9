"""What a title says of the list under it: "Pertinent negatives", "Not seen on examination"."""

from __future__ import annotations

import re
from functools import lru_cache

from ontology.recognise.answer_words import without_teller
from ontology.recognise.cues import find_cues
from ontology.recognise.tokens import tokenise
from ontology.status import Status, heading_status, names_findings, says_only_status

MARKUP = " \t#*_>-–—•·◦▪‣●"
"""What stands round a title: bullets and the signs of emphasis."""

_TITLE_WORDS = 12
_TESTS = frozenset([
    "test", "tests", "testing", "screen", "screens", "screening", "sequencing", "exome", "genome",
    "panel", "microarray", "array", "culture", "cultures", "serology", "pcr", "karyotype", "mri",
    "ct", "eeg", "emg", "ultrasound", "imaging", "biopsy", "variant", "variants", "mutation",
    "mutations", "genetic", "genetics", "gene", "genes", "workup", "treatment", "medication",
    "medications", "drug", "drugs", "therapy", "surgery", "consanguinity", "cause", "diagnosis",
])  # fmt: skip
_WEAK = frozenset(["negative", "neg", "negated", "none", "never", "nil", "without", "no", "not"])


@lru_cache(maxsize=4096)
def title_status(title: str) -> Status | None:
    """The status that a title gives its list; None where it is no title of status.

    "No treatment", "Genetic testing negative" and "Not controlled" deny no finding; in "parents
    deny" the relative only tells.
    """
    title = title.strip(MARKUP + "\r|()[]")
    title = without_teller(title)
    words = tokenise(title).surfaces
    if not words or len(words) > _TITLE_WORDS:
        return None
    pseudo = [
        cue for cue in find_cues(words, set())
        if cue.kind == "pseudo" and words[cue.first] not in ("possible", "suspected")
    ]  # fmt: skip
    if pseudo:
        covered = {i for cue in pseudo for i in range(cue.first, cue.last + 1)}
        title = " ".join(word for i, word in enumerate(words) if i not in covered)
        words = tokenise(title).surfaces
    status = heading_status(title)
    if status in (None, "family") or status == "present" or says_only_status(title):
        return None if status == "family" else status
    if not _TESTS.isdisjoint(words) or any(w.startswith("non") for w in title.split("-")[:-1]):
        return None
    others = sum(not says_only_status(word) for word in words)
    strong = any(
        heading_status(word) == "excluded" and word not in _WEAK for word in words
    ) or bool(
        re.search(
            r"\b(?:not|n't)\s(?:been\s)?(?:present|observed|seen|found|noted|detected|"
            r"reported|identified|evident|exhibited|shown)\b",
            title,
        )
    )
    if status == "uncertain":
        return status if others <= 3 else None
    return status if (strong and others <= 3) or (names_findings(title) and others <= 2) else None

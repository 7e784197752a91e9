"""An answer's words: "history negative", "denied by mother", and what is no answer."""

from __future__ import annotations

import re
from functools import lru_cache

from ontology.recognise.cues import find_cues
from ontology.recognise.tokens import tokenise
from ontology.status import Status, answer_status, is_relative, says_only_status

_NONE_OF = re.compile(r"\b(?:none|some|one|most|all|any)\s+of\b")


_TELLS = re.compile(r"\b(?:den(?:y|ies|ied|ying|ial)|reports?|reported)\b")
_KIN = re.compile(
    r"\b(?:mother|father|parents?|parental|maternal|paternal|family|sibling|brother|sister)s?'?s?\b"
)


def without_teller(words: str) -> str:
    """A heading or answer without the relative who only tells: "parents deny" is "deny"."""
    return _KIN.sub(" ", words) if _TELLS.search(words) else words


@lru_cache(maxsize=4096)
def answer_in(words: str) -> Status | None:
    """The status that an answer's words give, None where they say something else.

    "history negative" and "denied by mother" are answers; "not controlled", "no treatment" and
    "3 years" are none. A relative alone is one: "Ataxia (mother)".
    """
    written = words.strip(" \t\r\n.,;:!\"'")
    if len(written) > 1 and written[0] in "-=>" and written[1] in " \t":
        written = written[1:].strip()
    if not written or len(written.split()) > 8:
        return None
    if written != (told := without_teller(written)):
        written = told.strip()
    whole = answer_status(written.replace("n.a", "n/a").replace("n.d", "nd"))
    if whole is None:
        return "family" if is_relative(written) else None
    if written == "familial":
        return None  # the patient has it, and so have others
    if whole == "family" or len(written.split()) == 1:
        return whole
    if not says_only_status(written) or _NONE_OF.search(written):
        return None
    surfaces = tokenise(written).surfaces
    if any(cue.kind == "pseudo" for cue in find_cues(surfaces, set())):
        return None
    return whole

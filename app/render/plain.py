"""Text of a case, a file or an error for where Streamlit would read it as Markdown."""

from __future__ import annotations

import re
import unicodedata

LONGEST = 4000
"""Characters of a text on a page, a whole error message; the rest is cut off."""
LONGEST_NAME = 120
"""Characters of a name in a heading, on a button or in a list."""
_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")
_JOINER = "\N{WORD JOINER}"
_REWRITTEN = re.compile(
    r"(?<=:)(?=material_\w+:|streamlit:)"  # an icon
    r"|(?<=http:)(?=//)|(?<=https:)(?=//)|(?<=www)(?=\.)|(?<=\w@)(?=\w)"  # a link
    r"|(?<=<)(?=->?(?:\s|$)|=(?:\s|$))|(?<=-)(?=[->](?:\s|$))|(?<=[>~])(?==(?:\s|$))",  # an arrow
    re.IGNORECASE,
)
"""Where to part what Streamlit 1.67 rewrites in the finished text, escaped or not."""
_TURNS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Marks that turn the direction of the text after them: a name would be read as another."""


def visible(text: object, longest: int = LONGEST) -> str:
    """The text on one line, control characters and turns of direction written out."""
    words = " ".join(str(text).split())
    if len(words) > longest:
        words = f"{words[: longest - 1]}…"
    return "".join(
        f"[U+{ord(c):04X}]" if c in _TURNS or unicodedata.category(c) in ("Cc", "Cs") else c
        for c in words
    )


def plain(text: object, longest: int = LONGEST) -> str:
    """The text with nothing in it that Streamlit reads as Markdown.

    Every punctuation mark is escaped: no link, image, directive or formula (CommonMark 0.31,
    backslash escapes). What is rewritten later than that (icons, bare addresses, arrows) is
    parted by an invisible word joiner.
    """
    parted = _REWRITTEN.sub(_JOINER, visible(text, longest))
    return _PUNCTUATION.sub(r"\\\1", parted)


def plain_name(text: object) -> str:
    """`plain` for a name in a heading, on a button or in a list: cut where it is very long."""
    return plain(text, LONGEST_NAME)

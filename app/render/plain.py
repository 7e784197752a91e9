"""Text of a case, a file or an error for where Streamlit would read it as Markdown."""

from __future__ import annotations

import re

_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")


def plain(text: object) -> str:
    """The text with every punctuation mark escaped: no link, image, directive or formula in it.

    Source: CommonMark 0.31, backslash escapes; line ends become spaces.
    """
    return _PUNCTUATION.sub(r"\\\1", " ".join(str(text).split()))

"""Widgets drawn in the browser by a script and a style sheet of ours, which lie beside this file.

What comes from a case reaches the page as data and is written as text, never as HTML.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

import streamlit as st

if TYPE_CHECKING:
    from streamlit.components.v2.types import ComponentRenderer


@cache
def drawn(name: str, root: str) -> ComponentRenderer:
    """The widget `name`.js with `name`.css on an empty element of class `root`."""
    folder = files("app").joinpath("components")
    return st.components.v2.component(
        f"genecaller.{name}",
        html=f'<div class="{root}"></div>',
        css=folder.joinpath(f"{name}.css").read_text(encoding="utf-8"),
        js=folder.joinpath(f"{name}.js").read_text(encoding="utf-8"),
    )

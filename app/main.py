"""The web app: `genecaller app` runs this script for every visitor."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from app.render.plain import plain
from app.render.style import style
from app.sign_in import sign_out_line, signed_in
from genecaller.errors import GenecallerError

PAGES = (
    ("diagnose", "Diagnose", ":material/stethoscope:"),
    ("batch", "Batch", ":material/stacks:"),
    ("library", "Case library", ":material/folder_open:"),
    ("compare", "Compare tools", ":material/bar_chart:"),
    ("training", "Training runs", ":material/model_training:"),
)


def _page(name: str, title: str, icon: str, *, default: bool) -> st.Page:
    return st.Page(f"views/{name}.py", title=title, icon=icon, default=default)


def main() -> None:
    """Lay out the navigation and run the page asked for."""
    st.set_page_config(
        page_title="genecaller",
        page_icon=str(Path(__file__).with_name("render") / "icon.png"),
        layout="wide",
    )
    st.html(style())
    page = st.navigation(
        [_page(*one, default=at == 0) for at, one in enumerate(PAGES)], position="top"
    )
    try:
        if signed_in():
            page.run()
    except GenecallerError as error:
        st.error(plain(error), icon=":material/error:")
    st.html(
        '<p class="gc-notice">For research use only. Not a medical device; not a diagnosis. '
        "Reports and results stay on this machine.</p>"
    )
    sign_out_line()


main()

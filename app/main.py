"""The web app: `genecaller app` runs this script for every visitor."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from app.render.style import style
from genecaller.errors import GenecallerError


def main() -> None:
    """Lay out the navigation and run the page asked for."""
    st.set_page_config(
        page_title="genecaller",
        page_icon=str(Path(__file__).with_name("render") / "icon.png"),
        layout="wide",
    )
    st.html(style())
    page = st.navigation(
        [
            st.Page(
                "views/diagnose.py",
                title="Diagnose",
                icon=":material/stethoscope:",
                default=True,
            ),
        ],
        position="top",
    )
    try:
        page.run()
    except GenecallerError as error:
        st.error(f"{error}", icon=":material/error:")
    st.html(
        '<p class="gc-notice">For research use only. Not a medical device; not a diagnosis. '
        "Reports and results stay on this machine.</p>"
    )


main()

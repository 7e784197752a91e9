"""Optional sign-in through Streamlit's own OIDC support, for an app that others can reach."""

from __future__ import annotations

import os

import streamlit as st

from app.state import desk

SIGN_IN = "GENECALLER_SIGN_IN"
"""Set to 1, the environment variable lets in only who signed in (see docs/app.md)."""


def signed_in() -> bool:
    """Whether this visitor may go on; otherwise the page asks for a sign-in."""
    if os.environ.get(SIGN_IN) != "1":
        return True
    if st.user.get("is_logged_in"):
        here = desk()
        here.person = here.person or str(st.user.get("name") or st.user.get("email") or "")
        st.sidebar.button("Sign out", on_click=st.logout, key="sign-out")
        return True
    st.title("genecaller", anchor=False)
    st.write("This app asks who you are before it shows any case.")
    st.button("Sign in", on_click=st.login, type="primary", key="sign-in")
    return False

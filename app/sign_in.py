"""Optional sign-in through Streamlit's own OIDC support, for an app that others can reach."""

from __future__ import annotations

import os

import streamlit as st

from app.render.plain import plain
from app.state import desk

SIGN_IN = "GENECALLER_SIGN_IN"
"""Set to 1, the environment variable lets in only who signed in (see docs/app.md)."""


def signed_in() -> bool:
    """Whether this visitor may go on; otherwise the page asks for a sign-in."""
    if os.environ.get(SIGN_IN) != "1":
        return True
    name = signed_in_as()
    if name is not None:
        desk().person = name
        return True
    st.title("genecaller", anchor=False)
    st.write("This app asks who you are before it shows any case.")
    st.button("Sign in", on_click=st.login, type="primary", key="sign-in")
    return False


def signed_in_as() -> str | None:
    """The name that the provider vouches for; None where nobody has to sign in, or has not."""
    if os.environ.get(SIGN_IN) != "1" or not st.user.get("is_logged_in"):
        return None
    return str(st.user.get("name") or st.user.get("email") or st.user.get("sub") or "somebody")


def sign_out_line() -> None:
    """At the foot of every page: who is signed in, and the way out."""
    name = signed_in_as()
    if name is None:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(f"Signed in as {plain(name)}.", width="content")
        st.button("Sign out", on_click=st.logout, type="tertiary", key="sign-out")

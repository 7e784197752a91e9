"""Start the web app: this machine only unless told otherwise, no usage statistics."""

from __future__ import annotations

import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

UPLOAD_MB = 200
"""Largest upload; the readers have limits of their own for single cases."""

_LIGHT = {
    "primaryColor": "#1f6f78",
    "backgroundColor": "#ffffff",
    "secondaryBackgroundColor": "#f4f6f6",
    "textColor": "#1d2526",
    "borderColor": "#d9dfe0",
    "linkColor": "#1f6f78",
    "blueColor": "#1f6f78",
    "blueBackgroundColor": "#eaf2f3",
    "blueTextColor": "#174f56",
}
_DARK = {
    "primaryColor": "#58b4be",
    "backgroundColor": "#14191a",
    "secondaryBackgroundColor": "#1d2425",
    "textColor": "#e6eaea",
    "borderColor": "#364042",
    "linkColor": "#7ccbd3",
    "blueColor": "#58b4be",
    "blueBackgroundColor": "#1c3134",
    "blueTextColor": "#a9dde2",
}
_CHART = ["#1f6f78", "#e69f00", "#cc79a7", "#56b4e9", "#8a6d00", "#d55e00", "#7d4ec2", "#6e7781"]
"""The accent, then colours that stay apart for the colour-blind (after Okabe and Ito 2008)."""
_CHART_DARK = ["#58b4be", *_CHART[1:]]


def options(port: int, host: str, headless: bool) -> dict[str, Any]:
    """Streamlit's settings for this app; given at the start they win over a user's file."""
    settings: dict[str, Any] = {
        "server.port": port,
        "server.address": host,
        "server.headless": headless,
        "server.showEmailPrompt": False,
        "server.maxUploadSize": UPLOAD_MB,
        "server.fileWatcherType": "none",
        "server.runOnSave": False,
        "browser.gatherUsageStats": False,
        "client.toolbarMode": "minimal",
        # Its CSV would hold cells that a spreadsheet runs; our own exports mark them as text.
        "client.disableDataExport": True,
        "client.showErrorDetails": "none",
        "client.showErrorLinks": False,
        "runner.magicEnabled": False,
        # A sweep of all objects after every drawing: a third of a second beside a loaded model.
        "runner.postScriptGC": False,
        "theme.baseRadius": "0.4rem",
        "theme.baseFontSize": 15,
        "theme.headingFontSizes": ["1.6rem", "1.25rem", "1.05rem"],
        "theme.headingFontWeights": [600, 600, 600],
        "theme.paddingTop": "0.5rem",
        "theme.showWidgetBorder": True,
    }
    settings["theme.light.chartCategoricalColors"] = _CHART
    settings["theme.dark.chartCategoricalColors"] = _CHART_DARK
    for mode, colours in (("light", _LIGHT), ("dark", _DARK)):
        settings |= {f"theme.{mode}.{name}": value for name, value in colours.items()}
    return settings


def launch(port: int = 8501, host: str = "127.0.0.1", headless: bool = False) -> None:
    """Serve the app until it is interrupted; opens a browser unless `headless`.

    `host` "0.0.0.0" offers it to the network: put a sign-in before it then (see the manual).
    """
    import streamlit as st
    from starlette.middleware import Middleware
    from streamlit import config
    from streamlit.web import bootstrap
    from streamlit.web.server.starlette import UvicornRunner

    from app.headers import Headers
    from genecaller.cli.terminal import knowledge_in_use
    from ontology.recognise import recogniser_for

    # Loaded now, with progress on the terminal where it must be compiled: no visitor waits for it.
    recogniser_for(knowledge_in_use())
    # Knowledge stays for good: the collector need not look through it again and again.
    gc.freeze()

    ask_nobody()
    script = Path(__file__).with_name("main.py").resolve()
    config._main_script_path = str(script)
    bootstrap.load_config_options(options(port, host, headless))
    opened = None if headless else _opened_in_a_browser
    with suppress(KeyboardInterrupt):  # Ctrl-C is how a person ends it
        UvicornRunner(st.App(script, middleware=[Middleware(Headers)], lifespan=opened)).run()


def ask_nobody() -> None:
    """Keep Streamlit from looking up this machine's own addresses, here and on the network.

    It does so to print them, and whenever a WebSocket comes from a page of another address. One
    from the very address that the visitor sees is let in before that; where a proxy changes it,
    Streamlit's setting server.corsAllowedOrigins names the address.
    """
    from streamlit import net_util

    net_util.get_external_ip = net_util.get_internal_ip = lambda: None


@asynccontextmanager
async def _opened_in_a_browser(_: object) -> AsyncIterator[None]:
    """Open the app's page as soon as it is served."""
    import asyncio
    import webbrowser

    from streamlit import config
    from streamlit.web.server.server_util import get_display_address, get_url

    address = get_url(get_display_address(config.get_option("server.address")))
    opening = asyncio.get_running_loop().run_in_executor(None, webbrowser.open, address)
    yield
    await opening

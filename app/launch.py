"""Start the web app: this machine only unless told otherwise, no usage statistics."""

from __future__ import annotations

import gc
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
    """Streamlit's settings for this app, in the form of its flags (dots as underscores).

    Given as flags they win over a settings file in the user's folder.
    """
    settings: dict[str, Any] = {
        "server_port": port,
        "server_address": host,
        "server_headless": headless,
        "server_showEmailPrompt": False,
        "server_maxUploadSize": UPLOAD_MB,
        "server_fileWatcherType": "none",
        "server_runOnSave": False,
        "browser_gatherUsageStats": False,
        "client_toolbarMode": "minimal",
        # Its CSV would hold cells that a spreadsheet runs; our own exports mark them as text.
        "client_disableDataExport": True,
        "client_showErrorDetails": "none",
        "client_showErrorLinks": False,
        "runner_magicEnabled": False,
        # A sweep of all objects after every drawing: a third of a second beside a loaded model.
        "runner_postScriptGC": False,
        "theme_baseRadius": "0.4rem",
        "theme_baseFontSize": 15,
        "theme_headingFontSizes": ["1.6rem", "1.25rem", "1.05rem"],
        "theme_headingFontWeights": [600, 600, 600],
        "theme_paddingTop": "0.5rem",
        "theme_showWidgetBorder": True,
    }
    settings["theme_light_chartCategoricalColors"] = _CHART
    settings["theme_dark_chartCategoricalColors"] = _CHART_DARK
    for mode, colours in (("light", _LIGHT), ("dark", _DARK)):
        settings |= {f"theme_{mode}_{name}": value for name, value in colours.items()}
    return settings


def launch(port: int = 8501, host: str = "127.0.0.1", headless: bool = False) -> None:
    """Serve the app until it is interrupted; opens a browser unless `headless`.

    `host` "0.0.0.0" offers it to the network: put a sign-in before it then (see the manual).
    """
    from streamlit import config
    from streamlit.web import bootstrap

    from genecaller.cli.terminal import knowledge_in_use
    from ontology.recognise import recogniser_for

    # Loaded now, with progress on the terminal where it must be compiled: no visitor waits for it.
    recogniser_for(knowledge_in_use())
    # Knowledge stays for good: the collector need not look through it again and again.
    gc.freeze()

    script = str(Path(__file__).with_name("main.py"))
    flags = options(port, host, headless)
    config._main_script_path = script
    bootstrap.load_config_options(flags)
    bootstrap.run(script, False, [], flags)

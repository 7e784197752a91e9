"""`genecaller app`: the web app, on this machine only unless told otherwise."""

from __future__ import annotations

import click


@click.command()
@click.option("--port", type=click.IntRange(1, 65535), default=8501, show_default=True)
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--no-browser", is_flag=True, help="Do not open a browser window.")
def command(port: int, host: str, no_browser: bool) -> None:
    """Open the web app."""
    from app.launch import launch

    launch(port=port, host=host, headless=no_browser)

"""The style of everything that the app draws itself."""

from __future__ import annotations

from functools import cache
from importlib.resources import files


@cache
def style() -> str:
    """The style sheet as a <style> element."""
    text = files("app").joinpath("render/style.css").read_text(encoding="utf-8")
    return f"<style>{text}</style>"

"""The README's pictures: `python tests/app/screenshots.py [--home HOME] [--no-model]`.

Starts the real app on a home of its own, drives it in a headless Chromium and writes small PNG
files to docs/images. With --home, an existing home (its evaluations, training runs and cases) is
pictured too.
"""

from __future__ import annotations

import argparse
import io
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).parents[2]
IMAGES = ROOT / "docs" / "images"
COLOURS = 96
MODEL_SECONDS = 240


def main() -> None:
    """Take all pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, help="picture an existing home's store as well")
    parser.add_argument("--no-model", action="store_true", help="do not wait for the model")
    chosen = parser.parse_args()
    IMAGES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as playwright:
        home = chosen.home or Path(scratch)
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium") or shutil.which("chromium-browser"),
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        with served(home, ask_model=not chosen.no_model) as address:
            for scheme in ("light", "dark"):
                page = opened(browser, address, scheme)
                diagnose(page, with_model=not chosen.no_model)
                save(page, f"diagnose-{scheme}")
            page = opened(browser, address, "light", width=390, height=844)
            diagnose(page, with_model=False)
            save(page, "diagnose-phone")
            if chosen.home:
                for name in ("compare", "training", "library"):
                    page = opened(browser, address, "light", path=name)
                    page.get_by_text("For research use only").wait_for()
                    page.wait_for_timeout(3000)
                    save(page, name)
        browser.close()


@contextmanager
def served(home: Path, *, ask_model: bool) -> Iterator[str]:
    """The app's address for the time of the block."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-c", f"from app.launch import launch; launch({port}, headless=True)"],
        env={
            **os.environ,
            "GENECALLER_HOME": str(home),
            "GENECALLER_MODEL_UNBIDDEN": "1" if ask_model else "0",
        },
        cwd=ROOT,
    )
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(600):
            try:
                with urllib.request.urlopen(f"{address}/_stcore/health", timeout=1):
                    break
            except (urllib.error.URLError, OSError):
                time.sleep(0.2)
        yield address
    finally:
        process.terminate()
        process.wait(timeout=30)


def opened(
    browser: Browser,
    address: str,
    scheme: str,
    *,
    width: int = 1280,
    height: int = 960,
    path: str = "",
) -> Page:
    """A fresh visitor's page."""
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme="dark" if scheme == "dark" else "light",
    )
    page = context.new_page()
    page.set_default_timeout(60_000)
    page.goto(f"{address}/{path}")
    return page


def diagnose(page: Page, *, with_model: bool) -> None:
    """The 51-year-old woman's report, ranked, the first gene's evidence open."""
    page.get_by_role("button", name="A 51-year-old woman").click()
    page.locator(".gc-ranking").wait_for()
    if with_model:
        asked = page.get_by_text("The model is")
        asked.first.wait_for()
        asked.first.wait_for(state="hidden", timeout=MODEL_SECONDS * 1000)
    page.wait_for_timeout(1500)
    page.locator(".gc-ranking summary").first.click()
    page.wait_for_timeout(500)


def save(page: Page, name: str) -> None:
    """Write a picture with few colours, so that it stays small."""
    raw = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    small = raw.quantize(COLOURS, dither=Image.Dither.NONE)
    path = IMAGES / f"{name}.png"
    small.save(path, optimize=True)
    print(f"{path.relative_to(ROOT)}: {path.stat().st_size // 1024} kB")


if __name__ == "__main__":
    main()

"""The app under test: by Streamlit's own harness, and as a process that a browser talks to."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import streamlit as st
from playwright.sync_api import Browser, Error, Page, expect, sync_playwright
from streamlit.testing.v1 import AppTest

from app.state import UNBIDDEN
from genecaller.cases import Case, CaseTerm, Solution
from ontology.knowledge import Knowledge

MAIN = Path(__file__).parents[2] / "app" / "main.py"
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
START_SECONDS = 600
PATIENCE_MS = 600_000
"""How long a step in the browser may take before it counts as broken, on a busy machine too."""
SOLVED = [
    Case(
        f"solved-{gene}",
        tuple(CaseTerm(hpo_id, label) for hpo_id, label in terms),
        solution=Solution(gene),
    )
    for gene, terms in {
        "TSC2": (("HP:0009717", "Cortical tubers"), ("HP:0009716", "Subependymal nodules")),
        "FBN1": (("HP:0001083", "Ectopia lentis"), ("HP:0001166", "Arachnodactyly")),
        "KDM6A": (("HP:0000316", "Hypertelorism"), ("HP:0007655", "Eversion of lateral lid")),
    }.items()
]


@pytest.fixture(scope="session", autouse=True)
def model_waits_to_be_asked() -> Iterator[None]:
    """No test loads the language model unless it asks for it."""
    os.environ[UNBIDDEN] = "0"
    yield
    del os.environ[UNBIDDEN]


@pytest.fixture
def app(knowledge: Knowledge) -> AppTest:
    """The app in a session of its own, its first page drawn."""
    return AppTest.from_file(str(MAIN), default_timeout=300).run()


@pytest.fixture
def own_home(
    tmp_path: Path, knowledge: Knowledge, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Path]:
    """A home with the compiled knowledge and an empty store, for one test."""
    shutil.copytree(knowledge.path.parent, tmp_path / "knowledge")
    monkeypatch.setenv("GENECALLER_HOME", str(tmp_path))
    st.cache_resource.clear()
    yield tmp_path
    st.cache_resource.clear()


def view(name: str) -> AppTest:
    """One of the app's pages, drawn without an error."""
    app = AppTest.from_file(str(MAIN), default_timeout=300).run()
    app.switch_page(f"views/{name}.py").run()
    assert not app.exception
    return app


@pytest.fixture(scope="session")
def address(knowledge: Knowledge, session_home: Path, network_log: Path) -> Iterator[str]:
    """The address of the real app, started as `genecaller app` starts it, its network watched."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = f"from app.launch import launch; launch({port}, headless=True)"
    log = (session_home / "app.log").open("w")
    process = subprocess.Popen(
        [sys.executable, "-c", command],
        env={**os.environ, "GENECALLER_HOME": str(session_home)},
        cwd=MAIN.parents[1],
        stdout=log,
        stderr=subprocess.STDOUT,
    )
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(START_SECONDS * 5):
            try:
                with urllib.request.urlopen(f"{address}/_stcore/health", timeout=1):
                    break
            except (urllib.error.URLError, OSError):
                time.sleep(0.2)
        else:
            pytest.fail(f"the app did not start: {(session_home / 'app.log').read_text()}")
        yield address
    finally:
        process.terminate()
        process.wait(timeout=120)
        log.close()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A headless Chromium: the system's, or Playwright's own."""
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(
                executable_path=CHROMIUM,
                args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
            )
        except Error as error:
            pytest.skip(f"no Chromium here: {str(error).splitlines()[0]}")
        yield browser
        browser.close()


@pytest.fixture
def visit(browser: Browser, address: str) -> Iterator[Callable[..., Page]]:
    """Open the app as a new person: `visit(width=1280, scheme="light")`.

    When the test ends, a request to anywhere but the app or an error of a script fails it.
    """
    contexts, complaints = [], []

    def open_app(width: int = 1280, scheme: str = "light", path: str = "") -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme=scheme, accept_downloads=True
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.on("pageerror", lambda error: complaints.append(f"script error: {error}"))
        page.on("dialog", lambda dialog: complaints.append(f"dialog: {dialog.message}"))
        page.on(
            "request",
            lambda request: (
                None
                if request.url.startswith((address, "data:", "blob:"))
                else complaints.append(f"request to {request.url}")
            ),
        )
        page.goto(f"{address}/{path}")
        return page

    yield open_app
    for context in contexts:
        context.close()
    assert not complaints


def at_rest(page: Page) -> None:
    """Wait until the last edit is drawn: a click on a page being redrawn may go to what it was."""
    page.locator('[data-testid="stApp"][data-test-script-state="notRunning"]').wait_for()

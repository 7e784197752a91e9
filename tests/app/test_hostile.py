"""Whatever a case, a file, a ranker or a run is called, the page shows it as text."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from google.protobuf.message import Message
from playwright.sync_api import Page, expect
from streamlit.testing.v1 import AppTest

from app.draft import Draft, add
from genecaller.cases import CaseTerm
from genecaller.store import Provenance, open_store
from ontology.knowledge import Knowledge
from tests.app import hostile
from tests.app.conftest import at_rest, view
from tests.app.hostile import EVIL

Visit = Callable[..., Page]
MARKDOWN_FIELDS = frozenset(("body", "label", "help", "caption", "captions", "text"))
RAW = re.compile(r"(?<!\\)!\[|(?<!\\)\]\(|(?<!\\)<img|(?<!\\):red\[|(?<!\\)\$|:material_home|\n#")


def texts(message: Message) -> Iterator[tuple[str, str]]:
    """Every text field of a message that Streamlit may read as Markdown, with its name."""
    for field, value in message.ListFields():
        if field.message_type is not None:
            for part in value if field.is_repeated else [value]:
                if isinstance(part, Message):
                    yield from texts(part)
        elif field.name in MARKDOWN_FIELDS:
            for part in value if field.is_repeated else [value]:
                if isinstance(part, str):
                    yield field.name, part


def read_as_markdown(app: AppTest) -> list[str]:
    """What the page hands to Streamlit's Markdown, the app's own style and tables left out."""
    skipped = ("html", "text", "code", "json", "bidi_component", "text_input", "text_area")
    found = []
    for element in app:
        message = getattr(element, "proto", None)
        if element.type not in skipped and isinstance(message, Message):
            found += [text for _, text in texts(message)]
    return found


@pytest.fixture
def evil_home(own_home: Path, knowledge: Knowledge) -> Path:
    hostile.fill(open_store(), knowledge)
    return own_home


@pytest.mark.parametrize(
    ("page", "views"),
    [
        ("batch", ()),
        ("library", ("Cases", "Review", "Duplicates", "Retraining")),
        ("compare", ()),
        ("training", ()),
    ],
)
def test_names_are_text_on_every_page(evil_home: Path, page: str, views: tuple[str, ...]) -> None:
    app = view(page)
    seen = read_as_markdown(app)
    for one in views:
        app.segmented_control(key="library-view").set_value(one).run()
        assert not app.exception
        seen += read_as_markdown(app)
    if page == "compare":
        app.selectbox(key="duel-left").set_value(EVIL).run()
        assert not app.exception
        seen += read_as_markdown(app)
    if page == "training":
        app.multiselect(key="more-curves").set_value([f"train/{EVIL}"]).run()
        assert not app.exception
        seen += read_as_markdown(app)
    assert len(seen) > 5
    assert [text for text in seen if RAW.search(text)] == []


def test_a_cases_name_is_text_while_it_is_diagnosed(app: AppTest) -> None:
    draft = add(Draft(EVIL, problems=(EVIL,)), [CaseTerm("HP:0009717", EVIL)])
    app.session_state["desk"].open(draft)
    app.session_state["desk"].say(EVIL)
    app.run()
    assert not app.exception
    seen = read_as_markdown(app)
    assert any("evil" in text for text in seen)
    assert [text for text in seen if RAW.search(text)] == []
    assert not app.error


def test_the_check_sees_markdown_that_is_not_escaped() -> None:
    def script(told: str) -> None:
        import streamlit as st

        st.caption(told)
        st.button("x", help=told)

    app = AppTest.from_function(script, args=(EVIL,)).run()
    assert len([text for text in read_as_markdown(app) if RAW.search(text)]) == 2


def shows_text_only(page: Page) -> None:
    """The page holds nothing that a name asked for; requests are watched by `visit`."""
    at_rest(page)
    main = page.locator('[data-testid="stMain"]')
    assert main.locator("[src*='evil'], [href*='evil']").count() == 0
    assert main.locator(".katex").count() == 0
    assert main.get_by_alt_text("Streamlit logo").count() == 0
    assert main.locator("[aria-label='home icon'], [arialabel='home icon']").count() == 0
    assert page.evaluate("document.documentElement.scrollWidth") <= 1280


@pytest.mark.browser
def test_a_real_browser_shows_names_and_fetches_nothing(
    visit: Visit, session_home: Path, knowledge: Knowledge
) -> None:
    store = open_store(session_home / "genecaller.duckdb")
    hostile.fill(store, knowledge)
    for path, says in (
        ("batch", "with the reasons"),
        ("library", "Choose a line to see the case"),
        ("compare", "All rankers"),
        ("training", "Outcome"),
    ):
        page = visit(path=path)
        expect(page.get_by_text(says).first).to_be_visible()
        at_rest(page)
        closed = page.locator('[data-testid="stExpander"] details:not([open]) > summary')
        for left in range(closed.count(), 0, -1):
            expect(closed).to_have_count(left)
            closed.first.click()
        shows_text_only(page)
        if path == "library":
            for name in ("Review", "Duplicates", "Retraining"):
                page.get_by_text(re.compile(rf"^{name}")).first.click()
                shows_text_only(page)
        page.close()
    for entry in store.read_queue():  # other tests count what waits in this store
        if entry.who == EVIL:
            made_with = Provenance(knowledge.stamp)
            store.review_solution(entry.entry_id, "rejected", who="A", provenance=made_with)


@pytest.mark.browser
def test_an_uploaded_files_name_is_text(visit: Visit) -> None:
    page = visit()
    page.get_by_role("tab", name="Upload a file").click()
    name = "![i](http:evil.example) :red[r] $x$ <b>.txt"
    report = b"A boy with seizures and cortical tubers."
    page.locator("input[type=file]").set_input_files(
        {"name": name, "mimeType": "text/plain", "buffer": report}
    )
    page.get_by_role("button", name="Rank genes").last.click()
    expect(page.locator(".gc-ranking")).to_contain_text("TSC2")
    shows_text_only(page)

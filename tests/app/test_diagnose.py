"""The page that diagnoses a case, by Streamlit's own harness."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from app import draft as edits

MAIN = Path(__file__).parents[2] / "app" / "main.py"
TUBERS = (
    "A 3-year-old boy with seizures, cortical tubers and subependymal nodules. "
    "No cleft palate. <script>alert(1)</script> ![x](http://evil.example/x.png)"
)


def paste(app: AppTest, text: str) -> AppTest:
    app.text_area[0].set_value(text)
    next(b for b in app.button if b.label == "Rank genes").click()
    return app.run()


def drawn(app: AppTest) -> str:
    return "".join(element.proto.body for element in app.get("html"))


def test_a_pasted_report_is_ranked_at_once(app: AppTest) -> None:
    paste(app, TUBERS)
    assert not app.exception
    shown = drawn(app)
    assert ">TSC2<" in shown
    assert "explains 3 of 3" in shown
    assert "research use only" in shown


def test_case_text_is_never_drawn_as_html(app: AppTest) -> None:
    paste(app, TUBERS)
    assert "<script" not in drawn(app)
    assert all("evil" not in m.value for m in app.markdown)


def test_an_empty_report_says_what_to_do(app: AppTest) -> None:
    paste(app, "  ")
    assert "Paste a report first" in app.warning[0].value


def test_a_report_without_findings_says_what_to_do(app: AppTest) -> None:
    paste(app, "Nothing of note.")
    assert not app.exception
    assert "Reports are read in English" in app.info[0].value
    assert "explains 0 of" not in drawn(app)  # every patient without findings would get the same


def test_an_edit_reranks_and_can_be_undone(app: AppTest) -> None:
    paste(app, TUBERS)
    desk = app.session_state["desk"]
    before = drawn(app)
    desk.edit(edits.remove(desk.draft, "HP:0009717"))
    app.run()
    assert "explains 2 of 2" in drawn(app)
    app.button(key="undo").click().run()
    assert drawn(app) == before


def test_a_what_if_shows_how_ranks_move(app: AppTest) -> None:
    paste(app, TUBERS)
    desk = app.session_state["desk"]
    desk.edit(edits.switch(desk.draft, "HP:0009717"))
    app.run()
    assert "gc-moved" in drawn(app)


def test_two_people_do_not_share_a_case(app: AppTest) -> None:
    paste(app, TUBERS)
    other = AppTest.from_file(app._script_path, default_timeout=300).run()
    assert other.session_state["desk"].draft is None
    assert app.session_state["desk"].draft is not None


def test_a_cases_id_is_no_markdown(app: AppTest) -> None:
    desk = app.session_state["desk"]
    desk.open(edits.Draft("![x](http://evil.example/x.png) :red[y] $z$"))
    app.run()
    assert not app.exception
    assert app.subheader[0].value.startswith("\\!\\[x\\]\\(http\\:")
    assert "\\:red\\[y\\] \\$z\\$" in app.subheader[0].value


def test_with_sign_in_a_stranger_sees_no_case(
    knowledge: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GENECALLER_SIGN_IN", "1")
    app = AppTest.from_file(str(MAIN), default_timeout=300).run()
    assert not app.exception
    assert not app.text_area
    assert [button.label for button in app.button] == ["Sign in"]

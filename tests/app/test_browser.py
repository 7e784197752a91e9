"""The real app in headless Chromium, driven as a person would."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from genecaller.store import Provenance, Run, open_store
from ontology.knowledge import Knowledge
from tests.app.conftest import PATIENCE_MS, SOLVED, at_rest

pytestmark = pytest.mark.browser

EXAMPLES = Path(__file__).parents[2] / "data" / "examples"
WOMAN = (EXAMPLES / "velopharyngeal-51f.txt").read_text(encoding="utf-8")
ROUND = re.compile(r"^round [1-8] of 8$")
PAGES = ("", "batch", "library", "compare", "training")
Visit = Callable[..., Page]


def paste(page: Page, text: str) -> None:
    page.get_by_label("Case report").fill(text)
    page.get_by_role("button", name="Rank genes").click()
    page.locator(".gc-ranking").wait_for()


def choose(page: Page, label: str, option: str) -> None:
    """Choose an option of a select box, again where a page drawn anew has closed its list."""
    wanted = page.get_by_role("option", name=option, exact=True)
    for _ in range(60):
        at_rest(page)
        page.get_by_role("combobox", name=label).first.click()
        try:
            wanted.click(timeout=10_000)
        except PlaywrightTimeout:
            page.keyboard.press("Escape")
            continue
        return
    raise AssertionError(f"{label} never offered {option}")


def state(page: Page, name: str) -> Locator:
    """The badge of a run's state, an icon before its name."""
    return page.locator(".stMarkdownBadge").filter(has_text=re.compile(rf"{name}$"))


def test_the_womans_report_is_corrected_ranked_explained_and_exported(
    visit: Visit, tmp_path: Path
) -> None:
    page = visit()
    paste(page, WOMAN)
    expect(page.locator(".findings li")).to_have_count(12)

    page.locator("mark", has_text="hypertelorism").click()
    page.locator(".menu button.excluded").click()
    expect(page.locator("mark.excluded", has_text="hypertelorism")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("mark.present", has_text="hypertelorism")).to_be_visible()

    first = page.locator(".gc-ranking details").first
    first.locator("summary").click()
    expect(first.locator(".gc-grid")).to_contain_text("exactly")
    expect(first.get_by_role("link", name="at NCBI Gene")).to_be_visible()

    for name, suffix in (("Report", ".html"), ("Phenopacket", ".json"), ("TSV", ".tsv")):
        at_rest(page)
        with page.expect_download() as download:
            page.get_by_role("button", name=name, exact=True).click()
        path = tmp_path / f"case{suffix}"
        download.value.save_as(path)
        assert path.stat().st_size > 500
    packet = json.loads((tmp_path / "case.json").read_text())
    assert {"id": "HP:0000316", "label": "Hypertelorism"} in [
        feature["type"] for feature in packet["phenotypicFeatures"]
    ]
    assert "research use only" in (tmp_path / "case.html").read_text()
    printed = page.context.new_page()
    printed.goto((tmp_path / "case.html").as_uri())
    assert printed.pdf(format="A4").count(b"/Type /Page\n") == 1


def test_a_finding_is_found_while_typing_and_added_by_the_keyboard(visit: Visit) -> None:
    page = visit()
    paste(page, "A boy with seizures and hypotonia.")
    box = page.get_by_role("combobox", name="Add a finding")
    box.click()
    box.press_sequentially("webbed nec")
    expect(page.locator(".search li").first).to_contain_text("Webbed neck")
    box.press("Enter")
    expect(page.locator(".findings li", has_text="Webbed neck")).to_be_visible()


def test_another_term_is_put_in_a_mentions_place(visit: Visit) -> None:
    page = visit()
    paste(page, "A boy with seizures and hypotonia.")
    page.locator("mark", has_text="seizures").click()
    page.locator(".menu button", has_text="Another term").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Focal-onset seizure").or_(
        dialog.get_by_role("combobox")
    ).first.wait_for()
    box = dialog.get_by_role("combobox")
    box.press_sequentially("infantile spasms")
    page.locator(".search li", has_text="Infantile spasms").first.wait_for()
    box.press("Enter")
    expect(page.locator(".findings li", has_text="nfantile spasms")).to_be_visible()
    expect(dialog).to_be_hidden()


def test_a_finding_switched_off_moves_ranks(visit: Visit) -> None:
    page = visit()
    paste(page, WOMAN)
    page.get_by_role("checkbox", name="Use Micrognathia in the ranking").uncheck()
    expect(page.locator(".gc-moved").first).to_be_visible()


def test_case_text_runs_nothing_and_fetches_nothing(visit: Visit) -> None:
    page = visit()
    evil = (
        "A boy with seizures <img src=x onerror=alert(1)> <script>alert(2)</script> "
        "![x](http://evil.example/x.png) and [hypotonia](javascript:alert(3))."
    )
    paste(page, evil)
    expect(page.locator(".report")).to_contain_text("<script>alert(2)</script>")
    assert page.locator(".report img, .report script, .report a").count() == 0


def test_a_phenopacket_is_uploaded_and_ranked(visit: Visit) -> None:
    page = visit()
    page.get_by_role("tab", name="Upload a file").click()
    page.locator("input[type=file]").set_input_files(EXAMPLES / "tubers-tsc.phenopacket.json")
    page.get_by_role("button", name="Rank genes").last.click()
    expect(page.locator(".gc-ranking")).to_contain_text("TSC2")


def test_a_file_that_is_no_case_is_refused_in_one_line(visit: Visit, tmp_path: Path) -> None:
    page = visit()
    broken = tmp_path / "broken.json"
    broken.write_text('{"id": ')
    page.get_by_role("tab", name="Upload a file").click()
    page.locator("input[type=file]").set_input_files(broken)
    alert = page.get_by_role("alert").first
    expect(alert).to_contain_text("broken.json")
    assert "Traceback" not in page.content()
    assert "/tmp/" not in alert.inner_text()


def test_a_batch_runs_in_the_background_and_lists_its_failures(
    visit: Visit, tmp_path: Path
) -> None:
    cases = tmp_path / "cases.jsonl"
    lines = [
        json.dumps({"id": f"b{i}", "terms": [{"hpo_id": "HP:0009717", "label": "Cortical tubers"}]})
        for i in range(5)
    ]
    cases.write_text("\n".join([*lines, '{"id": ']) + "\n")
    page = visit(path="batch")
    page.locator("input[type=file]").set_input_files(cases)
    page.get_by_text("cases.jsonl").first.wait_for()
    page.get_by_role("button", name="Rank all cases").click()
    page.goto(page.url.replace("batch", "library"))  # leave ...
    page.go_back()  # ... and return
    expect(page.get_by_text("done: 5 cases ranked, 1 failed")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("button", name="TSV").first.click()
    download.value.save_as(tmp_path / "ranked.tsv")
    assert "TSC" in (tmp_path / "ranked.tsv").read_text()
    page.get_by_text("with the reasons").first.click()
    expect(page.get_by_text("cases.jsonl, line 6")).to_be_visible()


def test_two_people_work_on_their_own_cases(visit: Visit) -> None:
    one, other = visit(), visit()
    paste(one, "A boy with seizures and hypotonia.")
    paste(other, "A girl with cortical tubers.")
    one.get_by_role("checkbox", name="Use Seizure in the ranking").uncheck()
    expect(one.locator(".gc-moved").first).to_be_visible()
    expect(other.locator(".findings")).not_to_contain_text("Seizure")


def stored_run(session_home: Path, enough: Callable[[Run], bool]) -> Run:
    """The newest training run, once it is as far as asked for."""
    store = open_store(session_home / "genecaller.duckdb")
    for _ in range(PATIENCE_MS // 200):
        runs = [r for r in store.list_runs(kinds=("train",), limit=50) if r.title == "smoke"]
        if runs and enough(runs[0]):
            return runs[0]
        assert not runs or runs[0].status in ("queued", "running", "paused"), runs[0].message
        time.sleep(0.2)
    pytest.fail("the training run did not get that far")


def test_a_training_run_is_started_watched_paused_and_resumed(
    visit: Visit, session_home: Path
) -> None:
    page = visit(path="training")
    page.get_by_text("Start a recipe").click()
    choose(page, "Recipe", "smoke")
    page.get_by_role("button", name="Start", exact=True).click()
    expect(state(page, "running")).to_be_visible()
    stored_run(session_home, lambda run: (run.done or 0) >= 1)
    expect(page.get_by_text(ROUND)).to_be_visible()
    page.get_by_role("button", name="Pause").click()
    stored_run(session_home, lambda run: run.requested == "pause" or run.status == "paused")
    page.close()  # it goes on to the end of its round without its page
    paused = stored_run(session_home, lambda run: run.status == "paused")

    page = visit(path="training")
    expect(state(page, "paused")).to_be_visible()
    expect(page.get_by_text(f"round {paused.done} of 8", exact=True)).to_be_visible()
    expect(page.get_by_text("train: reward", exact=True)).to_be_visible()
    expect(page.get_by_text("validation: reward", exact=True)).to_be_visible()
    expect(page.get_by_text("What the model answered")).to_be_visible()
    page.get_by_role("button", name="Resume").click()
    expect(state(page, "running").or_(state(page, "succeeded"))).to_be_visible()
    further = stored_run(session_home, lambda run: (run.done or 0) > (paused.done or 0))
    assert further.run_id == paused.run_id
    expect(page.get_by_text(f"round {paused.done} of 8", exact=True)).to_have_count(0)
    # Whether a round is left to pause after is up to the machine.
    at_rest(page)
    if page.get_by_role("button", name="Pause").is_visible():
        open_store(session_home / "genecaller.duckdb").request_stop(further.run_id, "pause")
    expect(state(page, "paused").or_(state(page, "succeeded"))).to_be_visible()


def test_a_case_is_curated_and_seen_in_the_next_split(
    visit: Visit, session_home: Path, knowledge: Knowledge
) -> None:
    others = open_store(session_home / "genecaller.duckdb")
    provenance = Provenance(knowledge.stamp)
    with others.run("score", provenance) as run_id:
        others.save_cases(SOLVED, run_id=run_id)
    for case in SOLVED:
        assert case.solution is not None
        entry = others.propose_solution(case.id, case.solution, who="A", provenance=provenance)
        others.review_solution(entry, "accepted", who="B", provenance=provenance)

    page = visit()
    paste(page, "A boy with seizures, hypotonia and microcephaly.")
    name = page.get_by_role("heading", level=3).first.inner_text()
    page.get_by_role("link", name="Case library").click()
    page.get_by_label("Search").fill(name)
    page.get_by_label("Search").press("Enter")
    expect(page.get_by_text("1 case.")).to_be_visible()
    page.locator(".dvn-scroller").first.click(position={"x": 15, "y": 50})
    page.get_by_text("Mark as solved").click()
    page.get_by_label("Your name").fill("Dr A")
    page.get_by_label("Your name").press("Enter")
    at_rest(page)
    page.get_by_label("Gene", exact=True).last.fill("STXBP1")
    page.get_by_label("Disease").fill("OMIM:612164")
    page.get_by_role("button", name="Propose for review").click()
    page.get_by_text("Proposed as number").wait_for()
    page.get_by_text("Review (1)").click()
    page.get_by_role("button", name="Accept").click()
    page.get_by_text("Nothing waits for review").wait_for()
    page.get_by_text("Retraining", exact=True).click()
    expect(page.get_by_text("Accepted cases: 4, of genes: 4.")).to_be_visible()
    expect(page.get_by_text("The next split")).to_be_visible()
    # The table is drawn on a canvas; its cells in view are there unseen.
    page.get_by_test_id("stDataFrame").last.scroll_into_view_if_needed()
    cell = page.get_by_role("gridcell", name="STXBP1", exact=True, include_hidden=True)
    expect(cell).to_have_count(1)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", PAGES)
def test_every_page_fits_a_phone(visit: Visit, path: str, scheme: str) -> None:
    page = visit(width=390, scheme=scheme, path=path)
    page.get_by_role("heading", level=1).first.wait_for()
    page.get_by_text("For research use only").wait_for()
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= 390

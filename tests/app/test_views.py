"""The other pages by Streamlit's own harness: empty, and with what the store really holds."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from app.batches import Batch, new_batch, read_batch
from app.widgets.curation import checked_solution
from genecaller.cases import Case, CaseTerm, Solution
from genecaller.evaluate import evaluate
from genecaller.evaluate.keep import keep
from genecaller.rankers import make_ranker
from genecaller.store import Metric, Provenance, SampledAnswer, Store, open_store
from ontology.knowledge import Knowledge

MAIN = Path(__file__).parents[2] / "app" / "main.py"
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


@pytest.fixture
def store(own_home: Path) -> Store:
    return open_store()


def view(name: str) -> AppTest:
    app = AppTest.from_file(str(MAIN), default_timeout=60).run()
    app.switch_page(f"views/{name}.py").run()
    assert not app.exception
    return app


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("batch", "No batch yet"),
        ("library", "No case is stored yet"),
        ("compare", "No evaluation is stored yet"),
        ("training", "No training run yet"),
    ],
)
def test_an_empty_page_says_what_to_do(own_home: Path, name: str, says: str) -> None:
    app = view(name)
    assert any(says in info.value for info in app.info)
    assert not app.error


def test_an_evaluation_is_shown_with_its_intervals_and_duels(
    store: Store, knowledge: Knowledge
) -> None:
    rankers = [make_ranker(name, knowledge) for name in ("sum", "prior")]
    evaluation = evaluate(SOLVED, rankers, knowledge, ("as-published",))
    provenance = Provenance(knowledge.stamp)
    with store.run("evaluate", provenance) as run_id:
        keep(evaluation, store, run_id=run_id, title="three", cases_source="three.jsonl")
        store.save_cases(SOLVED, run_id=run_id)
    app = view("compare")
    assert len(app.get("vega_lite_chart")) == 3
    assert any("n = 3" in caption.value for caption in app.caption)
    assert any("flatters" in caption.value for caption in app.caption)
    duels = app.dataframe[-2].value
    assert set(duels["gene"]) == {"TSC2", "FBN1", "KDM6A"}
    app.selectbox(key="duel-right").set_value("sum").run()
    assert any("two different rankers" in caption.value for caption in app.caption)


def test_a_case_is_solved_reviewed_and_in_the_next_split(
    store: Store, knowledge: Knowledge
) -> None:
    provenance = Provenance(knowledge.stamp)
    with store.run("score", provenance) as run_id:
        store.save_cases(SOLVED, run_id=run_id)
    for case in SOLVED:
        assert case.solution is not None
        store.propose_solution(case.id, case.solution, who="A", provenance=provenance)
    app = view("library")
    assert len(app.dataframe[0].value) == 3
    app.segmented_control(key="library-view").set_value("Review").run()
    assert app.button(key="accepted-1").disabled
    app.text_input(key="person").set_value("Dr B").run()
    for number in (1, 2, 3):
        app.button(key=f"accepted-{number}").click().run()
    assert not app.exception
    assert [case.id for case in store.curated_cases()] == sorted(case.id for case in SOLVED)
    assert store.curation_history(1)[0].who == "Dr B"
    app.segmented_control(key="library-view").set_value("Retraining").run()
    assert not app.exception
    parts = app.dataframe[0].value
    assert sorted(parts["case"]) == sorted(case.id for case in SOLVED)
    assert set(parts["part"]) <= {"train", "validation", "test", "left out"}


@pytest.mark.parametrize(
    ("gene", "disease", "says"),
    [("NOSUCH", "", "no single gene"), ("TSC2", "OMIM:1", "no disease"), ("", "", "no single")],
)
def test_a_wrong_solution_is_refused_in_words(
    own_home: Path, gene: str, disease: str, says: str
) -> None:
    problem, solution = checked_solution(gene, disease)
    assert solution is None
    assert says in str(problem)


def test_an_alias_is_solved_under_its_approved_symbol(own_home: Path) -> None:
    problem, solution = checked_solution("MLL2", "147920")
    assert problem is None
    assert solution is not None
    assert (solution.gene, solution.recorded_gene) == ("KMT2D", "MLL2")
    assert solution.disease_id == "OMIM:147920"


def test_a_training_run_shows_its_curves_and_answers(store: Store, knowledge: Knowledge) -> None:
    run_id = store.start_run("train", Provenance(knowledge.stamp, seed=1), title="smoke", total=10)
    store.save_metrics(
        run_id,
        [Metric(step, "validation/reward", 0.1 * step, 0.0, 1.0, 20) for step in range(5)]
        + [Metric(step, "train/kl", 0.01) for step in range(5)],
    )
    store.save_samples(
        run_id,
        [
            SampledAnswer(step, "validation", f"claim-{i}", text, reward, {"right": reward})
            for step, text, reward in ((0, "supported", 0.0), (4, "refuted", 1.0))
            for i in range(3)
        ],
    )
    store.report_progress(run_id, 4)
    app = view("training")
    assert len(app.get("vega_lite_chart")) == 2
    pairs = app.dataframe[0].value
    assert set(pairs["change"]) == {"got better"}
    app.selectbox(key="answers-change").set_value("got worse").run()
    assert any("0 of 3 items" in caption.value for caption in app.caption)
    app.button(key="pause-run").click().run()
    assert store.read_run(run_id).requested == "pause"


class Upload:
    def __init__(self, name: str, content: str) -> None:
        self.name = name
        self.content = content.encode()

    def getvalue(self) -> bytes:
        return self.content


def finished(folder: Path) -> Batch:
    for _ in range(300):
        batch = read_batch(folder)
        if batch is not None and batch.status in ("done", "failed", "stopped"):
            return batch
        time.sleep(0.2)
    pytest.fail(f"the batch did not end: {(folder / 'log.txt').read_text()}")


def test_a_batch_outlives_its_page_and_tells_of_failures(own_home: Path) -> None:
    lines = [
        json.dumps({"id": f"b{i}", "terms": [{"hpo_id": "HP:0009717", "label": "Cortical tubers"}]})
        for i in range(3)
    ]
    batch = new_batch(Upload("../../evil name.jsonl", "\n".join([*lines, '{"id": '])), "sum")
    assert batch.input.parent == batch.folder / "input"
    done = finished(batch.folder)
    assert (done.status, done.written, len(done.failures)) == ("done", 3, 1)
    assert "line 4" in done.failures[0]
    assert str(own_home) not in done.failures[0]
    app = view("batch")
    assert any("3 cases ranked, 1 failed" in m.value for m in app.markdown)


def test_a_batch_that_cannot_be_read_says_why(own_home: Path) -> None:
    done = finished(new_batch(Upload("x.zip", "no zip"), "sum").folder)
    assert done.status == "failed"
    assert "x.zip" in str(done.message)

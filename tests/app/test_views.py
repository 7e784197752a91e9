"""The other pages by Streamlit's own harness: empty, and with what the store really holds."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.components.curation import checked_solution
from genecaller.evaluation import Listed, evaluate
from genecaller.evaluation.robustness import robustness
from genecaller.evaluation.to_store import keep
from genecaller.rankers import make_ranker, rank
from genecaller.store import Metric, Provenance, SampledAnswer, Store, open_store
from ontology.knowledge import Knowledge
from tests.app.conftest import SOLVED, view


@pytest.fixture
def store(own_home: Path) -> Store:
    return open_store()


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
    curves = robustness(evaluation, rankers[:1], knowledge)
    with store.run("evaluate", provenance) as run_id:
        keep(
            evaluation,
            store,
            run_id=run_id,
            title="three",
            cases_source="three.jsonl",
            curves=curves,
        )
        store.save_cases(SOLVED, run_id=run_id)
    app = view("compare")
    # One a metric, and one a disturbance.
    assert len(app.get("vega_lite_chart")) == 3 + 4
    app.segmented_control(key="robustness-metric").set_value("top-1").run()
    assert not app.exception
    assert any("n = 3" in caption.value for caption in app.caption)
    assert any("flatters" in caption.value for caption in app.caption)
    duels = app.dataframe[-2].value
    assert set(duels["gene"]) == {"TSC2", "FBN1", "KDM6A"}
    app.selectbox(key="duel-right").set_value("sum").run()
    assert any("two different rankers" in caption.value for caption in app.caption)


def test_a_case_is_solved_reviewed_in_the_next_split_and_retrained_on(
    store: Store, knowledge: Knowledge, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, list[str]]] = []
    monkeypatch.setattr(
        "app.run_launcher.spawn", lambda module, what, log: asked.append((module, what))
    )
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
    app.button(key="retrain").click().run()
    ((module, (recipe, cases, who)),) = asked
    assert (module, recipe, who) == ("app.retrain_worker", "cpu", "Dr B")
    assert len(Path(cases).read_text().splitlines()) == 3
    app.switch_page("views/training.py").run()
    assert any("Starting" in caption.value for caption in app.caption)


def test_base_warm_up_and_tuned_stand_side_by_side(store: Store, knowledge: Knowledge) -> None:
    ranker = make_ranker("sum", knowledge)
    rankings = {case.id: rank(ranker, case, knowledge) for case in SOLVED}
    listed = [Listed(name, rankings) for name in ("base", "warm-up", "tuned")]
    evaluation = evaluate(SOLVED, [ranker], knowledge, ("as-published",), listed=listed)
    with store.run("train", Provenance(knowledge.stamp)) as run_id:
        keep(evaluation, store, run_id=run_id, title="training x", cases_source="x")
    app = view("compare")
    assert any(head.value == "Base, warm-up, tuned" for head in app.subheader)
    assert len(app.get("vega_lite_chart")) == 4


def test_an_accepted_solution_is_taken_back_as_a_further_version(
    store: Store, knowledge: Knowledge
) -> None:
    provenance = Provenance(knowledge.stamp)
    case = SOLVED[0]
    assert case.solution is not None
    with store.run("score", provenance) as run_id:
        store.save_cases([case.without_solution()], run_id=run_id)
    entry = store.propose_solution(case.id, case.solution, who="A", provenance=provenance)
    store.review_solution(entry, "accepted", who="B", provenance=provenance)
    app = view("library")
    app.segmented_control(key="library-view").set_value("Review").run()
    assert app.button(key="withdraw").disabled
    app.text_input(key="person").set_value("Dr C").run()
    app.button(key="withdraw").click().run()
    assert not app.exception
    assert store.curated_cases() == []
    assert len(store.case_history(case.id)) == 3


def adapter_in(store: Store, knowledge: Knowledge, folder: Path, low: float) -> int:
    """A registered adapter, better than the base model by its figures if `low` is above 0."""
    folder.mkdir()
    difference = {"better": "tuned", "worse": "base", "measure": "top1", "n": 20, "value": 0.2,
                  "low": low, "high": 0.4, "wins": 5, "losses": 1, "p": 0.2,
                  "beyond_chance": low > 0}  # fmt: skip
    reached = {"figures": {"n": 20, "top1": 0.3}}
    figures = {
        "accuracy": "top1",
        "differences": [difference],
        "test": {"n": difference["n"], "decoding": "held", "differences": [difference]},
        "contenders": {"base": reached, "tuned": reached},
    }
    with store.run("train", Provenance(knowledge.stamp)) as run_id:
        return store.register_adapter(
            run_id=run_id,
            name=folder.name,
            path=str(folder),
            fingerprint=folder.name,
            base_model="b",
            data="d",
            figures=figures,
        )


def test_an_adapter_is_promoted_or_refused_with_its_figures_in_sight(
    store: Store, knowledge: Knowledge, tmp_path: Path
) -> None:
    weak = adapter_in(store, knowledge, tmp_path / "weak", -0.1)
    strong = adapter_in(store, knowledge, tmp_path / "strong", 0.1)
    app = view("library")
    assert any("No case is stored" in info.value for info in app.info)
    with store.run("score", Provenance(knowledge.stamp)) as run_id:
        store.save_cases(SOLVED[:1], run_id=run_id)
    app = view("library")
    app.segmented_control(key="library-view").set_value("Retraining").run()
    assert app.button(key=f"do-promote-{weak}").disabled
    assert any("within chance" in caption.value for caption in app.caption)
    app.text_input(key="person").set_value("Dr B").run()
    app.button(key=f"do-promote-{weak}").click().run()
    assert any("Refused" in warning.value for warning in app.warning)
    assert store.promoted_adapter() is None
    app.text_input(key=f"why-{weak}").set_value("no gain").run()
    app.button(key=f"do-refuse-{weak}").click().run()
    assert any("no gain" in caption.value for caption in app.caption)
    app.button(key=f"do-promote-{strong}").click().run()
    promoted = store.promoted_adapter()
    assert promoted is not None
    assert promoted.adapter_id == strong
    assert store.list_promotions()[0].who == "Dr B"
    app.button(key=f"demote-{strong}").click().run()
    assert not app.exception
    assert store.promoted_adapter() is None


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
    store.set_run_status(run_id, "paused")
    store.set_run_status(run_id, "running")
    app.run()
    app.button(key="cancel-run").click().run()
    assert store.read_run(run_id).requested == "cancel"
    store.set_run_status(run_id, "cancelled", message="cancelled")
    app.run()
    assert any("cancelled" in shown.value for shown in app.markdown)


def test_a_started_run_is_waited_for_and_decided_where_it_ended(
    store: Store, knowledge: Knowledge, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[list[str]] = []
    monkeypatch.setattr("app.run_launcher.spawn", lambda module, what, log: asked.append(what))
    app = view("training")
    app.selectbox(key="recipe").set_value("smoke").run()
    app.button(key="start-run").click().run()
    assert asked == [["smoke"]]
    assert any("Starting" in caption.value for caption in app.caption)
    strong = adapter_in(store, knowledge, tmp_path / "strong", 0.1)
    run_id = store.start_run("train", Provenance(knowledge.stamp), title="smoke", total=10)
    app.run()
    assert not any("Starting" in caption.value for caption in app.caption)
    assert app.selectbox(key="run").value.run_id == run_id
    app.selectbox(key="run").set_value(store.read_run(run_id - 1)).run()
    assert app.button(key=f"do-promote-{strong}").disabled
    app.text_input(key="person").set_value("Dr B").run()
    app.button(key=f"do-promote-{strong}").click().run()
    assert not app.exception
    promoted = store.promoted_adapter()
    assert promoted is not None
    assert promoted.adapter_id == strong

"""The model's answer beside the page: written by a thread, stoppable, kept."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest
from streamlit.testing.v1 import AppTest

from app.answering import Answering, ask
from app.draft import draft_of_case
from app.ranked_case import rank_case
from app.render.answer import explanations, model_list, written
from genecaller.cases import Case, CaseTerm
from genecaller.errors import ModelError
from genecaller.pipeline.sources import ModelSource
from genecaller.rankers import make_ranker
from ontology.knowledge import Knowledge

TUBERS = Case("t", (CaseTerm("HP:0009717", "Cortical tubers"),))


class Typist:
    """Writes a text it was given, piece by piece, as a language model would."""

    name = "typist"

    def __init__(self, pieces: list[str], pause: float = 0.0) -> None:
        self.pieces = pieces
        self.pause = pause
        self.held_to: object = None

    def stream(
        self, prompt: object, *, max_new_tokens: int, symbols: object = None
    ) -> Iterator[str]:
        self.held_to = symbols
        for piece in self.pieces:
            time.sleep(self.pause)
            yield piece

    def render(self, prompt: object) -> str:
        return "prompt"

    def count_tokens(self, text: str) -> int:
        return len(text.split())


def asked(knowledge: Knowledge, typist: Typist) -> Answering:
    default = make_ranker("default", knowledge)
    rows = rank_case(TUBERS, knowledge, default, {}).rows
    source = ModelSource(typist, "hybrid", default, knowledge, top=50)  # type: ignore[arg-type]

    def load(progress: Callable[[str], None]) -> tuple[Typist, ModelSource]:
        progress("loading typist")
        return typist, source

    return ask(TUBERS, rows, load)  # type: ignore[arg-type]


def wait(answering: Answering) -> Answering:
    for _ in range(10_000):
        if not answering.running:
            return answering
        time.sleep(0.02)
    pytest.fail("the answer did not end")


def test_an_answer_becomes_ranks_and_escaped_html(knowledge: Knowledge) -> None:
    pieces = ["<think>tubers <img src=x></think>", "\n1. TSC2 - tubers & 1 < 2", "\n2. TSC1 - too"]
    typist = Typist(pieces)
    done = wait(asked(knowledge, typist))
    assert done.state == "done"
    assert done.step == "loading typist"
    # Held to the genes that were offered, as on the command line: the provenance says so.
    assert typist.held_to == [one.candidate.symbol for one in done.offered]
    assert done.ranks == {"TSC2": 1, "TSC1": 2}
    assert "tubers &amp; 1 &lt; 2" in model_list(done)
    assert "<img" not in written(done)
    assert "&amp; 1 &lt; 2" in explanations(done)["TSC2"]


def test_an_answer_can_be_stopped(knowledge: Knowledge) -> None:
    answering = asked(knowledge, Typist(["word "] * 1000, pause=0.01))
    while answering.state != "writing" or not answering.text:
        time.sleep(0.01)
    answering.stop()
    done = wait(answering)
    assert done.state == "stopped"
    assert len(done.text) < 5000


def test_a_model_that_cannot_be_loaded_is_said(knowledge: Knowledge) -> None:
    def broken(progress: object) -> object:
        raise ModelError("no such adapter: choose another")

    done = wait(ask(TUBERS, (), broken))  # type: ignore[arg-type]
    assert done.state == "failed"
    assert done.problem == "no such adapter: choose another"


def test_an_unforeseen_error_ends_the_answer(
    knowledge: Knowledge, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("threading.excepthook", lambda args: None)

    def broken(progress: object) -> object:
        raise ZeroDivisionError

    done = wait(ask(TUBERS, (), broken))  # type: ignore[arg-type]
    assert done.state == "failed"
    assert "ZeroDivisionError" not in str(done.problem)


@pytest.mark.parametrize(
    "pieces",
    [["1. TSC2 - cortical tubers, and no cleft palate"], ["<think>hm</think>1. TSC1"], ["nothing"]],
)
def test_a_finished_answer_stands_on_the_page(
    app: AppTest, knowledge: Knowledge, pieces: list[str]
) -> None:
    desk = app.session_state["desk"]
    desk.open(draft_of_case(TUBERS, knowledge))
    desk.asked = wait(asked(knowledge, Typist(pieces)))
    app.run()
    assert not app.exception
    shown = "".join(element.proto.body for element in app.get("html"))
    if "TSC2" in pieces[0]:
        assert "✓ Cortical tubers" in shown
        assert '<i class="gc-label">Model </i>1' in shown
    if pieces == ["nothing"]:
        assert any("names no gene" in caption.value for caption in app.caption)


def test_an_answer_in_the_making_can_be_watched(app: AppTest, knowledge: Knowledge) -> None:
    desk = app.session_state["desk"]
    desk.open(draft_of_case(TUBERS, knowledge))
    desk.asked = asked(knowledge, Typist(["word "] * 300, pause=0.02))
    app.run()
    assert not app.exception
    app.button(key="stop-model").click().run()
    assert wait(desk.asked).state == "stopped"

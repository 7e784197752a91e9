"""What to ask next: the gain is the mutual information of answer and disease."""

from __future__ import annotations

import numpy as np
import pytest

from app.questions import expected_gain, questions
from app.ranked_case import rank_case
from genecaller.cases import Case, CaseTerm
from genecaller.rankers import make_ranker
from ontology.knowledge import Knowledge


def by_definition(share: list[float], weight: list[float]) -> float:
    total = 0.0
    for answer in (1, 0):
        p_answer = sum(w * (f if answer else 1 - f) for f, w in zip(share, weight, strict=True))
        for f, w in zip(share, weight, strict=True):
            joint = w * (f if answer else 1 - f)
            if joint:
                total += joint * np.log2(joint / (w * p_answer))
    return total


@pytest.mark.parametrize("share", [[0.9, 0.1, 0.5], [0.3, 0.3, 0.3], [0.98, 0.01, 0.01]])
def test_the_gain_is_mutual_information(share: list[float]) -> None:
    weight = [0.5, 0.3, 0.2]
    found = expected_gain(np.array([share]), np.array(weight))[0]
    assert found == pytest.approx(by_definition(share, weight), abs=1e-6)


def test_questions_ask_for_nothing_that_is_known(knowledge: Knowledge) -> None:
    case = Case(
        "q",
        (CaseTerm("HP:0001250", "Seizure"), CaseTerm("HP:0001252", "Hypotonia")),
        (CaseTerm("HP:0000175", "Cleft palate"),),
    )
    rows = rank_case(case, knowledge, make_ranker("default", knowledge), {}).rows
    asked = questions(rows, case, knowledge)
    hpo = knowledge.hpo
    assert len(asked) == 4
    for question in asked:
        above = {hpo.ids[a] for a in hpo.ancestors(hpo.index[question.hpo_id]).tolist()}
        assert "HP:0000175" not in above
        assert question.hpo_id not in ("HP:0001250", "HP:0001252")
        assert question.shown_by
        assert question.bits > 0


def test_a_single_candidate_needs_no_question(knowledge: Knowledge) -> None:
    case = Case("q", (CaseTerm("HP:0001250", "Seizure"),))
    rows = rank_case(case, knowledge, make_ranker("default", knowledge), {}).rows
    assert questions(rows[:1], case, knowledge) == ()

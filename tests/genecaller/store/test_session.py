"""Any text is stored and read back as it was."""

from __future__ import annotations

import math

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from genecaller.cases import Case, CaseTerm
from genecaller.ranking import RankedGene, Ranking
from genecaller.store import Event, Store
from tests.genecaller.store.conftest import KNOWLEDGE

ODD = (
    "zero\0byte",
    "half of a pair \ud800, and \udcff",
    "line\u2028and\u2029paragraph\x85\x0b\x0c\x1c",
    "\ufdd0 and \ufdd0d800",
    "\ufeffmark, \U0001f9ec, e\u0301",
    "'; DROP TABLE cases; --",
    " ",
)
any_text = st.text(st.characters(exclude_categories=()), max_size=12)


@pytest.mark.parametrize("text", ODD)
def test_odd_texts_come_back_as_they_were(text: str, store: Store, run_id: int) -> None:
    case = Case(text, (CaseTerm("HP:0000316", text, onset=text),), text=text, problems=(text,))
    (saved,) = store.save_cases([case], run_id=run_id)
    assert saved.case_id == text
    assert store.read_case(text).case == case
    assert store.read_cases([text])[0].case == case
    ranking = Ranking(
        text, text, None, KNOWLEDGE, (RankedGene(1, text, math.nan, None, text),), (text,)
    )
    store.save_rankings([ranking], run_id=run_id)
    (ranked,) = store.rankings_of_case(text)
    assert repr(ranked.ranking) == repr(ranking)
    store.add_events(run_id, [Event("odd", text, detail={text: [text, math.inf]})])
    (event,) = store.read_events(run_id)
    assert (event.message, event.detail) == (text, {text: [text, math.inf]})


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(texts=st.lists(any_text, min_size=1, max_size=20, unique=True))
def test_any_texts_come_back_as_they_were(store: Store, run_id: int, texts: list[str]) -> None:
    cases = [Case(f"id {text}", text=text, problems=(text, text)) for text in texts]
    with store.transaction():
        saved = store.save_cases(cases, run_id=run_id)
        stored = {each.case.id: each.case for each in store.read_cases()}
    assert [stored[at.case_id] for at in saved] == cases


def test_a_text_of_20_mb_comes_back_as_it_was(store: Store, run_id: int) -> None:
    text = "é\u2028 a long report. " * 1_000_000
    assert len(text.encode()) > 20_000_000
    store.save_cases([Case("long", text=text)], run_id=run_id)
    assert store.read_case("long").case.text == text

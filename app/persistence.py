"""What the pages keep in the store, all through its own verbs."""

from __future__ import annotations

from typing import TypedDict

from app.answering import Answering
from app.draft import Draft
from genecaller.cases import Case
from genecaller.ranking import Ranking
from genecaller.store import (
    CaseFilter,
    Provenance,
    SavedCase,
    Store,
    StoredAnswer,
    StoredCase,
)
from genecaller.store.case_rows import content_hash
from ontology.recognise import Mention

MOST_NAMESAKES = 20
"""Stored cases of one name that are offered as the same patient."""


class _Told(TypedDict):
    """What the store is told of a case's record, whichever way it is kept."""

    run_id: int
    mentions: tuple[Mention, ...]
    by: str | None
    note: str | None


def keep_case(
    store: Store,
    draft: Draft,
    case: Case,
    ranking: Ranking,
    by: str | None,
    note: str | None,
    version_of: str | None = None,
) -> SavedCase:
    """Store the whole case, corrected mentions and all, with its ranking.

    It becomes a case of its own, or a further version of the stored case `version_of`.
    """
    provenance = Provenance(knowledge=ranking.knowledge)
    arguments = {"ranker": ranking.ranker, "from": "app"}
    with store.run("rank", provenance, arguments=arguments) as run_id, store.transaction():
        told: _Told = {"run_id": run_id, "mentions": draft.mentions, "by": by, "note": note}
        if version_of is None:
            saved = store.add_case(case, off=(), **told)
        else:
            saved = store.save_version(version_of, case, off=(), **told)
        store.save_rankings([ranking], run_id=run_id)
    return saved


def namesakes(store: Store, case: Case) -> list[StoredCase]:
    """The stored cases, as they stand, of a case's name whose content is another."""
    named = store.search_cases(CaseFilter(words=case.id), limit=MOST_NAMESAKES).cases
    stored = store.read_cases(list({case.id, *(one.case_id for one in named)}))
    mine = [one for one in stored if case.id in (one.case.id, one.given_id)]
    content = content_hash(case)
    return [one for one in mine if one.content_hash != content]


def keep_answer(store: Store, asked: Answering, saved: SavedCase) -> None:
    """Store the model's answer, raw and as a ranking, with the version that it was asked about."""
    said, source = asked.said, asked.source
    if said is None or source is None:
        return
    arguments = {"ranker": source.name, "from": "app"}
    with store.run("rank", source.provenance, arguments=arguments) as run_id, store.transaction():
        of = {said.ranking.case_id: saved}
        (ranking_id,) = store.save_rankings([said.ranking], run_id=run_id, saved=of)
        answer = StoredAnswer(
            ranking_id,
            said.text,
            thoughts=said.answer.thoughts,
            problems=said.ranking.problems,
            seconds=said.seconds,
            prompt_tokens=said.prompt_tokens,
            answer_tokens=said.answer_tokens,
        )
        store.save_answers([answer])

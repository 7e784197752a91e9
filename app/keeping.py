"""What the pages keep in the store, all through its own verbs."""

from __future__ import annotations

from app.answering import Answering
from app.draft import Draft
from genecaller.cases import Case
from genecaller.ranking import Ranking
from genecaller.store import Provenance, SavedCase, Store, StoredAnswer


def keep_ranking(
    store: Store, draft: Draft, case: Case, ranking: Ranking, by: str | None, note: str | None
) -> SavedCase:
    """Store the case as it stands, corrected mentions and all, with its ranking."""
    provenance = Provenance(knowledge=ranking.knowledge)
    arguments = {"ranker": ranking.ranker, "from": "app"}
    with store.run("rank", provenance, arguments=arguments) as run_id, store.transaction():
        mentions = {case.id: draft.mentions}
        (saved,) = store.save_cases([case], run_id=run_id, mentions=mentions, by=by, note=note)
        store.save_rankings([ranking], run_id=run_id)
    return saved


def keep_answer(store: Store, asked: Answering) -> None:
    """Store the model's answer, raw and as a ranking; its case must be stored already."""
    said, source = asked.said, asked.source
    if said is None or source is None:
        return
    arguments = {"ranker": source.name, "from": "app"}
    with store.run("rank", source.provenance, arguments=arguments) as run_id, store.transaction():
        (ranking_id,) = store.save_rankings([said.ranking], run_id=run_id)
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

from __future__ import annotations

import pytest

from genecaller.cases import Publication, Solution
from genecaller.errors import StoreError
from genecaller.store import Store
from ontology.recognise.mention import Mention
from tests.genecaller.store.conftest import MADE_WITH, full_case

SOLUTION = Solution("FBN1", "OMIM:154700", "Marfan syndrome")


@pytest.fixture
def entry_id(store: Store, run_id: int) -> int:
    unsolved = full_case().without_solution()
    unsure = Mention(0, 4, "eyes", "HP:0001250", "Seizure", "uncertain", "exact", "eyes", 0.9)
    store.save_cases([unsolved], run_id=run_id, mentions={"case 1": [unsure]})
    return store.propose_solution(
        "case 1", SOLUTION, who="dr a", provenance=MADE_WITH, publication="PMID:9", note="exome"
    )


def review(store: Store, entry_id: int, status: str, who: str = "dr b") -> None:
    store.review_solution(entry_id, status, who=who, provenance=MADE_WITH)  # type: ignore[arg-type]


def test_a_proposal_waits_in_the_queue_and_changes_no_case(store: Store, entry_id: int) -> None:
    (entry,) = store.read_queue()
    assert (entry.entry_id, entry.status, entry.revision) == (entry_id, "proposed", 1)
    assert (entry.gene, entry.disease_id, entry.publication) == ("FBN1", "OMIM:154700", "PMID:9")
    assert (entry.who, entry.note, entry.case_version) == ("dr a", "exome", 1)
    assert store.read_run(entry.run_id).kind == "curate"
    assert store.read_run(entry.run_id).status == "succeeded"
    assert store.read_case("case 1").case.solution is None
    assert store.curated_cases() == []


def test_accepting_solves_the_case_in_a_new_version(store: Store, entry_id: int) -> None:
    review(store, entry_id, "accepted")
    stored = store.read_case("case 1")
    assert stored.version == 2
    assert stored.case.solution == SOLUTION
    assert stored.case.publication == Publication("PMID:9")
    assert (stored.saved_by, stored.note) == ("dr b", f"curation entry {entry_id} accepted")
    assert [term.status for term in stored.terms if term.status == "uncertain"] == ["uncertain"]
    assert store.read_case("case 1", 1).case.solution is None
    assert store.curated_cases() == [stored.case]
    assert store.read_queue() == []
    assert [e.case_version for e in store.read_queue(statuses=["accepted"])] == [2]


def test_a_decision_can_be_taken_back_and_all_of_it_is_kept(store: Store, entry_id: int) -> None:
    for status in ("accepted", "withdrawn", "accepted", "rejected"):
        review(store, entry_id, status, who=f"dr {status}")
    history = store.curation_history(entry_id)
    assert [entry.status for entry in history] == [
        *("rejected", "accepted", "withdrawn", "accepted", "proposed"),
    ]
    assert [entry.revision for entry in history] == [5, 4, 3, 2, 1]
    genes = [s.case.solution and s.case.solution.gene for s in store.case_history("case 1")]
    assert genes == [None, "FBN1", None, "FBN1", None]
    assert store.curated_cases() == []
    assert [entry.who for entry in store.read_queue(statuses=())] == ["dr rejected"]


def test_rejecting_a_proposal_leaves_the_case(store: Store, entry_id: int) -> None:
    review(store, entry_id, "rejected")
    assert len(store.case_history("case 1")) == 1
    assert store.read_queue() == []


def test_taking_back_leaves_a_later_correction_alone(
    store: Store, run_id: int, entry_id: int
) -> None:
    review(store, entry_id, "accepted")
    corrected = full_case()
    store.save_version(corrected.id, corrected, off=(), run_id=run_id, by="dr c")
    review(store, entry_id, "withdrawn")
    assert store.read_case("case 1").case == corrected


def test_what_cannot_be_is_refused(store: Store, entry_id: int) -> None:
    review(store, entry_id, "accepted")
    with pytest.raises(StoreError, match=f"entry {entry_id} is accepted already, by dr b"):
        review(store, entry_id, "accepted")
    with pytest.raises(StoreError, match="no curation entry 44"):
        review(store, 44, "accepted")
    with pytest.raises(StoreError, match="case 'zz' is not in the store"):
        store.propose_solution("zz", SOLUTION, who="dr a", provenance=MADE_WITH)
    # The run of the refused proposal went with it.
    assert len(store.list_runs(kinds=["curate"])) == 2

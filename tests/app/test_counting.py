"""What is ticked is what the ranking goes by; the rest says why it does not count."""

from __future__ import annotations

import pytest

from app import draft as edits
from app.counting import count_words, counted
from app.draft import Draft, case_of, draft_of_text
from app.ranked_case import rank_case
from genecaller.cases import CaseTerm
from genecaller.rankers import make_ranker
from genecaller.rankers.query import query_of
from ontology.knowledge import Knowledge
from ontology.recognise import Status

SEIZURE, FOCAL = ("HP:0001250", "Seizure"), ("HP:0007359", "Focal-onset seizure")
TUBERS, CLEFT = ("HP:0009717", "Cortical tubers"), ("HP:0000175", "Cleft palate")
SOFT = ("HP:0000185", "Cleft soft palate")
PTOSIS, SINUSITIS = ("HP:0000508", "Ptosis"), ("HP:0000255", "Acute sinusitis")


def draft_with(*findings: tuple[tuple[str, str], Status], off: str | None = None) -> Draft:
    draft = Draft("c")
    for (hpo_id, label), status in findings:
        draft = edits.add(draft, [CaseTerm(hpo_id, label)], status)
    return edits.switch(draft, off) if off else draft


@pytest.mark.parametrize(
    ("draft", "hpo_id", "counts", "why"),
    [
        (draft_with((SEIZURE, "present")), SEIZURE, True, ""),
        (draft_with((PTOSIS, "family")), PTOSIS, False, "a relative's, not the patient's"),
        (draft_with((PTOSIS, "uncertain")), PTOSIS, False, "only suspected"),
        (
            draft_with((SEIZURE, "present"), (FOCAL, "present")),
            SEIZURE,
            False,
            "implied by Focal-onset seizure, which says more",
        ),
        (
            # The more specific one is switched off: then the other counts.
            draft_with((SEIZURE, "present"), (FOCAL, "present"), off=FOCAL[0]),
            SEIZURE,
            True,
            "",
        ),
        (
            draft_with((SEIZURE, "excluded"), (FOCAL, "present")),
            SEIZURE,
            False,
            "contradicted: Focal-onset seizure is present",
        ),
        (
            draft_with((CLEFT, "excluded"), (SOFT, "excluded")),
            SOFT,
            False,
            "implied: Cleft palate is absent",
        ),
        (draft_with((TUBERS, "present"), off=TUBERS[0]), TUBERS, False, "switched off: a what-if"),
        (
            draft_with((("HP:0003577", "Congenital onset"), "present")),
            ("HP:0003577", ""),
            False,
            "no abnormality: onset, inheritance and the like do not count",
        ),
        (
            draft_with((SINUSITIS, "present")),
            SINUSITIS,
            True,
            "known of no disease: a broader term at best explains it",
        ),
        (
            draft_with((SINUSITIS, "excluded")),
            SINUSITIS,
            False,
            "known of no disease: its absence tells nothing",
        ),
    ],
)
def test_a_finding_that_does_not_count_says_why(
    knowledge: Knowledge, draft: Draft, hpo_id: tuple[str, str], counts: bool, why: str
) -> None:
    (found,) = (c for c in counted(draft, knowledge) if c.finding.term.hpo_id == hpo_id[0])
    assert (found.counts, found.why) == (counts, why)


def test_a_term_that_the_release_does_not_hold_is_told(knowledge: Knowledge) -> None:
    (found,) = counted(draft_with((("HP:9999999", "Newer"), "present")), knowledge)
    assert not found.counts
    assert found.why == f"not in the HPO release in use ({knowledge.stamp})"


def test_what_is_ticked_is_what_the_diseases_are_weighed_against(knowledge: Knowledge) -> None:
    text = (
        "A boy with seizures, focal seizures, cortical tubers, hypotonia and possible ptosis. "
        "No cleft palate, no cleft soft palate. His mother has migraine."
    )
    draft = edits.switch(draft_of_text(text, knowledge, "c"), "HP:0001252")
    listed = counted(draft, knowledge)
    case = case_of(draft, knowledge)
    query = query_of(case, knowledge.hpo)
    ticked = {c.finding.term.hpo_id for c in listed if c.counts}
    index = knowledge.hpo.index
    assert {index[i] for i in ticked} == {*query.present.tolist(), *query.excluded.tolist()}
    present = sum(c.counts and c.finding.status == "present" for c in listed)
    rows = rank_case(case, knowledge, make_ranker("default", knowledge), {}).rows
    assert {len(row.evidence.matches) for row in rows} == {present}
    assert all(c.why for c in listed if not c.counts)


def test_the_counts_are_put_in_words(knowledge: Knowledge) -> None:
    draft = draft_with((SEIZURE, "present"), (CLEFT, "excluded"), (PTOSIS, "family"))
    assert count_words(counted(draft, knowledge)) == "1 present and 1 absent count, 1 does not"
    assert count_words(counted(draft_with((SEIZURE, "present")), knowledge)) == "1 present counts"

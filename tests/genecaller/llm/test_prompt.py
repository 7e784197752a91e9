import pytest

from genecaller.cases import Case, CaseTerm, Publication, Solution
from genecaller.llm.prompt import (
    PROMPT_VERSION,
    Candidate,
    build_prompt,
    candidate_line,
    describe_person,
    evidence_words,
    short_disease,
)
from ontology.knowledge import Knowledge

CASE = Case(
    id="c1",
    sex="female",
    age="P51Y",
    onset="HP:0003593",
    terms=(CaseTerm("HP:0000316", "Hypertelorism"), CaseTerm("HP:0000347", "Micrognathia")),
    excluded_terms=(CaseTerm("HP:0000175", "Cleft palate"),),
    publication=Publication("PMID:1", "A FOXP9 report"),
    solution=Solution("TBX1", "OMIM:188400", "DiGeorge syndrome", "TBX1C"),
)
OFFERED = (Candidate("TBX1", "DiGeorge syndrome", "2 of 2"), Candidate("CHD7", None, ""))


def test_the_open_prompt_tells_the_case_and_asks_for_a_ranked_list() -> None:
    prompt = build_prompt(CASE)
    assert prompt.version == f"{PROMPT_VERSION}-open"
    assert prompt.user.splitlines() == [
        "Case: 51-year-old female, onset in infancy",
        "Present: Hypertelorism; Micrognathia",
        "Absent: Cleft palate",
        "List the genes most likely responsible, most likely first.",
        "Think in <think></think>, then number the gene symbols, each with its reason.",
    ]
    assert [message["role"] for message in prompt.messages] == ["system", "user"]


def test_the_hybrid_prompt_offers_the_candidates_in_their_order() -> None:
    prompt = build_prompt(CASE, "hybrid", OFFERED)
    assert prompt.version == f"{PROMPT_VERSION}-hybrid"
    lines = prompt.user.splitlines()
    start = lines.index("Candidates:")
    assert lines[start + 1 : start + 3] == ["TBX1 - 2 of 2 (DiGeorge syndrome)", "CHD7"]


@pytest.mark.parametrize("secret", ["TBX1", "TBX1C", "OMIM:188400", "DiGeorge", "PMID:1", "FOXP9"])
def test_neither_solution_nor_publication_is_in_an_open_prompt(secret: str) -> None:
    prompt = build_prompt(CASE)
    assert secret not in prompt.system + prompt.user


def test_a_case_of_text_alone_is_asked_by_its_text_with_the_solution_masked() -> None:
    text = "A woman with digeorge syndrome; sequencing of TBX1 (not TBX10) was done. " + "x" * 9000
    case = Case(id="t", text=text, solution=CASE.solution)
    user = build_prompt(case).user
    report = next(line for line in user.splitlines() if line.startswith("Report: "))
    assert "[masked]; sequencing of [masked] (not TBX10)" in report
    assert len(report) < 1600


def test_a_case_with_terms_does_not_spend_tokens_on_its_text() -> None:
    case = Case(id="t", terms=CASE.terms, text="long report")
    assert "long report" not in build_prompt(case).user


def test_long_lists_are_cut_and_counted() -> None:
    terms = tuple(CaseTerm(f"HP:{i:07d}", f"term {i}") for i in range(40))
    user = build_prompt(Case(id="l", terms=terms, excluded_terms=terms)).user
    assert "term 29; and 10 more" in user
    assert "term 11; and 28 more" in user


def test_an_empty_case_still_gives_a_prompt() -> None:
    assert "Present: nothing recorded" in build_prompt(Case(id="e")).user


@pytest.mark.parametrize(("form", "offered"), [("open", OFFERED), ("hybrid", ())])
def test_form_and_candidates_must_agree(form: str, offered: tuple[Candidate, ...]) -> None:
    with pytest.raises(ValueError, match="candidates"):
        build_prompt(CASE, form, offered)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("age", "onset", "words"),
    [
        (None, None, "patient"),
        ("P3M", None, "3-month-old patient"),
        ("P1Y6M", None, "18-month-old patient"),
        ("P1Y", "P2D", "1-year-old patient, onset at 2 days"),
        ("P2W", "HP:0003577", "14-day-old patient, onset at birth"),
        ("P0D", None, "0-day-old patient"),
        ("P0.5Y", "P0,25Y", "6-month-old patient, onset at 3 months"),
        ("P1.5Y", None, "18-month-old patient"),
        ("PT4H", "PT36H", "0-day-old patient, onset at 1 day"),
        ("P520W", "P30M", "9-year-old patient, onset at 30 months"),
        ("P" + "9" * 400 + "Y", "-P1Y", "patient"),
        ("P7Y2M3DT4H", "HP:9999999", "7-year-old patient"),
        ("rubbish", "rubbish", "patient"),
    ],
)
def test_ages_and_onsets_are_put_in_words(age: str, onset: str, words: str) -> None:
    assert describe_person(Case(id="a", age=age, onset=onset)) == words


def test_evidence_is_worded_shortly_from_the_real_weighing(tiny_knowledge: Knowledge) -> None:
    from genecaller.rankers.explain.evidence import weigh_all

    hpo, annotations = tiny_knowledge.hpo, tiny_knowledge.annotations
    own = annotations.term[annotations.rows_of(0)].tolist()
    known = [i for i in own if hpo.is_phenotypic_abnormality[i]]
    terms = tuple(CaseTerm(hpo.ids[i], hpo.names[i]) for i in known[:2])
    case = Case(id="w", terms=terms)
    words = [
        evidence_words(evidence)
        for evidence in weigh_all(tiny_knowledge, case, range(len(annotations.disease_ids)))
    ]
    assert words[0] in {f"{term.label}, 2 of 2" for term in terms}
    assert "no finding explained, 0 of 2" in words
    case = Case(id="x", terms=terms[:1], excluded_terms=terms[1:])
    against = evidence_words(weigh_all(tiny_knowledge, case, [0])[0])
    assert against == f"{terms[0].label}, 1 of 1, against {terms[1].label}"


def test_a_disease_is_named_without_its_synonyms() -> None:
    assert short_disease("Tuberous sclerosis 2; TSC2, severe") == "Tuberous sclerosis 2"
    assert candidate_line(Candidate("TSC2", None, "Seizure, 1 of 1")) == "TSC2 - Seizure, 1 of 1"

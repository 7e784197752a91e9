import pytest

from genecaller.graders import make_grader
from genecaller.graders.grounded import Grounded
from ontology.knowledge import Knowledge

TUBERS, SEIZURE, NODULES, CLEFT = "HP:0009717", "HP:0001250", "HP:0009716", "HP:0000175"
ITEM = {"gene": "TSC2", "present": [TUBERS, SEIZURE], "absent": [CLEFT]}


@pytest.fixture(scope="module")
def grader(tiny_knowledge: Knowledge) -> Grounded:
    made = make_grader({"type": "grounded"}, lambda: tiny_knowledge)
    assert isinstance(made, Grounded)
    return made


def score(grader: Grounded, text: str, item: dict[str, object] | None = None) -> float | None:
    return grader.grade(text, ITEM if item is None else item).score


def test_the_gold_answer_scores_one(grader: Grounded) -> None:
    answer = "<think>x</think>\n1. TSC2 - Cortical tubers, Seizure (2 of 2)\n2. KCNQ2 - seizures"
    grade = grader.grade(answer, ITEM)
    assert (grade.score, grade.problem) == (1.0, None)
    assert grade.parts == {"in_case": 1.0, "in_disease": 1.0, "cited": 3.0}


def test_a_phenotype_that_the_patient_has_not_is_not_grounded(grader: Grounded) -> None:
    grade = grader.grade("1. TSC2 - Cortical tubers and Subependymal nodules", ITEM)
    assert grade.score == 0.5
    assert grade.parts == {"in_case": 0.5, "in_disease": 1.0, "cited": 2.0}
    assert grade.problem == "Subependymal nodules for TSC2 is not in the case"


def test_a_phenotype_that_the_disease_does_not_show_is_not_grounded(grader: Grounded) -> None:
    grade = grader.grade("1. NSD1 - Cortical tubers, Seizure", ITEM)
    assert grade.score == 0.5
    assert grade.problem == "Cortical tubers for NSD1 is not in the disease"


def test_a_broader_finding_than_the_patients_is_true_of_the_patient(grader: Grounded) -> None:
    item = {"present": ["HP:0000407"]}  # Sensorineural hearing impairment
    assert score(grader, "1. PTPN11 - Hearing impairment", item) == 1.0
    narrower = {"present": ["HP:0000365"]}  # Hearing impairment
    assert score(grader, "1. PTPN11 - Sensorineural hearing impairment", narrower) == 0.0


def test_a_finding_cited_as_absent_must_not_be_the_patients(grader: Grounded) -> None:
    assert score(grader, "1. TSC2 - Seizure, no cleft palate") == 1.0
    assert score(grader, "1. TSC2 - Cortical tubers but no seizures") == 0.5


def test_what_cites_nothing_explains_nothing(grader: Grounded) -> None:
    grade = grader.grade("1. TSC2 - because it fits", ITEM)
    assert (grade.score, grade.problem) == (0.0, "no phenotype is cited")
    assert score(grader, "I do not know") == 0.0


def test_thoughts_are_not_claims(grader: Grounded) -> None:
    assert score(grader, "<think>no subependymal nodules</think>\n1. TSC2 - Seizure") == 1.0


def test_repeating_a_citation_gains_nothing(grader: Grounded) -> None:
    once = score(grader, "1. TSC2 - Seizure, Subependymal nodules")
    often = score(grader, "1. TSC2 - Seizure, Seizure, seizures, Subependymal nodules")
    assert once == often == 0.5


def test_a_gene_outside_the_knowledge_grounds_nothing(grader: Grounded) -> None:
    assert score(grader, "1. MTOR - Seizure") == 0.0


def test_a_diseases_name_is_no_citation(grader: Grounded, tiny_knowledge: Knowledge) -> None:
    name = "Autosomal dominant epilepsy with auditory features"
    assert name in tiny_knowledge.annotations.disease_names
    grade = grader.grade(f"1. LGI1 - {name}", ITEM)
    assert grade.parts == {"cited": 0.0}


def test_old_ids_of_a_case_are_understood_and_unknown_ones_ignored(grader: Grounded) -> None:
    old = grader.grounding.knowledge.hpo.resolve("HP:0002279")
    assert (old.hpo_id, old.status) == (SEIZURE, "alternative")
    assert score(grader, "1. TSC2 - Seizure", {"present": ["HP:0002279", "HP:9999999"]}) == 1.0
    assert score(grader, "1. TSC2 - Seizure", {"present": ["HP:9999999"]}) == 0.0


@pytest.mark.parametrize("item", [{}, {"present": "HP:0001250"}, {"present": [1]}])
def test_an_item_without_terms_is_the_graders_failure(
    grader: Grounded, item: dict[str, object]
) -> None:
    grade = grader.grade("1. TSC2 - Seizure", item)
    assert grade.score is None
    assert "no list of HPO ids under 'present'" in str(grade.problem)

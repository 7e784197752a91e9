"""One reading of headings, answers and flags, whatever form they come in."""

import pytest

from ontology.status import answer_status, flag_status, heading_status


@pytest.mark.parametrize(
    "heading",
    [
        *("Not Observed Phenotype (HPO)", "denied phenotypes", "negatedHpoIds", "Absent features"),
        *(
            "not_present",
            "No",
            "HPO terms not seen",
            "Pertinent negatives",
            "unaffected",
            "hpo_neg",
        ),
        *("ruled out", "excludedTerms", "Features not reported", "not found", "Negative findings"),
        *(
            "phenotypes (absent)",
            "no phenotypes",
            "Not-observed",
            "lacking",
            "absence_of",
            "Denies",
        ),
    ],
)
def test_headings_of_exclusion(heading: str) -> None:
    assert heading_status(heading) == "excluded"


@pytest.mark.parametrize(
    ("heading", "status"),
    [
        ("Observed Phenotype (HPO)", "present"),
        ("Positive findings", "present"),
        ("suspected_terms", "uncertain"),
        ("Maybe", "uncertain"),
        ("unknown phenotypes", "uncertain"),
        ("not assessed", "uncertain"),
        ("Not excluded", "uncertain"),
        ("cannot be ruled out", "uncertain"),
        ("rule out", "uncertain"),
        ("Family history", "family"),
        ("maternalFindings", "family"),
        ("Clinical findings", None),
        ("HPO terms", None),
        ("HPO No.", None),
        ("no of terms", None),
        ("No. occurrences", None),
        ("verification: refuted", "excluded"),
        ("Present/Absent", None),
        ("observed (yes/no)", "present"),
        ("", None),
    ],
)
def test_other_headings(heading: str, status: str | None) -> None:
    assert heading_status(heading) == status


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (True, "present"),
        (False, "excluded"),
        (1, "present"),
        (0, "excluded"),
        (2, None),
        (None, None),
        ("", None),
        ("P3Y", None),
        ("5 years", None),
        ("Yes.", "present"),
        ("(+)", "present"),
        ("+ve", "present"),
        ("x", "present"),
        ("observed", "present"),
        ("N", "excluded"),
        ("(no)", "excluded"),
        ("– ", "excluded"),
        ("-ve", "excluded"),
        ("history negative", "excluded"),
        ("Patient history negative.", "excluded"),
        ("not present", "excluded"),
        ("never", "excluded"),
        ("False", "excluded"),
        ("0.0", "excluded"),
        ("?", "uncertain"),
        ("yes?", "uncertain"),
        ("not assessed", "uncertain"),
        ("N/A", "uncertain"),
        ("has not been tested", "uncertain"),
        ("possibly present", "uncertain"),
        ("not absent", "present"),
    ],
)
def test_answers(answer: object, status: str | None) -> None:
    assert answer_status(answer) == status


@pytest.mark.parametrize(
    ("key", "value", "status"),
    [
        ("excluded", True, "excluded"),
        ("excluded", "true", "excluded"),
        ("excluded", "False", "present"),
        ("excluded", 0, "present"),
        ("negated", "yes", "excluded"),
        ("negated", "no", "present"),
        ("absent", "absent", "excluded"),
        ("notObserved", 1, "excluded"),
        ("observed", "no", "excluded"),
        ("present", False, "excluded"),
        ("status", "family", "family"),
        ("status", "absent", "excluded"),
        ("excluded", "perhaps not", "excluded"),
        ("excluded", "?", "uncertain"),
        ("excluded", "blue", None),
        ("suspected", True, "uncertain"),
        ("family_history", "yes", "family"),
        ("excluded", None, None),
    ],
)
def test_flags(key: str, value: object, status: str | None) -> None:
    assert flag_status(key, value) == status

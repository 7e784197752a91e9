import pytest

from genecaller.graders import make_grader

ITEM = {"gene": "TSC2", "candidates": ["TSC2", "TSC1", "MTOR"]}
LIST = "<think>x</think>\n1. TSC1 - a\n2. TSC2 - b\n3. MTOR - c"


@pytest.mark.parametrize(
    ("table", "score"),
    [
        ({"type": "gene_rank"}, 0.7),
        ({"type": "gene_rank", "second": 0.5}, 0.5),
        ({"type": "top_k", "k": 1}, 0),
        ({"type": "top_k", "k": 2}, 1),
        ({"type": "top_max"}, 1),
        ({"type": "reciprocal_rank"}, 0.5),
    ],
)
def test_the_right_genes_rank_is_scored(table: dict[str, object], score: float) -> None:
    assert make_grader(table).grade(LIST, ITEM).score == score
    assert make_grader(table).grade("1. MTOR - c", ITEM).score == 0


def test_a_reference_may_be_an_alias_and_a_template_may_pick_the_list() -> None:
    grader = make_grader(
        {"type": "gene_rank", "input": "{{sample.output_json.genes}}", "reference": "{{item.g}}"}
    )
    assert grader.grade('{"genes": ["KMT2D"], "note": "TSC1"}', {"g": "MLL2"}).score == 1.0
    assert grader.grade("1. KMT2D", {"g": "MLL2"}).score == 0.0


def test_an_empty_reference_is_a_failure() -> None:
    grade = make_grader({"type": "gene_rank"}).grade(LIST, {"gene": " "})
    assert grade.score is None


def test_what_is_wrong_with_an_answer_is_kept_beside_its_score() -> None:
    grade = make_grader({"type": "gene_rank"}).grade("1. TSC2\n2. FOO17", ITEM)
    assert (grade.score, grade.problem) == (1.0, "no such gene: FOO17")


@pytest.mark.parametrize(
    ("text", "table", "score"),
    [
        (LIST, {}, 1),
        ("1. TSC2 - a", {}, 0.5),
        ("1. TSC2 - a", {"thoughts": False}, 1),
        ("<think>x</think>\n1. TSC2", {}, 0.5),
        ("<think>x</think>\n1. TSC2", {"reasons": False}, 1),
        ("<think>x\n1. TSC2 - a", {}, 0.25),
        (LIST, {"fewest": 6}, 0.75),
        (LIST, {"most": 1}, (1 + 1 / 3) / 2),
        ("<think>x</think>\n1. TSC2 - a\n2. FOO17 - b", {}, 0.75),
        ("<think>x</think>\nIt is TSC2.", {"reasons": False}, 0.75),
        ("", {}, 0),
    ],
)
def test_the_form_pays_for_what_is_kept_of_it(
    text: str, table: dict[str, object], score: float
) -> None:
    grade = make_grader({"type": "format", **table}).grade(text, ITEM)
    assert grade.score == pytest.approx(score)


@pytest.mark.parametrize(
    ("words", "score"), [(0, 0), (2, 0.5), (4, 1), (10, 1), (15, 0.5), (20, 0), (900, 0)]
)
def test_length_falls_off_beyond_its_bounds(words: int, score: float) -> None:
    grader = make_grader({"type": "length", "least": 4, "most": 10, "zero_at": 20})
    grade = grader.grade("word " * words, {})
    assert grade.score == pytest.approx(score)
    assert grade.parts == {"length": words}


def test_length_may_count_characters() -> None:
    grader = make_grader({"type": "length", "most": 5, "unit": "characters"})
    assert grader.grade("12345", {}).score == 1.0
    assert grader.grade("1234567890", {}).score == 0.0


def test_a_formula_takes_nested_graders_and_names_who_failed() -> None:
    inner = {
        "type": "multi",
        "graders": {
            "rank": {"type": "gene_rank"},
            "exact": {
                "type": "string_check",
                "input": "{{item.missing}}",
                "reference": "x",
                "operation": "eq",
            },
        },
        "calculate_output": "rank",
    }
    outer = make_grader(
        {
            "type": "multi",
            "graders": {"genes": inner, "form": {"type": "format"}},
            "calculate_output": "(genes + form) / 2",
        }
    )
    grade = outer.grade(LIST, ITEM)
    assert grade.score == pytest.approx(0.85)
    assert grade.parts["genes.rank"] == 0.7
    assert grade.problem == "genes: exact: the item has no item.missing"
    inner["calculate_output"] = "rank + exact"
    failing = make_grader({"type": "multi", "graders": {"g": inner}, "calculate_output": "g"})
    assert failing.grade(LIST, ITEM).score is None


def test_a_formula_without_a_value_is_a_failure() -> None:
    grader = make_grader(
        {"type": "multi", "graders": {"a": {"type": "top_max"}}, "calculate_output": "1 / a"}
    )
    assert grader.grade(LIST, ITEM).score == 1.0
    grade = grader.grade("1. MTOR", ITEM)
    assert grade.score is None
    assert "1 / a has no value" in str(grade.problem)

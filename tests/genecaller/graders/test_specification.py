import json
from pathlib import Path
from typing import Any

import pytest

from genecaller.errors import UsageError
from genecaller.graders import GRADER_TYPES, make_grader, read_grader

ITEM = {
    "gene": "TSC2",
    "answer": "forty-two",
    "facts": {"year": 1984, "names": ["Ada", "Bob"]},
    "present": ["HP:0000001"],
}
GOLD = "<think>tubers</think>\n1. TSC2 - cortical tubers"
SPECIFICATIONS: dict[str, tuple[dict[str, Any], str]] = {
    "string_check": (
        {"input": "{{sample.output_text}}", "reference": "{{item.answer}}", "operation": "eq"},
        "forty-two",
    ),
    "text_similarity": (
        {
            "input": "{{sample.output_text}}",
            "reference": "{{item.answer}}",
            "evaluation_metric": "bleu",
        },
        "forty-two",
    ),
    "python": (
        {"source": "def grade(sample, item):\n    return sample['output_text'] == item['answer']"},
        "forty-two",
    ),
    "multi": (
        {
            "graders": {"a": {"type": "gene_rank"}, "b": {"type": "format"}},
            "calculate_output": "0.5 * a + 0.5 * b",
        },
        GOLD,
    ),
    "gene_rank": ({}, GOLD),
    "top_k": ({"k": 3}, GOLD),
    "top_max": ({}, GOLD),
    "reciprocal_rank": ({}, GOLD),
    "format": ({}, GOLD),
    "length": ({"most": 40}, GOLD),
}


def test_every_type_but_the_one_that_needs_knowledge_is_tried_here() -> None:
    assert {*SPECIFICATIONS, "grounded"} == set(GRADER_TYPES)


@pytest.mark.parametrize("kind", SPECIFICATIONS)
def test_every_grader_gives_its_gold_answer_one(kind: str) -> None:
    table, gold = SPECIFICATIONS[kind]
    grader = make_grader({"type": kind, "name": "g", **table})
    assert grader.name == "g"
    grade = grader.grade(gold, ITEM)
    assert grade.score == 1.0
    assert grade.problem is None


@pytest.mark.parametrize("kind", SPECIFICATIONS)
@pytest.mark.parametrize("answer", ["", "nonsense", "{", "<think>", "1. ", "\x00"])
def test_no_answer_makes_a_grader_raise(kind: str, answer: str) -> None:
    table, _ = SPECIFICATIONS[kind]
    grade = make_grader({"type": kind, **table}).grade(answer, ITEM)
    assert grade.score is not None
    assert 0 <= grade.score <= 1


@pytest.mark.parametrize("kind", ["string_check", "text_similarity", "gene_rank", "top_k"])
def test_an_item_without_the_reference_is_the_graders_failure_not_a_zero(kind: str) -> None:
    table, gold = SPECIFICATIONS[kind]
    grade = make_grader({"type": kind, **table}).grade(gold, {})
    assert grade.score is None
    assert grade.failed
    assert grade.problem is not None
    assert "the item has no item." in grade.problem


@pytest.mark.parametrize("kind", SPECIFICATIONS)
def test_an_unknown_key_is_refused_with_the_nearest(kind: str) -> None:
    table, _ = SPECIFICATIONS[kind]
    with pytest.raises(UsageError, match="unknown key 'nme'; did you mean 'name'"):
        make_grader({"type": kind, **table, "nme": "x"})


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ("text", "a grader is a table"),
        ({}, "unknown type None"),
        ({"type": "gene_rang"}, "did you mean 'gene_rank'"),
        ({"type": ["x"]}, "unknown type"),
        ({"type": "string_check", "input": "x", "operation": "eq"}, "reference is missing"),
        (
            {"type": "string_check", "input": "x", "referense": "x", "operation": "eq"},
            "did you mean 'reference' by 'referense'",
        ),
        (
            {"type": "string_check", "input": "x", "reference": "x", "operation": "equals"},
            "operation is 'equals', expected one of eq, ne, like, ilike; did you mean",
        ),
        (
            {"type": "string_check", "input": "{{sampel.output_text}}"},
            "is no place",
        ),
        (
            {"type": "string_check", "input": "{{sample.output_txt}}"},
            "did you mean sample.output_text",
        ),
        (
            {"type": "text_similarity", "input": "", "reference": "", "evaluation_metric": "r"},
            "expected one of fuzzy_match",
        ),
        ({"type": "top_k", "k": 0}, "expected 1 to"),
        ({"type": "top_k", "k": True}, "expected a whole number"),
        ({"type": "top_k", "k": 10**400}, "grader: k is 1000.*, expected 1 to"),
        ({"type": "top_k", "k": 1.0}, "k is 1.0, expected a whole number"),
        ({"type": "gene_rank", "decay": float("nan")}, "decay is nan, expected 0 to 1"),
        ({"type": "gene_rank", "decay": float("inf")}, "decay is inf, expected 0 to 1"),
        ({"type": "gene_rank", "decay": 10**400}, "decay is 1000.*, expected a number"),
        ({"type": "gene_rank", "decay": True}, "decay is True, expected a number"),
        ({"type": "gene_rank", "pass_threshold": "0.8"}, "pass_threshold is '0.8', expected a"),
        ({"type": "gene_rank", "pass_threshold": float("nan")}, "pass_threshold is nan"),
        ({"type": "python", "source": "def grade(s, i): 1", "seconds": -1}, "seconds is -1"),
        ({"type": "python", "source": "def grade(s, i): 1", "memory_mb": 1 << 60}, "memory_mb is"),
        ({"type": "python", "source": "x" * 300_000}, "300000 characters, at most"),
        ({"type": "python", "source": "(" * 5000}, "grader.source: "),
        ({"type": "format", "fewest": -3}, "fewest is -3, expected 1 to"),
        ({"type": "length", "most": 10**30}, "most is 1000.*, expected 1 to"),
        ({"type": "string_check", "input": "x" * 200_000}, "a template of 200000 characters"),
        (
            {"type": "multi", "graders": {f"g{i}": {"type": "format"} for i in range(101)},
             "calculate_output": "g1"},
            "101 graders, at most 100",
        ),
        (
            {"type": "multi", "graders": {"a": {"type": "format"}}, "calculate_output": "1e999"},
            r"grader\.calculate_output: a number in the formula",
        ),
        (
            {"type": "multi", "graders": {"a": {"type": "format"}},
             "calculate_output": "a" + ".b" * 900},
            "is not allowed in a formula",
        ),
        ({"type": "top_k"}, "k is missing"),
        ({"type": "gene_rank", "decay": 1.5}, "expected 0 to 1"),
        ({"type": "gene_rank", "decay": "much"}, "expected a number"),
        ({"type": "length", "most": 10, "zero_at": 10}, "least <= most < zero_at"),
        ({"type": "python", "source": "def grade(:"}, "invalid syntax"),
        ({"type": "multi", "graders": {}, "calculate_output": "1"}, "graders is empty"),
        (
            {"type": "multi", "graders": {"a b": {"type": "format"}}, "calculate_output": "1"},
            "cannot stand in a formula",
        ),
        (
            {"type": "multi", "graders": {"a": {"type": "formt"}}, "calculate_output": "a"},
            r"grader\.a: unknown type 'formt'",
        ),
        (
            {"type": "multi", "graders": {"rank": {"type": "format"}}, "calculate_output": "rnk"},
            "no grader 'rnk'.* did you mean 'rank'",
        ),
    ],
)  # fmt: skip
def test_a_wrong_specification_says_what_is_wrong(table: Any, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        make_grader(table)


def test_endless_nesting_is_refused() -> None:
    table: dict[str, Any] = {"type": "format"}
    for _ in range(20):
        table = {"type": "multi", "graders": {"a": table}, "calculate_output": "a"}
    with pytest.raises(UsageError, match="nested deeper"):
        make_grader(table)


@pytest.mark.parametrize("kind", sorted(SPECIFICATIONS))
def test_every_grader_takes_a_score_to_pass_with(kind: str) -> None:
    table, gold = SPECIFICATIONS[kind]
    made = make_grader({"type": kind, "pass_threshold": 0.5, **table})
    grade = made.grade(gold, ITEM)
    assert grade.parts["passed"] == 1.0
    grade = made.grade("nothing of the kind", ITEM)
    assert grade.score is not None
    assert grade.parts["passed"] == float(grade.score >= 0.5)


def test_graders_are_read_from_toml_and_json(tmp_path: Path) -> None:
    toml = tmp_path / "g.toml"
    toml.write_text(
        '[grader]\ntype = "multi"\nname = "reward"\ncalculate_output = "max(rank, 0.1 * form)"\n'
        '[grader.graders.rank]\ntype = "gene_rank"\n[grader.graders.form]\ntype = "format"\n'
    )
    plain = tmp_path / "g.json"
    plain.write_text(json.dumps({"type": "top_k", "k": 1}))
    grade = read_grader(toml).grade("<think>x</think>\n1. TSC1 - a\n2. TSC2 - b", ITEM)
    assert grade.score == 0.7
    assert grade.parts == {"rank": 0.7, "form": 1.0, "form.list": 1.0, "form.thoughts": 1.0}
    assert read_grader(plain).grade(GOLD, ITEM).score == 1.0


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("g.toml", "type = ", "not a TOML file"),
        ("g.json", "{", "not a JSON file"),
        ("g.json", "[1]", "a grader is a table"),
        ("none.toml", None, "cannot be read"),
        ("g.json", "[" * 100_000, "not a JSON file"),
        ("g.toml", "a = " + "[" * 100_000, "not a TOML file"),
        ("g.json", '{"type": "top_k", "k": ' + "9" * 5000 + "}", "not a JSON file"),
        ("g.toml", 'type = "top_k"\nk = ' + "9" * 5000, "not a TOML file"),
        ("g.json", '{"type": "top_k", "k": ' + "9" * 400 + "}", r"k is 999\d*\.\.\."),
        ("g.json", "#" * 6_000_000, "at most 5000000 are read"),
    ],
)
def test_a_broken_file_is_named(
    name: str, content: str | None, message: str, tmp_path: Path
) -> None:
    if content is not None:
        (tmp_path / name).write_text(content)
    with pytest.raises(UsageError, match=message) as raised:
        read_grader(tmp_path / name)
    assert name in str(raised.value)

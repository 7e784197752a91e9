import pytest

from genecaller.errors import UsageError
from genecaller.graders.outcome import AnswerProblem, ItemProblem
from genecaller.graders.template import compile_template, parse_json

ITEM = {"gene": "TSC2", "n": 3, "deep": {"list": ["a", {"b": None}]}}


@pytest.mark.parametrize(
    ("text", "rendered"),
    [
        ("plain { } }} text", "plain { } }} text"),
        ("{{item.gene}}", "TSC2"),
        ("<{{ item.gene }}/{{item.n}}>", "<TSC2/3>"),
        ("{{item.deep.list}}", '["a", {"b": null}]'),
        ("{{item.deep.list[0]}}{{item.deep.list.0}}", "aa"),
        ("{{item.deep.list[1].b}}", "null"),
        ("{{sample.output_json.x}}", "1"),
        ("{{sample.output_json}}", '{"x": 1}'),
    ],
)
def test_places_are_filled_in(text: str, rendered: str) -> None:
    assert compile_template(text, "t").render('{"x": 1}', ITEM) == rendered


def test_an_answer_with_a_template_in_it_is_not_rendered_again() -> None:
    template = compile_template("{{sample.output_text}}", "t")
    assert template.render("{{item.gene}}", ITEM) == "{{item.gene}}"


@pytest.mark.parametrize("path", ["item.none", "item.gene.more", "item.deep.list[9]"])
def test_what_an_item_lacks_is_named(path: str) -> None:
    with pytest.raises(ItemProblem, match="the item has no item"):
        compile_template(f"{{{{{path}}}}}", "t").render("", ITEM)


def test_what_an_answer_lacks_is_its_own_fault() -> None:
    template = compile_template("{{sample.output_json.x}}", "t")
    with pytest.raises(AnswerProblem, match="no JSON"):
        template.render("no json", ITEM)
    with pytest.raises(AnswerProblem, match=r"no sample\.output_json\.x"):
        template.render('{"y": 1}', ITEM)
    with pytest.raises(AnswerProblem, match="no JSON"):
        parse_json("[" * 100_000)


def test_json_in_a_code_block_counts() -> None:
    assert parse_json('```json\n{"x": 1}\n```') == {"x": 1}


def test_what_is_meant_to_take_for_ever_does_not() -> None:
    """Each of these took time by the square of its length, or the stack."""
    assert compile_template("{{" * 49_000, "t").render("", {}) == "{{" * 49_000
    with pytest.raises(UsageError, match="is no place") as raised:
        compile_template("{{" * 49_000 + "}}", "t")
    assert len(str(raised.value)) < 400
    deep = compile_template("{{item.a" + ".b" * 40_000 + "}}", "t")
    with pytest.raises(ItemProblem):
        deep.render("", {"a": {}})
    for answer in ("```\n" + "\n" * 300_000, "[" * 300_000, "9" * 5000):
        with pytest.raises(AnswerProblem, match="the answer is no JSON"):
            parse_json(answer)
    assert parse_json('\n```json\n\n{"a": "```"}\n```\n') == {"a": "```"}

import pytest

from genecaller.llm.decoding.answer_grammar import Position, position_of


@pytest.mark.parametrize(
    ("text", "position"),
    [
        ("", Position("start", "")),
        ("<thi", Position("start", "<thi")),
        ("<think>", Position("think")),
        ("<think>tubers, so </thi", Position("think")),
        ("<think>x</think>", Position("after_think")),
        ("<think>x</think>\n", Position("line_start", "", 1)),
        ("<think>1. TSC2</think>\n1", Position("line_start", "1", 1)),
        ("1", Position("line_start", "1", 1)),
        ("1.", Position("symbol", "", 1)),
        ("1. TS", Position("symbol", " TS", 1)),
        ("1. HLA-DRB1", Position("symbol", " HLA-DRB1", 1)),
        ("1. TSC2 ", Position("symbol", " TSC2 ", 1)),
        ("1. TSC2 -", Position("reason", "1. TSC2 -", 1)),
        ("1. TSC2 - 2. x", Position("reason", "1. TSC2 - 2. x", 1)),
        ("1. TSC2 - a\n", Position("line_start", "", 2, ("TSC2",))),
        ("1. TSC2 - a\n2. TSC1 - b\n3. M", Position("symbol", " M", 3, ("TSC2", "TSC1"))),
        ("1. TSC2 - a\n7. TSC1", Position("reason", "7. TSC1", 2, ("TSC2",))),
        ("free words", Position("reason", "free words", 1)),
    ],
)
def test_a_half_written_answer_is_placed(text: str, position: Position) -> None:
    assert position_of(text) == position


def test_ten_entries_need_two_digits() -> None:
    text = "".join(f"{i}. G{i} - x\n" for i in range(1, 10))
    assert position_of(text).number == 10
    assert position_of(text + "1").kind == "line_start"
    assert position_of(text + "10. G").kind == "symbol"

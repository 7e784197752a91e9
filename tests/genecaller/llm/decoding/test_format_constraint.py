import pytest

from genecaller.llm import LanguageModel
from genecaller.llm.answer import parse_answer
from genecaller.llm.decoding.answer_grammar import position_of
from genecaller.llm.decoding.format_constraint import HoldToForm, SymbolSet, continuation
from ontology.genes import gene_names

OFFERED = ["TSC2", "TSC1", "TSC22D1", "HLA-DRB1"]


@pytest.mark.parametrize("temperature", [0.0, 1.0, 3.0])
def test_a_random_model_can_only_write_the_form(
    tiny_model: LanguageModel, temperature: float
) -> None:
    texts = tiny_model.generate(
        [f"prompt {i}" for i in range(3)],
        max_new_tokens=320,
        temperature=temperature,
        symbols=[OFFERED] * 3,
    )
    for text in texts:
        answer = parse_answer(text, gene_names(), candidates=OFFERED)
        assert 1 <= len(answer.genes) <= len(OFFERED)
        assert set(answer.symbols) <= set(OFFERED)
        assert not [p for p in answer.problems if p.kind not in ("no_gene", "unknown_gene")]


def test_each_row_of_a_batch_has_its_own_symbols(tiny_model: LanguageModel) -> None:
    lists: list[list[str] | None] = [["TSC2"], ["MTOR", "PTEN"], None, ["KMT2D"]]
    prompts = ["short", "a much longer prompt than all the others", "free", "mid long"]
    texts = tiny_model.generate(prompts, max_new_tokens=320, symbols=lists, batch_size=3)
    found = [set(parse_answer(text, gene_names()).symbols) for text in texts]
    assert (found[0], found[3]) == ({"TSC2"}, {"KMT2D"})
    assert found[1]
    assert found[1] <= {"MTOR", "PTEN"}
    assert texts[2] == tiny_model.generate(["free"], max_new_tokens=320)[0]


def test_several_samples_share_their_prompts_symbols(tiny_model: LanguageModel) -> None:
    rows = tiny_model.complete(
        ["a", "b"],
        max_new_tokens=320,
        temperature=1.5,
        num_samples=3,
        symbols=[["TSC2"], ["MTOR"]],
    )
    for row, symbol in zip(rows, ("TSC2", "MTOR"), strict=True):
        for one in row:
            assert set(parse_answer(one.text, gene_names()).symbols) == {symbol}


def test_a_stream_keeps_the_form_too(tiny_model: LanguageModel) -> None:
    text = "".join(tiny_model.stream("x", max_new_tokens=320, symbols=OFFERED))
    assert text == tiny_model.generate(["x"], max_new_tokens=320, symbols=[OFFERED])[0]


def test_a_list_of_symbols_is_needed_for_every_prompt(tiny_model: LanguageModel) -> None:
    with pytest.raises(ValueError, match="1 lists of symbols for 2 prompts"):
        tiny_model.generate(["a", "b"], symbols=[OFFERED])
    with pytest.raises(ValueError, match="no symbols"):
        tiny_model.generate(["a"], symbols=[[]])


def test_a_symbol_that_begins_another_may_end_or_go_on(tiny_model: LanguageModel) -> None:
    symbols = SymbolSet(["TSC2", "TSC22D1"], tiny_model.tokenizer)
    going_on = symbols.following(" TSC2", [])
    assert tiny_model.tokenizer.decode(going_on) == "2"
    assert symbols.following(" TSC2", ["TSC22D1"]) == []
    assert symbols.following(" TSC22D1", []) == []
    assert symbols.following(" X", []) == []


def test_thoughts_reasons_and_lists_have_their_bounds(tiny_model: LanguageModel) -> None:
    tokenizer = tiny_model.tokenizer

    def choice(text: str, **bounds: int) -> str | None:
        hold = HoldToForm(
            tokenizer,
            [symbols],
            [tokenizer.eos_token_id],
            0,
            **bounds,  # type: ignore[arg-type]
        )
        ids = tokenizer.encode(text, add_special_tokens=False)
        found = hold._choice(position_of(text), ids, symbols)
        return None if found is None else "".join(sorted(tokenizer.decode([t]) for t in found))

    symbols = SymbolSet(["TSC2", "MTOR"], tokenizer)
    assert choice("") == "1<"
    assert choice("<think>abc") is None
    assert choice("<think>abc", most_thought=5) == "<"
    assert choice("<think>abc</th", most_thought=5) == "i"
    assert choice("<think>x</think>") == "\n"
    assert choice("1.") == " "
    assert choice("1. ") == "MT"
    assert choice("1. TSC2") == " "
    assert choice("1. TSC2 ") == "-"
    assert choice("1. TSC2 - a b c") is None
    assert choice("1. TSC2 - a b c", most_reason=9) == "\n"
    assert choice("1. TSC2 - a\n") == "2<|end|>"
    assert choice("1. TSC2 - a\n2. ") == "M"
    assert choice("1. TSC2 - a\n2. MTOR - b\n") == "<|end|>"
    assert choice("1. TSC2 - a\n", most_genes=1) == "<|end|>"


@pytest.mark.parametrize(
    ("thoughts", "wanted", "written"),
    [
        ("TSC", "92", "2"),  # no such symbol is offered
        ("TSC", " 2", "2"),  # nor does one end here
        ("TSC2", "3 ", " "),
        ("T", "PS", "S"),
        ("M", "BR", "R"),  # the prompt has MRI
        ("TSC2-", "r", "r"),
        ("SC", "TX ", "T"),  # all is wrong already: it goes on as it would
        ("a 3", "A", "A"),
        ("TSC2 2 of 2, ", "ST", "T"),  # no name begins so
        ("", "ST", "S"),  # a sentence may
    ],
)
def test_thoughts_spell_what_is_offered_or_asked(
    tiny_model: LanguageModel, thoughts: str, wanted: str, written: str
) -> None:
    import torch

    tokenizer = tiny_model.tokenizer
    asked = tokenizer.encode("An MRI was done.", add_special_tokens=False)
    symbols = SymbolSet(["TSC2", "TSC1"], tokenizer)
    hold = HoldToForm(tokenizer, [symbols], [tokenizer.eos_token_id], len(asked))
    ids = [*asked, *tokenizer.encode(f"<think>{thoughts}", add_special_tokens=False)]
    scores = torch.zeros(1, len(tokenizer))
    for at, letter in enumerate(wanted):
        scores[0, tokenizer.encode(letter, add_special_tokens=False)] = 9.0 - at
    chosen = hold(torch.tensor([ids]), scores).argmax()
    assert tokenizer.decode([int(chosen)]) == written


def test_what_goes_on_from_a_context_is_cut_as_there(tiny_model: LanguageModel) -> None:
    ids = continuation(tiny_model.tokenizer, "1.", " TSC2")
    assert tiny_model.tokenizer.decode(ids) == " TSC2"
    assert continuation(tiny_model.tokenizer, "", "1.") == tiny_model.tokenizer.encode("1.")

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genecaller.cases import Case, CaseTerm
from genecaller.llm.answer import Answer, parse_answer
from genecaller.llm.prompt import Candidate, build_prompt
from ontology.genes import gene_names

GOLD = "<think>tubers point to mTOR</think>\n1. TSC2 - cortical tubers\n2. TSC1 - because milder"


def parse(text: str, candidates: tuple[str, ...] | None = None) -> Answer:
    return parse_answer(text, gene_names(), candidates=candidates)


def test_the_form_asked_for_parses_without_a_problem() -> None:
    answer = parse(GOLD)
    assert answer.thoughts == "tubers point to mTOR"
    assert [(g.symbol, g.explanation) for g in answer.genes] == [
        ("TSC2", "cortical tubers"),
        ("TSC1", "milder"),
    ]
    assert answer.problems == ()
    assert answer.is_well_formed


@pytest.mark.parametrize(
    "text",
    [
        "1. TSC2\n2. TSC1",
        "1) TSC2\n2) TSC1",
        "1: TSC2\n2: TSC1",
        "1 - TSC2\n2 - TSC1",
        "(1) TSC2\n(2) TSC1",
        "#1. TSC2\n#2. TSC1",
        "Rank 1: TSC2\nRank 2: TSC1",
        "### 1. TSC2\nwords\n### 2. TSC1\nwords",
        "1. **TSC2**: tubers\n2. **TSC1** (hamartin) – x",
        "**1. TSC2**\ntubers\n- a\n- b\n\n**2. TSC1**\nsame",
        "1. *TSC2*\n2. `TSC1`",
        "1. Gene: TSC2\n2. Gene: TSC1",
        "1. The gene TSC2 is it\n2. Mutations in TSC1",
        "1. tuberin (TSC2)\n2. hamartin complex gene (TSC1)",
        "1. TSC2/TSC1",
        "1. Bourneville (TSC2)\n2. Hamartin: TSC1",
        "1. TSC2 and TSC1",
        "1. tsc2\n2. Tsc1",
        "1. HGNC:12363 - x\n2. ENSG00000165699",
        "Here is the list:\n\n1. TSC2\n\n2. TSC1\n\nI hope this helps.",
        "- TSC2\n- TSC1: why",
        "* TSC2\n* TSC1",
        "• TSC2\n• TSC1",
        "TSC2\nTSC1",
        "TSC2: tubers\nTSC1: milder",
        "TSC2, TSC1",
        "Genes: TSC2 > TSC1",
        "1. TSC2 2. TSC1",
        "| Rank | Gene | Why |\n|---|---|---|\n| 1 | TSC2 | a |\n| 2 | TSC1 | b |",
        "| TSC2 | a |\n|---|---|\n| TSC1 | b |",
        '["TSC2", "TSC1"]',
        '{"TSC2": "tubers", "TSC1": 0.2}',
        '{"genes": [{"gene": "TSC2", "reason": "x"}, {"gene": "TSC1"}]}',
        '[{"symbol": "TSC1", "rank": 2}, {"symbol": "TSC2", "rank": 1}]',
        '```json\n{"reasoning": "x", "ranking": ["TSC2", "TSC1"]}\n```',
        "```\n1. TSC2\n2. TSC1\n```",
        "<think>a</think><think>b</think>1. TSC2\n2. TSC1",
        "thoughts without a start</think>\n1. TSC2\n2. TSC1",
        "<Thinking>x</Thinking>\n1. TSC2\n2. TSC1<|im_end|>",
    ],
)
def test_every_usual_form_gives_the_same_two_genes(text: str) -> None:
    answer = parse(text)
    assert answer.symbols == ("TSC2", "TSC1")
    assert answer.problems == ()


@pytest.mark.parametrize(
    ("text", "symbols", "kinds"),
    [
        ("", (), {"empty"}),
        ("  \n ", (), {"empty"}),
        ("<think></think>", (), {"empty"}),
        ("I do not know.", (), {"no_list"}),
        ("1. GENE - because", (), {"no_list", "no_gene"}),
        ("1. TSC2\n2. FOO17\n3. TSC1", ("TSC2", "TSC1"), {"unknown_gene"}),
        ("1. TSC2\n2. TSC2\n3. TSC2", ("TSC2",), {"duplicate"}),
        ("1. MLL2\n2. KMT2D", ("KMT2D",), {"duplicate"}),
        ("1. Hypertelorism: wide", (), {"no_list", "unknown_gene"}),
        ("1. Rod-cone dystrophy\n2. TSC2", ("TSC2",), {"no_gene"}),
        ("<think>hm\n1. TSC2 - x", ("TSC2",), {"unclosed_think"}),
        ("<think>on and on about TSC2", (), {"unclosed_think", "no_list"}),
        ('["TSC2", "TSC1", "MT', ("TSC2", "TSC1"), {"cut_off"}),
        ('{"genes": [{"gene": "TSC2", "rea', ("TSC2",), {"cut_off"}),
        ("```\n1. TSC2", ("TSC2",), {"cut_off"}),
        ("It is TSC2, less likely TSC1.", ("TSC2", "TSC1"), {"prose"}),
        (
            "<|im_start|>user\n1. TSC1<|im_end|>\n<|im_start|>assistant\n1. TSC2",
            ("TSC2",),
            {"echo"},
        ),
    ],
)
def test_what_is_wrong_becomes_problems(
    text: str, symbols: tuple[str, ...], kinds: set[str]
) -> None:
    answer = parse(text)
    assert answer.symbols == symbols
    assert {problem.kind for problem in answer.problems} == kinds
    assert all(str(problem) for problem in answer.problems)
    assert not answer.is_well_formed


@pytest.mark.parametrize(
    "prose",
    [
        "The CAT sat on the MAT; the REST of the SET had an IMPACT.",
        "His MRI and EEG showed ASD; the mother and the father are well, as is she.",
        "WAS it THE KIT OR THE FISH? THE SKI TRIP IS A PIN.",
        "Set the rest; 1. rest is best and it was large",
    ],
)
def test_ordinary_words_are_never_picked_out_of_prose(prose: str) -> None:
    assert parse(prose).symbols == ()


def test_a_gene_named_like_a_word_counts_where_a_symbol_must_stand() -> None:
    answer = parse("1. CAT - catalase\n2. Rest - the patient needs it\n3. REST - a factor")
    assert answer.symbols == ("CAT", "REST")
    assert [str(p) for p in answer.problems] == ["no such gene: Rest"]


def test_an_ambiguous_name_is_settled_by_the_candidates() -> None:
    found = gene_names().resolve("ALC1")
    assert found.status == "ambiguous"
    other = found.candidates[1]
    alone = parse("1. ALC1 - x\n2. TSC2")
    assert alone.symbols == ("TSC2",)
    assert {p.kind for p in alone.problems} == {"ambiguous_gene"}
    offered = parse("1. ALC1 - x\n2. TSC2", (other, "TSC2"))
    assert offered.symbols == (other, "TSC2")
    assert offered.problems == ()


def test_a_gene_that_was_not_offered_is_kept_and_reported() -> None:
    answer = parse("1. TSC2\n2. MTOR", ("TSC2", "TSC1"))
    assert answer.symbols == ("TSC2", "MTOR")
    assert [p.kind for p in answer.problems] == ["not_a_candidate"]


@pytest.mark.parametrize("form", ["open", "hybrid"])
def test_an_echoed_prompt_gives_no_genes_of_its_own(form: str) -> None:
    case = Case(id="c", terms=(CaseTerm("HP:1", "Seizure"),))
    offered = [Candidate("MTOR", "X", "1 of 1"), Candidate("ABCA4", None, "")]
    prompt = build_prompt(case, form, offered if form == "hybrid" else ())  # type: ignore[arg-type]
    answer = parse(f"{prompt.user}\n1. TSC2 - x")
    assert answer.symbols == ("TSC2",)
    assert [p.kind for p in answer.problems] == ["echo"]


def test_explanations_run_on_to_the_next_entry() -> None:
    answer = parse("1. TSC2 - tubers\n   and nodules\n   - seizures\n2. TSC1 - (rarely) x")
    assert answer.genes[0].explanation == "tubers\nand nodules\n- seizures"
    assert answer.genes[1].explanation == "(rarely) x"


@pytest.mark.parametrize("inside", ["\u2028", "\u2029", "\x85", "\x0b", "\x0c", "\x1c"])
def test_a_reason_ends_at_a_line_feed_alone(inside: str) -> None:
    answer = parse(f"TSC2: tubers{inside}FBN1: less\nTSC1: milder")
    assert [gene.symbol for gene in answer.genes] == ["TSC2", "TSC1"]
    assert answer.genes[0].explanation == f"tubers{inside}FBN1: less"


def test_problems_are_bounded() -> None:
    answer = parse("\n".join(f"{i}. FOO{i}X" for i in range(500)))
    assert len(answer.problems) == 21
    assert answer.problems[-1].kind == "more"


@given(st.text(max_size=400))
@settings(max_examples=300, deadline=None)
def test_no_text_raises(text: str) -> None:
    assert isinstance(parse(text), Answer)


PIECES = st.sampled_from(
    ["<think>", "</think>", "1. ", "2) ", "- ", "TSC2", "tsc1", "CAT", "\n", "|", "```", "{", "}",
     "[", "]", '"gene":', '"', ",", ":", "**", " because ", "Candidates:", "Present: ", "FOO1",
     "\\", "<|im_start|>assistant", "HGNC:", "999999999", "(", ")", "\x00", "é"]
)  # fmt: skip


@given(st.lists(PIECES, max_size=60))
@settings(max_examples=300, deadline=None)
def test_no_mixture_of_forms_raises_and_no_gene_comes_twice(pieces: list[str]) -> None:
    answer = parse("".join(pieces))
    assert len(set(answer.symbols)) == len(answer.symbols)
    assert set(answer.symbols) <= set(gene_names().symbols.values())
    assert bool(answer.genes) or answer.problems


@pytest.mark.parametrize(
    "junk",
    ["a", " ", "\n", "[", "{", '{"a":', "1. ", "1. TSC2 ", "<think>", "</think>", "|", "| a ", "- ",
     "*", "```\n", "A-", "TSC2, ", "(", '"', "1.1.", "HGNC:", "<", "\\", "Present: \n", "é ", "9"],
)  # fmt: skip
def test_long_junk_is_read_to_its_end(junk: str) -> None:
    # a step that is quadratic in the length would take hours here
    text = junk * (400_000 // len(junk))
    assert isinstance(parse(text), Answer)
    assert parse(f"{text}\n\n<think></think>\n1. TSC2").problems is not None

"""JSON lines: fine-tuning data, our own records, phenopackets, and bad lines among them."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from genecaller.cases import Case, CaseTerm, Publication, Solution
from genecaller.errors import CaseError, UsageError

Read = Callable[..., list[Any]]


def only(cases: list[Case | CaseError]) -> Case:
    (case,) = cases
    assert isinstance(case, Case)
    return case


def chat(*messages: tuple[str, Any], **keys: Any) -> dict[str, Any]:
    return {"messages": [{"role": r, "content": c} for r, c in messages], **keys}


def test_fine_tuning_data_with_terms(read: Read) -> None:
    line = chat(
        ("system", "TSC2 is often the answer"),
        ("user", "A boy. Which gene?"),
        ("assistant", "TSC2"),
        present=["HP:0001250", "Cortical tubers"],
        absent="HP:0000175; HP:0000316",
        correct_answer="TSC2",
        pmid=123,
    )
    case = only(read("x.jsonl", line))
    assert case.id == "x.jsonl:1"
    assert case.hpo_ids == ("HP:0001250", "HP:0009717")
    assert case.excluded_hpo_ids == ("HP:0000175", "HP:0000316")
    assert case.text == "A boy. Which gene?"
    assert case.solution == Solution("TSC2")
    assert case.pmid == "PMID:123"
    assert case.problems == ()


def test_fine_tuning_data_without_terms_is_read_from_the_users_words(read: Read) -> None:
    parts = [{"type": "text", "text": "A girl had seizures."}, {"type": "image_url"}]
    line = chat(
        ("system", "Hypertelorism is common."), ("user", parts), ("assistant", "Cleft palate"),
        case_id="c1", gene="MLL2",
    )  # fmt: skip
    case = only(read("x.jsonl", line))
    assert (case.id, case.hpo_ids, case.sex) == ("c1", ("HP:0001250",), "female")
    assert case.text == "A girl had seizures."
    assert case.solution == Solution("KMT2D", recorded_gene="MLL2")


@pytest.mark.parametrize(
    ("keys", "gene", "problems"),
    [
        ({"gene": "TSC2"}, "TSC2", 0),
        ({"genes": ["TSC2"]}, "TSC2", 0),
        ({"genes": ["TSC2", "TSC1"]}, "TSC2", 1),
        ({"reference_answer": "tsc2"}, "TSC2", 0),
        ({"answer": "no gene at all"}, None, 1),
        ({"label": "positive"}, None, 0),
        ({"solution": {"gene": "TSC2", "disease_id": "OMIM:1"}}, "TSC2", 0),
        ({"solution": "TSC2"}, "TSC2", 0),
        ({"causalGene": "TSC2"}, "TSC2", 0),
        ({}, None, 0),
    ],
)
def test_the_answer_under_its_usual_names(
    keys: dict[str, Any], gene: str | None, problems: int, read: Read
) -> None:
    case = only(read("x.jsonl", {"terms": ["HP:0001250"], **keys}))
    assert (case.solution.gene if case.solution else None) == gene
    assert len(case.problems) == problems
    assert not any("TSC" in problem for problem in case.problems)


def test_our_own_record(read: Read) -> None:
    record = {
        "id": 7,
        "terms": [
            {"hpo_id": "HP:0001250", "label": "Seizure", "onset": "P2M", "severity": "HP:0012828"},
            "HP:0009717",
        ],
        "excluded_terms": [{"hpo_id": "HP:0000175"}],
        "sex": "male",
        "age": 3.5,
        "onset": "HP:0003577",
        "text": "A report.",
        "publication": {"pmid": "PMID:1", "title": "A title"},
        "solution": {"gene": "TSC2", "disease_id": "OMIM:613254"},
    }
    case = only(read("x.jsonl", record))
    assert case.id == "7"
    assert case.terms[0] == CaseTerm("HP:0001250", "Seizure", None, "P2M", "HP:0012828")
    assert case.excluded_hpo_ids == ("HP:0000175",)
    assert (case.sex, case.age, case.onset) == ("male", "P42M", "HP:0003577")
    assert case.publication == Publication("PMID:1", "A title")
    assert case.solution == Solution("TSC2", "OMIM:613254")
    assert case.text == "A report."


def test_a_bad_line_is_named_and_the_next_ones_go_on(read: Read, packet: dict[str, Any]) -> None:
    lines = [
        '{"id": "a", "terms": ["HP:0001250"]}',
        "",
        '{"id": "b", "terms": ',
        "[1]",
        '{"id": "c"}',
        '{"messages": "hello"}',
        '{"id": "d", "text": " "}',
        '{"id": "a", "terms": ["HP:9999999"], "age": "old"}',
        json.dumps(packet),
    ]
    cases = read("x.txt", "\r\n".join(lines))
    errors = [case for case in cases if isinstance(case, CaseError)]
    assert [case.id for case in cases if isinstance(case, Case)] == ["a", "a#2", "PMID_1_II_1"]
    assert [str(e).split("x.txt, ")[1].split(":")[0] for e in errors] == [
        "line 3, column 21",
        "line 4",
        "line 5",
        "line 6",
        "line 7",
    ]
    second = cases[6]
    assert isinstance(second, Case)
    assert len(second.problems) == 4  # unknown id, none present, no age, id not its own


def test_the_whole_of_nothing_but_one_bad_line_is_unusable(read: Read) -> None:
    with pytest.raises(UsageError, match="line 1, column 2"):
        read("x.jsonl", "{oops}")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
def test_encodings(encoding: str, read: Read) -> None:
    lines = '{"id": "é1", "terms": ["HP:0001250"]}\n{"id": "é2", "terms": ["HP:0001250"]}\n'
    cases = read("x.jsonl", lines.encode(encoding))
    assert [case.id for case in cases if isinstance(case, Case)] == ["é1", "é2"]
    assert all(bool(case.problems) == (encoding == "cp1252") for case in cases)  # type: ignore[union-attr]

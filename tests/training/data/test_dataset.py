"""Every problem of a data file is found before anything starts, with its line."""

from __future__ import annotations

import gzip
import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genecaller.errors import UsageError
from ontology.knowledge import Knowledge
from training.data import dataset


def item(text: str, **fields: Any) -> dict[str, Any]:
    return {"messages": [{"role": "user", "content": text}], **fields}


def write(path: Path, lines: list[Any]) -> Path:
    texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    path.write_text("\n".join(texts) + "\n", encoding="utf-8")
    return path


def screened(tmp_path: Path, train: list[Any], validation: list[Any], **rest: Any) -> Any:
    return dataset.screen(
        write(tmp_path / "train.jsonl", train), write(tmp_path / "valid.jsonl", validation), **rest
    )


def test_good_files_have_no_problem_and_keep_all_keys(tmp_path: Path) -> None:
    train = [item("one", gene="FBN1", case_id="a", publication="PMID:1", note={"x": 1})]
    out = screened(tmp_path, train, [item("two", gene="TSC2", case_id="b", publication="PMID:2")])
    assert out.problems == ()
    assert list(out.train) == train
    dataset.refuse(out.problems)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("{not json", "not JSON"),
        ([1, 2], "a JSON object was expected, not list"),
        ({"text": "x"}, '"messages"'),
        ({"messages": []}, '"messages"'),
        ({"messages": [{"role": "user"}]}, 'needs "role" and a text'),
        ({"messages": [{"role": "boss", "content": "x"}, *item("y")["messages"]]}, "role 'boss'"),
        ({"messages": [{"role": "user", "content": "  "}]}, "is empty"),
        ({"messages": [{"role": "system", "content": "x"}]}, "no message has the role 'user'"),
        (item("x", gene="NOSUCHGENE"), "gene 'NOSUCHGENE' is unknown to HGNC"),
        ({"messages": {"role": "user", "content": "x"}}, '"messages"'),
        ({"messages": ["x"]}, 'messages[0] needs "role" and a text'),
        ({"messages": [{"role": "user", "content": ["x"]}]}, 'needs "role" and a text'),
        ({"messages": [{"role": ["user"], "content": "x"}]}, "messages[0] has the role ['user']"),
        ({"messages": [{"role": None, "content": "x"}]}, "has the role None"),
        (
            {"messages": [*item("x")["messages"], *[{"role": "assistant", "content": "a"}] * 2]},
            "two messages of the role 'assistant'",
        ),
        (item("x", gene=5), "gene is 5, expected a gene's symbol"),
        (item("x", gene={"symbol": "FBN1"}), "gene is {'symbol': 'FBN1'}"),
        (item("x", case_id=[1]), "case_id is [1], expected a text"),
        (item("x", publication=True), "publication is True, expected a text"),
        (item("x", candidates="FBN1"), "candidates is 'FBN1', expected a list of texts"),
        (item("x", present=[1]), "present is [1], expected a list of texts"),
        ("[" * 3000, "not JSON: nested too deep"),
        ('{"messages": ' + "9" * 5000 + "}", "not JSON: Exceeds the limit"),
        ('{"messages": [{"role": "user", "content": "\\ud800"}]}', "cannot be written again"),
    ],
)
def test_every_malformed_line_is_named(tmp_path: Path, line: Any, expected: str) -> None:
    out = screened(tmp_path, [item("fine"), line, item("fine too")], [item("other")])
    assert len(out.errors) == 1
    assert out.errors[0].line == 2
    assert out.errors[0].source.endswith("train.jsonl")
    assert expected in out.errors[0].text
    with pytest.raises(UsageError, match=r"train\.jsonl, line 2: "):
        dataset.refuse(out.problems)


def test_all_problems_come_at_once_in_file_order(tmp_path: Path) -> None:
    out = screened(tmp_path, ["{", item("a"), "["], [item("b"), "}"])
    assert [(Path(p.source).name, p.line) for p in out.errors] == [
        ("train.jsonl", 1), ("train.jsonl", 3), ("valid.jsonl", 2),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("key", "value"), [("gene", "FBN1"), ("publication", "PMID:7"), ("case_id", "x")]
)
def test_leakage_is_refused_naming_the_overlap(tmp_path: Path, key: str, value: str) -> None:
    out = screened(tmp_path, [item("z"), item("a", **{key: value})], [item("b", **{key: value})])
    with pytest.raises(UsageError, match=rf"{key} '{value}' is also in .*train.jsonl, line 2"):
        dataset.refuse(out.problems)


def test_the_same_prompt_on_both_sides_is_leakage(tmp_path: Path) -> None:
    out = screened(tmp_path, [item("a")], [item("a")])
    assert "the same prompt is also in" in out.errors[0].text


def test_renamed_genes_and_repeats_warn(tmp_path: Path) -> None:
    out = screened(tmp_path, [item("a"), item("a"), item("c", gene="MLL2")], [item("b")])
    assert out.errors == ()
    assert [(p.line, p.severity) for p in out.problems] == [(2, "warning"), (3, "warning")]
    assert "KMT2D" in out.problems[1].text


def test_one_prompt_with_two_answers_is_an_error(tmp_path: Path) -> None:
    out = screened(tmp_path, [item("a", gene="FBN1"), item("a", gene="TSC1")], [item("b")])
    assert "with another gene" in out.errors[0].text


def test_hpo_ids_are_checked_against_the_knowledge(tmp_path: Path, knowledge: Knowledge) -> None:
    train = [item("HP:0001250 and HP:9999999"), item("HP:0040083")]
    out = screened(tmp_path, train, [item("b")], knowledge=knowledge)
    assert [p.text[:10] for p in out.errors] == ["HP:9999999"]


def test_prompts_leave_the_worked_answer_out() -> None:
    worked = {
        "messages": [
            {"role": "developer", "content": "be brief"},
            {"role": "user", "content": "?"},
            {"role": "assistant", "content": "!"},
        ]
    }
    assert [m["role"] for m in dataset.prompt_of(worked)] == ["system", "user"]
    assert dataset.worked_answer_of(worked) == "!"
    assert dataset.worked_answer_of(item("x")) is None


def test_items_written_are_the_items_read(tmp_path: Path) -> None:
    items = [item("é", gene="FBN1"), item("b")]
    dataset.write_items(items, tmp_path / "made" / "x.jsonl")
    read, problems = dataset.read_items(tmp_path / "made" / "x.jsonl")
    assert [content for _, content in read] == items
    assert problems == []
    with pytest.raises(UsageError, match="cannot be read"):
        dataset.read_items(tmp_path / "absent.jsonl")


SEPARATED = "claim\u2028with\u2029every\x0bseparator\x0c\x1c\x1d\x1e\x85there\u00a0is"


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_lines_end_at_line_ends_alone(end: str, mark: str, tmp_path: Path) -> None:
    items = [item(f"{SEPARATED} {i}", note=SEPARATED) for i in range(3)]
    lines = [json.dumps(one, ensure_ascii=False) for one in items]
    path = tmp_path / "train.jsonl"
    path.write_bytes((mark + end.join(lines) + end).encode())
    found, problems = dataset.read_items(path)
    assert problems == []
    assert found == [(i, one) for i, one in enumerate(items, 1)]


def test_items_may_stand_in_one_array(tmp_path: Path) -> None:
    path = tmp_path / "train.json"
    path.write_text(json.dumps([item("one"), item("two"), {"messages": []}], indent=2))
    found, problems = dataset.read_items(path)
    assert found == [(1, item("one")), (2, item("two"))]
    assert [str(one) for one in problems] == [
        f'{path}, entry 3: the key "messages" with a list of at least one message is missing'
    ]


@given(st.lists(st.text(st.characters(exclude_categories=("Cs",)), min_size=1), min_size=1))
def test_any_text_survives_being_written_and_read(texts: list[str]) -> None:
    items = [item(f"x{text}", note=text) for text in texts]
    with tempfile.TemporaryDirectory() as folder:
        for name in ("items.jsonl", "items.jsonl.gz"):
            dataset.write_items(items, Path(folder) / name)
            found, problems = dataset.read_items(Path(folder) / name)
            assert problems == []
            assert [one for _, one in found] == items


def test_a_packed_file_is_bounded_by_what_it_holds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "train.jsonl.gz"
    path.write_bytes(gzip.compress(b"\n" * 5_000_000))
    assert path.stat().st_size < 10_000
    monkeypatch.setattr(dataset, "LONGEST", 1 << 20)
    with pytest.raises(UsageError, match="holds more than 1 MB"):
        dataset.read_items(path)

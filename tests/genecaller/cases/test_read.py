"""The door: what a file is, ids that come again, bad input of every kind, the real cases."""

from __future__ import annotations

import gzip
import json
import os
import random
import tempfile
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from genecaller.cases import Case, Solution
from genecaller.cases import read as module
from genecaller.cases.files.case_file import file_on_disk
from genecaller.cases.read import count_cases, kind_of, read_cases
from genecaller.cases.write import write_jsonl
from genecaller.errors import CaseError, GenecallerError, UsageError
from ontology.compile import compile_knowledge
from ontology.knowledge import SCHEMA, Knowledge, load_knowledge, save

TINY = Path(__file__).parents[2] / "fixtures" / "tiny"
Read = Callable[..., list[Any]]


@cache
def tiny() -> Knowledge:
    """The tiny knowledge where hypothesis allows no fixture."""
    hpo, annotations = compile_knowledge(TINY, lambda step: None)
    with tempfile.TemporaryDirectory() as folder:
        final = Path(folder) / f"{hpo.release}-s{SCHEMA}"
        final.mkdir()
        save(hpo, annotations, final)
        return load_knowledge(final)


EXAMPLES = Path(__file__).parents[3] / "data" / "examples"


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("x.json", '{"id": 1}', "json"),
        ("x", '{\n"id": 1}', "json"),
        ("x.txt", '[{"id": 1}]', "json"),
        ("x.jsonl", '{"id": 1}', "jsonl"),
        ("x.json", '{"id": 1}\n{"id": 2}\n', "jsonl"),
        ("x.jsonl", "nonsense", "jsonl"),
        ("x.json", "nonsense", "json"),
        ("x.jsonl", '[\n{"id": 1},\n{"id": 2}\n]\n', "json"),
        ("x.jsonl", '[{"id": 1}, {"id": 2}]', "json"),
        ("x.jsonl", '{\n"id": 1\n}\n{\n"id": 2\n}\n', "json"),
        ("x.jsonl", '{oops}\n{"id": 2}\n', "jsonl"),
        ("x.jsonl", '{\n{"id": 2}\n', "jsonl"),
        ("x.jsonl", 'nonsense\n{"id": 2}\n', "jsonl"),
        ("x.json", '{oops}\n{"id": 2}\n', "jsonl"),
        ("x.json", '{"id": oops}\n{"id": 2}\n', "jsonl"),
        ("x.json", '{\n "id": oops,\n "a": [\n  {"b": 1}\n ]\n}\n', "json"),
        ("x.txt", "{1} A boy had seizures.", "text"),
        ("x.txt", "[Case report] A boy had seizures.", "text"),
        ("x.csv", "id,hpo\n", "table"),
        ("x.txt", "id\thpo\n1\tHP:0001250\n", "table"),
        ("x.txt", "HP:0001250\nHP:0000175\n", "table"),
        ("x.txt", "PMID- 12\nTI  - A boy\n", "medline"),
        ("x.nbib", "\n\nPMID- 12\nTI  - A boy\n", "medline"),
        ("x.txt", "<?xml version='1.0'?><PubmedArticleSet><PubmedArticle>", "pubmed-xml"),
        ("x.txt", "A boy <5 years> had seizures.", "text"),
        ("x.txt", "Seizures (HP:0001250) in a boy.", "text"),
    ],
)
def test_a_file_is_what_its_content_says(
    name: str, content: str, kind: str, tmp_path: Path
) -> None:
    path = tmp_path / name
    path.write_text(content)
    assert kind_of(file_on_disk(path)) == kind


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("x.json", b"", "is empty"),
        ("x.txt", b"\n \n", "is empty"),
        ("x.json", random.Random(1).randbytes(3000), "is a binary file"),
        ("x.json", b'{"id": "a", "phenotypicFeatures": [{"type"', "ends in the middle"),
        ("x.json", b'{"some": "thing"}', "is no case: expected a phenopacket"),
        ("x.json", b"3", "is no case"),
        ("x.json", b"[" * 50_000, "nested too deeply"),
        ("x.yaml", b"id: x\nphenotypicFeatures: []\n", "is YAML"),
        ("x.zip", b"PK\x03\x04 and no more", "is no readable zip"),
        ("x.jsonl.gz", b"\x1f\x8b\x08 and no more", "cannot be read"),
        ("x.jsonl", b"\n", "is empty"),
        ("x.json", b"[]", "holds no case"),
    ],
)
def test_bad_input_gets_one_clear_line(name: str, content: bytes, said: str, read: Read) -> None:
    with pytest.raises(UsageError, match=said) as caught:
        read(name, content)
    assert "\n" not in str(caught.value)
    assert name in str(caught.value)


def test_a_text_too_large_is_refused(tmp_path: Path, tiny_knowledge: Knowledge) -> None:
    path = tmp_path / "large.txt"
    path.write_bytes(b"A boy had seizures. " * 1_100_000)
    with pytest.raises(UsageError, match="is larger than 20 MB"):
        list(read_cases(path, tiny_knowledge))


def test_no_file_is_a_clear_line_before_anything_is_read(
    tmp_path: Path, tiny_knowledge: Knowledge
) -> None:
    with pytest.raises(UsageError, match="there is no such file or folder"):
        read_cases(tmp_path / "missing.json", tiny_knowledge)
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError, match="none of its 0 files is a case"):
        list(read_cases(tmp_path / "empty", tiny_knowledge))


def test_ids_that_come_again_lose_nothing(read: Read) -> None:
    own = ["a", "a", "a#2", "a", "b"]
    lines = [json.dumps({"id": i, "terms": ["HP:0001250"]}) for i in own]
    cases = read("x.jsonl", "\n".join(lines))
    assert [case.id for case in cases] == ["a", "a#2", "a#2#2", "a#3", "b"]
    assert cases[0].problems == ()
    assert cases[1].problems == ("the id 'a' comes more than once in this input; this is 'a#2'",)


RECORDS = [{"id": "a", "terms": ["HP:0001250"]}, {"id": "b", "terms": ["HP:0000175"]}]
FORMS = {
    "lines": "\n".join(map(json.dumps, RECORDS)),
    "lines and blanks": "\n\n" + "\n \n".join(map(json.dumps, RECORDS)) + "\n\n",
    "array": json.dumps(RECORDS),
    "indented array": json.dumps(RECORDS, indent=2),
    "array a line each": "[\n" + ",\n".join(map(json.dumps, RECORDS)) + "\n]\n",
    "indented documents": "\n".join(json.dumps(r, indent=2) for r in RECORDS),
}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("name", ["x.jsonl", "x.json", "x.ndjson", "x.txt", "x.jsonl.gz"])
@pytest.mark.parametrize("form", FORMS)
def test_records_in_every_form_encoding_and_name(
    form: str, name: str, end: str, encoding: str, read: Read
) -> None:
    content = FORMS[form].replace("\n", end).encode(encoding)
    cases = read(name, gzip.compress(content) if name.endswith(".gz") else content)
    assert [(case.id, case.hpo_ids, case.problems) for case in cases] == [
        ("a", ("HP:0001250",), ()),
        ("b", ("HP:0000175",), ()),
    ]


def test_a_list_that_breaks_off_gives_what_is_whole(read: Read) -> None:
    first, second, fault = read("x.json", json.dumps([*RECORDS, *RECORDS])[:-20])[:3]
    assert (first.id, second.id) == ("a", "b")
    *_, fault = read("x.json", json.dumps([*RECORDS, *RECORDS])[:-20])
    assert isinstance(fault, CaseError)
    assert "it ends in the middle" in str(fault)
    assert str(fault).endswith("; the 3 before it are read")


def test_lines_of_nothing_are_not_read_for_ever(
    read: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_UNREADABLE", 5)
    cases = read("x.jsonl", "{oops}\n" * 50)
    assert len(cases) == 6
    assert "none of its first 5 records is a case; the rest is not read" in str(cases[-1])
    assert len(read("x.json", [1] * 50)) == 6
    assert len(read("x.nbib", "PMID- 1\n" * 50)) == 6
    assert len(read("x.xml", "<PubmedArticleSet>" + "<PubmedArticle>" * 50)) == 6
    whole = json.dumps(RECORDS[0]) + "\n"
    assert len(read("y.jsonl", whole + "{oops}\n" * 50)) == 51


def test_odd_json_is_said_of_its_case(read: Read) -> None:
    (case,) = read("x.jsonl", '{"id": "a", "terms": ["HP:0001250"], "age": NaN, "age": 3}')
    assert case.age == "P3Y"
    assert case.problems == (
        "NaN in the JSON are read as missing",
        "keys that come twice in one object, the last one counts: 'age'",
    )


def test_an_age_of_hundreds_of_digits_is_one_problem_of_one_case(read: Read) -> None:
    records = [
        {"id": "a", "terms": ["HP:0001250"], "age": int("9" * 400)},
        {"id": "b", "terms": ["HP:0001250"], "age": "P" + "9" * 400 + "Y"},
        {"id": "c", "terms": ["HP:0001250"], "age": "9" * 400},
        {"id": "d", "terms": ["HP:0001250"], "age": 4},
    ]
    lines = "\n".join(map(json.dumps, records)) + '\n{"id": "e", "age": ' + "9" * 5000 + "}\n"
    *cases, fault = read("x.jsonl", lines)
    assert [case.age for case in cases] == [None, None, None, "P4Y"]
    assert [bool(case.problems) for case in cases] == [True, True, True, False]
    assert "a number of thousands of digits" in str(fault)
    assert fault.where == "line 5"


def test_a_name_that_is_no_utf_8_is_read_and_shown(
    tmp_path: Path, tiny_knowledge: Knowledge
) -> None:
    names = [b"caf\xe9.json", b"caf\xe8.json"]
    for name in names:
        Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name)).write_text(
            '{"terms": ["HP:0001250"]}'
        )
    cases = list(read_cases(tmp_path, tiny_knowledge))
    assert [case.id for case in cases if isinstance(case, Case)] == [
        r"caf\xe8.json",
        r"caf\xe9.json",
    ]
    for case in cases:
        assert str(case).encode()
    bad = tmp_path / os.fsdecode(b"b\xe9d.txt")
    with pytest.raises(UsageError, match=r"b\\xe9d.txt: there is no such file"):
        read_cases(bad, tiny_knowledge)


def test_what_is_no_file_is_told_at_once(tmp_path: Path, tiny_knowledge: Knowledge) -> None:
    os.mkfifo(tmp_path / "pipe.json")
    for path, said in (
        (tmp_path / "pipe.json", "is neither a file nor a folder"),
        (Path("/dev/zero"), "is neither a file nor a folder"),
        (tmp_path / ("x" * 300), "cannot be read .File name too long"),
        (Path("a\0b"), "cannot be read"),
    ):
        with pytest.raises(UsageError, match=said):
            read_cases(path, tiny_knowledge)
        assert count_cases(path) is None


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(max_size=40), min_size=1, max_size=4))
def test_any_text_survives_json_lines(texts: list[str]) -> None:
    cases = [
        Case(f"c{i}", text=text if text.strip() else None, problems=("p",))
        for i, text in enumerate(texts)
    ]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.jsonl"
        lines = [{"id": c.id, "terms": ["HP:0001250"], "text": c.text} for c in cases]
        path.write_bytes("\n".join(json.dumps(x, ensure_ascii=False) for x in lines).encode())
        knowledge = tiny()
        found = [case for case in read_cases(path, knowledge) if isinstance(case, Case)]
        kept = [(c.text or "").replace("\0", "") for c in cases]
        assert [(c.id, c.text) for c in found] == [
            (c.id, text if text.strip() else None) for c, text in zip(cases, kept, strict=True)
        ]
        assert write_jsonl(found, path) == len(found)
        assert list(read_cases(path, knowledge)) == [
            replace(c, source=f"{path}, line {i}") for i, c in enumerate(found, 1)
        ]


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=60), st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]))
def test_any_text_survives_a_text_file(text: str, encoding: str) -> None:
    report = f"A boy had seizures. {text} End."
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.txt"
        path.write_bytes(report.encode(encoding))
        (case,) = read_cases(path, tiny())
        assert isinstance(case, Case)
        assert case.text == report.replace("\r\n", "\n").replace("\0", " ")


def test_families_and_cohorts(read: Read, packet: dict[str, Any]) -> None:
    meta = packet["metaData"]
    (case,) = read("family.json", {"id": "F", "proband": packet, "metaData": meta})
    assert case.id == "PMID_1_II_1"
    assert case.problems == ("a family: only its proband is read",)
    old = {**packet, "metaData": {"phenopacketSchemaVersion": "1.0"}}
    members = [packet, old, packet]
    first, second, third = read("cohort.json", {"id": "C", "members": members, "metaData": meta})
    assert (first.id, third.id) == ("PMID_1_II_1", "PMID_1_II_1#2")
    assert isinstance(second, CaseError)
    assert "$.members[1].metaData" in str(second)


def test_a_list_of_phenopackets(read: Read, packet: dict[str, Any]) -> None:
    nameless = {key: value for key, value in packet.items() if key != "id"}
    first, second = read("list.json", [nameless, 7])
    assert first.id == "list.json:1"
    assert second.where == "$[1]"


def test_counts(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    path.write_text('{"id": 1}\n\n{bad}\n{"id": 2}')
    assert count_cases(path) == 3
    assert count_cases(tmp_path / "missing.jsonl") is None
    path.write_text('{"hpo_id": "HP:0001250", "status": "present", "start": 0, "end": 7}\n' * 3)
    assert count_cases(path) is None
    assert count_cases(EXAMPLES / "tubers-tsc.txt") == 1
    assert count_cases(EXAMPLES) == 2


@pytest.mark.parametrize("name", ["velopharyngeal-51f", "tubers-tsc"])
def test_the_examples_text_says_what_its_phenopacket_says(name: str, knowledge: Knowledge) -> None:
    (report,) = read_cases(EXAMPLES / f"{name}.txt", knowledge)
    (packet,) = read_cases(EXAMPLES / f"{name}.phenopacket.json", knowledge)
    assert isinstance(report, Case)
    assert isinstance(packet, Case)
    assert set(report.hpo_ids) == set(packet.hpo_ids)
    assert set(report.excluded_hpo_ids) == set(packet.excluded_hpo_ids)
    assert (report.sex, report.age) == (packet.sex, packet.age)
    assert packet.problems == ()
    for term in (*packet.terms, *packet.excluded_terms):
        assert knowledge.hpo.name(term.hpo_id) == term.label


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=6,
)
quick = settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def only_our_errors(path: Path, knowledge: Knowledge) -> list[Case | CaseError]:
    try:
        return list(read_cases(path, knowledge))
    except GenecallerError:
        return []


@quick
@given(content=st.binary(max_size=400), name=st.sampled_from(["x.json", "x.csv", "x.txt", "x.zip"]))
def test_random_bytes_raise_nothing_but_our_errors(
    content: bytes, name: str, tmp_path: Path, tiny_knowledge: Knowledge
) -> None:
    (tmp_path / name).write_bytes(content)
    only_our_errors(tmp_path / name, tiny_knowledge)


@quick
@given(data=st.data())
def test_a_mutated_phenopacket_raises_nothing_but_our_errors(
    data: st.DataObject, packet: dict[str, Any], tmp_path: Path, tiny_knowledge: Knowledge
) -> None:
    mutated: Any = json.loads(json.dumps(packet))
    places: list[tuple[Any, Any]] = []

    def walk(value: Any) -> None:
        items = value.items() if isinstance(value, dict) else enumerate(value)
        for key, item in items:
            places.append((value, key))
            if isinstance(item, dict | list):
                walk(item)

    walk(mutated)
    for _ in range(data.draw(st.integers(1, 3))):
        parent, key = data.draw(st.sampled_from(places))
        parent[key] = data.draw(json_values)
    path = tmp_path / "x.json"
    path.write_text(json.dumps(mutated))
    for case in only_our_errors(path, tiny_knowledge):
        if isinstance(case, Case):
            assert set(case.hpo_ids) <= set(tiny_knowledge.hpo.ids)
            str(case).encode()


@quick
@given(data=st.data())
def test_a_mutated_record_raises_nothing_but_our_errors(
    data: st.DataObject, tmp_path: Path, tiny_knowledge: Knowledge
) -> None:
    keys = ["id", "terms", "excluded", "messages", "gene", "answer", "solution", "age", "onset"]
    keys += ["text", "sex", "pmid", "publication", "problems", "disease_id", "recorded_gene"]
    records = st.dictionaries(st.sampled_from(keys), json_values, max_size=8)
    path = tmp_path / "x.jsonl"
    path.write_text("\n".join(json.dumps(r) for r in data.draw(st.lists(records, max_size=3))))
    only_our_errors(path, tiny_knowledge)


@pytest.mark.shared
def test_all_real_cases(phenopacket_zip: Path, knowledge: Knowledge) -> None:
    cases = list(read_cases(phenopacket_zip, knowledge))
    assert len(cases) == count_cases(phenopacket_zip) == 8385
    whole = [case for case in cases if isinstance(case, Case)]
    assert len(whole) == 8385
    assert len({case.id for case in whole}) == 8385
    solutions = [case.solution for case in whole if case.solution]
    assert len(solutions) == 8316
    assert len({solution.gene for solution in solutions}) == 585
    assert all((solution.disease_id or "").startswith("OMIM:") for solution in solutions)
    assert all(case.pmid for case in whole)
    assert sum(case.sex is not None for case in whole) == 7689
    assert sum(not case.terms for case in whole) == 3
    n_terms = sum(len(case.terms) + len(case.excluded_terms) for case in whole)
    n_left_out = sum("left out" in problem for case in whole for problem in case.problems)
    assert n_terms + n_left_out == 183_181
    for case in whole:
        solution = case.solution or Solution("")
        assert not any(solution.gene in p.split() for p in case.problems)


def test_a_report_that_numbers_its_patients_is_a_case_each(
    tiny_knowledge: Knowledge, tmp_path: Path
) -> None:
    path = tmp_path / "family.txt"
    path.write_text("Patient 1: a girl with seizures.\n\nPatient 2: a boy with micrognathia.\n")
    first, second = read_cases(path, tiny_knowledge)
    assert isinstance(first, Case)
    assert isinstance(second, Case)
    assert (first.id, second.id) == ("family.txt#1", "family.txt#2")
    assert [first.hpo_ids, second.hpo_ids] == [("HP:0001250",), ("HP:0000347",)]
    assert (first.sex, second.sex) == ("female", "male")
    assert "2 patients" in second.problems[0]

"""The door: what a file is, ids that come again, bad input of every kind, the real cases."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from genecaller.cases import Case, Solution
from genecaller.cases.file import file_on_disk
from genecaller.cases.read import count_cases, kind_of, read_cases
from genecaller.errors import CaseError, GenecallerError, UsageError
from ontology.knowledge import Knowledge

Read = Callable[..., list[Any]]
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

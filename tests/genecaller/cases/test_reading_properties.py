"""What holds for every reader: excluded is never present, no case is lost, any text survives."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from genecaller.cases import Case
from genecaller.cases.cells.cell import read_cell
from genecaller.cases.read import read_cases
from genecaller.cases.readers.phenopacket import read_phenopacket
from genecaller.cases.readers.record import read_record
from genecaller.cases.write import write_jsonl, write_phenopacket
from genecaller.errors import CaseError, GenecallerError
from ontology.knowledge import Knowledge
from tests.genecaller.cases.test_write import cases

Json = dict[str, Any]

quick = settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)

# Each says of the term {t} that it is absent.
SPELLINGS = [
    *("no {t}", "No {t}", "not {t}", "NOT {t}", "absent {t}", "Absent {t}", "without {t}"),
    *("denies {t}", "negative for {t}", "no evidence of {t}", "-{t}", "!{t}", "~{t}", "\u2212{t}"),
    *("{t} (absent)", "{t} (not present)", "{t} (no)", "{t} [excluded]", "{t} (not observed)"),
    *("{t}: no", "{t}: absent", "{t}=0", "{t} = false", "{t} - absent", "{t} absent"),
    *("{t} not present", "{t} not seen", "{t} ruled out", "{t} (-)", "excluded: {t}"),
    *("Absent: {t}", "{t} excluded", "{t} (denied)", "\u2717 {t}", "[-] {t}", "(not) {t}"),
]
HEADINGS = [
    *("absent", "Absent terms", "Not Observed Phenotype (HPO)", "denied phenotypes", "excluded"),
    *("hpo_absent", "Negative findings", "Pertinent negatives", "features not seen", "unaffected"),
    *("HPO terms not reported", "no phenotypes", "ruled out", "Phenotypes (absent)", "not present"),
    *("negatedHpoIds", "excluded_hpo_terms", "not_observed", "Absence of features", "HPO negated"),
]
FLAGS: list[tuple[str, Any]] = [
    *(("excluded", value) for value in (True, "true", "True", 1, "1", "yes", "Y", "x")),
    *(("negated", value) for value in (True, "TRUE", 1, "negated")),
    *(("observed", value) for value in (False, "no", "False", 0, "0", "not observed", "n")),
    *(("present", value) for value in (False, "no", 0, "absent", "-")),
    *(("status", value) for value in ("absent", "excluded", "no", "negative", "not present", "0")),
    *(
        ("isAbsent", True),
        ("is_excluded", "true"),
        ("notObserved", "yes"),
        ("hpo_status", "absent"),
    ),
]


@st.composite
def terms(draw: st.DrawFn, knowledge: Knowledge, *, names: bool = True) -> tuple[str, str]:
    """A phenotypic abnormality: its id, and its id or name as written."""
    hpo = knowledge.hpo
    hpo_id = draw(
        st.sampled_from(
            [i for i, ok in zip(hpo.ids, hpo.is_phenotypic_abnormality, strict=True) if ok]
        )
    )
    forms = [hpo_id, hpo_id.lower(), hpo_id.replace(":", "_"), f"{hpo.name(hpo_id)} ({hpo_id})"]
    return hpo_id, draw(st.sampled_from([*forms, hpo.name(hpo_id)] if names else forms))


def read_text(name: str, text: str, folder: Path, knowledge: Knowledge) -> list[Any]:
    (folder / name).write_text(text, encoding="utf-8", newline="")
    try:
        return list(read_cases(folder / name, knowledge))
    except GenecallerError as error:
        return [error]


def as_csv(rows: list[list[str]]) -> str:
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue()


def never_present(found: list[Any], hpo_id: str, written: str) -> None:
    """The term is excluded, or it is told and in neither list."""
    for case in found:
        if isinstance(case, Case):
            assert hpo_id not in case.hpo_ids, (written, case)
    told = [str(x) for x in found if not isinstance(x, Case)]
    told += [problem for x in found if isinstance(x, Case) for problem in x.problems]
    listed = any(isinstance(x, Case) and hpo_id in x.excluded_hpo_ids for x in found)
    assert listed or any("left out" in text or "neither" in text for text in told), (written, found)


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_each_spelling_excludes_ids_and_names(
    spelling: str, tmp_path: Path, tiny_knowledge: Knowledge
) -> None:
    for term in ("HP:0000175", "HP_0000175", "Cleft palate", "Cleft palate (HP:0000175)"):
        for cell in (spelling.format(t=term), f"HP:0001250; {spelling.format(t=term)}"):
            (case,) = read_text(
                "x.csv",
                as_csv([["id", "phenotypes", "sex"], ["p", cell, "F"]]),
                tmp_path,
                tiny_knowledge,
            )
            assert case.excluded_hpo_ids == ("HP:0000175",), cell
            assert case.hpo_ids == (("HP:0001250",) if "; " in cell else ()), cell


@quick
@given(data=st.data())
def test_excluded_in_a_cell_is_never_present(
    data: st.DataObject, tmp_path: Path, tiny_knowledge: Knowledge
) -> None:
    hpo_id, term = data.draw(terms(tiny_knowledge))
    spelling = data.draw(st.sampled_from(SPELLINGS)).format(t=term)
    others = data.draw(st.lists(terms(tiny_knowledge), max_size=2))
    rest = [written for other, written in others if other != hpo_id]
    separator = data.draw(st.sampled_from(["; ", "\n", " | ", ";"]))
    cell = separator.join(data.draw(st.permutations([spelling, *rest])))
    table = as_csv([["id", "phenotypes", "sex"], ["p", cell, "F"]])
    never_present(read_text("x.csv", table, tmp_path, tiny_knowledge), hpo_id, cell)
    record = json.dumps({"id": "p", "terms": [spelling, *rest]})
    never_present(read_text("x.json", record, tmp_path, tiny_knowledge), hpo_id, record)


@quick
@given(data=st.data(), heading=st.sampled_from(HEADINGS))
def test_excluded_by_a_heading_is_never_present(
    data: st.DataObject, heading: str, tmp_path: Path, tiny_knowledge: Knowledge
) -> None:
    hpo_id, term = data.draw(terms(tiny_knowledge))
    columns = data.draw(st.permutations([("id", "p"), (heading, term), ("Sex", "F")]))
    delimiter = data.draw(st.sampled_from([",", ";", "\t"]))
    table = "\n".join(
        delimiter.join(f'"{cell}"' for cell in row) for row in zip(*columns, strict=True)
    )
    never_present(read_text("x.csv", table, tmp_path, tiny_knowledge), hpo_id, table)
    value = data.draw(st.sampled_from([term, [term], [{"id": hpo_id}], {hpo_id: True}]))
    record = json.dumps({"id": "p", "text": "A report.", heading: value})
    never_present(read_text("x.json", record, tmp_path, tiny_knowledge), hpo_id, record)


@quick
@given(data=st.data(), flag=st.sampled_from(FLAGS))
def test_excluded_by_a_flag_is_never_present(
    data: st.DataObject, flag: tuple[str, Any], tmp_path: Path, tiny_knowledge: Knowledge
) -> None:
    hpo_id, _ = data.draw(terms(tiny_knowledge))
    key, value = flag
    label = {"label": tiny_knowledge.hpo.name(hpo_id)} if data.draw(st.booleans()) else {}
    item = {"hpo_id": hpo_id, **label, key: value}
    record = read_record({"id": "p", "terms": [item]}, tiny_knowledge, case_id="x", source="x")
    never_present([record], hpo_id, str(item))
    feature = {"type": {"id": hpo_id, **label}, key: value}
    packet = {
        "id": "p",
        "phenotypicFeatures": [feature],
        "metaData": {"phenopacketSchemaVersion": "2.0"},
    }
    never_present(
        [read_phenopacket(packet, tiny_knowledge, case_id="x", source="x")], hpo_id, str(feature)
    )
    for rows in (
        [["patient", "hpo_id", key], ["p", hpo_id, str(value)]],
        [["patient", "hpo_1", f"hpo_1_{key}"], ["p", hpo_id, str(value)]],
        [["hpo_id", key], [hpo_id, str(value)]],
    ):
        found = read_text("x.csv", as_csv(rows), tmp_path, tiny_knowledge)
        never_present(found, hpo_id, str(rows))


@quick
@given(data=st.data(), answer=st.sampled_from(["no", "0", "absent", "excluded", "N", "not seen"]))
def test_excluded_in_a_matrix_is_never_present(
    data: st.DataObject, answer: str, tmp_path: Path, tiny_knowledge: Knowledge
) -> None:
    chosen = data.draw(
        st.lists(terms(tiny_knowledge), min_size=2, max_size=5, unique_by=lambda t: t[0])
    )
    answers = data.draw(
        st.lists(
            st.sampled_from([answer, "yes", "1", "", "na", "P3Y"]),
            min_size=len(chosen),
            max_size=len(chosen),
        )
    )
    rows = [
        ["patient", *(written for _, written in chosen)],
        ["Patient 1", *answers],
        ["Patient 2", *(["yes"] * len(chosen))],
    ]
    found = read_text("x.csv", as_csv(rows), tmp_path, tiny_knowledge)
    people = ["Patient 1", "Patient 2"]
    assert [case.id for case in found] == people
    for (hpo_id, _), said in zip(chosen, answers, strict=True):
        assert (hpo_id in found[0].hpo_ids) == (said in ("yes", "1", "P3Y"))
        assert (hpo_id in found[0].excluded_hpo_ids) == (said == answer)
        assert hpo_id in found[1].hpo_ids
    turned = as_csv([list(row) for row in zip(*rows, strict=True)])
    assert [case.id for case in read_text("x.csv", turned, tmp_path, tiny_knowledge)] == people


names = st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=1, max_size=8).map(
    lambda text: f"P{text}"
)


@quick
@given(data=st.data(), people=st.lists(names, min_size=1, max_size=6, unique=True))
def test_as_many_cases_as_patients_whatever_the_id_is_called(
    data: st.DataObject, people: list[str], tmp_path: Path, tiny_knowledge: Knowledge
) -> None:
    key = data.draw(
        st.sampled_from(
            [
                *("id", "record_id", "Individual ID", "participant", "Participants ID", "Proband"),
                *("subject_id", "sample", "sampleId", "patient", "Patient No.", "case", "case_id"),
            ]
        )
    )
    many = [
        data.draw(st.lists(terms(tiny_knowledge), min_size=1, max_size=4, unique_by=lambda t: t[0]))
        for _ in people
    ]
    wide = [
        [key, "hpo_ids"],
        *([p, "; ".join(w for _, w in own)] for p, own in zip(people, many, strict=True)),
    ]
    long = [
        [key, "hpo_id", "observed"],
        *([p, hpo_id, "yes"] for p, own in zip(people, many, strict=True) for hpo_id, _ in own),
    ]
    for rows in (wide, long):
        found = read_text("x.csv", as_csv(rows), tmp_path, tiny_knowledge)
        assert [case.id for case in found] == people
        for case, own in zip(found, many, strict=True):
            assert set(case.hpo_ids) == {hpo_id for hpo_id, _ in own}


cells = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=12)


@quick
@given(data=st.data(), content=st.lists(cells, min_size=1, max_size=8))
def test_a_row_with_any_other_cells_is_never_lost(
    data: st.DataObject, content: list[str], tmp_path: Path, tiny_knowledge: Knowledge
) -> None:
    rows = [
        ["id", "hpo_ids", "remark"],
        *([f"P{i}", "HP:0001250", text] for i, text in enumerate(content)),
    ]
    rows.append(["last", "HP:0001250;HP:0000175", "", *data.draw(st.lists(cells, max_size=2))])
    found = read_text("x.csv", as_csv(rows), tmp_path, tiny_knowledge)
    ids = [case.id for case in found if isinstance(case, Case)]
    errors = [case for case in found if isinstance(case, CaseError)]
    assert len(ids) + len(errors) == len(rows) - 1
    assert ids[: len(content)] == [f"P{i}" for i in range(len(content))]


@quick
@given(data=st.data())
def test_what_is_written_reads_back(
    data: st.DataObject, tmp_path: Path, tiny_knowledge: Knowledge
) -> None:
    written = data.draw(st.lists(cases(tiny_knowledge), max_size=4, unique_by=lambda case: case.id))
    write_jsonl(written, tmp_path / "x.jsonl")
    if not written:
        return
    back = list(read_cases(tmp_path / "x.jsonl", tiny_knowledge))
    assert [(c.id, c.text, c.terms, c.excluded_terms) for c in back if isinstance(c, Case)] == [
        (c.id, c.text, c.terms, c.excluded_terms) for c in written
    ]
    for case in written:
        (tmp_path / "p.json").write_text(json.dumps(write_phenopacket(case, tiny_knowledge)))
        (again,) = read_cases(tmp_path / "p.json", tiny_knowledge)
        assert isinstance(again, Case)
        assert (again.id, again.terms, again.excluded_terms) == (
            case.id,
            case.terms,
            case.excluded_terms,
        )


@pytest.mark.parametrize(
    "text", ["a\u2028b", "a\u0085b", "a\x0cb", "a\x1cb", "a\rb", "\ufeffa", "a\r\nb"]
)
def test_texts_that_other_tools_break_survive(
    text: str, tmp_path: Path, tiny_knowledge: Knowledge
) -> None:
    write_jsonl([Case("1", text=text), Case("2", text=text)], tmp_path / "x.jsonl")
    back = list(read_cases(tmp_path / "x.jsonl", tiny_knowledge))
    assert [(case.id, case.text) for case in back if isinstance(case, Case)] == [
        ("1", text),
        ("2", text),
    ]


def test_long_runs_of_blanks_in_a_cell_mean_nothing(tiny_knowledge: Knowledge) -> None:
    hpo = tiny_knowledge.hpo
    text = "Seizure (HP:0001250)" + " " * 20_000 + "no" + " " * 20_000 + "(" + " " * 20_000
    found = read_cell(text, hpo)
    assert [(f.written, f.status) for f in found.findings] == [("HP:0001250", "excluded")]

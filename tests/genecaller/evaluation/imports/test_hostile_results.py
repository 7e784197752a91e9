"""Results that are odd, broken or made to fill the memory: read as meant, or told."""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genecaller.cases import Case
from genecaller.errors import UsageError
from genecaller.evaluation.imports import Imported, read_results
from genecaller.pipeline.score_cases import score_cases
from genecaller.ranking import RankedGene, Ranking
from genecaller.store.provenance import Provenance
from ontology.genes import same_gene
from ontology.knowledge import Knowledge

ROOT = Path(__file__).parents[4]


def order(found: Imported, case: str) -> list[tuple[int, str, float | None]]:
    (listed,) = found.listed
    return [(gene.rank, gene.symbol, gene.score) for gene in listed.rankings[case].genes]


def test_a_german_spreadsheet_is_read_with_its_commas(
    tmp_path: Path, tiny_knowledge: Knowledge
) -> None:
    path = tmp_path / "german.csv"
    path.write_bytes(
        b"\xef\xbb\xbfcase;gene;score\r\nM\xc3\xbcller;TSC2;1\r\nM\xc3\xbcller;TSC1;0,951\r\n"
        b"M\xc3\xbcller;NSD1;0,123\r\n;;\r\n"
    )
    found = read_results(path, tiny_knowledge)
    assert order(found, "Müller") == [(1, "TSC2", 1), (2, "TSC1", 0.951), (3, "NSD1", 0.123)]
    assert found.problems == ()


@pytest.mark.parametrize(
    "content",
    [
        "sep=;\ncase;gene;score\na;TSC1;0,5\na;TSC2;0,25\n".encode("utf-16"),
        "case\tgene\tscore\r\na\tTSC1\t0,5\r\na\tTSC2\t0,25\r\n".encode("utf-16"),
        b"case;gene;score\na;TSC1;0,5;;\na;TSC2;0,25\n",
        "case;gene;score;n\na;TSC1;0,5;ö\na;TSC2;0,25;é\n".encode("cp1252"),
        b'[{"case": "a", "gene": "TSC2", "score": "0,25"},'
        b' {"case": "a", "gene": "TSC1", "score": "0,5"}]',
        b'\xef\xbb\xbf{"case": "a", "gene": "TSC1", "score": 0.5}\r\n'
        b'{"case": "a", "gene": "TSC2", "score": 0.25}\r\n',
    ],
    ids=["sep line, UTF-16", "unicode text", "surplus cells", "cp1252", "array", "BOM and CRLF"],
)
def test_what_spreadsheets_and_programs_save_is_read(
    tmp_path: Path, tiny_knowledge: Knowledge, content: bytes
) -> None:
    path = tmp_path / "t.txt"
    path.write_bytes(content)
    found = read_results(path, tiny_knowledge)
    assert order(found, "a") == [(1, "TSC1", 0.5), (2, "TSC2", 0.25)]
    assert found.problems == ()


def test_lines_end_nowhere_but_at_line_ends(tmp_path: Path, tiny_knowledge: Knowledge) -> None:
    case = "a\u2028b\u0085c\x0bd\x1ce"
    (tmp_path / "t.tsv").write_text(f"case\tgene\tscore\n{case}\tTSC1\t1\n", newline="")
    assert order(read_results(tmp_path / "t.tsv", tiny_knowledge), case) == [(1, "TSC1", 1)]
    record = {"case_id": case, "ranker": "r", "genes": [{"rank": 1, "symbol": "TSC1"}]}
    (tmp_path / "t.jsonl").write_text(json.dumps(record, ensure_ascii=False) + "\n", newline="")
    assert order(read_results(tmp_path / "t.jsonl", tiny_knowledge), case) == [(1, "TSC1", None)]


def test_a_quoted_cell_may_hold_line_ends_and_an_open_quote_loses_one_row(
    tmp_path: Path, tiny_knowledge: Knowledge
) -> None:
    path = tmp_path / "t.csv"
    path.write_text(
        'case,gene,score,note\na,TSC1,3,"two\nlines, ""quoted"""\n'
        'a,TSC2,2,"never closed\na,NSD1,1,fine\na,CHD7,0.5,too\n'
    )
    found = read_results(path, tiny_knowledge)
    assert [symbol for _, symbol, _ in order(found, "a")] == ["TSC1", "NSD1", "CHD7"]
    assert found.problems == (f"{path}, line 4: does not fit the head, left out",)


def own(*genes: Any, **more: Any) -> str:
    record = {"case_id": "a", "ranker": "r", "model": None, "knowledge": "k", "genes": list(genes)}
    return json.dumps({**record, **more})


GOOD = {"rank": 2, "symbol": "TSC2", "score": None, "disease": None, "explanation": ""}


@pytest.mark.parametrize(
    ("gene", "told"),
    [
        ("TSC1", "genes[0]: is of type str, expected an object"),
        (None, "genes[0]: is of type NoneType, expected an object"),
        ({"symbol": ["TSC1"], "rank": 1}, "genes[0]: symbol is a list, expected text"),
        ({"symbol": None, "rank": 1}, "genes[0]: has no symbol"),
        ({"symbol": 7, "rank": 1}, "genes[0]: symbol is of type int, expected text"),
        ({"symbol": "TSC1", "rank": 0}, "genes[0]: has rank 0, which is no place in a list"),
        ({"symbol": "TSC1", "rank": True}, "genes[0]: rank is true, expected a number"),
        ({"symbol": "TSC1", "score": {}}, "genes[0]: score is an object, expected a number"),
        ({"symbol": "TSC1"}, "genes[0]: has neither a score nor a rank"),
        ({"symbol": "TSC1", "score": 10**400}, "genes[0]: score has 401 digits, too many"),
        ({"symbol": "TSC1", "score": float("nan")}, "genes[0]: has neither a score nor a rank"),
        ({"symbol": "TSC1", "disease": [], "rank": 1}, "genes[0]: disease is a list"),
    ],
)
def test_a_broken_gene_is_told_and_keeps_its_place(
    tmp_path: Path, tiny_knowledge: Knowledge, gene: Any, told: str
) -> None:
    path = tmp_path / "t.jsonl"
    path.write_text(own(gene, GOOD) + "\n")
    found = read_results(path, tiny_knowledge)
    assert order(found, "a")[1] == (2, "TSC2", None)
    (problem,) = found.problems
    assert problem.startswith(f"{path}, line 1: {told}")


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("{" * 20, "no case_id or no list of genes"),
        ('{"genes": ' + "[" * 100_000 + "]" * 100_000 + "}", "no case_id or no list of genes"),
        ("9" * 5_000, "no case_id or no list of genes"),
        (own(case_id=None), "no case_id or no list of genes"),
        (own(case_id=["a"]), "case_id is a list, expected text"),
        (own(ranker={}), "ranker is an object, expected text"),
        (own(ranker={"r": 1}), "names no ranker"),
        (own(ranker=None), "names no ranker"),
        (own(genes="TSC1"), "no case_id or no list of genes"),
        (own(GOOD), "a by r was read before"),
        ("null", "no case_id or no list of genes"),
    ],
)
def test_a_broken_line_is_told_and_the_others_are_read(
    tmp_path: Path, tiny_knowledge: Knowledge, line: str, told: str
) -> None:
    path = tmp_path / "t.jsonl"
    path.write_text("\n".join([own(GOOD), line, own(GOOD, case_id="b")]) + "\n")
    found = read_results(path, tiny_knowledge)
    assert set(found.listed[0].rankings) == {"a", "b"}
    (problem,) = found.problems
    assert problem.startswith(f"{path}, line 2: {told}")


@pytest.mark.parametrize(
    ("cells", "told"),
    [
        ('{"case": "a", "gene": ["TSC1"], "score": 1}', "gene is a list, expected text"),
        ('{"case": true, "gene": "TSC1", "score": 1}', "case is true, expected text"),
        ('{"case": "a", "gene": "TSC1", "score": [1]}', "score is a list, expected a number"),
        (f'{{"case": "a", "gene": "TSC1", "score": {"9" * 400}}}', "score has 400 digits"),
        ('{"case": "a", "gene": "TSC1", "rank": 1e30}', "rank 1e+30 is not 1 or more"),
        ('{"case": "a", "gene": "TSC1", "rank": Infinity}', "rank inf is not 1 or more"),
        ('{"case": "a", "gene": "TSC1", "score": NaN}', "has neither a score nor a rank"),
    ],
)
def test_values_of_the_wrong_kind_are_told(
    tmp_path: Path, tiny_knowledge: Knowledge, cells: str, told: str
) -> None:
    path = tmp_path / "t.jsonl"
    path.write_text('{"case": "a", "gene": "TSC2", "score": 1}\n' + cells + "\n")
    found = read_results(path, tiny_knowledge)
    (problem,) = found.problems
    assert problem.startswith(f"{path}, line 2: {told}")
    assert [symbol for _, symbol, _ in order(found, "a")] == ["TSC2"]


def test_very_many_faults_are_counted(tmp_path: Path, tiny_knowledge: Knowledge) -> None:
    path = tmp_path / "t.csv"
    path.write_text("case,gene,score\na,TSC1,1\n" + "a,TSC2,bad\n" * 1_500)
    problems = read_results(path, tiny_knowledge).problems
    assert len(problems) == 1_001
    assert problems[-1] == f"{path}: 500 more of its rows are not as they should be"


def test_two_columns_of_one_name_are_not_chosen_from(
    tmp_path: Path, tiny_knowledge: Knowledge
) -> None:
    (tmp_path / "t.csv").write_text("case,gene,score,Score\na,TSC1,1,2\n")
    with pytest.raises(UsageError, match="has several columns 'score'"):
        read_results(tmp_path / "t.csv", tiny_knowledge)


def test_ranks_between_two_places_are_no_ties(tmp_path: Path, tiny_knowledge: Knowledge) -> None:
    (tmp_path / "t.csv").write_text(
        "case,gene,rank\na,TSC1,1.25\na,TSC2,1.75\na,NSD1,3.5\na,CHD7,3.5\n"
    )
    found = order(read_results(tmp_path / "t.csv", tiny_knowledge), "a")
    assert [(rank, symbol) for rank, symbol, _ in found] == [
        (1, "TSC1"),
        (2, "TSC2"),
        (3, "CHD7"),
        (3, "NSD1"),
    ]


def test_scores_of_two_models_under_one_name_are_told(
    tmp_path: Path, tiny_knowledge: Knowledge
) -> None:
    path = tmp_path / "t.jsonl"
    path.write_text(own(GOOD, model="m1") + "\n" + own(GOOD, case_id="b", model="m2") + "\n")
    (note,) = read_results(path, tiny_knowledge).notes
    assert note.startswith("r: its results were made by model m1, knowledge k and model m2")


BOMB = """
import sys
from pathlib import Path
from genecaller.evaluation.imports.table import UnreadableTable, open_table
try:
    table = open_table(Path(sys.argv[1]))
    for _ in table.rows(): pass
except UnreadableTable as error: print(error)
status = Path("/proc/self/status").read_text()
print(next(int(line.split()[1]) // 1024 for line in status.splitlines() if "VmHWM" in line))
"""


def unpack(path: Path) -> tuple[str, int]:
    """What is said of a file, and the memory in MiB that reading it took, in a process alone."""
    done = subprocess.run(
        [sys.executable, "-c", BOMB, str(path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    *said, memory = done.stdout.splitlines()
    return "\n".join(said), int(memory)


@pytest.mark.parametrize(
    ("head", "block", "told"),
    [
        (b"", b"\n" * 1_000_000, "unpacks to more than"),
        (b'{"a": "', b"x" * 1_000_000, "than 20"),
        (b"case,gene,score\n", b"a,TSC1,1\n" * 100_000, "unpacks to more than"),
    ],
    ids=["line ends", "one long string", "the same row"],
)
def test_what_unpacks_without_end_is_bounded(
    tmp_path: Path, head: bytes, block: bytes, told: str
) -> None:
    path = tmp_path / "bomb.csv.gz"
    with gzip.open(path, "wb", compresslevel=9) as file:
        file.write(head)
        for _ in range(24_000_000 // len(block)):
            file.write(block)
    said, memory = unpack(path)
    assert told in said
    assert memory < 400


def test_a_parquet_page_that_repeats_a_long_text_is_bounded(tmp_path: Path) -> None:
    path = tmp_path / "bomb.parquet"
    with duckdb.connect(":memory:") as connection:
        connection.execute(
            "COPY (SELECT 'a' AS case_id, repeat('TSC1', 250000) AS gene, 1.0 AS score, "
            f"repeat('x', 1000000) AS note FROM range(2000)) TO '{path}' (FORMAT parquet)"
        )
    said, memory = unpack(path)
    assert said == ""
    assert memory < 600


def test_what_is_too_long_for_a_name_is_told(tmp_path: Path, tiny_knowledge: Knowledge) -> None:
    path = tmp_path / "t*[1].parquet"
    with duckdb.connect(":memory:") as connection:
        connection.execute(
            "COPY (SELECT * FROM (VALUES ('a', 'TSC1', 1.0), ('a', repeat('x', 20000), 2.0)) "
            f"AS t(case_id, gene, score)) TO '{path}' (FORMAT parquet)"
        )
    found = read_results(path, tiny_knowledge)
    assert order(found, "a") == [(1, "TSC1", 1)]
    assert found.problems == (f"{path}, row 2: does not fit the head, left out",)


def test_a_pipe_is_no_file_of_results(tmp_path: Path, tiny_knowledge: Knowledge) -> None:
    os.mkfifo(tmp_path / "t.csv")
    with pytest.raises(UsageError, match="no such file or folder of results"):
        read_results(tmp_path / "t.csv", tiny_knowledge)


texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=10)


class Said:
    """A source that answers with the genes it was given."""

    name = "said"
    model = None
    knowledge_stamp = "k"
    provenance = Provenance("k")

    def __init__(self, genes: list[str], explanation: str) -> None:
        self.genes = tuple(
            RankedGene(i, gene, -float(i), None, explanation) for i, gene in enumerate(genes, 1)
        )

    def rank(self, cases: Any) -> list[Ranking]:
        return [Ranking(case.id, self.name, None, "k", self.genes) for case in cases]


def test_any_text_of_ours_survives_the_way_out_and_back(
    tmp_path_factory: pytest.TempPathFactory, tiny_knowledge: Knowledge
) -> None:
    @settings(max_examples=60, deadline=None)
    @given(
        st.lists(texts, min_size=1, max_size=4, unique=True),
        st.lists(texts, min_size=1, max_size=4, unique_by=same_gene),
        texts,
        st.sampled_from(["jsonl", "csv", "parquet"]),
    )
    def there_and_back(names: list[str], genes: list[str], explanation: str, form: str) -> None:
        out = tmp_path_factory.mktemp("out") / f"out.{form}"
        score_cases([Case(name) for name in names], [Said(genes, explanation)], out)
        found = read_results(out, tiny_knowledge)
        assert found.problems == ()
        (listed,) = found.listed
        assert set(listed.rankings) == set(names)
        for ranking in listed.rankings.values():
            assert [same_gene(gene.symbol) for gene in ranking.genes] == list(map(same_gene, genes))

    there_and_back()


cell = st.text(st.characters(codec="utf-8", exclude_characters="\t\r\n\0"), max_size=6)


def test_k_rows_in_are_k_rows_or_k_told(
    tmp_path_factory: pytest.TempPathFactory, tiny_knowledge: Knowledge
) -> None:
    """Every row has a gene of its own, so that none may pass for another."""

    @given(st.lists(st.tuples(cell, cell, cell), max_size=8), st.sampled_from([",", ";", "\t"]))
    def count(rows: list[tuple[str, str, str]], delimiter: str) -> None:
        path = tmp_path_factory.mktemp("rows") / "t.csv"
        table = [(case, f"{gene}|{i}", score) for i, (case, gene, score) in enumerate(rows)]
        content = io.StringIO(newline="")
        if delimiter == "\t":
            for row in [("case", "gene", "score"), *table]:
                content.write("\t".join(row) + "\n")
        else:
            writer = csv.writer(content, delimiter=delimiter, lineterminator="\n")
            writer.writerows([("case", "gene", "score"), *table])
        path.write_text(content.getvalue(), encoding="utf-8", newline="")
        try:
            found = read_results(path, tiny_knowledge)
        except UsageError:
            return  # nothing at all could be read, and the command says so
        read = sum(len(r.genes) for listed in found.listed for r in listed.rankings.values())
        told = sum(", line " in problem for problem in found.problems)
        comments = sum(row[0].startswith("!") for row in table)
        assert read + told + comments == len(rows)

    count()

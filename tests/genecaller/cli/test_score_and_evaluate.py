"""`score` and `evaluate --results` as they are called: what they print, and their exit codes."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from genecaller.cli import cli
from ontology.knowledge import Knowledge

TERMS = ["HP:0009717", "HP:0009716", "HP:0001250"]


@pytest.fixture
def run(knowledge: Knowledge, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
    """Run a command as the shell would, on a store of its own; our errors exit with 2."""
    monkeypatch.chdir(tmp_path)

    def call(*arguments: object) -> Result:
        from genecaller.errors import GenecallerError

        words = [*map(str, arguments), "--database", str(tmp_path / "store.duckdb")]
        result = CliRunner().invoke(cli, words, standalone_mode=False)
        if isinstance(result.exception, GenecallerError):
            result.exit_code = 2
        elif result.exception is not None:
            raise result.exception
        elif isinstance(result.return_value, int):
            result.exit_code = result.return_value
        return result

    return call


@pytest.fixture
def solved(tmp_path: Path) -> Path:
    """Two solved cases of training genes, as JSON lines."""
    path = tmp_path / "solved.jsonl"
    records = [
        {"id": f"PMID:1-{gene}", "terms": TERMS, "gene": gene, "disease_id": "OMIM:191100"}
        for gene in ("TSC1", "KMT2D")
    ]
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    return path


def figures(result: Result) -> dict[tuple[str, str], dict]:  # type: ignore[type-arg]
    return {(one["ranker"], one["stratum"]): one for one in json.loads(result.stdout)}


def test_scores_by_the_full_weights_are_told_loudly(run, solved: Path) -> None:  # type: ignore[no-untyped-def]
    assert run("score", solved, "-o", "full.jsonl").exit_code == 0
    assert run("score", solved, "-o", "held.csv", "--weights", "held-out").exit_code == 0
    result = run(
        *("evaluate", solved, "--results", "full=full.jsonl", "--results", "held=held.csv"),
        *("--protocol", "as-published", "--json"),
    )
    assert result.exit_code == 0
    found = figures(result)
    assert found["full", "all"]["trained_on"] == 2
    assert found["held", "all"]["trained_on"] == 0
    held, direct = (found[r, "all"]["mrr"]["micro"]["value"] for r in ("held", "default"))
    assert held == pytest.approx(direct, abs=1e-3)
    assert "WARNING: full \N{DAGGER}: 2 of the 2 cases are of genes that" in result.stderr
    assert "held \N{DAGGER}" not in result.stderr


def test_scores_of_an_earlier_version_were_by_the_full_weights(run, solved: Path) -> None:  # type: ignore[no-untyped-def]
    run("score", solved, "-o", "old.jsonl")
    lines = [json.loads(line) for line in Path("old.jsonl").read_text().splitlines()]
    for line in lines:
        del line["weights"]
    Path("old.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    result = run("evaluate", solved, "--results", "o=old.jsonl", "--json")
    assert figures(result)["o", "all"]["trained_on"] == 2


def test_results_of_other_cases_are_warned_of_and_give_no_figure(  # type: ignore[no-untyped-def]
    run, solved: Path, tmp_path: Path
) -> None:
    (tmp_path / "other.csv").write_text("case,gene,score\nAnna,TSC1,1\n")
    result = run("evaluate", solved, "--ranker", "sum", "--results", "t=other.csv", "--json")
    assert result.exit_code == 1
    assert {ranker for ranker, _ in figures(result)} == {"sum"}
    assert (
        "t (other.csv): none of its 1 cases is among the 2 evaluated; the results name 'Anna', "
        "the cases are 'PMID:1-KMT2D', 'PMID:1-TSC1'. No figure is made of them"
    ) in result.stderr


def test_results_without_the_publication_in_their_names_are_matched(  # type: ignore[no-untyped-def]
    run, solved: Path, tmp_path: Path
) -> None:
    (tmp_path / "t.csv").write_text("case;gene;score\nTSC1;TSC1;0,951\nTSC1;TSC2;1\n")
    result = run("evaluate", solved, "--ranker", "sum", "--results", "t=t.csv", "--json")
    assert result.exit_code == 0
    assert figures(result)["t", "all"]["mrr"]["micro"]["value"] == 0.25
    assert "note: t: 1 of its cases matched without what stands before the id" in result.stderr
    assert "note: t: 1 of the 2 cases are not among its results: 'PMID:1-KMT2D'" in result.stderr


def test_a_row_without_a_finding_is_a_failure_with_its_reason(run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "c.jsonl").write_text(
        json.dumps({"id": "a", "terms": TERMS}) + "\n" + json.dumps({"id": "b", "terms": []}) + "\n"
    )
    result = run("score", "c.jsonl", "--ranker", "sum", "-o", "out.jsonl")
    assert result.exit_code == 1
    assert "failed: b" in result.stderr
    assert [json.loads(x)["case_id"] for x in Path("out.jsonl").read_text().splitlines()] == ["a"]


def test_two_patients_of_one_id_are_both_kept_and_told(run, solved: Path) -> None:  # type: ignore[no-untyped-def]
    shutil.copy(solved, "copy.jsonl")
    result = run("score", solved, "copy.jsonl", "--ranker", "sum", "-o", "out.jsonl")
    assert result.exit_code == 0
    assert "note: " in result.stderr
    assert "the id 'PMID:1-TSC1' comes 2 times in this input; told apart as" in result.stderr
    again = run("evaluate", solved, "copy.jsonl", "--ranker", "sum", "--results", "out.jsonl")
    assert again.exit_code == 2  # sum is evaluated twice: the file names it too
    result = run(
        *("evaluate", solved, "copy.jsonl", "--ranker", "prior", "--results", "s=out.jsonl"),
        "--json",
    )
    assert figures(result)["s", "all"]["ended"]["failed"] == 0
    assert figures(result)["s", "all"]["n"] == 4


def test_the_input_is_not_the_output(run, solved: Path) -> None:  # type: ignore[no-untyped-def]
    before = solved.read_text()
    result = run("score", solved, "--ranker", "sum", "-o", solved, "--overwrite")
    assert result.exit_code == 2
    assert "is one of the inputs" in str(result.exception)
    assert solved.read_text() == before


def test_another_top_is_refused_with_both(run, solved: Path) -> None:  # type: ignore[no-untyped-def]
    run("score", solved, "--ranker", "sum", "-o", "out.jsonl", "--top", 5)
    result = run("score", solved, "--ranker", "sum", "-o", "out.jsonl", "--top", 6)
    assert result.exit_code == 2
    assert "--top 5" in str(result.exception)
    assert "now it is model None" in str(result.exception)
    assert "--top 6" in str(result.exception)


def test_a_report_is_written_whole_and_for_its_owner(run, solved: Path) -> None:  # type: ignore[no-untyped-def]
    assert run("evaluate", solved, "--ranker", "sum", "--html", "r*[1].html").exit_code == 0
    page = Path("r*[1].html")
    assert page.stat().st_mode & 0o777 == 0o600
    assert page.read_text().endswith("</html>\n")

"""The command line's contracts: what scripts call, what they get back, and the exit codes."""

from __future__ import annotations

import json
import shutil
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from genecaller.cli import cli
from ontology.knowledge import Knowledge

EXAMPLES = Path(__file__).parents[3] / "data" / "examples"
TUBERS = EXAMPLES / "tubers-tsc.phenopacket.json"
WOMAN = EXAMPLES / "velopharyngeal-51f.txt"


@pytest.fixture
def run(knowledge: Knowledge, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
    """Run a command as the shell would, on a store of its own; our errors exit with 2."""
    monkeypatch.chdir(tmp_path)

    def call(*arguments: object, stdin: str | bytes | None = None) -> Result:
        from genecaller.errors import GenecallerError

        words = [str(argument) for argument in arguments]
        if words[0] in ("rank", "score", "evaluate", "runs"):
            words += ["--database", str(tmp_path / "store.duckdb")]
        result = CliRunner().invoke(cli, words, input=stdin, standalone_mode=False)
        if isinstance(result.exception, GenecallerError):
            result.exit_code = 2
        elif result.exception is not None:
            raise result.exception
        elif isinstance(result.return_value, int):
            result.exit_code = result.return_value
        return result

    return call


def test_rank_shows_terms_genes_reasons_and_where_it_is_kept(run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    shown = run("rank", TUBERS, "--ranker", "sum", "--ranker", "resnik", "--top", 5).output
    assert "Cortical tubers (HP:0009717)" in shown
    assert "TSC2" in shown
    assert "sum explains" in shown
    assert "resnik explains" in shown
    assert "Research use only" in shown
    assert str(tmp_path / "store.duckdb") in shown


def test_rank_json_has_the_contract_s_keys(run) -> None:  # type: ignore[no-untyped-def]
    result = run("rank", WOMAN, "--ranker", "sum", "--json", "--top", 3)
    (line,) = result.stdout.splitlines()
    record = json.loads(line)
    assert list(record) == ["case_id", "ranker", "model", "knowledge", "genes", "problems"]
    assert [gene["rank"] for gene in record["genes"]] == [1, 2, 3]
    assert set(record["genes"][0]) == {"rank", "symbol", "score", "disease", "explanation"}
    assert record["model"] is None
    assert record["knowledge"].startswith("2025-01-16/s")


def test_score_writes_every_case_and_lists_what_failed(run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    folder = tmp_path / "cases"
    folder.mkdir()
    for name in ("a.json", "b.json"):
        shutil.copy(TUBERS, folder / name)
    (folder / "c.json").write_text('{"id": "cut off", "phenotypicFeatures": [')
    out = tmp_path / "out.jsonl"
    result = run("score", folder, "--ranker", "sum", "-o", out)
    assert result.exit_code == 1
    assert "c.json" in result.stderr
    assert len(out.read_text().splitlines()) == 2
    again = run("score", folder, "--ranker", "sum", "-o", out)
    assert "0 cases written" in again.stderr
    assert "2 were there already" in again.stderr
    assert len(out.read_text().splitlines()) == 2


def test_score_without_failures_exits_with_0_and_keeps_the_run(run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    assert run("score", TUBERS, WOMAN, "--ranker", "sum", "-o", "out.csv").exit_code == 0
    listed = json.loads(run("runs", "--json").stdout)
    assert (listed["kind"], listed["status"]) == ("score", "succeeded")
    assert listed["knowledge"].startswith("2025-01-16/s")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("rank", "nowhere.txt"), "nowhere.txt"),
        (("rank", TUBERS, "--ranker", "sun"), "did you mean 'sum'"),
        (("score", TUBERS, "-o", "out.xlsx", "--ranker", "sum"), "ends in .jsonl"),
        (("rank", TUBERS, "--adapter", "no/such/adapter"), "no/such/adapter"),
        (("rank", TUBERS, "--ranker", "model", "--model", "/no/such/model"), "/no/such/model"),
        (("normalize", "nowhere.txt"), "nowhere.txt"),
        (("evaluate", WOMAN, "--ranker", "sum"), "causal gene"),
    ],
)
def test_unusable_input_is_one_line_and_exit_code_2(run, arguments, message: str) -> None:  # type: ignore[no-untyped-def]
    result = run(*arguments)
    assert result.exit_code == 2
    assert message in str(result.exception)
    assert "\n" not in str(result.exception)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (bytes(range(256)) * 40, "binary"),
        (b'{"id": "x", "phenotypicFeatures": [', "not valid JSON"),
    ],
)
def test_files_that_cannot_be_cases_are_named(run, tmp_path, content, message) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "case.json"
    path.write_bytes(content)
    result = run("rank", path, "--ranker", "sum")
    assert result.exit_code == 2
    assert str(path) in str(result.exception)
    assert message in str(result.exception)


def test_what_a_reader_left_out_stands_with_the_ranking(run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "case.jsonl"
    path.write_text('{"id": "a", "terms": ["HP:9999999", "HP:0002430", "HP:0000252"]}\n')
    record = json.loads(run("rank", path, "--ranker", "sum", "--json").stdout)
    assert any("HP:9999999" in problem for problem in record["problems"])
    assert any("HP:0002430" in problem for problem in record["problems"])


def test_what_is_only_named_zip_is_refused(run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "wrong.zip"
    path.write_text("the patient had seizures")
    result = run("rank", path, "--ranker", "sum")
    assert result.exit_code == 2
    assert "no zip archive" in str(result.exception)


def test_a_zip_without_cases_is_named(run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "wrong.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("picture.png", b"\x89PNG")
    result = run("score", path, "--ranker", "sum", "-o", tmp_path / "o.jsonl")
    assert result.exit_code == 2
    assert "wrong.zip" in str(result.exception)


def test_normalize_gives_the_contract_s_lines(run) -> None:  # type: ignore[no-untyped-def]
    text = "He has seizures but no microcephaly."
    lines = [json.loads(x) for x in run("normalize", "-", stdin=text).stdout.splitlines()]
    assert [(x["hpo_id"], x["status"]) for x in lines] == [
        ("HP:0001250", "present"),
        ("HP:0000252", "excluded"),
    ]
    for line in lines:
        assert {"start", "end", "text", "hpo_id", "label", "status"} <= set(line)
        assert text[line["start"] : line["end"]] == line["text"]
    packet = json.loads(run("normalize", WOMAN, "--format", "phenopacket").stdout)
    assert packet["subject"]["sex"] == "FEMALE"


def test_normalize_tells_what_rank_tells(run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    several, spanish = tmp_path / "several.txt", tmp_path / "es.txt"
    several.write_text("Patient 1 has ataxia.\n\nPatient 2 has HP:9999999 and gout.\n")
    spanish.write_text(
        "Niña de 3 años con convulsiones y ataxia en la familia. No presenta gota.\n"
    )
    for form in ("jsonl", "phenopacket", "colour"):
        result = run("normalize", several, "--format", form)
        assert result.exit_code == 0
        assert "the report describes 2 patients; read as a case each" in result.stderr
        assert "several#2: HP:9999999 is not in HPO" in result.stderr
        assert (
            "the text seems to be in Spanish" in run("normalize", spanish, "--format", form).stderr
        )
    lines = [json.loads(x) for x in run("normalize", several).stdout.splitlines()]
    assert [(x["case_id"], x["label"]) for x in lines] == [
        ("several#1", "Ataxia"), ("several#2", "Gout"),
    ]  # fmt: skip
    packets = json.loads(run("normalize", several, "--format", "phenopacket").stdout)
    assert [p["id"] for p in packets] == ["several#1", "several#2"]
    shown = run("rank", several, "--ranker", "sum").stdout
    assert "the report describes 2 patients; read as a case each" in shown


def test_normalize_refuses_json(run) -> None:  # type: ignore[no-untyped-def]
    result = run("normalize", "-", stdin='{"phenotypicFeatures": []}')
    assert result.exit_code == 2
    assert "is JSON" in str(result.exception)
    assert run("normalize", "-", stdin="[ ] Seizures\n[x] Ataxia\n").exit_code == 0


def test_evaluate_json_has_figures_with_intervals(run) -> None:  # type: ignore[no-untyped-def]
    result = run("evaluate", TUBERS, "--ranker", "sum", "--json")
    records = json.loads(result.stdout)
    assert {"as-published", "unseen-publication"} <= {r["stratum"] for r in records}
    record = next(r for r in records if r["stratum"] == "as-published")
    assert record["n"] == 1
    for metric in ("top1", "top3", "top5", "top10", "topmax", "mrr"):
        assert {"value", "low", "high"} <= set(record[metric]["micro"])
        assert set(record[metric]) == {"micro", "macro"}


def test_knowledge_show_tells_release_and_counts(run, knowledge: Knowledge) -> None:  # type: ignore[no-untyped-def]
    facts = json.loads(run("knowledge", "show", "--json").stdout)
    assert facts["release"] == "2025-01-16"
    assert facts["terms"] == len(knowledge.hpo)
    assert facts["path"] == str(knowledge.path)


@pytest.mark.model
def test_the_real_model_answers_beside_the_ranker(run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    result = run("rank", TUBERS, "--adapter", "none", "--json", "--top", 5)
    ranked, asked = (json.loads(line) for line in result.stdout.splitlines())
    assert ranked["ranker"] == "default"
    assert asked["ranker"] == "model"
    assert asked["model"].startswith("SmolLM2-135M-Instruct")
    assert asked["genes"] or asked["problems"]
    from genecaller.store import open_store

    store = open_store(tmp_path / "store.duckdb")
    (run_,) = store.list_runs()
    assert run_.model == "SmolLM2-135M-Instruct"
    assert run_.prompt_version is not None
    stored = [one for one in store.rankings_of_run(run_.run_id) if one.ranking.ranker == "model"]
    (answer,) = store.read_answers(stored[0].ranking_id)
    assert answer.answer_tokens
    assert answer.answer_tokens > 0

"""The plugin's own part, with stand-ins for PhEval; benchmarks/pheval.py runs the real thing."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from importlib import import_module, metadata
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from genecaller.cases import Case, CaseTerm, Solution
from genecaller.cases.write import write_phenopacket
from genecaller.errors import UsageError
from genecaller.rankers import make_ranker
from ontology.knowledge import Knowledge


@dataclass
class StandInRunner:
    """The fields and folders of PhEval 0.7.14's PhEvalRunner that the plugin uses."""

    input_dir: Path
    testdata_dir: Path
    tmp_dir: Path
    output_dir: Path
    config_file: Path
    version: str

    def __post_init__(self) -> None:
        options = json.loads((self.input_dir / "options.json").read_text())
        self.input_dir_config = SimpleNamespace(tool_specific_configuration_options=options)

    @property
    def raw_results_dir(self) -> Path:
        return self.output_dir / "raw_results"

    @property
    def pheval_gene_results_dir(self) -> Path:
        return self.output_dir / "pheval_gene_results"


@pytest.fixture
def handed_over(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Stand in for PhEval and polars; gathers what the plugin gives to PhEval."""
    calls: list[dict[str, Any]] = []
    runner, post = ModuleType("pheval.runners.runner"), ModuleType("post_processing")
    runner.PhEvalRunner = StandInRunner  # type: ignore[attr-defined]
    post.ResultType = SimpleNamespace(GENE="gene")  # type: ignore[attr-defined]
    post.SortOrder = SimpleNamespace(DESCENDING="descending")  # type: ignore[attr-defined]
    post.create_empty_pheval_result = lambda *a: calls.append({"empty": a})  # type: ignore[attr-defined]
    post.generate_gene_result = lambda **given: calls.append(given)  # type: ignore[attr-defined]
    polars = ModuleType("polars")
    polars.String, polars.Float64 = str, float  # type: ignore[attr-defined]
    polars.DataFrame = lambda data, schema: data  # type: ignore[attr-defined]
    for name, module in {
        "polars": polars,
        "pheval": ModuleType("pheval"),
        "pheval.runners": ModuleType("pheval.runners"),
        "pheval.runners.runner": runner,
        "pheval.post_processing": ModuleType("pheval.post_processing"),
        "pheval.post_processing.post_processing": post,
    }.items():
        monkeypatch.setitem(sys.modules, name, module)
    monkeypatch.delitem(sys.modules, "genecaller.pheval_runner", raising=False)
    return calls


def make_runner(folder: Path, options: dict[str, str] | None) -> Any:
    for name in ("input", "corpus/phenopackets", "output/raw_results"):
        (folder / name).mkdir(parents=True)
    (folder / "input" / "options.json").write_text(json.dumps(options))
    plugin = import_module("genecaller.pheval_runner").GenecallerPhEvalRunner
    paths = (folder / "input", folder / "corpus", folder / "tmp", folder / "output")
    return plugin(*paths, folder / "config.yaml", "0.1.0")


def test_every_gene_is_handed_over_with_its_full_score(
    handed_over: list[dict[str, Any]],
    tmp_path: Path,
    tiny_knowledge: Knowledge,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    runner = make_runner(tmp_path, {"ranker": "resnik"})
    monkeypatch.setattr(
        sys.modules["genecaller.pheval_runner"], "open_knowledge", lambda: tiny_knowledge
    )
    case = Case("case-1", (CaseTerm("HP:0009717", "Cortical tubers"),), solution=Solution("TSC2"))
    packet = tmp_path / "corpus" / "phenopackets" / "case-1.json"
    packet.write_text(json.dumps(write_phenopacket(case, tiny_knowledge)))
    (tmp_path / "corpus" / "phenopackets" / "broken.json").write_text("{")
    runner.prepare()
    runner.run()
    runner.post_process()
    empty, given = handed_over
    assert "gene" in empty["empty"]
    assert given["sort_order"] == "descending"
    assert given["result_path"].name == "case-1.json"
    results = given["results"]
    expected = make_ranker("resnik", tiny_knowledge).score(case).score
    at = results["gene_symbol"].index("TSC2")
    assert results["score"][at] == expected[tiny_knowledge.annotations.gene_index["TSC2"]]
    assert results["gene_identifier"][at] == "HGNC:12363"
    assert len(results["score"]) == len(results["gene_symbol"]) > 5


def test_the_members_of_a_cohort_are_kept_apart_and_told(
    handed_over: list[dict[str, Any]],
    tmp_path: Path,
    tiny_knowledge: Knowledge,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    runner = make_runner(tmp_path, {"ranker": "resnik"})
    monkeypatch.setattr(
        sys.modules["genecaller.pheval_runner"], "open_knowledge", lambda: tiny_knowledge
    )
    members = [
        write_phenopacket(Case("same-id", (CaseTerm(hpo_id, name),)), tiny_knowledge)
        for hpo_id, name in (("HP:0009717", "Cortical tubers"), ("HP:0000175", "Cleft palate"))
    ]
    folder = tmp_path / "corpus" / "phenopackets"
    cohort = {"id": "C", "members": members, "metaData": members[0]["metaData"]}
    (folder / "cohort.json").write_text(json.dumps(cohort))
    (folder / "cohort#1.json").write_text(json.dumps(members[0]))  # a name that is taken
    (folder / "other.json").write_text(json.dumps(members[1]))  # an id that is taken
    runner.run()
    raw = tmp_path / "output" / "raw_results"
    scores = {
        path.stem: dict(zip(content["gene"], content["score"], strict=True))
        for path in raw.iterdir()
        if (content := json.loads(path.read_text()))
    }
    assert scores.keys() == {"cohort#1", "cohort#1'", "cohort#2", "other"}
    assert scores["cohort#1'"] == scores["cohort#1"]
    assert scores["cohort#2"] == scores["other"] != scores["cohort#1"]
    assert "cohort.json holds 2 patients" in caplog.text
    assert "cohort#1' (same-id), cohort#2 (same-id#2)" in caplog.text
    runner.post_process()
    assert [given["result_path"].stem for given in handed_over[1:]] == ["cohort#1", "other"]
    assert "cohort#2.json: PhEval has no phenopacket of this name" in caplog.text


def test_an_unknown_option_is_refused(handed_over: list[dict[str, Any]], tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="unknown option 'rankre'"):
        make_runner(tmp_path, {"rankre": "sum"}).run()


def test_pheval_finds_the_plugin_by_its_entry_point() -> None:
    points = metadata.entry_points(group="pheval.plugins")
    if "genecaller" not in points.names:
        pytest.skip("genecaller was installed before it had the entry point: install it again")
    assert points["genecaller"].value == "genecaller.pheval_runner:GenecallerPhEvalRunner"

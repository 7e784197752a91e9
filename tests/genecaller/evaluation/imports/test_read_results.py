"""Each tool's form, written from its public documentation; broken rows named; ties kept."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import duckdb
import pytest

from genecaller.cases import Case, CaseTerm, Solution
from genecaller.errors import UsageError
from genecaller.evaluation import evaluate
from genecaller.evaluation.imports import read_results
from genecaller.evaluation.truth_rank import Standing, standing_in_list
from genecaller.pipeline.score_cases import score_cases
from genecaller.ranking import Ranking
from ontology.knowledge import Knowledge

FILES = Path(__file__).parent / "files"


def one(path: Path, knowledge: Knowledge, *case_ids: str) -> tuple[Ranking, tuple[str, ...]]:
    """The only ranking of a file, and the problems."""
    found = read_results(path, knowledge, case_ids=case_ids)
    (listed,) = found.listed
    (ranking,) = listed.rankings.values()
    return ranking, found.problems


def order(ranking: Ranking) -> list[tuple[int, str]]:
    return [(gene.rank, gene.symbol) for gene in ranking.genes]


def test_exomiser_genes_tsv(tiny_knowledge: Knowledge) -> None:
    """A gene under two modes counts once; what HGNC does not know keeps its place."""
    ranking, problems = one(FILES / "exomiser.genes.tsv", tiny_knowledge)
    assert order(ranking) == [(1, "TSC1"), (2, "KMT2D"), (3, "TSC2"), (4, "LOC105372297")]
    assert (ranking.case_id, problems) == ("exomiser", ())


def test_exomiser_json(tiny_knowledge: Knowledge) -> None:
    ranking, _ = one(FILES / "case-1-exomiser.json", tiny_knowledge, "case-1")
    assert (ranking.case_id, ranking.ranker) == ("case-1", "exomiser")
    assert standing_in_list(ranking, "TSC2") == Standing("ranked", 2, 3, "TSC1")


def test_exomiser_parquet(tiny_knowledge: Knowledge, tmp_path: Path) -> None:
    with duckdb.connect(":memory:") as connection:
        connection.execute(
            "COPY (SELECT * FROM (VALUES ('TSC2', 'ENSG00000103197', 0.7), "
            "('TSC1', 'ENSG00000165699', 0.9), ('TSC1', 'ENSG00000165699', 0.2)) "
            f"AS t(geneSymbol, ensemblGeneId, geneCombinedScore)) TO '{tmp_path}/c.parquet'"
        )
    ranking, _ = one(tmp_path / "c.parquet", tiny_knowledge)
    assert order(ranking) == [(1, "TSC1"), (2, "TSC2")]


def test_lirical_tsv_maps_diseases_to_genes(tiny_knowledge: Knowledge) -> None:
    """The first disease has no gene in the file, and two in the annotations: they are tied."""
    ranking, problems = one(FILES / "lirical.tsv", tiny_knowledge, "case-1", "case-2")
    assert ranking.case_id == "case-1"
    assert order(ranking) == [(1, "TSC1"), (1, "TSC2"), (3, "PTPN11"), (4, "NSD1")]
    assert standing_in_list(ranking, "TSC1") == Standing("ranked", 1, 2, "TSC1")
    assert ranking.genes[0].disease == "ORPHA:805"
    assert problems == ()


def test_phen2gene_names_the_broken_row(tiny_knowledge: Knowledge) -> None:
    ranking, problems = one(FILES / "case_1.associated_gene_list", tiny_knowledge, "case-1")
    assert ranking.case_id == "case-1"
    assert order(ranking) == [(1, "TSC2"), (2, "TSC1")]
    assert len(problems) == 1
    assert "line 4: score 'not a number' is not a number, left out" in problems[0]


def test_phen2gene_json(tiny_knowledge: Knowledge, tmp_path: Path) -> None:
    rows = [
        {"Gene": "TSC2", "Rank": "1", "Gene ID": "TSC2", "Score": "1.0", "Status": "SeedGene"},
        {"Gene": "TSC1", "Rank": "2", "Gene ID": "TSC1", "Score": "0.9", "Status": "SeedGene"},
    ]
    (tmp_path / "case-7.json").write_text(json.dumps(rows))
    ranking, _ = one(tmp_path / "case-7.json", tiny_knowledge)
    assert (ranking.case_id, ranking.ranker) == ("case-7", "phen2gene")
    assert order(ranking) == [(1, "TSC2"), (2, "TSC1")]


def test_pheval_parquet_ranks_ties_last_and_marks_the_missing_with_zero(
    tiny_knowledge: Knowledge, tmp_path: Path
) -> None:
    folder = tmp_path / "pheval_gene_results"
    folder.mkdir()
    with duckdb.connect(":memory:") as connection:
        connection.execute(
            "COPY (SELECT * FROM (VALUES (1, 0.9, 'NSD1', '', false), (3, 0.5, 'TSC1', '', true), "
            "(3, 0.5, 'TSC2', '', false), (0, 0.0, 'CHD7', '', true)) "
            "AS t(rank, score, gene_symbol, gene_identifier, true_positive)) "
            f"TO '{folder}/case-1-gene_result.parquet'"
        )
    ranking, _ = one(folder, tiny_knowledge, "case-1")
    assert (ranking.case_id, ranking.ranker) == ("case-1", "pheval")
    assert standing_in_list(ranking, "TSC1") == Standing("ranked", 2, 3, "NSD1")
    assert standing_in_list(ranking, "CHD7").status == "unranked"


def test_plain_table_with_every_kind_of_broken_row(tiny_knowledge: Knowledge) -> None:
    found = read_results(FILES / "plain.csv", tiny_knowledge, name="mine")
    (listed,) = found.listed
    assert listed.name == "mine"
    assert standing_in_list(listed.rankings["case-1"], "TSC1") == Standing("ranked", 1, 2, "TSC1")
    assert order(listed.rankings["case-2"]) == [(1, "TSC1")]
    assert "case-3" not in listed.rankings
    assert [problem.split("plain.csv, ")[1] for problem in found.problems] == [
        "line 6: names no case, left out",
        "line 7: has neither a score nor a rank, left out",
        "line 8: names neither a gene nor a disease, left out",
        "line 9: score 'best' is not a number, left out",
    ]


def test_lower_p_values_are_better_and_commas_in_numbers_are_not_guessed(
    tiny_knowledge: Knowledge, tmp_path: Path
) -> None:
    (tmp_path / "p.tsv").write_text(
        "case\tsymbol\tp_value\na\tTSC1\t0.2\na\tTSC2\t1e-3\na\tNSD1\t0,5\n"
    )
    found = read_results(tmp_path / "p.tsv", tiny_knowledge)
    assert order(found.listed[0].rankings["a"]) == [(1, "TSC2"), (2, "TSC1")]
    assert "score '0,5' is not a number" in found.problems[0]


def test_our_own_scores_read_back_with_their_ties(
    tiny_knowledge: Knowledge, tmp_path: Path
) -> None:
    from genecaller.pipeline.sources import ClassicalSource
    from genecaller.rankers import make_ranker

    case = Case("case-1", (CaseTerm("HP:0009717", "Cortical tubers"),), solution=Solution("TSC2"))
    sources = [
        ClassicalSource(make_ranker(name, tiny_knowledge), tiny_knowledge, 50)
        for name in ("sum", "prior")
    ]
    direct = evaluate(
        [case], [make_ranker("prior", tiny_knowledge)], tiny_knowledge, resamples=10
    ).outcomes["as-published"][0]
    for suffix in ("jsonl", "csv", "parquet"):
        out = tmp_path / f"scores.{suffix}"
        score_cases([case], sources, out)
        found = read_results(out, tiny_knowledge, case_ids=["case-1"])
        assert {listed.name for listed in found.listed} == {"sum", "prior"}, suffix
        (prior,) = [listed for listed in found.listed if listed.name == "prior"]
        standing = standing_in_list(prior.rankings["case-1"], "TSC2")
        assert (standing.best, standing.worst) == (
            direct.standings[0].best,
            direct.standings[0].worst,
        )


def test_a_folder_of_files_with_some_that_are_broken(
    tiny_knowledge: Knowledge, tmp_path: Path
) -> None:
    for case in ("a", "b"):
        (tmp_path / case).mkdir()
        shutil.copy(FILES / "case_1.associated_gene_list", tmp_path / case)
        (tmp_path / case / "case_1.associated_gene_list").rename(
            tmp_path / case / "output_file.associated_gene_list"
        )
    (tmp_path / "empty.tsv").write_text("")
    (tmp_path / "notes.txt").write_text("nothing to see here\n")
    (tmp_path / "binary.tsv").write_bytes(b"\xff\xfe\x00\x01")
    (tmp_path / "broken.parquet").write_bytes(b"PAR1 and no more")
    (tmp_path / "picture.png").write_bytes(b"\x89PNG")
    found = read_results(tmp_path, tiny_knowledge)
    assert set(found.listed[0].rankings) == {"a", "b"}
    told = " ".join(found.problems)
    for name in ("empty.tsv", "notes.txt", "binary.tsv", "broken.parquet"):
        assert name in told
    assert "picture.png" not in told


def test_a_tool_that_ranked_nothing_is_an_answer_without_genes(
    tiny_knowledge: Knowledge, tmp_path: Path
) -> None:
    head = (FILES / "exomiser.genes.tsv").read_text().splitlines()[0]
    (tmp_path / "a.genes.tsv").write_text(head + "\n")
    ranking, _ = one(tmp_path / "a.genes.tsv", tiny_knowledge)
    assert standing_in_list(ranking, "TSC1").status == "unparsed"


def test_nothing_readable_is_refused(tiny_knowledge: Knowledge, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no such file or folder"):
        read_results(tmp_path / "absent", tiny_knowledge)
    (tmp_path / "x.csv").write_text("a,b\n1,2\n")
    with pytest.raises(UsageError, match="has no columns to rank by; its columns are a, b"):
        read_results(tmp_path, tiny_knowledge)

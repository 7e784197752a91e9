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
from collections.abc import Iterator
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
        """Write `raw_results/NAME.json`, {"gene": [...], "score": [...]}, for each phenopacket."""
        chosen = self.input_dir_config.tool_specific_configuration_options or {}
        if unknown := sorted(set(chosen) - {"ranker"}):
            raise UsageError(f"config.yaml: unknown option {unknown[0]!r}; only 'ranker' is known")
        knowledge = open_knowledge()
        ranker = make_ranker(chosen.get("ranker", "default"), knowledge)
        symbols = np.asarray(knowledge.annotations.gene_symbols)
        for packet in sorted(self._phenopackets.glob("*.json")):
            for case in _cases(packet, knowledge):
                scores = ranker.score(case.without_solution()).score
                ranked = np.isfinite(scores)
                content = {"gene": symbols[ranked].tolist(), "score": scores[ranked].tolist()}
                (Path(self.raw_results_dir) / packet.name).write_text(json.dumps(content))

    def post_process(self) -> None:
        """Turn the raw results into PhEval's own, which ranks ties by their worst place."""
        ids = gene_names().hgnc_ids
        output = Path(self.output_dir)
        create_empty_pheval_result(
            self._phenopackets, Path(self.pheval_gene_results_dir), ResultType.GENE
        )
        for raw in sorted(Path(self.raw_results_dir).glob("*.json")):
            content = json.loads(raw.read_text())
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


def _cases(packet: Path, knowledge: Knowledge) -> Iterator[Case]:
    """The case of one phenopacket, none where it is broken: PhEval then counts a miss."""
    try:
        for case in read_cases(packet, knowledge):
            if isinstance(case, Case):
                yield case
            else:
                logger.warning("%s", case)
    except UsageError as error:
        logger.warning("%s", error)

"""`genecaller evaluate`: rankers, the model and imported results on the same solved cases."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, cast

import click

from genecaller.cli.choices import DATABASE, FilePath, model_options, ranker_option
from genecaller.cli.progress import bar
from genecaller.cli.terminal import (
    knowledge_in_use,
    list_failures,
    list_notes,
    output_console,
    steps,
    warn,
)

if TYPE_CHECKING:
    from genecaller.cases import Case
    from genecaller.errors import CaseError
    from genecaller.evaluation import Evaluation, Listed
    from genecaller.evaluation.truth_rank import Ties
    from genecaller.llm import Decoding
    from genecaller.llm.prompt import Form
    from genecaller.pipeline.sources import ModelSource
    from genecaller.store import CurvePoint
    from ontology.knowledge import Knowledge

PROTOCOLS = ("as-published", "unseen-publication", "leave-publication-out")


@click.command()
@click.argument(
    "inputs", metavar="CASES...", nargs=-1, required=True, type=click.Path(path_type=Path)
)
@ranker_option(("default",))
@click.option(
    "--results",
    "imported",
    multiple=True,
    metavar="[NAME=]PATH",
    help="Another tool's results (Exomiser, LIRICAL, Phen2Gene, PhEval, CSV) or a `score` output.",
)
@click.option(
    "--protocol",
    "protocols",
    type=click.Choice(PROTOCOLS),
    multiple=True,
    default=PROTOCOLS[:2],
    show_default=True,
    help="May be repeated.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON array of figures.")
@click.option("--finer", is_flag=True, help="Also by number of terms and by organ system.")
@click.option("--html", type=FilePath(), help="Write a self-contained report.")
@click.option("--parquet", type=click.Path(path_type=Path), help="Write Parquet files here.")
@click.option(
    "--ties", type=click.Choice(["mean", "worst", "best"]), default="mean", show_default=True
)
@click.option("--sample", type=click.IntRange(1), help="Judge only this many cases, by the seed.")
@click.option("--seed", type=int, default=0, show_default=True, help="Of bootstrap and sample.")
@click.option(
    "--robustness",
    "disturbed",
    is_flag=True,
    help="Also rank up to 120 of the cases with noise added and terms lost; the app draws it.",
)
@model_options
@DATABASE
def command(
    inputs: tuple[Path, ...],
    rankers: tuple[str, ...],
    imported: tuple[str, ...],
    protocols: tuple[str, ...],
    as_json: bool,
    finer: bool,
    html: Path | None,
    parquet: Path | None,
    ties: str,
    sample: int | None,
    seed: int,
    disturbed: bool,
    model: str,
    adapter: str,
    form: str,
    decoding: str,
    database: Path | None,
) -> int:
    """Measure rankers on solved CASES, with intervals and paired comparisons.

    Unseen-publication is the protocol to steer by: as-published flatters every ranker whose
    knowledge was curated from the cases' own papers.
    """
    from genecaller.cases.files.opening import shown
    from genecaller.evaluation import evaluate, work
    from genecaller.evaluation.robustness import robustness
    from genecaller.evaluation.to_store import keep
    from genecaller.pipeline.sources import MODEL, ModelChoice, open_model
    from genecaller.rankers import make_ranker
    from genecaller.store import Provenance, open_store

    knowledge = knowledge_in_use()
    store = open_store(database)
    cases = _solved(inputs, knowledge, sample, seed)
    classical = [make_ranker(name, knowledge) for name in dict.fromkeys(rankers) if name != MODEL]
    listed, sources, problems, notes = _import(imported, knowledge, cases)
    provenance = Provenance(knowledge.stamp, seed=seed)
    if MODEL in rankers:
        with steps("Preparing") as progress:
            choice = ModelChoice(model, adapter, cast("Form", form), cast("Decoding", decoding))
            asked = open_model(knowledge, choice, 50, store, progress)
        provenance = asked.provenance
        listed.append(_ask(asked, cases))
    with bar("Ranking cases", work(len(cases), len(classical), protocols)) as advance:
        evaluation = evaluate(
            cases,
            classical,
            knowledge,
            protocols,
            listed=listed,
            seed=seed,
            ties=cast("Ties", ties),
            remarks=notes,
            advance=advance,
        )
    _show(evaluation, as_json, finer, html, parquet)
    curves: list[CurvePoint] = []
    if disturbed:
        with bar("Disturbing cases", len(classical)) as advance:
            curves = robustness(evaluation, classical, knowledge, advance=advance)
    arguments = {"rankers": list(rankers), "protocols": list(protocols), "sample": sample}
    with store.run("evaluate", provenance, arguments=arguments) as run_id:
        named = ", ".join(shown(path.name) for path in inputs)
        number = keep(
            evaluation,
            store,
            run_id=run_id,
            title=f"{', '.join((*rankers, *sources))} on {named}",
            cases_source=named,
            imported_from=sources,
            curves=curves,
        )
    click.echo(f"Kept as evaluation {number} in {store.path}", err=True)
    if as_json:
        list_notes([note for note in evaluation.notes if note not in problems])
    warn(evaluation.warnings)
    return list_failures([*evaluation.unreadable, *problems])


def _solved(
    inputs: tuple[Path, ...], knowledge: Knowledge, sample: int | None, seed: int
) -> list[Case | CaseError]:
    import random

    from genecaller.cases import Case
    from genecaller.cases.read import read_cases
    from genecaller.pipeline.score_cases import named_apart

    times: dict[str, int] = {}
    with steps("Reading cases") as progress:
        found: list[Case | CaseError] = []
        for path in inputs:
            progress(str(path))
            for case in read_cases(path, knowledge):
                # As `score` names them, so that its output finds them again.
                found.append(named_apart(case, times)[0] if isinstance(case, Case) else case)
    if sample is None or sample >= len(found):
        return found
    solved = [i for i, case in enumerate(found) if isinstance(case, Case) and case.solution]
    chosen = sorted(random.Random(seed).sample(solved, min(sample, len(solved))))
    return [found[i] for i in chosen]


def _import(
    imported: tuple[str, ...], knowledge: Knowledge, cases: list[Case | CaseError]
) -> tuple[list[Listed], dict[str, str], list[str], list[str]]:
    from genecaller.cases import Case
    from genecaller.evaluation.imports import read_results

    listed: list[Listed] = []
    sources: dict[str, str] = {}
    problems: list[str] = []
    notes: list[str] = []
    usable = [case for case in cases if isinstance(case, Case)]
    files = {case.id: case.source for case in usable if case.source}
    for given in imported:
        name, path = _name_and_path(given)
        found = read_results(
            Path(path), knowledge, name=name, case_ids=[case.id for case in usable], sources=files
        )
        listed += found.listed
        sources.update({one.name: path for one in found.listed})
        problems += found.problems
        notes += found.notes
    return listed, sources, problems, notes


def _name_and_path(given: str) -> tuple[str | None, str]:
    """The parts of NAME=PATH; a path that is there as it stands has no name before it."""
    name, _, path = given.partition("=")
    if Path(given).exists():
        return None, given
    if not Path(path).exists():
        name, _, path = given.rpartition("=")
    return name or None, path


def _ask(source: ModelSource, cases: list[Case | CaseError]) -> Listed:
    """The model's rankings of the solved cases, asked in batches."""
    from genecaller.cases import Case
    from genecaller.evaluation import Listed

    solved = [case for case in cases if isinstance(case, Case) and case.solution]
    rankings = {}
    batch = 32
    with bar("Asking the model", len(solved)) as advance:
        for at in range(0, len(solved), batch):
            chosen = solved[at : at + batch]
            rankings.update({r.case_id: r for r in source.rank(chosen, judged=True)})
            advance(len(chosen))
    provenance = source.provenance
    return Listed(source.name, rankings, provenance.model, provenance.adapter, provenance.knowledge)


def _show(
    evaluation: Evaluation, as_json: bool, finer: bool, html: Path | None, parquet: Path | None
) -> None:
    from genecaller.errors import UsageError
    from genecaller.evaluation.records import as_json as json_of
    from genecaller.evaluation.records import write_parquet
    from genecaller.evaluation.report.html import render_html
    from genecaller.evaluation.report.tables import render
    from ontology.files import replacing

    if as_json:
        click.echo(json_of(evaluation, finer=finer))
    else:
        console = output_console()
        for part in render(evaluation, finer=finer):
            console.print(part)
    try:
        if html is not None:
            with replacing(html, private=True) as file:
                file.write(render_html(evaluation))
            click.echo(f"Report written to {html}", err=True)
        if parquet is not None:
            written = write_parquet(evaluation, parquet)
            click.echo(f"Written: {', '.join(map(str, written))}")
    except OSError as error:
        raise UsageError(f"{error.filename}: cannot be written ({error.strerror})") from error

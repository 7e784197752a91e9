"""`genecaller rank`: one case in; rankers and model side by side, with their reasons."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, cast

import click

from genecaller.cli.choices import DATABASE, model_options, ranker_option
from genecaller.cli.terminal import knowledge_in_use, list_failures, steps

if TYPE_CHECKING:
    from genecaller.cases import Case
    from genecaller.errors import CaseError
    from genecaller.llm import Decoding
    from genecaller.llm.prompt import Form
    from genecaller.pipeline.sources import ModelAnswer, Source
    from genecaller.ranking import Ranking
    from genecaller.store import Store
    from ontology.knowledge import Knowledge


@click.command()
@click.argument(
    "inputs", metavar="CASE...", nargs=-1, required=True, type=click.Path(path_type=Path)
)
@ranker_option(("default", "model"))
@click.option("--top", type=click.IntRange(1), default=10, show_default=True, help="Genes to show.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a case and ranker.")
@model_options
@DATABASE
def command(
    inputs: tuple[Path, ...],
    rankers: tuple[str, ...],
    top: int,
    as_json: bool,
    model: str,
    adapter: str,
    form: str,
    decoding: str,
    database: Path | None,
) -> int:
    """Rank the genes of one CASE, or a few: a report, a phenopacket, a table, JSON lines.

    Shows the case's terms, each ranker's genes side by side and why, and keeps all of it in the
    store. For many cases use `score`.
    """
    from genecaller.cli.show_ranking import show_case
    from genecaller.errors import CaseError, GenecallerError
    from genecaller.pipeline.sources import ModelChoice, open_sources
    from genecaller.store import open_store

    # The input first: a slip in a file's name must not wait for the model.
    knowledge = knowledge_in_use()
    cases = [case for path in inputs for case in _read(path, knowledge)]
    store = open_store(database)
    with steps("Preparing") as progress:
        choice = ModelChoice(model, adapter, cast("Form", form), cast("Decoding", decoding))
        sources = open_sources(rankers, knowledge, choice, top, store, progress)
    failures = [str(case) for case in cases if isinstance(case, CaseError)]
    usable = [case for case in cases if not isinstance(case, CaseError)]
    asked = _ask(usable, sources)
    for place, case in enumerate(usable):
        try:
            rankings, answers = _rank(case, sources, asked.get(place, {}))
        except GenecallerError as error:
            failures.append(f"{case.id}: {error}")
            continue
        run_id = _keep(store, case, sources, rankings, answers)
        if as_json:
            for ranking in rankings:
                click.echo(json.dumps(ranking.as_record(), ensure_ascii=False))
        else:
            show_case(case, rankings, answers, knowledge)
            click.echo(f"Kept as run {run_id} in {store.path}")
    return list_failures(failures)


def _read(path: Path, knowledge: Knowledge) -> list[Case | CaseError]:
    """The cases of one input, at most as many as one looks at."""
    from itertools import islice

    from genecaller.cases.read import read_cases
    from genecaller.errors import UsageError

    most = 20
    found = list(islice(read_cases(path, knowledge), most + 1))
    if len(found) > most:
        raise UsageError(f"{path} holds more than {most} cases: use `genecaller score` for many")
    return found


def _ask(cases: list[Case], sources: list[Source]) -> dict[int, dict[str, ModelAnswer]]:
    """The model's answers by the case's place and by source: several at once take little more.

    Empty where a case spoils the batch; each is then asked alone.
    """
    from genecaller.errors import GenecallerError
    from genecaller.pipeline.sources import ModelSource

    answers: dict[int, dict[str, ModelAnswer]] = {}
    for source in sources:
        if isinstance(source, ModelSource) and cases:
            with steps("The model is reading") as progress:
                progress(f"{source.model}, {len(cases)} case{'s' if len(cases) > 1 else ''}")
                with contextlib.suppress(GenecallerError):
                    for place, answer in enumerate(source.answer(cases)):
                        answers.setdefault(place, {})[source.name] = answer
    return answers


def _rank(
    case: Case, sources: list[Source], asked: dict[str, ModelAnswer]
) -> tuple[list[Ranking], dict[str, ModelAnswer]]:
    from genecaller.pipeline.sources import ModelSource

    rankings: list[Ranking] = []
    answers: dict[str, ModelAnswer] = {}
    for source in sources:
        if isinstance(source, ModelSource):
            answer = asked.get(source.name) or source.answer([case])[0]
            answers[source.name] = answer
            rankings.append(answer.ranking)
        else:
            rankings += source.rank([case])
    return rankings, answers


def _keep(
    store: Store,
    case: Case,
    sources: list[Source],
    rankings: list[Ranking],
    answers: dict[str, ModelAnswer],
) -> int:
    """Keep case, rankings, answers and, for a solved case, grades: one run, one transaction."""
    from genecaller.evaluation.truth_rank import standing_in_list
    from genecaller.graders import gene_rank_score
    from genecaller.store import StoredAnswer, StoredGrade

    provenance = max((s.provenance for s in sources), key=lambda p: p.model is not None)
    with store.transaction():
        run_id = store.start_run(
            "rank", provenance, arguments={"rankers": [s.name for s in sources]}
        )
        (saved,) = store.save_cases([case], run_id=run_id)
        ids = store.save_rankings(rankings, run_id=run_id)
        for ranking_id, ranking in zip(ids, rankings, strict=True):
            if said := answers.get(ranking.ranker):
                store.save_answers(
                    [
                        StoredAnswer(
                            ranking_id,
                            said.text,
                            thoughts=said.answer.thoughts,
                            problems=ranking.problems,
                            seconds=said.seconds,
                            prompt_tokens=said.prompt_tokens,
                            answer_tokens=said.answer_tokens,
                        )
                    ]
                )
            if case.solution is not None:
                rank = standing_in_list(ranking, case.solution.gene).rank()
                grade = StoredGrade(ranking_id, "gene_rank", gene_rank_score(rank))
                store.save_grades([grade], run_id=run_id)
        store.set_run_status(run_id, "succeeded")
    if saved.is_renamed:
        told = f"another case has the id {saved.given_id!r}; this one is kept as {saved.case_id!r}"
        click.echo(told, err=True)
    return run_id

"""One case on the terminal: its terms, the rankers' genes side by side, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from genecaller.cli.terminal import output_console

if TYPE_CHECKING:
    from genecaller.cases import Case, CaseTerm
    from genecaller.pipeline.sources import ModelAnswer
    from genecaller.ranking import Ranking
    from ontology.knowledge import Knowledge

REASONS = 3
"""For how many of each ranker's first genes the reason is printed."""


def show_case(
    case: Case,
    rankings: Sequence[Ranking],
    answers: Mapping[str, ModelAnswer],
    knowledge: Knowledge,
) -> None:
    """Print a case and what the rankers say of it, as wide as the terminal."""
    from rich.markup import escape
    from rich.table import Table

    from genecaller.llm.prompt import describe_person

    console = output_console()
    console.rule(f"[bold]{escape(case.id)}", align="left")
    facts = Table.grid(padding=(0, 2))
    facts.add_column(style="dim", no_wrap=True)
    facts.add_column()
    facts.add_row("patient", escape(describe_person(case)))
    facts.add_row("present", escape(_named(case.terms)) or "[dim]none recognised")
    if case.excluded_terms:
        facts.add_row("absent", escape(_named(case.excluded_terms)))
    for problem in case.problems:
        facts.add_row("note", escape(problem))
    if case.solution:
        facts.add_row("solved", escape(case.solution.gene))
    facts.add_row(
        "knowledge", f"HPO {knowledge.release}, {len(knowledge.annotations.gene_symbols):,} genes"
    )
    console.print(facts)
    console.print()
    console.print(_side_by_side(rankings, knowledge))
    for ranking in rankings:
        console.print()
        console.print(f"[bold]{escape(ranking.ranker)}[/] explains")
        for gene in ranking.genes[:REASONS]:
            console.print(
                f"  {gene.rank}. [bold]{gene.symbol}[/] {escape(gene.explanation) or '–'}"
            )
        if not ranking.genes:
            console.print("  [dim]no gene could be read from its answer")
        said = answers.get(ranking.ranker)
        if said and said.answer.thoughts:
            console.print(f"  [dim]thoughts:[/] {escape(said.answer.thoughts)}")
        for problem in [p for p in ranking.problems if p not in case.problems]:
            console.print(f"  [yellow]note:[/] {escape(problem)}")
        if said:
            console.print(
                f"  [dim]{escape(str(ranking.model))}: {said.prompt_tokens} tokens asked, "
                f"{said.answer_tokens} answered in {said.seconds:.1f} s"
            )
    console.print()
    console.print("[dim]Research use only; not a diagnosis.")


def _named(terms: Sequence[CaseTerm]) -> str:
    return ", ".join(f"{term.label} ({term.hpo_id})" for term in terms)


def _side_by_side(rankings: Sequence[Ranking], knowledge: Knowledge) -> object:
    from rich.markup import escape
    from rich.table import Table

    annotations = knowledge.annotations
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("", justify="right", style="dim", min_width=2, no_wrap=True)
    for ranking in rankings:
        table.add_column(escape(ranking.ranker), overflow="ellipsis", no_wrap=True)
    for row in range(max((len(r.genes) for r in rankings), default=0)):
        cells = []
        for ranking in rankings:
            if row >= len(ranking.genes):
                cells.append("")
                continue
            gene = ranking.genes[row]
            score = "" if gene.score is None else f" [dim]{gene.score:.2f}[/]"
            at = annotations.disease_index.get(gene.disease or "")
            name = f" {escape(annotations.disease_names[at])}" if at is not None else ""
            cells.append(f"[bold]{gene.symbol}[/]{score}{name}")
        table.add_row(str(row + 1), *cells)
    return table

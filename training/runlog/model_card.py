"""The model card: written from the run's stored facts, nothing by hand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from training.recipe import Recipe


def write_card(
    recipe: Recipe,
    facts: Mapping[str, Any],
    compared: Mapping[str, Any],
    state: Mapping[str, Any],
    provenance: Mapping[str, Any],
) -> str:
    """The card in Markdown: what it is, what it was trained on, what it reached, what it lacks.

    `facts` are the data's, `compared` the comparison's record, `state` the run's, `provenance`
    names code, model and libraries.
    """
    lines = [f"# {recipe.name}", "", *_head(recipe, provenance), "", "## Data", ""]
    lines += _data(recipe, facts)
    lines += ["", "## Validation", "", *_figures(compared), ""]
    if compared.get("rankers"):
        lines += _rankers(compared)
    lines += ["## Test", "", *_test(compared.get("test")), ""]
    lines += [
        "## Training",
        "",
        *_training(recipe, state),
        "",
        "## Limits",
        "",
        *_limits(facts),
        "",
    ]
    return "\n".join(lines)


def _head(recipe: Recipe, provenance: Mapping[str, Any]) -> list[str]:
    m = recipe.model
    return [
        f"A LoRA adapter (rank {m.lora_rank}, alpha {m.lora_alpha}, on {', '.join(m.layers)}) for "
        f"{provenance['model']}, trained by "
        f"{'supervised warm-up and ' if recipe.warmup.epochs else ''}"
        f"{recipe.policy.algorithm.upper()}, seed {recipe.seed}, code {provenance['code']}.",
        "",
        f"Made with {provenance['libraries']}.",
    ]


def _data(recipe: Recipe, facts: Mapping[str, Any]) -> list[str]:
    lines = [f"- Source: {facts['source']}"]
    for name, digest in facts.get("sha256", {}).items():
        lines.append(f"  - {name}: SHA-256 `{digest}`")
    if facts.get("knowledge"):
        lines.append(
            f"- Knowledge: HPO {facts['knowledge']}; prompt {facts['prompt_version']}; "
            f"{recipe.data.form} form"
        )
    lines.append(
        f"- {facts['train']} training, {facts['validation']} validation, {facts.get('test', 0)} "
        f"test, {facts['warmup']} warm-up items; no gene, publication or case of validation or "
        "test is in training"
    )
    if facts["warnings"]:
        lines.append(f"- {len(facts['warnings'])} warnings when the data were made: see data.json")
    if facts.get("genes"):
        counts = ", ".join(f"{len(genes)} of {part}" for part, genes in facts["genes"].items())
        lines.append(f"- Genes: {counts}; validation cases are {facts['protocol']}")
        lines.append(
            "- The warm-up's simulated patients are drawn from the annotations of all genes, "
            "those of validation included: that is public knowledge, not cases"
        )
    if "validation_gene_offered" in facts and recipe.data.form == "hybrid":
        lines.append(
            f"- The right gene is among the {recipe.data.candidates} candidates of "
            f"{facts['validation_gene_offered']} of {facts['validation']} validation prompts; "
            "the others cannot be right and count as misses"
        )
    return lines


def _figures(compared: Mapping[str, Any]) -> list[str]:
    contenders = compared["contenders"]
    first = next(iter(contenders.values()))["figures"]
    names = [n for n in ("reward", "top1", "top5", "topmax", "mrr", "parse_failures") if n in first]
    lines = [f"n = {first['n']:.0f}; greedy answers; 95% bootstrap intervals.", ""]
    lines += [f"| | {' | '.join(names)} |", f"|---|{'---|' * len(names)}"]
    for name, one in contenders.items():
        cells = [interval(one["figures"], figure) for figure in names]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    lines.append("")
    return [*lines, *map(_difference, compared["differences"])]


def _test(test: Mapping[str, Any] | None) -> list[str]:
    if not test:
        return ["There was no test part: nothing that a promotion could be decided on."]
    lines = [
        f"n = {test['n']}; {test['decoding']} decoding, as users have it; no checkpoint and no "
        "setting was chosen on these items. A promotion is decided here.",
        "",
    ]
    for name, one in test["contenders"].items():
        figures = one["figures"]
        shown = ", ".join(
            f"{measure} {interval(figures, measure)}"
            for measure in ("reward", "top1", "mrr")
            if figures.get(measure) is not None
        )
        lines.append(f"- {name} ({one['model']}): {shown}")
    return [*lines, *map(_difference, test["differences"])]


def _difference(d: Mapping[str, Any]) -> str:
    verdict = "beyond chance" if d["beyond_chance"] else "not beyond chance"
    bounds = "" if d["low"] is None else f" ({d['low']:+.3f} to {d['high']:+.3f})"
    return (
        f"- {d['better']} against {d['worse']}, {d['measure']}: {d['value']:+.3f}{bounds}, "
        f"{d['wins']} won, {d['losses']} lost, sign test p = {d['p']:.2g}: {verdict}"
    )


def _rankers(compared: Mapping[str, Any]) -> list[str]:
    lines = [
        "Beside the classical rankers, on the same cases (a miss stays in the denominator):",
        "",
    ]
    lines += ["| ranker | n | top1 | top5 | top10 | mrr |", "|---|---|---|---|---|---|"]
    for row in compared["rankers"]:
        cells = []
        for metric in ("top1", "top5", "top10", "mrr"):
            found = row[metric]["micro"] if row[metric] else None
            cells.append("" if found is None else f"{found['value']:.3f}")
        lines.append(f"| {row['ranker']} | {row['n']} | {' | '.join(cells)} |")
    return [*lines, ""]


def _training(recipe: Recipe, state: Mapping[str, Any]) -> list[str]:
    w, p = recipe.warmup, recipe.policy
    lines = []
    if w.epochs:
        lines.append(
            f"- Warm-up: {w.epochs:g} epochs, batch {w.batch}, learning rate {w.learning_rate:g}"
        )
    kl = "in the reward" if p.algorithm != "grpo" else "in the loss"
    lines.append(
        f"- {p.algorithm.upper()}: {p.rounds} rounds of {p.prompts} x {p.samples} answers, "
        f"{p.epochs} epochs a round, learning rate {p.learning_rate:g}"
        f"{' falling to zero' if p.annealed else ''}, clip {p.clip:g}, "
        f"KL {p.kl:g} {kl}, gamma {p.gamma:g}, lambda {p.gae_lambda:g}, "
        f"temperature {p.temperature:g}"
    )
    graders = recipe.grader.get("graders", {})
    parts = ", ".join(f"{name}: {one['type']}" for name, one in graders.items())
    formula = recipe.grader.get("calculate_output", recipe.grader.get("type", "the task's own"))
    lines.append(
        f"- Reward: {formula}{f' ({parts})' if parts else ''}"
        f"{', earned line by line' if p.credit == 'lines' else ''}"
    )
    lines.append(f"- Chosen: round {state.get('best_round')}, by {recipe.watch.metric}")
    return lines


def _limits(facts: Mapping[str, Any]) -> list[str]:
    lines = [
        "- The validation figures hold for these items; the checkpoint was chosen on part of "
        "them, which flatters the tuned model a little. The test figures do not.",
    ]
    if facts.get("knowledge"):
        lines += [
            "- For research: no medical device, and no substitute for a genetic diagnosis.",
            "- Answers may name genes wrongly and give reasons that are not the case's; "
            "check each cited finding.",
        ]
    return lines


def interval(figures: Mapping[str, float | None], name: str) -> str:
    """A figure with its interval, "0.215 (0.160 to 0.270)"."""
    value, low, high = (figures.get(key) for key in (name, f"{name}_low", f"{name}_high"))
    if value is None:
        return ""
    return (
        f"{value:.3f}" if low is None or high is None else f"{value:.3f} ({low:.3f} to {high:.3f})"
    )

"""A store in which everything that has a name is named to do harm."""

from __future__ import annotations

from dataclasses import replace

from app.batches import Batch, batches_folder
from genecaller.cases import Solution
from genecaller.evaluation import Listed, evaluate
from genecaller.evaluation.robustness import robustness
from genecaller.evaluation.to_store import keep
from genecaller.rankers import make_ranker, rank
from genecaller.store import Metric, Provenance, SampledAnswer, Store
from genecaller.store.events import Event
from ontology.knowledge import Knowledge
from tests.app.conftest import SOLVED

EVIL = (
    "![i](http://evil.example/i.png) [l](http://evil.example/l) <img src=http://evil.example/h.png>"
    " http://evil.example/a www.evil.example :material/home: :material_home: :streamlit:"
    " :red[r] $\\frac{a}{b}$ `c` **b** :smile: \u202egnp.exe\n\n# head\n\n| a | b |\n|---|---|"
)
LONG = "long-" + "x" * 3000
CASES = [
    replace(case, id=f"{EVIL} {at}" if at else f"{LONG} {EVIL}") for at, case in enumerate(SOLVED)
]


def fill(store: Store, knowledge: Knowledge) -> None:
    """Give the store cases, an evaluation, a training run, an adapter and a batch of such names."""
    provenance = Provenance(knowledge.stamp, model=EVIL, adapter=EVIL)
    ranker = make_ranker("sum", knowledge)
    rankings = {case.id: rank(ranker, case, knowledge) for case in CASES}
    with store.run("evaluate", provenance) as run_id:
        evaluation = evaluate(
            CASES,
            [ranker],
            knowledge,
            ("as-published",),
            listed=[Listed(EVIL, rankings, model=EVIL), Listed("case", rankings)],
        )
        curves = robustness(evaluation, [ranker], knowledge)
        curves = [replace(point, ranker=EVIL) for point in curves]
        keep(
            evaluation, store, run_id=run_id, title=EVIL, cases_source=EVIL, curves=curves,
            imported_from={EVIL: EVIL},
        )  # fmt: skip
        store.save_cases(
            [replace(case, problems=(EVIL,), source=EVIL) for case in CASES],
            run_id=run_id, by=EVIL, note=EVIL,
        )  # fmt: skip
    for case in CASES[:2]:
        store.propose_solution(
            case.id, Solution("TSC2"), who=EVIL, provenance=provenance, note=EVIL
        )
    _train(store, provenance)
    folder = batches_folder() / "20260101-000000-000000"
    (folder / "input").mkdir(parents=True)
    Batch(
        folder, EVIL, "2026-01-01", EVIL, "failed", failures=(EVIL, f"{LONG}: no case"),
        message=EVIL, written=1,
    ).save()  # fmt: skip


def _train(store: Store, provenance: Provenance) -> None:
    reached = {"figures": {"n": 20, "top1": 0.3, EVIL: 0.5}}
    difference = {"better": EVIL, "worse": EVIL, "measure": EVIL, "n": 20, "value": 0.2,
                  "low": -0.1, "high": 0.4, "beyond_chance": False}  # fmt: skip
    with store.run("train", provenance, title=EVIL) as run_id:
        store.register_adapter(
            run_id=run_id, name=EVIL, path=EVIL, fingerprint=EVIL, base_model=EVIL, data=EVIL,
            figures={
                "differences": [difference],
                "contenders": {"base": reached, "tuned": reached, EVIL: reached},
            },
        )  # fmt: skip
        store.save_metrics(run_id, [Metric(1, f"train/{EVIL}", 0.5), Metric(1, "train/reward", 1)])
        store.save_samples(
            run_id,
            [SampledAnswer(1, "validation", EVIL, EVIL, 0.5, {EVIL: 0.5}, problems=(EVIL,))],
        )
        store.add_events(run_id, [Event("odd", EVIL)])

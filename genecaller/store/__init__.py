"""Everything that is kept: one DuckDB file, with the provenance of every row."""

from genecaller.store.adapters import Adapter, Promotion
from genecaller.store.case_keys import SavedCase
from genecaller.store.case_rows import StoredCase, StoredTerm
from genecaller.store.case_search import CaseFilter, CaseSummary, Page, StoreCounts
from genecaller.store.curation import CurationEntry
from genecaller.store.evaluation_parts import (
    CaseRank,
    Comparison,
    CurvePoint,
    Duel,
    EvaluatedRanker,
    Figure,
    StoredEvaluation,
    Truth,
)
from genecaller.store.events import Event
from genecaller.store.provenance import Provenance, code_version
from genecaller.store.rankings import StoredAnswer, StoredGrade, StoredRanking
from genecaller.store.runs import Run
from genecaller.store.store import Store, default_path, open_store
from genecaller.store.training import AnswerPair, Metric, SampledAnswer

__all__ = [
    "Adapter",
    "AnswerPair",
    "CaseFilter",
    "CaseRank",
    "CaseSummary",
    "Comparison",
    "CurationEntry",
    "CurvePoint",
    "Duel",
    "EvaluatedRanker",
    "Event",
    "Figure",
    "Metric",
    "Page",
    "Promotion",
    "Provenance",
    "Run",
    "SampledAnswer",
    "SavedCase",
    "Store",
    "StoreCounts",
    "StoredAnswer",
    "StoredCase",
    "StoredEvaluation",
    "StoredGrade",
    "StoredRanking",
    "StoredTerm",
    "Truth",
    "code_version",
    "default_path",
    "open_store",
]

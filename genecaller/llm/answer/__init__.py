"""Answers of a language model: their form, and the tolerant reader that never raises."""

from genecaller.llm.answer.parse import parse_answer
from genecaller.llm.answer.types import Answer, AnsweredGene, Problem

__all__ = ["Answer", "AnsweredGene", "Problem", "parse_answer"]

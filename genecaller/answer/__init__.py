"""Answers of a language model: their form, and the tolerant reader that never raises."""

from genecaller.answer.form import Answer, AnsweredGene, Problem
from genecaller.answer.parse import parse_answer

__all__ = ["Answer", "AnsweredGene", "Problem", "parse_answer"]

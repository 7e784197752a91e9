"""The language model: loaded, adapted, asked; torch and transformers load only when used."""

from genecaller.llm.decoding.choice import Decoded, Decoding, decode
from genecaller.llm.decoding.vote import Voted, answer_by_vote, vote
from genecaller.llm.language_model import MAX_NEW_TOKENS, Completion, LanguageModel
from genecaller.llm.load import load_model

__all__ = [
    "MAX_NEW_TOKENS",
    "Completion",
    "Decoded",
    "Decoding",
    "LanguageModel",
    "Voted",
    "answer_by_vote",
    "decode",
    "load_model",
    "vote",
]

"""The language model: loaded, adapted, asked; torch and transformers load only when used."""

from genecaller.model.decoding import Decoded, Decoding, decode
from genecaller.model.language_model import MAX_NEW_TOKENS, Completion, LanguageModel
from genecaller.model.load import load_model
from genecaller.model.vote import Voted, answer_by_vote, vote

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

"""Breaks up what a chat model could take for a token of its own, such as <|im_end|>, in text.

Case text is written by others. Where a tokenizer reads "<|im_end|>" in it as the token that ends
a turn, the text could end the question and write the answer. A blank after the first character
keeps it readable and makes it plain text.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import lru_cache

_NAMES = (
    "s|bos|eos|pad|unk|mask|sep|cls|eod|eot|eom|eop|sop|gmask|image|video|audio|system|user|"
    "assistant|observation|tool|tools|tool_call|tool_calls|tool_response|tool_result|"
    "function_call|function_calls|think|thinking|thought|reasoning|answer|start_of_turn|"
    "end_of_turn|start_of_image|end_of_image|image_soft_token|start_of_text|end_of_text|"
    "endoftext|startoftext|end_of_utterance|fake_token_around_image|begin_of_text|"
    "extra_id_\\d+|unused\\d+|reserved_\\d+"
)
_MARKS = re.compile(
    r"<[|｜][^<>\n]{1,80}[|｜]>"  # <|im_start|>, <|eot_id|>, <｜User｜>
    rf"|</?(?:{_NAMES})/?>"  # <s>, </s>, <think>, <start_of_turn>, <extra_id_0>
    r"|<</?SYS>>"
    r"|\[/?(?:INST|SYSTEM_PROMPT|AVAILABLE_TOOLS|TOOL_CALLS|TOOL_RESULTS|TOOL_CONTENT|CALL_ID|"
    r"MODEL_SETTINGS|THINK|gMASK|sMASK|unused\d+)\]",
    re.IGNORECASE,
)
"""The control tokens of the model families in use; own words for them, not a vocabulary."""


def break_chat_tokens(text: str) -> str:
    """The text with the control tokens of any known model family broken up; other text as it is."""
    if "<" not in text and "[" not in text:
        return text
    return _MARKS.sub(_broken, text)


def break_tokens(text: str, tokens: Collection[str]) -> str:
    """The text with these very tokens broken up, however they overlap."""
    if not tokens:
        return text
    pattern = _pattern(frozenset(tokens))
    for _ in range(4):
        broken = pattern.sub(_broken, text)
        if broken == text:
            return text
        text = broken
    return text


def _broken(found: re.Match[str]) -> str:
    token = found.group()
    return f"{token[0]} {token[1:]}" if len(token) > 1 else " "


@lru_cache(maxsize=8)
def _pattern(tokens: frozenset[str]) -> re.Pattern[str]:
    ordered = sorted((token for token in tokens if token.strip()), key=len, reverse=True)
    return re.compile("|".join(map(re.escape, ordered)) or r"(?!)")

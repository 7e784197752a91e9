"""Names of keys and columns, without the ways of writing them, and what stands under them."""

from __future__ import annotations

import re
from typing import Any

_PLAIN = re.compile(r"[^a-z0-9]+")


def plain_key(key: str) -> str:
    """A column's or key's name without the ways of writing it: "HPO IDs" is "hpo_ids"."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z][a-z])", "_", key.strip())
    return _PLAIN.sub("_", spaced.lower()).strip("_")


def first_of(fields: dict[str, Any], keys: tuple[str, ...]) -> Any:
    """What stands under the first of the keys that holds anything; None where none does."""
    return next((fields[key] for key in keys if fields.get(key) not in (None, "")), None)


def listed(value: Any) -> list[Any]:
    """A list as it is, one value as a list of one, nothing as an empty list."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def written(value: Any) -> str | None:
    """A text or whole number as text without blanks around it; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    return str(value).strip() or None

"""Making a trained adapter the default: only if it is better beyond chance, or by force."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from genecaller.errors import UsageError

if TYPE_CHECKING:
    from genecaller.store.store import Store

BASE = "base"
WARMUP = "warm-up"
TUNED = "tuned"
PROMOTED = "promoted"


def verdict(differences: Sequence[Mapping[str, Any]], measure: str, rival: str) -> tuple[bool, str]:
    """Whether the tuned model beats a rival in a measure beyond chance, and the sentence why."""
    for one in differences:
        if one["worse"] == rival and one["measure"] == measure:
            bounds = (
                "" if one["low"] is None else f" (95%: {one['low']:+.3f} to {one['high']:+.3f})"
            )
            text = (
                f"{measure} {one['value']:+.3f}{bounds} against {rival} on {one['n']} "
                f"validation items, {one['wins']} won and {one['losses']} lost"
            )
            return bool(one["beyond_chance"]), text
    return False, f"it was never compared with {rival} in {measure}"


def promote(
    adapter_id: int, *, force: bool = False, who: str | None = None, store: Store | None = None
) -> str:
    """Make a registered adapter the default of rank, score and the app; returns the reason kept.

    It must have beaten, beyond chance on validation, the adapter in use now (promoted or
    shipped), or the base model where none is. Raises UsageError otherwise, unless `force`.
    """
    from genecaller.model.shipped import adapter_in_use
    from genecaller.store.store import open_store

    store = store or open_store()
    adapter = store.read_adapter(adapter_id)
    current = adapter_in_use(store, adapter.base_model)
    if current is not None and current.adapter_id == adapter_id:
        return f"adapter {adapter_id} is the default already"
    if not Path(adapter.path).is_dir():
        raise UsageError(f"adapter {adapter_id}: its folder {adapter.path} is gone")
    figures = adapter.figures
    measure = str(figures.get("accuracy", "reward"))
    if current is None:
        good, reason = verdict(figures.get("differences", []), measure, BASE)
    elif figures.get("promoted") == current.fingerprint:
        good, reason = verdict(figures.get("differences", []), measure, PROMOTED)
    else:
        good = False
        name = f"adapter {current.adapter_id}" if current.adapter_id else "the shipped adapter"
        reason = f"it was not compared with {name}, which is the default now"
    if not good and not force:
        raise UsageError(
            f"adapter {adapter_id} is not promoted: {reason}; use force to promote it all the same"
        )
    store.promote_adapter(adapter_id, reason=reason, who=who, forced=not good)
    return reason

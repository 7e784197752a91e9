"""Making a trained adapter the default: only if it is better beyond chance, or by force."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from genecaller.errors import UsageError

if TYPE_CHECKING:
    from genecaller.store.store import Store

BASE = "base"
WARMUP = "warm-up"
TUNED = "tuned"
PROMOTED = "promoted"


def verdict(figures: Mapping[str, Any], rival: str) -> tuple[bool, str]:
    """Whether the tuned model beats a rival beyond chance on the test part, and why.

    By the task's own accuracy, on items that no checkpoint and no setting was chosen by.
    """
    measure = str(figures.get("accuracy", "reward"))
    test = figures.get("test")
    if not test:
        return False, (
            "it has no figures on a test part, and validation chose its checkpoint: train it on "
            "more solved cases, or give data.test, and train again"
        )
    for one in test["differences"]:
        if one["worse"] == rival and one["measure"] == measure:
            bounds = (
                "" if one["low"] is None else f" (95%: {one['low']:+.3f} to {one['high']:+.3f})"
            )
            text = (
                f"{measure} {one['value']:+.3f}{bounds} against {rival} on {one['n']} test items"
                f"{_sides(test, measure, rival)}, {one['wins']} won and {one['losses']} lost, "
                f"{test['decoding']} decoding"
            )
            return bool(one["beyond_chance"]), text
    return False, f"it was never compared with {rival} in {measure} on test items"


def _sides(test: Mapping[str, Any], measure: str, rival: str) -> str:
    """Both sides' own figures, " (0.402 against 0.377)"; nothing where they are not there."""
    contenders = test.get("contenders", {})
    values = [contenders.get(name, {}).get("figures", {}).get(measure) for name in (TUNED, rival)]
    if None in values:
        return ""
    return f" ({values[0]:.3f} against {values[1]:.3f})"


def promote(
    adapter_id: int, *, force: bool = False, who: str | None = None, store: Store | None = None
) -> str:
    """Make a registered adapter the default of rank, score and the app; returns the reason kept.

    It must have beaten, beyond chance on the test part, the adapter in use now (promoted or
    shipped), or the base model where none is. Raises UsageError otherwise, unless `force`.
    """
    from genecaller.llm.active_adapter import adapter_in_use
    from genecaller.store.store import open_store

    store = store or open_store()
    adapter = store.read_adapter(adapter_id)
    current = adapter_in_use(store, adapter.base_model)
    if current is not None and current.adapter_id == adapter_id:
        return f"adapter {adapter_id} is the default already"
    if not Path(adapter.path).is_dir():
        raise UsageError(f"adapter {adapter_id}: its folder {adapter.path} is gone")
    figures = adapter.figures
    if current is None:
        good, reason = verdict(figures, BASE)
    elif figures.get("promoted") == current.fingerprint:
        good, reason = verdict(figures, PROMOTED)
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

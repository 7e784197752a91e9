from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from genecaller.errors import StoreError
from genecaller.store import Store, code_version
from tests.genecaller.store.conftest import MADE_WITH


def register(store: Store, run_id: int, fingerprint: str) -> int:
    return store.register_adapter(
        run_id=run_id,
        name=f"tuned {fingerprint}",
        path=f"/models/{fingerprint}",
        fingerprint=fingerprint,
        base_model="SmolLM2-135M-Instruct",
        data="split main, 1,100 cases",
        step=400,
        figures={"validation/top1": 0.31},
    )


def test_an_adapter_is_registered_with_its_runs_provenance(store: Store, run_id: int) -> None:
    adapter_id = register(store, run_id, "f1")
    adapter = store.read_adapter(adapter_id)
    assert (adapter.knowledge, adapter.seed) == (MADE_WITH.knowledge, MADE_WITH.seed)
    assert adapter.code_version == MADE_WITH.code_version
    assert (adapter.path, adapter.step) == ("/models/f1", 400)
    assert adapter.figures == {"validation/top1": 0.31}
    assert not adapter.promoted
    assert register(store, run_id, "f1") == adapter_id
    assert register(store, run_id, "f2") != adapter_id
    assert [each.fingerprint for each in store.list_adapters()] == ["f2", "f1"]


def test_at_most_one_is_promoted_and_every_promotion_is_kept(store: Store, run_id: int) -> None:
    first, second = register(store, run_id, "f1"), register(store, run_id, "f2")
    assert store.promoted_adapter() is None
    store.promote_adapter(first, reason="top-1 +14 points, p = 0.001", who="dr a")
    store.promote_adapter(second, reason="by hand", forced=True)
    promoted = store.promoted_adapter()
    assert promoted is not None
    assert promoted.adapter_id == second
    assert [each.promoted for each in store.list_adapters()] == [True, False]
    store.promote_adapter(None, reason="it answers in verse")
    assert store.promoted_adapter() is None
    assert [(p.adapter_id, p.forced, p.who) for p in store.list_promotions()] == [
        (None, False, None),
        (second, True, None),
        (first, False, "dr a"),
    ]
    assert {p.code_version for p in store.list_promotions()} == {code_version()}


def test_threads_that_promote_at_once_leave_one_promoted(store: Store, run_id: int) -> None:
    ids = [register(store, run_id, f"f{i}") for i in range(4)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda i: store.promote_adapter(i, reason="race"), ids))
    assert sum(adapter.promoted for adapter in store.list_adapters()) == 1
    assert len(store.list_promotions()) == 4


def test_what_is_not_there_is_not_promoted(store: Store, run_id: int) -> None:
    adapter_id = register(store, run_id, "f1")
    store.promote_adapter(adapter_id, reason="first")
    with pytest.raises(StoreError, match="no adapter 9"):
        store.promote_adapter(9, reason="wrong number")
    assert store.promoted_adapter() is not None
    with pytest.raises(StoreError, match="no run 8"):
        register(store, 8, "f3")

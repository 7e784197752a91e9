"""A batch is ranked by a process of its own, and tells what it could not read."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from app import batch_worker
from app.batches import Batch, new_batch, read_batch
from genecaller.cases import Case
from genecaller.rank import ClassicalSource
from genecaller.rankers import make_ranker
from genecaller.ranking import Ranking
from genecaller.store import open_store
from ontology.knowledge import Knowledge
from tests.app.conftest import view


class Upload:
    def __init__(self, name: str, content: str) -> None:
        self.name = name
        self.content = content.encode()

    def getvalue(self) -> bytes:
        return self.content


def finished(folder: Path) -> Batch:
    for _ in range(1500):
        batch = read_batch(folder)
        if batch is not None and batch.status in ("done", "failed", "stopped"):
            return batch
        time.sleep(0.2)
    pytest.fail(f"the batch did not end: {(folder / 'log.txt').read_text()}")


def test_a_batch_outlives_its_page_and_tells_of_failures(own_home: Path) -> None:
    lines = [
        json.dumps({"id": f"b{i}", "terms": [{"hpo_id": "HP:0009717", "label": "Cortical tubers"}]})
        for i in range(3)
    ]
    batch = new_batch(Upload("../../evil name.jsonl", "\n".join([*lines, '{"id": '])), "sum")
    assert batch.input.parent == batch.folder / "input"
    done = finished(batch.folder)
    assert (done.status, done.written, len(done.failures)) == ("done", 3, 1)
    assert "line 4" in done.failures[0]
    assert str(own_home) not in done.failures[0]
    app = view("batch")
    assert any("3 cases ranked, 1 failed" in m.value for m in app.markdown)


def test_a_batch_that_cannot_be_read_says_why(own_home: Path) -> None:
    done = finished(new_batch(Upload("x.zip", "no zip"), "sum").folder)
    assert done.status == "failed"
    assert "x.zip" in str(done.message)


def test_what_a_batch_ranked_before_a_stop_is_in_the_library(
    own_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = own_home / "batches" / "one"
    batch = Batch(folder, "cases.jsonl", "now", "sum")
    batch.input.parent.mkdir(parents=True)
    terms = [{"hpo_id": "HP:0009717", "label": "Cortical tubers"}]
    lines = [json.dumps({"id": f"b{i}", "terms": terms}) for i in range(3)]
    batch.input.write_text("\n".join(lines) + "\n")
    batch.save()

    def stopping(names: list[str], knowledge: Knowledge, *rest: object) -> list[ClassicalSource]:
        ranker = make_ranker(names[0], knowledge)
        source = ClassicalSource(ranker, knowledge, batch_worker.TOP)
        ranked = iter(range(2))

        def rank(cases: Sequence[Case]) -> list[Ranking]:
            if next(ranked, None) is None:
                raise KeyboardInterrupt
            return ClassicalSource.rank(source, cases)

        monkeypatch.setattr(source, "rank", rank)
        return [source]

    monkeypatch.setattr(batch_worker, "open_sources", stopping)
    monkeypatch.setattr(batch_worker, "BATCH", 1)
    batch_worker.work(folder)
    stopped = read_batch(folder)
    assert stopped is not None
    assert (stopped.status, stopped.written) == ("stopped", 2)
    assert open_store().counts().cases == 2
    monkeypatch.undo()
    monkeypatch.setenv("GENECALLER_HOME", str(own_home))
    batch_worker.work(folder)
    done = read_batch(folder)
    assert done is not None
    assert (done.status, done.written) == ("done", 3)
    assert open_store().counts().cases == 3

from __future__ import annotations

import lzma
import shutil
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from genecaller.errors import StoreError
from genecaller.store import Store, StoredAnswer, StoredGrade, code_version, open_store
from genecaller.store import migrate as module
from genecaller.store.case_search import StoreCounts
from genecaller.store.migrate import Migration, migrate, migrations, pending
from tests.genecaller.store.conftest import MADE_WITH, full_case, ranking_of

OLD = Path(__file__).parents[2] / "fixtures" / "stores" / "schema5.duckdb.xz"


def ledger(path: Path) -> list[tuple[int, str, str]]:
    with duckdb.connect(path, read_only=True) as connection:
        return connection.execute(
            "SELECT version, name, code_version FROM schema_migrations ORDER BY version"
        ).fetchall()


def tables(path: Path) -> list[tuple[str, str, str]]:
    with duckdb.connect(path, read_only=True) as connection:
        return connection.execute(
            "SELECT table_name, column_name, data_type FROM information_schema.columns ORDER BY ALL"
        ).fetchall()


def test_a_new_store_has_every_migration_with_the_code_that_applied_it(store: Store) -> None:
    names = [migration.name for migration in migrations()]
    assert names[:2] == ["runs_cases_rankings", "evaluations"]
    expected = [(i, name, code_version()) for i, name in enumerate(names, 1)]
    assert ledger(store.path) == expected


@pytest.mark.parametrize("reached", range(1, len(migrations())))
def test_an_older_store_is_brought_up_to_date(
    reached: int, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    older = tmp_path / "older.duckdb"
    with monkeypatch.context() as patch:
        patch.setattr(module, "migrations", lambda: migrations()[:reached])
        open_store(older)
    with duckdb.connect(older) as connection:
        # Today's code would write columns that this store does not have yet.
        connection.execute(
            "INSERT INTO runs (run_id, kind, status, created, arguments, knowledge, code_version)"
            " VALUES (nextval('run_ids'), 'rank', 'running', now()::TIMESTAMP, '{}', 'k', '0.1.0')"
        ).fetchall()
    run_id = 1
    assert len(ledger(older)) == reached
    with pytest.raises(StoreError, match="written by an older genecaller and is opened read-only"):
        open_store(older, read_only=True)
    assert open_store(older).read_run(run_id).knowledge == "k"
    assert tables(older) == tables(store.path)
    assert len(ledger(older)) == len(migrations())


def test_a_store_of_the_first_release_keeps_all_that_it_held(tmp_path: Path) -> None:
    """The file was written by version 0.1.0: cases, versions, rankings, answers, curation."""
    path = tmp_path / "old.duckdb"
    path.write_bytes(lzma.decompress(OLD.read_bytes()))
    assert len(ledger(path)) == 5
    store = open_store(path)
    assert [name for _, name, _ in ledger(path)][5:] == [m.name for m in migrations()[5:]]
    assert store.counts() == StoreCounts(3, 5, 3, 3, 4, 0, 0)
    newest, oldest = store.case_history("a")
    assert oldest.case == full_case("a")
    assert newest.case == replace(full_case("a"), age="P52Y")
    assert (newest.version, newest.saved_by, newest.note) == (2, "dr a", "misread")
    assert newest.given_id == "a"
    assert store.read_case("b (2)").case == full_case("b (2)")
    assert [each.ranking for each in store.rankings_of_case("a")] == [
        ranking_of("a", "model"),
        ranking_of("a"),
    ]
    first = store.rankings_of_case("a")[1]
    assert (first.case_version, first.switched_off) == (2, ())
    assert replace(first.provenance, code_version=MADE_WITH.code_version) == MADE_WITH
    model = store.rankings_of_case("a")[0].ranking_id
    assert [replace(answer, answer_id=None) for answer in store.read_answers(model)] == [
        StoredAnswer(model, "1. TSC2", problems=("cut off",))
    ]
    assert store.read_grades(first.ranking_id) == [
        StoredGrade(first.ranking_id, "gene_rank", 0.7, {"rank": 2})
    ]
    assert [case.solution.gene for case in store.curated_cases() if case.solution] == ["TSC1"]
    assert store.gene_parts("s") == {"TSC2": "train"}
    assert [metric.value for metric in store.read_curve(1, "loss")] == [0.5]
    assert [event.case_id for event in store.read_events(1)] == ["x"]
    assert store.ranked_cases(1) == {("a", "default"), ("a", "model"), ("bare", "default")}
    # And it goes on: known content is known, other content under a known id is another case.
    run_id = store.start_run("rank", MADE_WITH)
    known, other = store.save_cases(
        [full_case("a"), replace(full_case("b (2)"), sex="male")], run_id=run_id
    )
    assert (known.case_id, known.version, known.is_new) == ("a", 1, False)
    assert (other.case_id, other.is_new) == ("b (2) (2)", True)


def test_a_store_newer_than_the_code_is_refused(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    newest = len(migrations())
    monkeypatch.setattr(module, "migrations", lambda: migrations()[:-1])
    for read_only in (True, False):
        with pytest.raises(StoreError, match="written by a newer genecaller") as caught:
            open_store(store.path, read_only=read_only)
        assert f"schema {newest}" in str(caught.value)
        assert f"knows schema {newest - 1}" in str(caught.value)
        assert "update genecaller" in str(caught.value)


def test_a_migration_that_fails_leaves_nothing_behind(
    store: Store, run_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = tables(store.path)
    broken = Migration(len(migrations()) + 1, "broken", "CREATE TABLE t (a INT); SELECT nonsense;")
    monkeypatch.setattr(module, "migrations", lambda: (*migrations(), broken))
    with pytest.raises(StoreError, match="nonsense"):
        open_store(store.path)
    monkeypatch.undo()
    assert tables(store.path) == before
    assert open_store(store.path).read_run(run_id).run_id == run_id


def test_a_failure_while_making_the_file_leaves_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "migrations", lambda: (Migration(1, "broken", "SELECT nonsense"),))
    with pytest.raises(StoreError, match="nonsense"):
        open_store(tmp_path / "kept.duckdb")
    # The lock has to stay: another process may wait for it.
    assert {path.name for path in tmp_path.iterdir()} == {
        "kept.duckdb.lock",
        "kept.duckdb.lock.turn",
    }


def test_migrating_twice_changes_nothing(store: Store) -> None:
    with duckdb.connect(store.path) as connection:
        assert pending(connection, store.path) == ()
        assert migrate(connection, store.path) == ()


def test_a_gap_in_the_numbers_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = Path(module.__file__).parent / "migrations"
    shutil.copytree(source, tmp_path / "migrations")
    (tmp_path / "migrations" / "0009_far.sql").write_text("SELECT 1")
    monkeypatch.setattr(module, "files", lambda package: tmp_path)
    migrations.cache_clear()
    with pytest.raises(StoreError, match="expected 1, 2, 3"):
        migrations()
    monkeypatch.undo()
    migrations.cache_clear()


def test_every_row_leads_to_the_run_that_names_its_provenance(store: Store) -> None:
    columns: dict[str, set[str]] = {}
    for table, column, _ in tables(store.path):
        columns.setdefault(table, set()).add(column)
    through = [{"run_id"}, {"ranking_id"}, {"evaluation_id"}, {"case_id", "version"}]
    for parent, key in (
        ("rankings", "ranking_id"),
        ("evaluations", "evaluation_id"),
        ("cases", "version"),
    ):
        assert {"run_id", key} <= columns[parent]
    # A promotion is a person's act, not a run's; it names its adapter and the code.
    for view_or_ledger in ("schema_migrations", "promotions", "promoted_adapter"):
        del columns[view_or_ledger]
    for table, its_columns in columns.items():
        assert any(way <= its_columns for way in through), table
    named = {"knowledge", "prompt_version", "model", "adapter", "code_version", "seed"}
    assert named <= columns["runs"]


def test_every_migration_ships_with_the_package() -> None:
    import tomllib

    project = tomllib.loads((Path(__file__).parents[3] / "pyproject.toml").read_text())
    patterns = project["tool"]["setuptools"]["package-data"]["genecaller"]
    package = Path(module.__file__).parents[1]
    shipped = {path for pattern in patterns for path in package.glob(pattern)}
    assert set((package / "store" / "migrations").iterdir()) <= shipped

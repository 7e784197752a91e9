"""Line ends, whole replacement and locks."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ontology.files import Locked, lines_of, locked, locked_in_turn, plainly_named, replacing


def test_lines_end_at_newlines_only() -> None:
    assert lines_of("a\u2028b\u0085c\x0cd\re\r\nf\n\ng\n") == [
        "a\u2028b\u0085c\x0cd\re", "f", "", "g"
    ]  # fmt: skip
    assert lines_of("") == []
    assert lines_of("\n") == [""]


@given(st.lists(st.text(st.characters(exclude_characters="\n\r", exclude_categories=["Cs"]))))
def test_lines_round_trip(lines: list[str]) -> None:
    assert lines_of("".join(f"{line}\n" for line in lines)) == lines
    assert lines_of("".join(f"{line}\r\n" for line in lines)) == lines


def test_replaced_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("old")
    path.chmod(0o640)
    with pytest.raises(UnicodeEncodeError), replacing(path) as out:
        out.write("half and a lone surrogate: \ud800")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]
    with replacing(path) as out:
        out.write("new\u2028\n")
    assert path.read_bytes() == b"new\xe2\x80\xa8\n"
    assert path.stat().st_mode & 0o777 == 0o640
    with replacing(path, binary=True, private=True) as out:
        out.write(b"secret")
    assert path.stat().st_mode & 0o777 == 0o600


def test_lock_is_held_and_ends_with_its_process(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with locked(path), pytest.raises(Locked, match="held by another process"), locked(path):
        pass
    code = (
        "import sys, pathlib; from ontology.files import locked\n"
        f"with locked(pathlib.Path({str(path)!r})):\n print('held', flush=True); sys.stdin.read()"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip
    assert child.stdout is not None
    assert child.stdin is not None
    assert child.stdout.readline() == b"held\n"
    with pytest.raises(Locked), locked(path, wait_s=0.05):
        pass
    child.kill()
    child.wait()
    child.stdin.close()
    child.stdout.close()
    with locked(path):
        pass


def test_a_lock_may_go_with_its_block_and_a_waiting_one_is_not_fooled(tmp_path: Path) -> None:
    """Whoever opened the file before it was removed locks the new one, not the removed one."""
    path = tmp_path / "lock"
    path.write_text("left behind by a killed process")
    with locked(path, remove=True), pytest.raises(Locked), locked(path, remove=True):
        pass
    assert not path.exists()
    order: list[str] = []

    def wait() -> None:
        with locked(path, wait_s=60, remove=True):
            order.append("second")
            with pytest.raises(Locked), locked(path):
                pass

    thread = threading.Thread(target=wait)
    with locked(path, remove=True):
        thread.start()
        order.append("first")
    thread.join(60)
    assert order == ["first", "second"]
    assert not path.exists()


def test_another_name_has_no_pattern_in_it(tmp_path: Path) -> None:
    folder = tmp_path / "in [1]*"
    folder.mkdir()
    (folder / "a?.txt").write_text("content")
    with plainly_named(folder / "a?.txt") as plain:
        assert plain.read_text() == "content"
        assert not set(str(plain)) & set("*?[]")
    assert not plain.parent.exists()
    assert (folder / "a?.txt").read_text() == "content"


def test_who_comes_later_waits_behind_who_waits(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    turn = tmp_path / "lock.turn"
    with locked(path, shared=True):
        # Readers share; while a writer waits, turn in hand, no further reader slips in.
        with locked_in_turn(path, shared=True):
            pass
        with locked(turn), pytest.raises(Locked), locked_in_turn(path, shared=True):
            pass
        with pytest.raises(Locked), locked_in_turn(path):
            pass
    with locked_in_turn(path):
        # Whoever holds the lock has given the turn on.
        with locked(turn):
            pass
        with pytest.raises(Locked), locked(path, shared=True):
            pass
    assert sorted(one.name for one in tmp_path.iterdir()) == ["lock", "lock.turn"]

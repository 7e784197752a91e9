from __future__ import annotations

from pathlib import Path

import genecaller
from genecaller.store import Provenance, code_version
from genecaller.store.provenance import _commit

HASH = "1a2b3c4d5e6f7a8b9c0d1a2b3c4d5e6f7a8b9c0d"


def test_the_code_version_begins_with_the_package_version() -> None:
    assert code_version().split("+")[0] == genecaller.__version__
    assert Provenance("k").code_version == code_version()


def test_the_commit_is_found_on_a_branch_packed_or_detached(tmp_path: Path) -> None:
    assert _commit(tmp_path) is None
    (tmp_path / "HEAD").write_text("ref: refs/heads/main\n")
    assert _commit(tmp_path) is None
    (tmp_path / "packed-refs").write_text(f"# pack-refs\n{HASH} refs/heads/main\n")
    assert _commit(tmp_path) == HASH
    (tmp_path / "refs" / "heads").mkdir(parents=True)
    (tmp_path / "refs" / "heads" / "main").write_text(HASH[::-1] + "\n")
    assert _commit(tmp_path) == HASH[::-1]
    (tmp_path / "HEAD").write_text(HASH + "\n")
    assert _commit(tmp_path) == HASH

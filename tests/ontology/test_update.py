"""The update of the knowledge, against a real file server on this machine."""

from __future__ import annotations

import hashlib
import json
import shutil
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from ontology import update as module
from ontology.compile import SOURCE_FILES
from ontology.errors import DownloadError, KnowledgeError
from ontology.knowledge import SCHEMA, active_folder, install, load_knowledge
from ontology.update import update

TINY = Path(__file__).parents[1] / "fixtures" / "tiny"


class Handler(SimpleHTTPRequestHandler):
    """A file server that can be told to break off in the middle of a file."""

    broken: str | None = None

    def log_message(self, format: str, *args: object) -> None:
        pass

    def copyfile(self, source, outputfile) -> None:  # type: ignore[no-untyped-def]
        if self.broken and self.path.endswith(self.broken):
            outputfile.write(source.read(100))
            outputfile.flush()
            self.connection.close()
            return
        super().copyfile(source, outputfile)


@pytest.fixture
def mirror(tmp_path: Path) -> Path:
    """A folder with one release, 2026-01-01, and its SHA256SUMS."""
    folder = tmp_path / "mirror" / "2026-01-01"
    folder.mkdir(parents=True)
    for name in SOURCE_FILES:
        shutil.copy(TINY / name, folder / name)
    obo = folder / "hp.obo"
    lines = obo.read_text(encoding="utf-8").splitlines()
    lines = ["data-version: hp/releases/2026-01-01" if "data-version" in x else x for x in lines]
    obo.write_text("\n".join(lines) + "\n", encoding="utf-8")
    write_sums(folder)
    return folder


def write_sums(folder: Path) -> None:
    lines = [
        f"{hashlib.sha256((folder / name).read_bytes()).hexdigest()}  {name}"
        for name in SOURCE_FILES
    ]
    (folder / "SHA256SUMS").write_text("\n".join(lines) + "\n")


@pytest.fixture
def server(mirror: Path) -> Iterator[str]:
    Handler.broken = None
    handler = partial(Handler, directory=str(mirror.parent))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as http:
        threading.Thread(target=http.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{http.server_port}"
        http.shutdown()


@pytest.fixture(autouse=True)
def in_use(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of its own in which the tiny release is already in use."""
    monkeypatch.setenv("GENECALLER_HOME", str(tmp_path / "home"))
    return install(TINY, lambda step: None)


def test_a_mirrored_release_is_fetched_checked_compiled_and_used(server: str, in_use: Path) -> None:
    steps: list[str] = []
    folder = update("2026-01-01", steps.append, source=server)
    assert folder == active_folder() != in_use
    assert load_knowledge(folder).release == "2026-01-01"
    assert any(step.startswith("fetching hp.obo") for step in steps)
    # The release files are kept, so that a later schema needs no second download.
    assert (folder / "source" / "phenotype.hpoa").is_file()


@pytest.mark.parametrize("name", SOURCE_FILES)
def test_a_half_download_leaves_the_old_release_in_use(
    server: str, in_use: Path, name: str
) -> None:
    Handler.broken = name
    with pytest.raises(DownloadError, match=r"broke off.*nothing was changed"):
        update("2026-01-01", lambda step: None, source=server)
    assert active_folder() == in_use
    assert [p.name for p in in_use.parent.iterdir() if p.name.startswith(".")] == []


def test_a_wrong_checksum_is_refused(server: str, mirror: Path, in_use: Path) -> None:
    with (mirror / "phenotype.hpoa").open("a") as file:
        file.write("altered\n")
    with pytest.raises(DownloadError, match=r"phenotype\.hpoa has SHA-256"):
        update("2026-01-01", lambda step: None, source=server)
    assert active_folder() == in_use


def test_a_file_without_checksum_is_refused_unless_allowed(server: str, mirror: Path) -> None:
    (mirror / "SHA256SUMS").write_text("")
    with pytest.raises(DownloadError, match="publishes no checksum"):
        update("2026-01-01", lambda step: None, source=server)
    folder = update("2026-01-01", lambda step: None, source=server, allow_unchecked=True)
    assert folder == active_folder()


def test_a_release_that_does_not_compile_leaves_the_old_one(
    server: str, mirror: Path, in_use: Path
) -> None:
    (mirror / "hp.obo").write_text("this is not an ontology\n")
    write_sums(mirror)
    with pytest.raises(KnowledgeError, match=r"hp\.obo"):
        update("2026-01-01", lambda step: None, source=server)
    assert active_folder() == in_use


@pytest.mark.parametrize(
    ("version", "source", "message"),
    [
        ("2030-01-01", None, "answered 404"),
        ("2026-01-01", "http://127.0.0.1:1", "cannot be reached"),
        ("2026-01-01", "ftp://127.0.0.1", "not an http"),
    ],
)
def test_an_address_that_does_not_serve_is_named(
    server: str, in_use: Path, version: str, source: str | None, message: str
) -> None:
    with pytest.raises(DownloadError, match=message):
        update(version, lambda step: None, source=source or server)
    assert active_folder() == in_use


def test_the_official_listing_gives_addresses_and_checksums(
    server: str, mirror: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assets = [
        {
            "name": name,
            "browser_download_url": f"{server}/2026-01-01/{name}",
            "digest": "sha256:" + hashlib.sha256((mirror / name).read_bytes()).hexdigest(),
        }
        for name in SOURCE_FILES
    ]
    listing = mirror.parent / "tags"
    listing.mkdir()
    (listing / "v2026-01-01").write_text(json.dumps({"assets": assets}))
    monkeypatch.setattr(module, "OFFICIAL", server)
    assert update("2026-01-01", lambda step: None).name == f"2026-01-01-s{SCHEMA}"

    assets.pop()
    (listing / "v2026-01-01").write_text(json.dumps({"assets": assets}))
    with pytest.raises(DownloadError, match="has no genes_to_phenotype"):
        update("2026-01-01", lambda step: None)

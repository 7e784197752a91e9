"""The update of the knowledge, against a real file server on this machine."""

from __future__ import annotations

import hashlib
import json
import shutil
import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from click.testing import CliRunner

from genecaller.cli.knowledge import command
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


Rewrite = Callable[[str, Callable[[list[str]], list[str]]], None]


@pytest.fixture
def rewrite(mirror: Path) -> Rewrite:
    """Put other lines in a file of the mirrored release, and the checksums right."""

    def rewritten(name: str, change: Callable[[list[str]], list[str]]) -> None:
        lines = (mirror / name).read_text(encoding="utf-8").split("\n")
        (mirror / name).write_text("\n".join(change(lines)), encoding="utf-8")
        write_sums(mirror)

    return rewritten


@pytest.mark.parametrize(
    ("name", "change", "counts"),
    [
        (
            "phenotype.hpoa",
            lambda lines: [line for line in lines if not line.startswith("ORPHA:567\t")],
            r"diseases: 1 of 12 are gone, 11 remain",
        ),
        (
            "genes_to_phenotype.txt",
            lambda lines: [line for line in lines if "TBX1" not in line],
            r"genes: 1 of 11 are gone, 10 remain; gene-disease pairs: \d of \d+ are gone",
        ),
        (
            "genes_to_phenotype.txt",
            lambda lines: [
                "\t".join([c if i != 1 or c == "gene_symbol" else "-" for i, c in enumerate(cells)])
                for cells in (line.split("\t") for line in lines)
            ],
            r"gene symbols stated: 11 of 11 are gone, 0 remain",
        ),
    ],
)
def test_a_release_that_loses_much_is_refused_with_the_counts(
    server: str,
    rewrite: Rewrite,
    in_use: Path,
    name: str,
    change: Callable[[list[str]], list[str]],
    counts: str,
) -> None:
    rewrite(name, change)
    with pytest.raises(KnowledgeError, match=counts) as refused:
        update("2026-01-01", lambda step: None, source=server)
    assert "--force" in str(refused.value)
    assert active_folder() == in_use
    assert update("2026-01-01", lambda step: None, source=server, force=True) == active_folder()


def test_a_release_without_any_gene_is_refused_even_by_force(
    server: str, rewrite: Rewrite, in_use: Path
) -> None:
    rewrite("genes_to_phenotype.txt", lambda lines: [*lines[:1], ""])
    with pytest.raises(KnowledgeError, match="holds no gene of an annotated disease"):
        update("2026-01-01", lambda step: None, source=server, force=True)
    assert active_folder() == in_use


def test_a_name_that_begins_with_a_hash_is_read(server: str, rewrite: Rewrite) -> None:
    name = "#111620 RADIN BLOOD GROUP ANTIGEN; RD"
    rewrite(
        "phenotype.hpoa",
        lambda lines: [line.replace("Tuberous sclerosis-2\t", f"{name}\t") for line in lines],
    )
    folder = update("2026-01-01", lambda step: None, source=server)
    annotations = load_knowledge(folder).annotations
    assert annotations.disease_names[annotations.disease_index["OMIM:613254"]] == name


def test_an_update_from_a_damaged_release_compares_with_what_it_restores(
    server: str, in_use: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("ontology.knowledge.bundled_source", lambda: TINY)
    load_knowledge.cache_clear()
    (in_use / "arrays.npz").write_bytes(b"")
    assert update("2026-01-01", lambda step: None, source=server) == active_folder()
    assert "arrays.npz is damaged" in capsys.readouterr().err


def test_the_command_says_what_was_and_what_is(server: str, in_use: Path, rewrite: Rewrite) -> None:
    rewrite(
        "phenotype.hpoa",
        lambda lines: [*[x for x in lines if x], lines[-2].replace("HP:", "HP:9", 1)[:-1], ""],
    )
    told = CliRunner().invoke(command, ["update", "2026-01-01", "--source", server])
    assert told.exit_code == 0, told.output
    assert "diseases              12  (was 12)" in told.stdout
    assert "note: phenotype.hpoa, rows left out: no term id such as HP:0001250: 1" in told.stdout
    shown = CliRunner().invoke(command, ["show", "--json"])
    facts = json.loads(shown.stdout)
    assert (facts["release"], facts["diseases"], facts["genes_with_disease"]) == (
        "2026-01-01", 12, 11,
    )  # fmt: skip
    assert any("no term id" in problem for problem in facts["problems"])

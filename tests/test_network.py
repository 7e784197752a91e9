"""The watch over the network itself: what it refuses, what it lets through, in children too."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.parametrize(
    "code",
    [
        "socket.create_connection(('192.0.2.1', 80), timeout=1)",
        "socket.getaddrinfo('dtd.nlm.nih.gov', 443)",
        "socket.socket(socket.AF_INET, socket.SOCK_DGRAM).connect(('192.0.2.1', 1))",
        "socket.socket(socket.AF_INET6, socket.SOCK_STREAM).connect(('2001:db8::1', 1))",
        "socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('192.0.2.1', 1))",
    ],
)
def test_a_child_is_refused_and_noted(code: str, tmp_path: Path) -> None:
    log = tmp_path / "log"
    child = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", f"import socket; {code}"],
        env={**os.environ, "GENECALLER_TEST_NETWORK_LOG": str(log)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "tests reach no network" in child.stderr
    assert log.read_text().startswith("socket.")


def test_this_process_is_refused_and_noted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GENECALLER_TEST_NETWORK_LOG", str(tmp_path / "log"))
    with pytest.raises(ConnectionRefusedError, match="tests reach no network"):
        socket.create_connection(("192.0.2.1", 80))
    assert "'192.0.2.1'" in (tmp_path / "log").read_text()


def test_this_machine_may_be_asked(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(server.getsockname()).close()
        assert socket.getaddrinfo("localhost", 80)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "socket"))
        server.listen()
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(str(tmp_path / "socket"))

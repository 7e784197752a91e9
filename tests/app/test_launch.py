"""The real server: framed by nobody, and asking nobody."""

from __future__ import annotations

import urllib.request
from pathlib import Path

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from app.headers import POLICY
from app.launch import options


def test_no_page_of_others_frames_the_app_or_is_asked_by_it(address: str) -> None:
    for path in ("", "library", "_stcore/health", "_stcore/host-config", "static/nothing.js"):
        request = urllib.request.Request(f"{address}/{path}", headers={"Accept-Encoding": "gzip"})
        with urllib.request.urlopen(request) as answer:
            assert answer.headers.get_all("X-Frame-Options") == ["DENY"]
            assert answer.headers.get_all("Content-Security-Policy") == [POLICY]
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "frame-ancestors 'none'" in POLICY
    assert "http" not in POLICY


@pytest.mark.parametrize("origin", ["http://evil.example", "http://192.0.2.7:8501", "null"])
def test_a_page_of_others_gets_no_connection_and_nobody_is_asked(
    address: str, network_log: Path, origin: str
) -> None:
    stream = address.replace("http", "ws") + "/_stcore/stream"
    with pytest.raises(InvalidStatus) as refused, connect(stream, origin=origin):  # type: ignore[arg-type]
        pass
    assert refused.value.response.status_code == 403
    assert network_log.read_text() == ""


def test_the_apps_own_page_is_let_in(address: str) -> None:
    stream = address.replace("http", "ws") + "/_stcore/stream"
    with connect(stream, origin=address) as socket:  # type: ignore[arg-type]
        assert socket.response is not None
        assert socket.response.status_code == 101


def test_nothing_is_reported_home() -> None:
    settings = options(8501, "127.0.0.1", headless=True)
    assert settings["browser.gatherUsageStats"] is False
    assert settings["server.showEmailPrompt"] is False

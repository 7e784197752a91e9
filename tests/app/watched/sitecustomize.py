"""Write down every address that a process looks up or connects to, where it is told to.

Python imports this file at its start when its folder is on PYTHONPATH, in child processes too.
"""

import os
import sys

_EVENTS = ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto")
_PATH = os.environ.get("TEST_WATCHED_ADDRESSES")


def _watch(event: str, arguments: tuple[object, ...]) -> None:
    if event in _EVENTS and _PATH:
        told = arguments[1:] if event in ("socket.connect", "socket.sendto") else arguments
        with open(_PATH, "a", encoding="utf-8") as file:
            file.write(f"{event} {told!r}\n")


if _PATH:
    sys.addaudithook(_watch)

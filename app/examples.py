"""The example cases that lie in the repository."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "data" / "examples"


@dataclass(frozen=True, slots=True)
class Example:
    """One example report; `title` is what its first line says after "Case report:"."""

    name: str
    title: str
    text: str


def examples() -> tuple[Example, ...]:
    """The examples written as text; none where the package is installed without its data."""
    found = []
    for path in sorted(FOLDER.glob("*.txt")) if FOLDER.is_dir() else ():
        text = path.read_text(encoding="utf-8")
        title = text.partition("\n")[0].removeprefix("Case report:").strip()
        found.append(Example(path.stem, title[:1].upper() + title[1:], text))
    return tuple(found)

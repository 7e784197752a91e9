"""Damages each file that genecaller makes for itself, starts it, and compares the rankings.

usage: python benchmarks/faults_files.py [--n 20] [--profiles 60] [--seed 0] [--only NAME ...]
       [--release FOLDER] [--out FILE.json]

In a home of its own. After each damage `genecaller rank` must end without a traceback and with
the rankings it gave before, and the file must be whole again by its checksum. `--release` takes
release files in place of the bundled ones (tests/fixtures/tiny makes a rebuild quick).
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from ontology.active import is_marked
from ontology.knowledge import install
from ontology.manifest import Damaged, check_files, read_sealed

REPOSITORY = Path(__file__).parents[1]
CASE = REPOSITORY / "data" / "examples" / "tubers-tsc.txt"
RELEASE = "knowledge/*-s*"
FILES = {
    "profiles": f"{RELEASE}/profiles-*.npz",
    "recogniser": f"{RELEASE}/recogniser-*.bin",
    "arrays": f"{RELEASE}/arrays.npz",
    "texts": f"{RELEASE}/texts.json",
    "meta": f"{RELEASE}/meta.json",
    "manifest": f"{RELEASE}/manifest.json",
    "marker": "knowledge/active",
    "model": "models/*/*",
}
"""What is damaged: a name, and where in the home its files lie."""


@dataclass
class Tally:
    """How the damages of one kind of file ended."""

    n: int = 0
    tracebacks: int = 0
    failed: int = 0
    other_rankings: int = 0
    not_healed: int = 0
    told: int = 0


def damage(path: Path, draw: random.Random) -> str:
    """Damage a file in one of the ways that disks, kills and slips do; what was done."""
    whole = path.read_bytes()
    size = len(whole)
    at = draw.randrange(max(size, 1))
    kind = draw.choice(["flip", "cut", "zeros", "noise", "empty", "gone", "longer"])
    if kind == "gone":
        path.unlink()
    elif kind == "longer":
        path.write_bytes(whole + draw.randbytes(40))
    elif kind in ("cut", "empty"):
        path.write_bytes(whole[: at if kind == "cut" else 0])
    else:
        length = 1 if kind == "flip" else draw.randrange(1, 4096)
        new = bytes([whole[at] ^ draw.randrange(1, 256)]) if kind == "flip" and size else b""
        if kind == "zeros":
            new = bytes(length)
        elif kind == "noise":
            new = draw.randbytes(length)
        path.write_bytes((whole[:at] + new + whole[at + len(new) :])[: max(size, 1)])
    return f"{kind} at {at:,} of {size:,}"


def rank(home: Path, ranker: str) -> tuple[int, list[object], str]:
    """Rank the example as a user would: exit code, genes with scores, standard error."""
    command = ["-m", "genecaller", "rank", str(CASE), "--ranker", ranker, "--json"]
    done = subprocess.run(
        [sys.executable, *command, "--database", str(home / "scratch.duckdb")],
        env={**os.environ, "GENECALLER_HOME": str(home), "PYTHONPATH": str(REPOSITORY)},
        capture_output=True,
        text=True,
    )
    lines = [json.loads(line) for line in done.stdout.split("\n") if line.startswith("{")]
    return done.returncode, [line["genes"] for line in lines], done.stderr


def is_whole(path: Path) -> bool:
    """Whether a file is again as the program wrote it, by its checksum."""
    try:
        if path.name.startswith(("profiles-", "recogniser-")):
            return read_sealed(path) is not None
        if path.name == "active":
            return any(is_marked(folder) for folder in path.parent.iterdir())
        check_files(path.parent, remember=False)
    except Damaged:
        return False
    return True


def try_damages(
    home: Path, name: str, n: int, draw: random.Random, say: Callable[[str], None]
) -> Tally:
    """Damage one kind of file `n` times, starting the program after each."""
    ranker = "model" if name == "model" else "default"
    code, expected, errors = rank(home, ranker)
    if code != 0 or not expected:
        raise SystemExit(f"the undamaged run failed: {errors}")
    tally = Tally()
    for _ in range(n):
        path = draw.choice(sorted(p for p in home.glob(FILES[name]) if p.is_file()))
        what = damage(path, draw)
        begun = time.monotonic()
        code, found, errors = rank(home, ranker)
        tally.n += 1
        tally.tracebacks += "Traceback" in errors
        tally.failed += code != 0
        tally.other_rankings += found != expected
        tally.told += "genecaller: " in errors
        healed = is_whole(path)
        tally.not_healed += not healed
        good = code == 0 and found == expected and healed
        say(f"{name}: {path.name}, {what}: {'ok' if good else 'WRONG ' + errors[-300:]} "
            f"({time.monotonic() - begun:.1f} s)")  # fmt: skip
    return tally


def main() -> None:
    """Try every kind of file and write what came of it."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--n", type=int, default=20)
    parser.add_argument("--profiles", type=int, default=60, help="damages of the profiles")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", nargs="+", choices=FILES, default=list(FILES))
    parser.add_argument("--release", type=Path)
    parser.add_argument("--out", type=Path)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="genecaller-faults-") as folder:
        home = Path(folder)
        os.environ["GENECALLER_HOME"] = str(home)
        if chosen.release is not None:
            install(chosen.release, lambda step: None, keep_source=True)
        tallies = {}
        for name in chosen.only:
            n = chosen.profiles if name == "profiles" else chosen.n
            draw = random.Random(f"{chosen.seed} {name}")
            tallies[name] = try_damages(home, name, n, draw, lambda line: print(line, flush=True))
            print(f"{name}: {tallies[name]}", flush=True)
    if chosen.out is not None:
        result = {name: asdict(tally) for name, tally in tallies.items()}
        chosen.out.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    bad = sum(t.tracebacks + t.failed + t.other_rankings + t.not_healed for t in tallies.values())
    raise SystemExit(1 if bad else 0)


if __name__ == "__main__":
    main()

"""Counts what several processes on one store lose: busy cores, kills at random moments.

    python benchmarks/faults_store.py --rounds 3 --writers 4 --kills 6

Every writer stores cases with their rankings and notes each one that was acknowledged. At a round's
end the file is opened as a user would: every acknowledged row must be there, whole, and no sound
file may have been called damaged. One line of JSON a round; the exit code is 1 where any figure
that should be zero is not.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import asdict, dataclass, field
from pathlib import Path

from genecaller.cases import Case, CaseTerm
from genecaller.errors import StoreError
from genecaller.ranking import RankedGene, Ranking
from genecaller.store import Provenance, open_store

KNOWLEDGE = "2025-01-16/s1"
GENES = 20
BURN = "while True: pass"


@dataclass
class Round:
    """What one round came to; all but the first four and `seconds` should be zero."""

    seed: int
    writers: int
    acknowledged: int = 0
    kills: int = 0
    refused: dict[str, int] = field(default_factory=dict)
    called_damaged: int = 0
    lost: int = 0
    torn: int = 0
    doubled: int = 0
    unasked: int = 0
    unreadable: str | None = None
    seconds: float = 0.0

    @property
    def faults(self) -> int:
        """How much went wrong."""
        counted = self.called_damaged + self.lost + self.torn + self.doubled + self.unasked
        return counted + sum(self.refused.values()) + (self.unreadable is not None)


def write(store_path: Path, who: str, first: int, count: int, folder: Path, wait_s: float) -> None:
    """Store `count` cases, one transaction each; note those acknowledged and those refused."""
    notes = os.open(folder / f"{who}.notes", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def note(*words: object) -> None:
        os.write(notes, (json.dumps(words) + "\n").encode())

    store = None
    for number in range(first, first + count):
        name = f"{who}-{number}"
        note("try", number)
        try:
            if store is None:
                store = open_store(store_path, wait_s=wait_s)
            run_id = store.start_run("score", Provenance(KNOWLEDGE, model=who))
            with store.transaction():
                store.save_cases([case_of(name)], run_id=run_id)
                store.save_rankings([ranking_of(name)], run_id=run_id)
            # Readers come in between, as the pages do.
            store.read_run(run_id)
        except StoreError as error:
            note("refused", number, str(error).replace(str(store_path), "STORE"))
        else:
            note("done", number)


def case_of(name: str) -> Case:
    """A case with a few findings and a text of a few kB."""
    terms = tuple(CaseTerm(f"HP:{i:07}", f"finding {i}") for i in range(1, 9))
    return Case(name, terms, text=f"{name} " * 30)


def ranking_of(name: str) -> Ranking:
    """Its ranking, each gene explained by the case's name."""
    genes = tuple(RankedGene(i, f"G{i}", 1 / i, None, name) for i in range(1, GENES + 1))
    return Ranking(name, "default", None, KNOWLEDGE, genes)


def one_round(
    seed: int, writers: int, operations: int, burners: int, kills: int, wait_s: float
) -> Round:
    """Run the writers to their end, killing some on the way, and look at what is left."""
    chance = random.Random(seed)
    found = Round(seed, writers)
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="faults-store-") as name:
        folder = Path(name)
        path = folder / "kept.duckdb"
        burning = [subprocess.Popen([sys.executable, "-c", BURN]) for _ in range(burners)]
        try:
            _run(found, folder, path, operations, kills, wait_s, chance)
        finally:
            for burner in burning:
                burner.kill()
                burner.wait()
        _look(found, folder, path)
    found.seconds = round(time.monotonic() - begun, 1)
    return found


def _run(
    found: Round,
    folder: Path,
    path: Path,
    operations: int,
    kills: int,
    wait_s: float,
    chance: random.Random,
) -> None:
    names = [f"w{i}" for i in range(found.writers)]
    working = {who: _start(folder, path, who, operations, wait_s) for who in names}
    while working:
        time.sleep(chance.uniform(0.05, 0.6))
        if found.kills < kills:
            who = chance.choice(sorted(working))
            working[who].send_signal(signal.SIGKILL)
            found.kills += working[who].wait() == -signal.SIGKILL
        for who, process in list(working.items()):
            if process.poll() is not None:
                if process.returncode not in (0, -signal.SIGKILL):
                    raise SystemExit(f"writer {who} ended with {process.returncode}")
                del working[who]
                if process.returncode:
                    working[who] = _start(folder, path, who, operations, wait_s)


def _start(
    folder: Path, path: Path, who: str, operations: int, wait_s: float
) -> subprocess.Popen[bytes]:
    """Start a writer, or let one that was killed go on with its next case."""
    first = 1 + max(
        (number for kind, number, *_ in _notes(folder, who) if kind == "try"), default=-1
    )
    arguments = [path, who, first, operations - first, folder, wait_s]
    command = [sys.executable, __file__, "--write", *map(str, arguments)]
    return subprocess.Popen(command)


def _notes(folder: Path, who: str) -> list[list[object]]:
    path = folder / f"{who}.notes"
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line]


def _look(found: Round, folder: Path, path: Path) -> None:
    """Compare what the writers were told with what the file holds."""
    done, tried = set(), set()
    refused: Counter[str] = Counter()
    for i in range(found.writers):
        for kind, number, *said in _notes(folder, f"w{i}"):
            name = f"w{i}-{number}"
            if kind == "done":
                done.add(name)
            elif kind == "try":
                tried.add(name)
            else:
                refused[str(said[0])[:160]] += 1
    found.acknowledged = len(done)
    found.refused = dict(refused)
    found.called_damaged = sum(n for text, n in refused.items() if "is damaged" in text)
    try:
        store = open_store(path)
        cases = Counter(each.case.id for each in store.read_cases())
        rankings = [
            each.ranking
            for run in store.list_runs(limit=10**6)
            for each in store.rankings_of_run(run.run_id)
        ]
    except StoreError as error:
        found.unreadable = str(error).replace(str(path), "STORE")
        return
    ranked = Counter(ranking.case_id for ranking in rankings)
    found.lost = len(done - cases.keys()) + len(done - ranked.keys())
    found.torn = len(cases.keys() ^ ranked.keys()) + sum(
        ranking != ranking_of(ranking.case_id) for ranking in rankings
    )
    found.doubled = sum(n - 1 for n in ranked.values())
    # What was committed just before a kill may be there without its note; nothing else may.
    found.unasked = len(cases.keys() - tried)


def main() -> int:
    """Run the rounds and say what they came to."""
    if sys.argv[1:2] == ["--write"]:
        path, who, first, count, folder, wait_s = sys.argv[2:]
        write(Path(path), who, int(first), int(count), Path(folder), float(wait_s))
        return 0
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--writers", type=int, default=4)
    parser.add_argument("--operations", type=int, default=60, help="of each writer")
    parser.add_argument("--burners", type=int, default=2 * (os.cpu_count() or 1))
    parser.add_argument("--kills", type=int, default=0, help="in each round")
    parser.add_argument("--wait", type=float, default=60.0, help="seconds an operation may wait")
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    faults = 0
    for i in range(chosen.rounds):
        found = one_round(
            chosen.seed + i,
            chosen.writers,
            chosen.operations,
            chosen.burners,
            chosen.kills,
            chosen.wait,
        )
        faults += found.faults
        print(json.dumps(asdict(found)), flush=True)
    return int(faults > 0)


if __name__ == "__main__":
    sys.exit(main())

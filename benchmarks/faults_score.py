"""Faults while `genecaller score` runs: kills, full disks, writers side by side.

Every fault is followed by the same command, and then each case must stand exactly once in the
output and once in the store, with no other file left behind. Prints one JSON object; exit code 1
where anything was lost, doubled or left. All that is random is drawn from the seed; where a kill
lands within a step is up to the machine.

usage: faults_score.py [--n KILLS] [--seed SEED] [--cases N] [--only kills,writers,disk]
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

ROOT = Path(__file__).parents[1]
FORMS = ("jsonl", "csv", "parquet")
RANKER = "sum"
WRITTEN_AT_ONCE = 16
"""Cases between two writings: many small steps give a kill many places to land."""
SCORE = (
    "import genecaller.pipeline.results_writer as writer\n"
    "import genecaller.pipeline.score_cases as score\n"
    f"writer.MOST_UNWRITTEN = score.BATCH = {WRITTEN_AT_ONCE}\n"
    f"score.score_cases.__kwdefaults__['at_once'] = {WRITTEN_AT_ONCE}\n"
    "from genecaller.cli import main; main()"
)


@dataclass
class Work:
    """One output with its store, both in a folder of their own."""

    folder: Path
    cases: Path
    form: str
    database: Path
    name: str = "out"
    problems: list[str] = field(default_factory=list)

    @property
    def out(self) -> Path:
        return self.folder / f"{self.name}.{self.form}"

    @property
    def lines(self) -> Path:
        partial = self.out.with_name(self.out.name + ".partial.jsonl")
        return self.out if self.form == "jsonl" else partial

    def start(self) -> subprocess.Popen[str]:
        words = ["score", self.cases, "--ranker", RANKER, "--top", "3", "-o", self.out]
        words += ["--database", self.database]
        return subprocess.Popen(
            [sys.executable, "-c", SCORE, *map(str, words)],
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )

    def finish(self) -> str:
        """Run the command to its end; what it said."""
        process = self.start()
        _, said = process.communicate()
        if process.returncode:
            self.problems.append(f"exit code {process.returncode}: {said[-500:]}")
        return said


def make_cases(path: Path, n: int, seed: int, prefix: str = "") -> list[str]:
    """Write n cases of three to six findings each, drawn from the annotations; their ids."""
    from ontology.knowledge import open_knowledge

    annotations, hpo = open_knowledge().annotations, open_knowledge().hpo
    draw = random.Random(seed)
    terms = [t for t in sorted(set(annotations.term.tolist())) if hpo.is_phenotypic_abnormality[t]]
    names = [f"{prefix}case {i}, \N{LATIN SMALL LETTER E WITH ACUTE}" for i in range(n)]
    with path.open("w", encoding="utf-8") as file:
        for name in names:
            chosen = [hpo.ids[t] for t in draw.sample(terms, draw.randint(3, 6))]
            file.write(json.dumps({"id": name, "terms": chosen}, ensure_ascii=False) + "\n")
    return names


def cases_in(out: Path) -> list[str]:
    """The case of every ranking of an output, as often as it stands there."""
    if out.suffix == ".jsonl":
        return [json.loads(line)["case_id"] for line in out.read_text("utf-8").split("\n")[:-1]]
    if out.suffix == ".csv":
        with out.open(encoding="utf-8", newline="") as file:
            return [row["case_id"] for row in csv.DictReader(file) if row["rank"] in ("", "1")]
    with duckdb.connect(":memory:") as connection:
        rows = connection.execute(
            "SELECT case_id FROM read_parquet(?) WHERE rank IS NULL OR rank = 1", [str(out)]
        ).fetchall()
    return [case_id for (case_id,) in rows]


def check(work: Work, names: list[str], *, alone: bool = True) -> None:
    """Note what is lost, doubled or left behind."""
    found = Counter(cases_in(work.out)) if work.out.exists() else Counter()
    _compare(work, "output", found, names)
    with duckdb.connect(str(work.database), read_only=True) as connection:
        stored = Counter(
            case_id for (case_id,) in connection.execute("SELECT case_id FROM rankings").fetchall()
        )
        statuses = {s for (s,) in connection.execute("SELECT status FROM runs").fetchall()}
    if alone:
        _compare(work, "store", stored, names)
        if statuses != {"succeeded"}:
            work.problems.append(f"runs are {sorted(statuses)}")
    else:
        _compare(work, "store", Counter({n: stored[n] for n in names if stored[n]}), names)
    kept = {work.database.name, f"{work.database.name}.lock", f"{work.database.name}.wal"}
    strange = [
        name
        for name in os.listdir(work.folder)
        if name.startswith((work.name, ".")) and name != work.out.name and name not in kept
        if not name.startswith(f".{work.database.name}")
    ]
    if alone and strange:
        work.problems.append(f"left behind: {', '.join(sorted(strange))}")


def _compare(work: Work, where: str, found: Counter[str], names: list[str]) -> None:
    lost = [name for name in names if not found[name]]
    doubled = [name for name in found if found[name] > 1]
    strange = [name for name in found if name not in set(names)]
    for what, which in (("lost", lost), ("doubled", doubled), ("not asked for", strange)):
        if which:
            work.problems.append(f"{where}: {len(which)} {what}, as {which[0]!r}")


def kill_at_random(work: Work, draw: random.Random, steps: int) -> str:
    """Start the command and kill it after some of its steps; how it ended."""
    process = work.start()
    # Kills at the table, which is soon made, and among the many steps before it.
    at_table = work.form != "jsonl" and draw.random() < 0.4
    target = 10**9 if at_table else draw.randint(0, steps)
    delay = draw.choice((0.0, draw.uniform(0, 0.05)))
    seen, before = 0, _state(work)
    until = time.monotonic() + (draw.uniform(0, 2.0) if target == 0 else 300.0)
    while process.poll() is None and time.monotonic() < until and seen < target:
        if at_table and _makes_table(work):
            break
        now = _state(work)
        seen += now != before
        before = now
        time.sleep(0.001)
    time.sleep(delay)
    if process.poll() is None:
        process.send_signal(signal.SIGKILL)
    process.communicate()
    if process.returncode != -signal.SIGKILL:
        return "ended before it was killed"
    if _makes_table(work):
        return "killed while the table was made"
    n = len(work.lines.read_bytes().splitlines()) if work.lines.exists() else 0
    if not n and not work.database.exists():
        return "killed before it began"
    return "killed among the lines" if n else "killed before the first line"


def _makes_table(work: Work) -> bool:
    return work.form != "jsonl" and (
        work.out.exists() or any(name.endswith(".writing") for name in os.listdir(work.folder))
    )


def _state(work: Work) -> tuple[Any, ...]:
    """What changes with every step: the lines, the store, the table that is being written."""
    state: list[Any] = [work.out.exists(), len(os.listdir(work.folder))]
    for path in (work.lines, work.database):
        try:
            found = path.stat()
        except FileNotFoundError:
            state.append(None)
        else:
            state.append((found.st_size, found.st_mtime_ns))
    return tuple(state)


def kills(n: int, seed: int, n_cases: int, folder: Path) -> dict[str, Any]:
    """n works, killed one to three times each at random steps, then finished and looked at."""
    cases = folder / "cases.jsonl"
    names = make_cases(cases, n_cases, seed)
    ended: Counter[str] = Counter()
    problems: list[str] = []
    for i in range(n):
        draw = random.Random(f"{seed} {i}")
        place = folder / f"kill {i}"
        place.mkdir()
        work = Work(place, cases, FORMS[i % len(FORMS)], place / "store.duckdb")
        for _ in range(draw.randint(1, 3)):
            ended[kill_at_random(work, draw, 2 * n_cases // WRITTEN_AT_ONCE + 6)] += 1
        for _ in range(2):  # a second time, it finds everything done
            work.finish()
            check(work, names)
        problems += [f"kill {i} ({work.form}): {one}" for one in work.problems]
    return {"works": n, "cases": n_cases, **ended, "problems": problems}


def writers(seed: int, n_cases: int, folder: Path, n: int = 4) -> dict[str, Any]:
    """n at once on one store, each to its own output; then n at once on one output."""
    database = folder / "store.duckdb"
    works = []
    for i in range(n):
        cases = folder / f"cases{i}.jsonl"
        names = make_cases(cases, n_cases, seed + i, prefix=f"{i} ")
        place = folder / f"writer {i}"
        place.mkdir()
        works.append((Work(place, cases, FORMS[i % len(FORMS)], database, f"out{i}"), names))
    running = [(work, work.start()) for work, _ in works]
    for work, process in running:
        _, said = process.communicate()
        if process.returncode:
            work.problems.append(f"exit code {process.returncode}: {said[-500:]}")
    for work, names in works:
        check(work, names, alone=False)
    first, names = works[0]
    same = Work(folder, first.cases, "csv", folder / "other.duckdb", "same")
    ends = Counter()
    for process in [same.start() for _ in range(n)]:
        _, said = process.communicate()
        refused = process.returncode == 2 and "another `score` is writing to it" in said
        ends["refused" if refused else f"exit code {process.returncode}"] += 1
    check(same, names)
    problems = [
        f"{work.name}: {one}" for work in (*(w for w, _ in works), same) for one in work.problems
    ]
    return {"writers": n, "cases": n_cases, "on one output": dict(ends), "problems": problems}


def disk(n: int, seed: int, n_cases: int, folder: Path) -> dict[str, Any]:
    """n outputs on disks that fill up at random sizes; then there is room, and it goes on."""
    cases = folder / "cases.jsonl"
    names = make_cases(cases, n_cases, seed)
    problems: list[str] = []
    full = 0
    for i in range(n):
        draw = random.Random(f"{seed} disk {i}")
        place = folder / f"disk {i}"
        place.mkdir()
        size = f"size={4 * draw.randint(1, max(2, n_cases // 3))}k"
        made = subprocess.run(["mount", "-t", "tmpfs", "-o", size, "tmpfs", place], check=False)
        if made.returncode:
            return {"skipped": "only root can mount a small disk", "problems": []}
        try:
            work = Work(place, cases, FORMS[i % len(FORMS)], folder / f"store {i}.duckdb")
            process = work.start()
            _, said = process.communicate()
            if process.returncode:
                full += 1
                if "cannot be written (" not in said or "Traceback" in said:
                    work.problems.append(f"said {said[-500:]}")
                left = set(os.listdir(place)) - {work.out.name, work.lines.name}
                if left:
                    work.problems.append(f"left behind on the full disk: {sorted(left)}")
            subprocess.run(["mount", "-o", "remount,size=64m", place], check=True)
            work.finish()
            check(work, names)
            problems += [f"disk {i} ({work.form}, {size}): {one}" for one in work.problems]
        finally:
            subprocess.run(["umount", place], check=True)
    return {"disks": n, "full": full, "cases": n_cases, "problems": problems}


def main() -> None:
    """Try everything that was asked for, and say what it did."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--n", type=int, default=30, help="works that are killed")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--cases", type=int, default=240, help="cases of one work")
    parser.add_argument("--only", default="kills,writers,disk")
    chosen = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that small disks are unmounted
    report: dict[str, Any] = {"seed": chosen.seed}
    with tempfile.TemporaryDirectory(prefix="faults-") as scratch:
        for name in chosen.only.split(","):
            folder = Path(scratch) / name
            folder.mkdir()
            started = time.monotonic()
            match name:
                case "kills":
                    found = kills(chosen.n, chosen.seed, chosen.cases, folder)
                case "writers":
                    found = writers(chosen.seed, chosen.cases, folder)
                case "disk":
                    found = disk(max(3, chosen.n // 3), chosen.seed, chosen.cases, folder)
                case _:
                    parser.error(f"{name!r} is none of kills, writers, disk")
            report[name] = {**found, "seconds": round(time.monotonic() - started)}
            print(f"{name}: {len(found['problems'])} problems", file=sys.stderr, flush=True)
    print(json.dumps(report, indent=1, ensure_ascii=False))
    sys.exit(any(report[name]["problems"] for name in chosen.only.split(",")))


if __name__ == "__main__":
    main()

"""Mutates case files of every form and looks for anything but cases and clear errors.

    python benchmarks/fuzz_readers.py -n 50000 --seed 1

Each input is a real-shaped file, changed in one to eight places: bytes, lines, encodings, or the
JSON's own structure. Reading it may give cases, CaseErrors or a UsageError; a traceback, a message
of several lines, text that cannot be stored, a slow input or an asked network is a finding. The
first finding of each kind is kept in --keep. Prints one line a kind; exit code 1 if there is any.
"""

from __future__ import annotations

import argparse
import gzip
import io
import json
import random
import signal
import sys
import tempfile
import traceback
import zipfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

from genecaller.cases import Case
from genecaller.cases.read import count_cases, read_cases
from genecaller.cases.write import as_record, write_phenopacket
from genecaller.errors import CaseError, UsageError
from genecaller.llm.prompt import build_prompt
from genecaller.rankers.age import onset_of
from ontology.knowledge import Knowledge, open_knowledge

SLOWEST_S = 3.0
"""Processor seconds that one mutated input of a few kilobytes may take."""
LONGEST_S = 10.0
"""Processor seconds after which an input is given up."""

PACKET: dict[str, Any] = {
    "id": "PMID_1_P1",
    "subject": {
        "id": "P1",
        "timeAtLastEncounter": {"age": {"iso8601duration": "P10Y3M"}},
        "sex": "FEMALE",
        "dateOfBirth": "2010-03-02T00:00:00Z",
    },
    "phenotypicFeatures": [
        {
            "type": {"id": "HP:0001250", "label": "Seizure"},
            "onset": {"age": {"iso8601duration": "P0.5Y"}},
            "severity": {"id": "HP:0012828", "label": "Severe"},
            "modifiers": [{"id": "HP:0012832", "label": "Bilateral"}],
        },
        {
            "type": {"id": "HP:0009717", "label": "Cortical tubers"},
            "onset": {"ontologyClass": {"id": "HP:0003577", "label": "Congenital onset"}},
        },
        {"type": {"id": "HP:0000175", "label": "Cleft palate"}, "excluded": True},
    ],
    "interpretations": [
        {
            "id": "i",
            "progressStatus": "SOLVED",
            "diagnosis": {
                "disease": {"id": "OMIM:613254", "label": "Tuberous sclerosis-2"},
                "genomicInterpretations": [
                    {
                        "subjectOrBiosampleId": "P1",
                        "interpretationStatus": "CAUSATIVE",
                        "gene": {"valueId": "HGNC:12363", "symbol": "TSC2"},
                    }
                ],
            },
        }
    ],
    "diseases": [
        {
            "term": {"id": "OMIM:613254", "label": "Tuberous sclerosis-2"},
            "onset": {"gestationalAge": {"weeks": 20, "days": 3}},
        }
    ],
    "metaData": {
        "phenopacketSchemaVersion": "2.0.2",
        "externalReferences": [{"id": "PMID:1", "description": "A title."}],
    },
}
RECORD: dict[str, Any] = {
    "id": "r1",
    "terms": [{"hpo_id": "HP:0001250", "label": "Seizure", "onset": "P2M"}, "HP:0009717"],
    "excluded_terms": ["HP:0000175"],
    "sex": "male",
    "age": 3.5,
    "onset": "HP:0003577",
    "text": "A boy with seizures, caf\u00e9-au-lait spots \u2013 and no cleft palate.",
    "publication": {"pmid": "PMID:1", "title": "A title"},
    "solution": {"gene": "TSC2", "disease_id": "OMIM:613254"},
}
MESSAGES: dict[str, Any] = {
    "messages": [
        {"role": "system", "content": "You are an expert."},
        {"role": "user", "content": [{"type": "text", "text": "A girl with seizures."}]},
        {"role": "assistant", "content": "1. TSC2"},
    ],
    "gene": "TSC2",
    "negatedHpoIds": ["HP:0000175"],
}
REPORT = (
    "A 3-year-old girl was seen with seizures since the age of 6 months. She had cortical tubers "
    "(HP:0009717) and hypomelanotic macules.\n\nNo cleft palate, no ataxia.\nHer brother has "
    "intellectual disability; a cardiac rhabdomyoma is suspected.\n"
)
CSV = (
    "patient_id,age,sex,hpo_ids,excluded_terms,gene\n"
    'p1,P3Y,F,"HP:0001250; HP:0009717",HP:0000175,TSC2\n'
    "p2,4 years,male,HP:0001250|HP:0000316,,N/A\n"
)
LONG = (
    "record_id\thpo_id\tlabel\tobserved\tonset\n"
    "1\tHP:0001250\tSeizure\tyes\tP2M\n1\tHP:0000175\tCleft palate\tno\t\n"
    "2\tHP:0009717\tCortical tubers\t1\tCongenital onset\n"
)
MEDLINE = (
    "PMID- 123\nOWN - NLM\nTI  - A girl with seizures\n      and cleft palate.\nAB  - She was 3 "
    "years old. There were no cortical\n      tubers.\nAU  - Doe J\n\nPMID- 124\nTI  - Seizures.\n"
)
PUBMED = (
    '<?xml version="1.0" ?>\n<!DOCTYPE PubmedArticleSet PUBLIC "-//NLM//DTD PubMedArticle, 1st '
    'January 2025//EN" "https://dtd.nlm.nih.gov/ncbi/pubmed/out/pubmed_250101.dtd">\n'
    '<PubmedArticleSet xmlns:mml="http://www.w3.org/1998/Math/MathML">'
    + "".join(
        f'<PubmedArticle><MedlineCitation Status="MEDLINE"><PMID>{number}</PMID><Article>'
        "<ArticleTitle>A <i>TSC2</i> girl with seizures.</ArticleTitle><Abstract><AbstractText "
        'Label="CASE">She had a cleft palate &amp; <mml:math><mml:mi>p</mml:mi></mml:math>.'
        "</AbstractText></Abstract></Article></MedlineCitation></PubmedArticle>"
        for number in (7, 8)
    )
    + "</PubmedArticleSet>\n"
)


def seeds() -> dict[str, bytes]:
    """A small whole file of every form that is read, by file name."""
    cohort = {"id": "C", "members": [PACKET, {**PACKET, "id": "x"}], "metaData": PACKET["metaData"]}
    lines = "\n".join(json.dumps(one) for one in (RECORD, MESSAGES, PACKET)) + "\n"
    texts = {
        "packet.json": json.dumps(PACKET, indent=1),
        "cohort.json": json.dumps(cohort),
        "family.json": json.dumps({"id": "F", "proband": PACKET, "metaData": PACKET["metaData"]}),
        "list.json": json.dumps([PACKET, RECORD]),
        "lines.jsonl": lines,
        "messages.jsonl": json.dumps(MESSAGES) + "\n",
        "table.csv": CSV,
        "table.tsv": CSV.replace(",", "\t"),
        "long.tsv": LONG,
        "export.nbib": MEDLINE,
        "export.xml": PUBMED,
        "report.txt": REPORT,
    }
    found = {name: text.encode() for name, text in texts.items()}
    found["lines.jsonl.gz"] = gzip.compress(lines.encode(), mtime=0)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in ("packet.json", "cohort.json"):
            archive.writestr(zipfile.ZipInfo(name), texts[name])
    found["cases.zip"] = out.getvalue()
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in ("lines.jsonl", "table.csv", "export.xml", "report.txt"):
            archive.writestr(zipfile.ZipInfo(name), texts[name])
    found["reports.zip"] = out.getvalue()
    return found


ODD: tuple[bytes, ...] = (
    *(b"\x00", b"\xff", b"\xfe\xff", b"\xef\xbb\xbf", b"\n", b"\r", b"\r\n", b"\t", b'"', b"'"),
    *(b"{", b"}", b"[", b"]", b",", b":", b"<", b">", b"&", b"&x;", b"\\", b"\\ud800", b"\\u0000"),
    *("\u2028".encode(), "\u0085".encode(), "\ufeff".encode(), b"\x1b[2J", b"\x0b", b"\x0c"),
    *(b"NaN", b"Infinity", b"-1", b"1e999", b"9" * 400, b"9" * 5000, b"P" + b"9" * 400 + b"Y"),
    *(b"HP:9999999", b"HP:0000000", b"HP:0000118", b"HP:", b"PMID- ", b"PMID:" + b"1" * 300),
    *(b"<PubmedArticle>", b"</PubmedArticle>", b"<!DOCTYPE x SYSTEM 'http://example.org/x.dtd'>"),
    *(b"<mml:x>", b"xlink:href='http://example.org'", b"<![CDATA[", b"]]>", b"<!--", b"PK\x03\x04"),
    *(
        run * 1500
        for run in (b"( ", b"- ", b"a ", b"; ", b"_", b"0", b".", b"no ", b"\t", b"HP:", b":")
    ),
    *(
        run * 1500
        for run in (b"(", b"[ ", b"/ ", b"+ ", b"| ", b", ", b"A-", b"1, ", b"P1Y", b"= ")
    ),
    *(b"[" * 300, b'{"a":' * 200, b"true", b"null", b"excluded", b"=1+1", b" " * 2000, b"A" * 3000),
)
VALUES: tuple[Any, ...] = (
    *(None, True, False, 0, 1, -1, 3.5, 1e300, 10**400, "", " ", "no", "true", "absent", "?"),
    *("HP:0001250", "HP:0000118", "hp_0001250", "HP:9999999", "Seizure", "P0.5Y", "-P1Y", "PT5M"),
    *("P" + "9" * 400 + "Y", "9" * 400, "\ud800", "\u0000", "\u2028", "x" * 5000, "2010-13-45"),
    *([], {}, [[]], [None], {"id": None}, {"a": {"b": {}}}, ["HP:0001250", 3, None, {}]),
)


def mutate(name: str, content: bytes, chance: random.Random) -> tuple[str, bytes]:
    """One input: the file changed in one to eight places, perhaps packed or named otherwise."""
    packed = name.endswith((".gz", ".zip"))
    if not packed and chance.random() < 0.4:
        content = mutate_json(content, chance)
    for _ in range(chance.randint(0 if not packed else 1, 8)):
        content = chance.choice(BYTES)(content, chance)
    if not packed and chance.random() < 0.15:
        content = recode(content, chance)
    if chance.random() < 0.1:
        suffix = chance.choice([".json", ".jsonl", ".csv", ".tsv", ".txt", ".xml", ".nbib", ""])
        name = f"renamed{suffix}"
    if chance.random() < 0.05:
        name, content = f"{name}.gz", gzip.compress(content, mtime=0)
    return name, content


def mutate_json(content: bytes, chance: random.Random) -> bytes:
    """Change values, keys and places of every JSON document that the content holds."""
    lines = content.split(b"\n") if content.count(b"\n{") else [content]
    changed = []
    for line in lines:
        try:
            value = json.loads(line)
        except ValueError:
            changed.append(line)
            continue
        for _ in range(chance.randint(1, 4)):
            places = list(_places(value))
            if not places:
                break
            parent, key = chance.choice(places)
            _change(parent, key, chance)
        changed.append(
            json.dumps(value, ensure_ascii=chance.random() < 0.5).encode("utf-8", "surrogatepass")
        )
    return b"\n".join(changed)


def _places(value: Any) -> list[tuple[Any, Any]]:
    found = []
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict | list):
            keys = one.keys() if isinstance(one, dict) else range(len(one))
            found += [(one, key) for key in keys]
            waiting += one.values() if isinstance(one, dict) else one
    return found


def _change(parent: Any, key: Any, chance: random.Random) -> None:
    what = chance.randrange(6)
    if what == 0:
        del parent[key]
    elif what == 1 and isinstance(parent, dict):
        parent[chance.choice(["excluded", "negated", "status", "observed", "id", "onset", ""])] = (
            parent.pop(key)
        )
    elif what == 2:
        parent[key] = [json.loads(json.dumps(parent[key]))] * chance.randint(1, 3)
    elif what == 3:
        parent[key] = {"id": json.loads(json.dumps(parent[key]))}
    else:
        parent[key] = json.loads(json.dumps(chance.choice(VALUES)))


def recode(content: bytes, chance: random.Random) -> bytes:
    text = content.decode("utf-8", "replace")
    form = chance.choice(["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"])
    if chance.random() < 0.3:
        text = text.replace("\n", chance.choice(["\r\n", "\r", "\u2028"]))
    return text.encode(form, "replace")


def _flip(content: bytes, chance: random.Random) -> bytes:
    if not content:
        return content
    at = chance.randrange(len(content))
    return content[:at] + bytes([content[at] ^ (1 << chance.randrange(8))]) + content[at + 1 :]


def _cut(content: bytes, chance: random.Random) -> bytes:
    return content[: chance.randint(0, len(content))]


def _insert(content: bytes, chance: random.Random) -> bytes:
    at = chance.randint(0, len(content))
    return content[:at] + chance.choice(ODD) + content[at:]


def _replace(content: bytes, chance: random.Random) -> bytes:
    start, end = sorted(chance.randint(0, len(content)) for _ in range(2))
    end = min(end, start + 60)
    return content[:start] + chance.choice(ODD) + content[end:]


def _remove(content: bytes, chance: random.Random) -> bytes:
    start = chance.randint(0, len(content))
    return content[:start] + content[start + chance.randint(1, 200) :]


def _repeat(content: bytes, chance: random.Random) -> bytes:
    start = chance.randint(0, len(content))
    piece = content[start : start + chance.randint(1, 300)]
    return content[:start] + piece * chance.randint(1, 20) + content[start:]


def _swap(content: bytes, chance: random.Random) -> bytes:
    a, b, c, d = sorted(chance.randint(0, len(content)) for _ in range(4))
    return content[:a] + content[c:d] + content[b:c] + content[a:b] + content[d:]


def _lines(content: bytes, chance: random.Random) -> bytes:
    lines = content.split(b"\n")
    chance.shuffle(lines)
    return b"\n".join(lines)


BYTES: tuple[Callable[[bytes, random.Random], bytes], ...] = (
    *(_flip, _flip, _insert, _insert, _replace, _replace, _cut, _remove, _repeat, _swap, _lines),
)


def read(path: Path, knowledge: Knowledge, given: Counter[str]) -> str | None:
    """Read one input as `score` would and use what it gives; what is wrong with it, or None."""
    before = given.total()
    try:
        count_cases(path)
        for case in read_cases(path, knowledge):
            if isinstance(case, CaseError):
                given["errors"] += 1
                wrong = _message(str(case), path)
            else:
                given["cases"] += 1
                wrong = _usable(case, knowledge)
            if wrong:
                return wrong
    except UsageError as error:
        given["refused"] += 1
        return _message(str(error), path)
    return None if given.total() > before else "neither a case nor an error"


def _message(told: str, path: Path) -> str | None:
    if "\n" in told or len(told) > 2000:
        return f"a message of several lines or of {len(told) // 1000 + 1} kB"
    told.encode()
    return None if path.name in told else "a message without its file"


def _usable(case: Case, knowledge: Knowledge) -> str | None:
    """Whether a case can be printed, stored, written, asked and weighed."""
    hpo = knowledge.hpo
    json.dumps(as_record(case), ensure_ascii=False).encode()
    json.dumps(write_phenopacket(case, knowledge), ensure_ascii=False).encode()
    build_prompt(case)
    onset_of(case, hpo)
    if not case.id or not {*case.hpo_ids, *case.excluded_hpo_ids} <= hpo.index.keys():
        return "a case without an id, or with an id that HPO lacks"
    if set(case.hpo_ids) & set(case.excluded_hpo_ids):
        return "a term both present and excluded"
    if "\0" in (case.text or "") or any("\n" in problem for problem in case.problems):
        return "a zero character in the text, or a problem of several lines"
    return None


def _no_network(event: str, arguments: tuple[Any, ...]) -> None:
    if event in ("socket.connect", "socket.getaddrinfo"):
        raise ConnectionRefusedError(f"the network was asked: {arguments}")


class GivenUp(BaseException):
    """An input took longer than any should."""


def _give_up(*_: object) -> None:
    raise GivenUp


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("-n", type=int, default=5000, help="Inputs. [5000]")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--keep", type=Path, help="Keep the first input of each finding here.")
    chosen = parser.parse_args()
    sys.addaudithook(_no_network)
    signal.signal(signal.SIGVTALRM, _give_up)
    knowledge = open_knowledge()
    whole = seeds()
    kinds: Counter[str] = Counter()
    given: Counter[str] = Counter()
    slowest = 0.0
    begun = perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        for name, content in whole.items():
            path = Path(folder) / name
            path.write_bytes(content)
            wrong = read(path, knowledge, given)
            assert wrong is None, f"{name} is not read as it stands: {wrong}"
        for number in range(chosen.n):
            chance = random.Random(f"{chosen.seed}-{number}")
            seed_name = chance.choice(sorted(whole))
            name, content = mutate(seed_name, whole[seed_name], chance)
            path = Path(folder) / name
            path.write_bytes(content)
            started = process_time()
            signal.setitimer(signal.ITIMER_VIRTUAL, LONGEST_S)
            try:
                wrong = read(path, knowledge, given)
            except Exception as error:  # noqa: BLE001 - any other exception is what we look for
                last = traceback.extract_tb(error.__traceback__)[-1]
                wrong = f"{type(error).__name__} at {Path(last.filename).name}:{last.lineno}"
            except GivenUp as error:
                last = traceback.extract_tb(error.__traceback__)[-2]
                wrong = f"given up at {Path(last.filename).name}:{last.lineno}"
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)
            seconds = process_time() - started
            slowest = max(slowest, seconds)
            if wrong is None and seconds > SLOWEST_S:
                wrong = f"slow: {seed_name}"
            if wrong is not None:
                if wrong not in kinds and chosen.keep:
                    chosen.keep.mkdir(parents=True, exist_ok=True)
                    (chosen.keep / f"{number}-{name}").write_bytes(content)
                kinds[wrong] += 1
            path.unlink()
    for kind, times in kinds.most_common():
        print(f"{times:6,}  {kind}")
    print(
        f"{chosen.n:,} inputs of {len(whole)} forms, seed {chosen.seed}: {given['cases']:,} cases, "
        f"{given['errors']:,} errors of records, {given['refused']:,} inputs refused, "
        f"{sum(kinds.values()):,} findings of {len(kinds)} kinds; the slowest input took "
        f"{slowest:.2f} s, all {perf_counter() - begun:.0f} s"
    )
    return 1 if kinds else 0


if __name__ == "__main__":
    sys.exit(main())

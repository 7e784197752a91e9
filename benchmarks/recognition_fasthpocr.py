"""Run fastHPOCR over the gold corpora, in an environment of its own.

    python -m venv /tmp/fast && /tmp/fast/bin/pip install FastHPOCR==0.1.4 pronto
    /tmp/fast/bin/python benchmarks/recognition_fasthpocr.py HP.OBO CORPORA_FOLDER found.json

Indexing takes minutes. Imports nothing of this project.
"""

import json
import resource
import sys
import tempfile
import time
from pathlib import Path

from FastHPOCR.HPOAnnotator import HPOAnnotator
from FastHPOCR.IndexHPO import IndexHPO

CORPORA = ("gsc_plus", "id68", "genereviews10", "csc56", "bc8t3_train")


def main() -> None:
    obo, folder, output = sys.argv[1:4]
    with tempfile.TemporaryDirectory() as scratch:
        begin = time.perf_counter()
        IndexHPO(obo, scratch, indexConfig={"rootConcepts": ["HP:0000118"]}).index()
        index_s = time.perf_counter() - begin
        begin = time.perf_counter()
        annotator = HPOAnnotator(f"{scratch}/hp.index")
        start_s = time.perf_counter() - begin
    result = {"index_s": index_s, "start_s": start_s, "speed": {}, "documents": {}}
    for corpus in CORPORA:
        characters, begin = 0, time.process_time()
        for line in (Path(folder) / f"{corpus}.jsonl").open(encoding="utf-8"):
            document = json.loads(line)
            characters += len(document["text"])
            result["documents"][f"{corpus}:{document['id']}"] = [
                [m.getStartOffset(), m.getEndOffset(), m.getHPOUri()]
                for m in annotator.annotate(document["text"])
            ]
        result["speed"][corpus] = characters / (time.process_time() - begin)
    result["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    Path(output).write_text(json.dumps(result), encoding="utf-8")


if __name__ == "__main__":
    main()

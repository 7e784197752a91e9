"""Let negspacy and medspaCy's ConText say the status of the fixture's findings.

    python -m venv /tmp/context && /tmp/context/bin/pip install spacy negspacy medspacy
    /tmp/context/bin/python benchmarks/recognition_context.py tests/fixtures/status.txt ...

Both are given the gold spans, which the recogniser is not; they only judge them. Imports nothing
of this project. Prints precision, recall and F1 of "excluded" and, for ConText, "family" and
"uncertain", on the two halves of each file.
"""

import hashlib
import re
import sys
from collections import Counter
from pathlib import Path

import spacy
from spacy.util import filter_spans

NAMES = {"e": "excluded", "p": "present", "u": "uncertain", "f": "family"}


def read(path):
    """Yield (text, gold, half) of each sentence."""
    for line in Path(path).read_text(encoding="utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        text, gold, done = "", [], 0
        for match in re.finditer(r"\{([epuf]):([^}]*)\}", line):
            text += line[done : match.start()].replace("\\n", "\n")
            gold.append((len(text), len(text) + len(match[2]), NAMES[match[1]]))
            text += match[2]
            done = match.end()
        text += line[done:].replace("\\n", "\n")
        even = hashlib.sha256(line.encode()).digest()[0] % 2 == 0
        yield text, gold, "development" if even else "held out"


def negspacy_statuses():
    from negspacy.negation import Negex  # noqa: F401

    nlp = spacy.blank("en")
    nlp.add_pipe("sentencizer")

    @spacy.Language.component("gold_spans")
    def gold_spans(doc):
        doc.ents = filter_spans(
            [
                span
                for start, end in doc.user_data["gold"]
                if (span := doc.char_span(start, end, "FINDING", alignment_mode="expand"))
            ]
        )
        return doc

    nlp.add_pipe("gold_spans")
    nlp.add_pipe("negex", config={"ent_types": ["FINDING"]})

    def judge(text, gold):
        doc = nlp.make_doc(text)
        doc.user_data["gold"] = [(s, e) for s, e, _ in gold]
        for _, pipe in nlp.pipeline:
            doc = pipe(doc)
        return [
            (e.start_char, e.end_char, "excluded" if e._.negex else "present") for e in doc.ents
        ]

    return judge


def context_statuses():
    from medspacy.context import ConText

    nlp = spacy.blank("en")
    nlp.add_pipe("sentencizer")
    context = ConText(nlp)

    def judge(text, gold):
        doc = nlp(text)
        doc.ents = filter_spans(
            [
                span
                for start, end, _ in gold
                if (span := doc.char_span(start, end, "FINDING", alignment_mode="expand"))
            ]
        )
        doc = context(doc)
        out = []
        for e in doc.ents:
            status = "present"
            if e._.is_family:
                status = "family"
            elif e._.is_negated:
                status = "excluded"
            elif e._.is_uncertain or e._.is_hypothetical:
                status = "uncertain"
            out.append((e.start_char, e.end_char, status))
        return out

    return judge


def main():
    makers = {"negspacy": negspacy_statuses, "medspaCy ConText": context_statuses}
    for name, make in makers.items():
        try:
            judge = make()
        except ImportError as error:
            print(f"{name}: not installed ({error})")
            continue
        for path in sys.argv[1:]:
            counts = {"development": Counter(), "held out": Counter()}
            for text, gold, half in read(path):
                found = judge(text, gold)
                for start, end, status in gold:
                    hit = [s for a, b, s in found if a < end and b > start]
                    counts[half][status, hit[0] if hit else "missed"] += 1
            counts["all"] = counts["development"] + counts["held out"]
            for half, table in counts.items():
                plain = {k: n for k, n in table.items() if k[0] in ("present", "excluded")}
                tp = plain.get(("excluded", "excluded"), 0)
                fp = plain.get(("present", "excluded"), 0)
                fn = sum(n for (a, b), n in plain.items() if a == "excluded" != b)
                print(
                    f"{name} {Path(path).name} {half} excluded against present "
                    f"n={sum(plain.values())} F1={2 * tp / (2 * tp + fp + fn):.3f}"
                )
                for status in ("excluded", "uncertain", "family"):
                    tp = table[status, status]
                    fp = sum(n for (a, b), n in table.items() if b == status != a)
                    fn = sum(n for (a, b), n in table.items() if a == status != b)
                    if tp + fn:
                        f1 = 2 * tp / (2 * tp + fp + fn)
                        print(f"{name} {Path(path).name} {half} {status} n={tp + fn} F1={f1:.3f}")


if __name__ == "__main__":
    main()

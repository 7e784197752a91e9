"""Other ways to write a name: brackets and slashes resolved, regular patterns turned round."""

from __future__ import annotations

import re

from ontology.hpo import Hpo
from ontology.recognise.lemma import lemma

_PATTERNS = (
    (re.compile(r"^Abnormal (.+) (?:morphology|physiology)$", re.I), ("abnormality of the {0}",)),
    (re.compile(r"^(?:Abnormality|Anomaly) of (?:the )?(.+)$", re.I), ("abnormal {0}",)),
    (
        re.compile(r"^(?:Elevated|Increased) (?:circulating |serum |plasma |blood )?(.+?)"
                   r"(?: concentration| level| activity| levels)$", re.I),
        ("increased {0}", "increased circulating {0}", "increased {0} level",
         "increased circulating {0} level"),
    ),
    (
        re.compile(r"^(?:Decreased|Reduced|Low) (?:circulating |serum |plasma |blood )?(.+?)"
                   r"(?: concentration| level| activity| levels)$", re.I),
        ("decreased {0}", "decreased circulating {0}", "decreased {0} level",
         "decreased circulating {0} level", "{0} deficiency", "deficient {0}"),
    ),
    (re.compile(r"^(?:Elevated|Increased) urin(?:e|ary) (.+?)(?: concentration| level| levels)?$",
                re.I),
     ("increased urinary {0}", "increased urinary {0} excretion", "increased {0} excretion",
      "increased {0} in urine")),
    (re.compile(r"^(?:Elevated|Increased) CSF (.+?)(?: concentration| level| levels)?$", re.I),
     ("increased CSF {0}", "increased {0} in CSF")),
    (re.compile(r"^(?:Decreased|Reduced|Low) CSF (.+?)(?: concentration| level| levels)?$", re.I),
     ("decreased CSF {0}", "decreased {0} in CSF")),
    (re.compile(r"^Abnormal (?:circulating )?(.+) concentration$", re.I), ("abnormal {0}",)),
    (re.compile(r"^(?:Aplasia|Hypoplasia|Agenesis) of (?:the )?(.+)$", re.I), ()),
    (re.compile(r"^(.+) morphology$", re.I), ("{0}",)),
    (re.compile(r"^Inability to (.+)$", re.I), ("unable to {0}", "cannot {0}", "not able to {0}")),
    (re.compile(r"^Absent (.+)$", re.I), ("lack of {0}",)),
    (re.compile(r"^Difficulty (.+)$", re.I), ("trouble {0}", "problems {0}")),
    (re.compile(r"^(.+) of the (finger|toe|hand|foot)$", re.I), ("{0} of {1}",)),
)  # fmt: skip


def variants(written: str) -> list[str]:
    """What a name stands for when brackets and slashes are resolved and its pattern is turned."""
    found = []
    if "(" in written:
        found.append(re.sub(r"\s*\([^)]*\)", "", written).strip())
    for each in [written, *found]:
        match = re.match(r"^(.*?\b)([\w-]{4,})/([\w-]{4,})\b(.*)$", each)
        if match:
            found += [match[1] + match[2] + match[4], match[1] + match[3] + match[4]]
    for each in [written, *found]:
        for pattern, forms in _PATTERNS:
            match = pattern.match(each)
            if match:
                found += [form.format(*match.groups()) for form in forms]
    return [each for each in dict.fromkeys(found) if each and each != written]


_GENERAL = frozenset([
    "function", "system", "movement", "test", "pattern", "process", "response", "level",
    "activity", "sign", "time", "size", "shape", "color", "position", "structure",
    "development", "growth", "concentration", "metabolism", "index", "ratio", "finding",
    "feature", "appearance", "volume", "rate", "pressure", "potential", "contact", "state",
    "interest", "phenotype", "imaging", "course", "origin", "distribution", "location", "use",
    "play", "drive", "affect", "behavior", "sleep", "excess", "gap", "segment", "tone", "sound",
    "cry", "count", "number", "content", "thickness", "density", "result", "site", "flow",
    "storage", "range", "proportion", "cycle", "birth", "delivery", "pregnancy", "body",
    "arrangement", "connection", "situs", "exposure", "sensation", "height", "weight", "vision",
    "repair", "coagulation", "thrombosis", "bleeding", "voice", "respiration", "fusion",
    "curvature", "pathway", "immunity", "migration", "maturation", "pigmentation", "formation",
    "conduction", "tolerance", "regulation", "calcification", "circulation", "cascade",
    "stability", "homeostasis", "discrimination", "expression", "odor", "day", "interval",
    "angiography", "tomography", "sonography", "ultrasound", "others", "interactions",
    "relationship", "relationships", "norm", "ritual", "stimulus", "reality", "capacity",
    "consumption", "patterns", "contraction", "1", "mri", "oct"
])  # fmt: skip


def head_nouns(hpo: Hpo) -> frozenset[str]:
    """Nouns of anatomy: what "Abnormality of the ..." and "Abnormal ... morphology" end with."""
    found: set[str] = set()
    for i, name in enumerate(hpo.names):
        if not hpo.is_phenotypic_abnormality[i]:
            continue
        organ = abnormal_organ(name)
        if organ:
            word = lemma(organ.split()[-1].lower())
            if word not in _GENERAL and not word.isdigit() and len(word) > 2:
                found.add(word)
    return frozenset(found)


def abnormal_organ(name: str) -> str | None:
    """What "Abnormality of the ..." or "Abnormal ... morphology" speaks of; None for others."""
    match = re.match(r"^Abnormal(?:ity of (?:the )?| )([\w -]+?)(?: morphology)?$", name)
    return match[1] if match else None

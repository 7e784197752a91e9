"""Light word forms: plurals, Latin and Greek endings, British spelling. Never a heavy stem.

Heavier stemming makes "thyroid" of thyroiditis; what goes further than inflection is in
`word_classes`, as a second, weaker reading of a word.
"""

from __future__ import annotations

import re

_IRREGULAR = {
    "feet": "foot", "teeth": "tooth", "children": "child", "men": "man", "women": "woman",
    "phalanges": "phalanx", "halluces": "hallux", "foci": "focus", "fundi": "fundus",
    "nuclei": "nucleus", "thrombi": "thrombus", "calculi": "calculus", "bronchi": "bronchus",
    "nevi": "nevus", "ganglia": "ganglion", "septa": "septum", "atria": "atrium",
    "crania": "cranium", "canthi": "canthus", "nares": "naris", "cortices": "cortex",
    "apices": "apex", "helices": "helix", "antihelices": "antihelix", "varices": "varix",
    "menisci": "meniscus", "femora": "femur", "humeri": "humerus", "irides": "iris",
    "epiphyses": "epiphysis", "metaphyses": "metaphysis", "diaphyses": "diaphysis",
    "testes": "testis", "pelves": "pelvis", "viscera": "viscus", "ova": "ovum", "rami": "ramus",
    "sulci": "sulcus", "gyri": "gyrus", "hili": "hilus", "villi": "villus", "uteri": "uterus",
    "digiti": "digitus", "radii": "radius", "tori": "torus", "hallucis": "hallux",
    "lenses": "lens", "biceps": "biceps", "triceps": "triceps", "herpes": "herpes",
    "diabetes": "diabetes", "facies": "facies", "rabies": "rabies", "scabies": "scabies",
    "caries": "caries", "pes": "pes", "mumps": "mumps", "rickets": "rickets", "gas": "gas",
    "atlas": "atlas", "pancreas": "pancreas", "alas": "ala", "tics": "tic", "lice": "louse",
    "abscesses": "abscess", "processes": "process", "noses": "nose", "cases": "case",
    "diseases": "disease", "bases": "base", "phases": "phase", "increases": "increase",
    "decreases": "decrease", "causes": "cause", "doses": "dose", "series": "series",
    "species": "species", "always": "always", "this": "this", "his": "his", "has": "has",
    "was": "was", "is": "is", "as": "as", "us": "us", "its": "its", "does": "does",
    "lumina": "lumen", "foramina": "foramen", "stomata": "stoma", "carcinomata": "carcinoma",
    "fibromata": "fibroma", "neuromata": "neuroma", "adenomata": "adenoma",
    "hematomata": "hematoma", "sarcomata": "sarcoma", "oedema": "edema", "grey": "gray",
    "disc": "disk", "discs": "disk", "comedones": "comedo",
    "calves": "calf", "halves": "half", "knives": "knife", "leaves": "leaf", "lives": "life",
    "eyelashes": "eyelash", "axes": "axis", "mandibles": "mandible", "maxillas": "maxilla",
}  # fmt: skip

_BRITISH = (
    (re.compile(r"oedem"), "edem"), (re.compile(r"oesoph"), "esoph"),
    (re.compile(r"oestr"), "estr"), (re.compile(r"haem"), "hem"), (re.compile(r"aem"), "em"),
    (re.compile(r"rrhoe"), "rrhe"), (re.compile(r"pnoe"), "pne"), (re.compile(r"paed"), "ped"),
    (re.compile(r"foet"), "fet"), (re.compile(r"faec"), "fec"), (re.compile(r"caec"), "cec"),
    (re.compile(r"coel"), "cel"), (re.compile(r"gynaec"), "gynec"),
    (re.compile(r"naev"), "nev"), (re.compile(r"aesthe"), "esthe"),
    (re.compile(r"anaes"), "anes"), (re.compile(r"aetiol"), "etiol"),
    (re.compile(r"tumour"), "tumor"), (re.compile(r"colour"), "color"),
    (re.compile(r"behaviour"), "behavior"), (re.compile(r"odour"), "odor"),
    (re.compile(r"humour"), "humor"), (re.compile(r"fibre"), "fiber"),
    (re.compile(r"centre"), "center"), (re.compile(r"sulph"), "sulf"),
    (re.compile(r"([a-z]{3})is(ation|ed|ing)"), r"\1iz\2"), (re.compile(r"goitre"), "goiter"),
    (re.compile(r"manoeuv"), "maneuv"), (re.compile(r"leuco"), "leuko"),
    (re.compile(r"oeno"), "eno"), (re.compile(r"glycaem"), "glycem"),
    (re.compile(r"palaeo"), "paleo"), (re.compile(r"diarrhoea"), "diarrhea"),
)  # fmt: skip
_HINT = re.compile(r"ae|oe|our|re$|sulph|is(?:ation|ed|ing)|leuco")


def lemma(word: str) -> str:
    """The base form of a folded word: singular, American spelling, no possessive."""
    if word.endswith("'s"):
        word = word[:-2]
    if _HINT.search(word):
        for pattern, plain in _BRITISH:
            word = pattern.sub(plain, word)
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if len(word) < 4 or word[-1] not in "sea":
        return word
    if word.endswith("ae"):
        return word[:-1]
    if not word.endswith("s") or word.endswith(("ss", "us", "is")):
        return word
    if word.endswith("ies"):
        return word[:-3] + "y" if len(word) > 4 else word[:-1]
    if word.endswith(("oses", "yses", "tases", "eses", "xes")) and not word.endswith("xes"):
        return word[:-2] + "is"
    if word.endswith(("sses", "ches", "shes", "xes", "zes")):
        return word[:-2]
    return word[:-1]

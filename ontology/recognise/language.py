"""Is a report in English at all."""

from __future__ import annotations

import unicodedata
from collections import Counter

from ontology.recognise.tokens import fold, tokenise

_WORDS = {
    "English": "the of and was with a to is in no at her his he she had has for that by on were "
               "which this from not as it be are or an",
    "German": "der die das und mit bei eine einen einem einer nicht im von zu den dem des wurde "
              "sich auf ist war kein keine ein patientin zeigte auch",
    "French": "le la les des et une un avec pas dans est du au aux par chez sans pour qui sur a "
              "ete etait il elle ans patiente",
    "Spanish": "el la los las con una un de y no se por en del al que presenta sin fue para su es "
               "anos nina nino paciente",
    "Italian": "il la gli con una un di e non nel della dei del che e per si da alla presenta anni "
               "paziente senza sono",
    "Portuguese": "o a os as com uma um de e nao em do da dos das por no na que apresenta sem foi "
                  "anos paciente",
    "Dutch": "de het een van en met niet bij is was op in geen zijn haar voor werd ook jaar",
    "Polish": "i w z na nie sie do jest oraz przez u o pacjentka pacjent lat bez",
    "Turkish": "ve bir ile bu olan de da icin hasta yok olarak yasinda",
    "Swedish": "och att det som en ett med inte for av till ar hade har hos utan",
}  # fmt: skip
_FUNCTION_WORDS = {name: frozenset(words.split()) for name, words in _WORDS.items()}
_SCRIPTS = {
    "CJK": "Chinese", "HIRAGANA": "Japanese", "KATAKANA": "Japanese", "HANGUL": "Korean",
    "CYRILLIC": "Russian or another Cyrillic language", "ARABIC": "Arabic", "HEBREW": "Hebrew",
    "GREEK": "Greek", "THAI": "Thai", "DEVANAGARI": "Hindi",
}  # fmt: skip

_ENOUGH = 12
_SAMPLE = 6000


def foreign_language(text: str) -> str | None:
    """The language a text seems to be in if that is not English; None for English or no telling.

    Judged by its script and its commonest function words; a few words do not suffice.
    """
    sample = text[:_SAMPLE]
    letters = [c for c in sample if c.isalpha()]
    if not letters:
        return None
    scripts = Counter(unicodedata.name(c, "?").split()[0] for c in letters if not c.isascii())
    for script, n in scripts.most_common(1):
        if n > 0.3 * len(letters) and script in _SCRIPTS:
            return _SCRIPTS[script]
    words = [w for w in tokenise(fold(sample)).surfaces if w[0].isalpha()]
    if len(words) < _ENOUGH:
        return None
    counts = {
        name: sum(word in function for word in words) for name, function in _FUNCTION_WORDS.items()
    }
    best = max(counts, key=lambda name: (counts[name], name == "English"))
    clear = counts[best] >= 0.12 * len(words) and counts[best] > 1.5 * counts["English"]
    return best if best != "English" and clear else None

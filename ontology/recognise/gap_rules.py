"""What may stand between the words of a term: coordination, stacked adjectives, degree words.

Three readings of a gap are allowed. Coordination: "short, broad thumbs and halluces" is also short
thumbs, broad halluces and short halluces. Stacking: "small low-set ears" is also small ears; it
needs the words of the gap to form a finding of their own with the rest. Degree and side: "cleft
of the left upper lip".
"""

from __future__ import annotations

from collections.abc import Set

from ontology.recognise.entry import Entry
from ontology.recognise.match import Content, Hit
from ontology.recognise.tokens import Tokens
from ontology.recognise.vocabulary import Vocabulary

DEGREE = frozenset([
    "mild", "mildly", "moderate", "moderately", "severe", "severely", "marked", "markedly",
    "slight", "slightly", "very", "extremely", "relatively", "somewhat", "bilateral",
    "bilaterally", "unilateral", "unilaterally", "left", "right", "both", "congenital",
    "progressive", "significant", "significantly", "profound", "profoundly", "quite", "more",
    "apparent", "apparently", "mid", "partial", "partially", "complete", "diffuse",
    "generalised", "generalized", "appear", "appears", "appeared", "seem", "seems", "subtle",
    "subtly", "bit", "little", "fairly", "minimal", "minimally", "acute", "chronic",
    "persistent", "intermittent", "transient", "occasional", "occasionally", "frequent",
    "extensive", "massive", "gross", "grossly", "frank", "overt", "multiple", "several",
    "numerous", "some", "many", "notable", "notably", "noticeable", "obvious", "obviously",
    "definite", "definitely", "clear", "clearly", "prominent", "overall", "mostly",
    "predominantly", "symmetric", "symmetrical", "asymmetric", "asymmetrically",
    "proportionate", "relative", "new", "newly", "onset", "early", "longstanding", "recent",
    "recently", "intractable", "refractory", "known", "sudden", "gradually", "gradual",
    "rapidly", "rapid", "increasing", "worsening", "first", "second", "third", "one", "two",
    "three", "persistently", "constantly", "repeatedly", "major", "minor",
])  # fmt: skip
_COPULA = frozenset([
    "is", "are", "was", "were", "be", "been", "being", "appear", "appears", "appeared", "seem",
    "seems", "which", "that", "has", "have", "had", "remained", "remains", "became",
])  # fmt: skip

SHARING = frozenset(["coordination", "stacked", "heading"])
"""Rules by which a mention may share words with another."""

DEGREE_COST = 0.04
"""What a gap costs that holds nothing but words of degree and side."""

NEGATORS = frozenset(["no", "not", "without", "never", "non", "neither", "normal", "absent"])
_JOINERS = frozenset(["and", "or", "&", "/", "nor", "plus", "+"])
_OBLIQUE = frozenset(["on", "in", "at", "to", "for", "has", "had", "have", "which", "of"])


def _leaves_brackets(between: list[str]) -> bool:
    """Whether what stands between goes into brackets and stays there, or leaves them for the next
    item of a list: "dermal thymus), ocular anomalies"."""
    closed = [i for i, word in enumerate(between) if word == ")"]
    if between.count("(") > len(closed):
        return True
    return any(between[i + 1 : i + 2] == [","] for i in closed)


class Licences:
    """Judges the gaps of one block."""

    def __init__(
        self, content: Content, tokens: Tokens, vocabulary: Vocabulary, heads: Set[str]
    ) -> None:
        self.content = content
        self.tokens = tokens
        self.vocabulary = vocabulary
        self.heads = heads

    def of(self, hit: Hit, entry: Entry, turned: int) -> tuple[str, float] | None:
        """The rule that licenses the gap of a hit and what it costs; None where none does.

        `turned` says whether the words stand in the entry's order (0), its halves exchanged (1)
        or otherwise (2).
        """
        b, k = self.content.barriers, self.content.links
        gap_first, gap_last = hit.gap_start, hit.gap_end - 1
        before = int(b[gap_first] - b[gap_first - 1])
        after = int(b[gap_last + 1] - b[gap_last])
        if int(b[gap_first - 1] - b[hit.first]) + int(b[hit.last] - b[hit.gap_end]):
            return None
        if int(k[hit.gap_end] - k[gap_first - 1]):
            return None
        length = hit.gap_end - hit.gap_start
        position = self.content.position
        predicate = turned >= 1 and self._copula_after(int(position[gap_first - 1]))
        if before or after:
            genitive = turned == 1 and " of " in entry.written
            if not (turned == 0 or genitive or predicate):
                return None
            between = self.tokens.surfaces[
                int(position[gap_first - 1]) + 1 : int(position[gap_last + 1])
            ]
            listed = genitive or (turned == 0 and before)
            if listed and not predicate and not self._parallel(hit, bool(before)):
                return None
            if after and self._noun_follows(hit):
                return None
            if before and turned == 0 and self._plural_noun(int(position[gap_first - 1])):
                return None
            if not NEGATORS.isdisjoint(between) or _leaves_brackets(between):
                return None
            return self._coordination(between, bool(before), bool(after), predicate, length)
        if int(b[gap_last] - b[gap_first]):
            return None
        skipped = [self.tokens.surfaces[int(position[i])] for i in range(gap_first, gap_last + 1)]
        if not NEGATORS.isdisjoint(skipped):
            return None
        if all(word in DEGREE or word.isdigit() for word in skipped):
            return "gap", DEGREE_COST
        if length == 1 and turned == 0 and not self._organ(gap_first):
            return "gap", 0.2
        if length == 1 and (predicate or self._genitive(hit, turned)):
            return "gap", 0.2
        if turned == 0 and hit.last + 1 - hit.gap_end == 1:
            return "stacked", 0.12 + 0.02 * length
        return None

    def _coordination(
        self, between: list[str], before: bool, after: bool, predicate: bool, length: int
    ) -> tuple[str, float] | None:
        cost = 0.08 + 0.03 * length
        if predicate:
            return "coordination", cost
        if after and between[-1] not in _JOINERS and "the" not in between[-1:]:
            joined = [word for word in between[-2:] if word in _JOINERS]
            if not joined and not before:
                cost += 0.12
        if before and between[0] == "," and between[1:2] == ["and"] and length < 3:
            return None
        loose = sum(word in _OBLIQUE for word in between)
        if not after and loose:
            return None
        return "coordination", cost + 0.1 * loose

    def _genitive(self, hit: Hit, turned: int) -> bool:
        """Whether the halves are exchanged round an "of": "laxity of the finger joints"."""
        position = self.content.position
        start, end = int(position[hit.gap_start - 1]), int(position[hit.gap_end])
        return turned == 1 and "of" in self.tokens.surfaces[start:end]

    def _parallel(self, hit: Hit, before: bool) -> bool:
        """Whether "ear and kidney anomalies" is what stands there, and not "limbs and weak tone":
        an organ before the conjunction asks for another organ after it."""
        lemmas, ids = self.vocabulary.lemmas, self.content.ids
        if lemmas[ids[hit.gap_start - 1]] not in self.heads:
            return True
        return before and self._organ(hit.gap_end - 1)

    def _organ(self, i: int) -> bool:
        """Whether a content word is a noun of anatomy or the adjective of one."""
        word = int(self.content.ids[i])
        base, kin = self.vocabulary.lemmas[word], self.vocabulary.classes[word]
        return base in self.heads or kin in self.heads

    def _plural_noun(self, token: int) -> bool:
        """Whether a word is no modifier: the "limbs" of "limbs and pyramidal weakness"."""
        surface = self.tokens.surfaces[token]
        base = self.vocabulary.lemmas[self.vocabulary[surface]]
        return surface.endswith("s") and base != surface and base in self.heads

    def _noun_follows(self, hit: Hit) -> bool:
        """Whether a word follows at once, so that the last one kept is only its adjective."""
        after, position = hit.last + 1, self.content.position
        if after >= len(position) or int(position[after]) != int(position[hit.last]) + 1:
            return False
        return bool(self.content.ids[after])

    def _copula_after(self, token: int) -> bool:
        at = token + 1
        return at < len(self.tokens) and self.tokens.surfaces[at] in _COPULA

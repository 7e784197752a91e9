"""Is it there, and whose is it: negation, doubt and family in one sentence.

A cue reaches over the findings after it (or before it) up to the end of its scope: the end of
the sentence, "but" and the like, or a verb that begins a new statement once a finding has been
named. A relative as the subject makes the findings that follow a relative's, until the patient
is named; a relative who only reports does not. Precedence: family, excluded, uncertain.
"""

from __future__ import annotations

from ontology.recognise.cues import Cue
from ontology.recognise.gap_rules import DEGREE
from ontology.recognise.tokens import Tokens
from ontology.status import Status

_REACH = 30
"""Tokens a negation may reach over; longer lists of denied findings are rare."""

_BARE_REACH = 6
""" "Not" alone denies the verb behind it; only what follows at once is denied too."""

_NEW_ITEM = DEGREE | {"a", "an", "the", "with", "positive", "+", "there", "her", "his", "both"}
_DEFINITE = frozenset(["the", "this", "these", "his", "her", "their", "such"])
_WELL = frozenset(["healthy", "unrelated", "consanguineous", "nonconsanguineous", "unaffected"])


class Sentence:
    """One sentence: its tokens `left` to `right`, cues, and the tokens of each finding."""

    def __init__(
        self,
        tokens: Tokens,
        left: int,
        right: int,
        cues: list[Cue],
        spans: list[tuple[int, ...]],
    ) -> None:
        self.tokens = tokens
        self.surfaces = tokens.surfaces
        self.left = left
        self.right = right
        self.spans = spans
        self.by_kind: dict[str, list[Cue]] = {}
        for cue in cues:
            self.by_kind.setdefault(cue.kind, []).append(cue)
        self.ends = [cue.first for cue in self.by_kind.get("end", ())]
        self.verbs = [cue.first for cue in self.by_kind.get("verb", ())]

    def read(self) -> list[Status]:
        """The status of each finding."""
        marks: list[set[str]] = [set() for _ in self.spans]
        if self.by_kind:
            self._forward("neg", "excluded", marks, near=False)
            self._forward("nearneg", "excluded", marks, near=True)
            self._forward("unc", "uncertain", marks, near=False)
            self._forward("nearunc", "uncertain", marks, near=True)
            self._backward("negafter", "excluded", marks)
            self._backward("uncafter", "uncertain", marks)
            self._family(marks)
        self._versus(marks)
        return [_strongest(found) for found in marks]

    def _forward(self, kind: str, mark: str, marks: list[set[str]], *, near: bool) -> None:
        for cue in self.by_kind.get(kind, ()):
            if kind == "nearneg" and any(
                other.first < cue.first and other.last >= cue.last
                for other in self.by_kind.get("negafter", ())
            ):
                continue
            stop = self._scope_end(cue, near=near)
            if self.surfaces[cue.last] == "non":
                stop = cue.last + 2  # "non-progressive ataxia" is ataxia
            for n, span in enumerate(self.spans):
                if cue.last < span[0] < stop and not (
                    mark == "uncertain" and self._known(span[0], cue.last)
                ):
                    marks[n].add(mark)

    def _known(self, first: int, cue: int) -> bool:
        """Whether a finding is spoken of as there: "whether *the* renal malformation is ..."."""
        while first - 1 > cue and self.surfaces[first - 1] in DEGREE:
            first -= 1
        return first - 1 > cue and self.surfaces[first - 1] in _DEFINITE

    def _scope_end(self, cue: Cue, *, near: bool) -> int:
        start = cue.last + 1
        bare = self.surfaces[cue.last] == "not"
        stop = min(self.right, start + (_BARE_REACH if bare else _REACH))
        for end in self.ends:
            if start <= end < stop:
                stop = end
        for verb in self.verbs:
            if start < verb < stop and self.surfaces[verb - 1] == "and":
                stop = verb - 1  # "did not pass meconium and developed jaundice"
        named = [span for span in self.spans if start <= span[0] < stop]
        if not named:
            return stop
        first_named = min(span[-1] for span in named)
        for verb in self.verbs:
            if first_named < verb < stop and not self._in_span(verb):
                stop = self._statement_start(verb, first_named)
        word = self.surfaces[cue.first]
        lists_on = any(self.surfaces[i] in ("or", "nor") for i in range(start, stop))
        for i in range(start, stop):
            if self.surfaces[i] == ":" and (near or i > first_named):
                return i  # near: a heading, and none of findings: "Newborn screening negative:"
            if self.surfaces[i] != ",":
                continue
            following = self.surfaces[i + 1 : i + 3]
            if near or (word in ("without", "lacks", "lack") and not lists_on):
                return i if i > first_named or near else stop
            if i > first_named and following:
                if self._placed(i):
                    return i
                item = following[1:] if following[0] in ("and", "or") else following
                if item and item[0] in _NEW_ITEM:
                    return i
        for i in range(first_named + 1, stop - 1):
            if self.surfaces[i] == "and" and self.surfaces[i + 1] in ("with", "a", "an", "the"):
                return i
        return stop

    def _placed(self, comma: int) -> bool:
        """Whether the item after a comma is given a place or time, so that it is there:
        "no nystagmus, ptosis on the left"."""
        for span in self.spans:
            if comma < span[0] <= comma + 4:
                if any(self.surfaces[i] in ("left", "right") for i in span):
                    return True
                after = self.surfaces[span[-1] + 1 : span[-1] + 3]
                return after[:1] in (["bilaterally"], ["since"], ["noted"], ["present"]) or (
                    after[:1] == ["on"] or after == ["of", "the"]
                )
        return False

    def _statement_start(self, verb: int, first_named: int) -> int:
        """Where the statement of a verb begins: after the comma or "and" before it."""
        for i in range(verb - 1, first_named, -1):
            if self.surfaces[i] in (",", "and"):
                return i
        return verb

    def _in_span(self, position: int) -> bool:
        return any(position in span for span in self.spans)

    def _backward(self, kind: str, mark: str, marks: list[set[str]]) -> None:
        for cue in self.by_kind.get(kind, ()):
            if self.surfaces[cue.first] == "absent" and not self._closes(cue):
                continue
            if kind == "negafter" and self.surfaces[cue.last] in ("not", "no"):
                follows = [s for s in self.spans if s[0] > cue.last]
                if follows or not self._closes(cue):
                    continue
            floor = self.left
            for end in self.ends:
                if end < cue.first:
                    floor = max(floor, end)
            before = [span[-1] for span in self.spans if span[-1] < cue.first]
            if not before:
                continue
            nearest = max(before)
            for verb in self.verbs:
                if verb < nearest and not self._in_span(verb):
                    floor = max(floor, verb)
            others = [
                c.last for k in ("neg", "unc") for c in self.by_kind.get(k, ())
                if c.last < nearest and k == "neg"
            ]  # fmt: skip
            floor = max([floor, *others])
            if cue.first - nearest > 8:
                continue
            for n, span in enumerate(self.spans):
                if floor <= span[0] and span[-1] < cue.first:
                    marks[n].add(mark)
                    if mark == "uncertain" and "not" in self.surfaces[cue.first : cue.last + 1]:
                        marks[n].discard("excluded")

    def _closes(self, cue: Cue) -> bool:
        """Whether a clause ends right after the cue."""
        after = cue.last + 1
        return after >= self.right or self.surfaces[after] in (",", ")", "and", "while", "but")

    def _family(self, marks: list[set[str]]) -> None:
        kin = self.by_kind.get("kin", ())
        for n, span in enumerate(self.spans):
            if span[0] and self.surfaces[span[0] - 1] in ("maternal", "paternal"):
                marks[n].add("family")
        if not kin:
            return
        patients = self.by_kind.get("patient", [])
        for n, span in enumerate(self.spans):
            before = [cue for cue in kin if cue.last < span[0]]
            after = [
                cue for cue in kin
                if span[-1] < cue.first <= span[-1] + 8
                and self.surfaces[cue.first - 1] != ","
                and any(
                    self.surfaces[i] in ("in", "by") for i in range(span[-1] + 1, cue.first + 1)
                )
                and not any(p.first > cue.last for p in patients)
            ]  # fmt: skip
            if not before:
                if after and not self._reports(after[0], self.right):
                    marks[n].add("family")
                continue
            cue = before[-1]
            told = len(before) > 1 and self.surfaces[cue.last] in ("son", "daughter", "child")
            if told or self._reports(cue, span[0]) or self._with_patient(cue):
                continue
            leading = self.surfaces[max(self.left + 1, cue.first - 3) : cue.first]
            if "with" in leading or "by" in leading:
                continue
            reset = [p.first for p in patients if cue.last < p.first < span[0]]
            if not reset and not self._born_to(cue, span[0]):
                marks[n].add("family")

    def _reports(self, cue: Cue, until: int) -> bool:
        """Whether the relative only tells of the patient: "her parents report"."""
        near = range(cue.last + 1, min(cue.last + 5, until))
        return any(
            c.first in near and (c.first - cue.last <= 2 or self.surfaces[c.first - 1] != ",")
            for c in self.by_kind.get("report", ())
        )

    def _with_patient(self, cue: Cue) -> bool:
        """Whether the patient shares the subject: "the proband and her sister"."""
        patients = self.by_kind.get("patient", ())
        together = any(
            p.first < cue.first
            and cue.first - p.last <= 4
            and any(self.surfaces[i] == "and" for i in range(p.last + 1, cue.first))
            for p in patients
        )
        siblings = self.surfaces[cue.last] in ("siblings", "brothers", "sisters")
        before = self.surfaces[max(self.left, cue.first - 3) : cue.first]
        return together or (siblings and ("both" in before or "these" in before))

    def _born_to(self, cue: Cue, until: int) -> bool:
        """Whether the relative only stands in "born to a healthy mother", then a new clause."""
        before = self.surfaces[max(self.left, cue.first - 8) : cue.first]
        between = self.surfaces[cue.last + 1 : until]
        if between == ["with"]:
            return not _WELL.isdisjoint(before)
        if "of" in before[-3:] and between[:1] in (["has"], ["had"], ["was"], ["is"], ["who"]):
            return any(p.last < cue.first for p in self.by_kind.get("patient", ()))
        born = "born" in before or "of" in before[-2:]
        return born and any(
            word in ("and", "following", "after", ",", "at", "by") for word in between
        )

    def _versus(self, marks: list[set[str]]) -> None:
        """Findings weighed against each other, or with a question mark right before them."""
        for n, span in enumerate(self.spans):
            i = span[-1] + 1
            before = self.surfaces[max(0, span[0] - 1)]
            if {"vs", "versus"} & {*self.surfaces[i : i + 1], before}:
                marks[n].add("uncertain")
            if span[0] and before == "?" and self._tight(span[0] - 1):
                marks[n].add("uncertain")

    def _tight(self, i: int) -> bool:
        """Whether token i stands right against the next one."""
        return bool(self.tokens.end[i] == self.tokens.start[i + 1])


def _strongest(found: set[str]) -> Status:
    if "family" in found:
        return "family"
    if "excluded" in found:
        return "excluded"
    return "uncertain" if "uncertain" in found else "present"

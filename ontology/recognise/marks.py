"""Marks beside a finding: boxes, brackets, plus and minus: "[x] Ataxia", "(-) seizures"."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ontology.recognise.answer_words import answer_in
from ontology.status import Status, answer_status

SPACE = r"[^\S\n]"
_BOX = r"\[\s{0,3}\]|\(\s{1,3}\)|\[[xXvV*✓✔]\]|\([xX✓✔]\)|[☐☑☒✓✔✗✘□■✅❌]"
_BOXES = re.compile(_BOX)
_TICKED = re.compile(r"[\[(][xXvV*✓✔][\])]|[☑☒✓✔■✅]")
BRACKETS = re.compile(rf"{SPACE}*(?P<box>{_BOX})|{SPACE}*[(\[](?P<said>[^()\[\]\n]{{1,60}})[)\]]")
_SIGN_BEFORE = re.compile(rf"(?<![^\s(,;])(?P<sign>[-–—−+]){SPACE}?ve{SPACE}+\Z", re.I)
SET_OFF = re.compile(
    rf"{SPACE}*(?:[:=]+|\?+(?![^\W_])[:.]?|\||\t|(?:\.[^\S\n]?){{2,}}|…+|_{{2,}}|~+|[-–—=]+>|→){SPACE}*"
    rf"|{SPACE}+[-–—]{{1,3}}{SPACE}*|{SPACE}*[-–—]{{1,3}}{SPACE}+|{SPACE}{{2,}}"
)
_BEFORE = re.compile(rf"(?:(?P<box>{_BOX})|[(\[](?P<said>[^()\[\]\n]{{1,24}})[)\]]){SPACE}*\Z")
_LEADING_SIGN = re.compile(rf"(?:^|[\s,;(]){SPACE}*(?P<sign>[-–—−+!¬]){SPACE}*\Z")
_CHOICE = re.compile(
    r"\b(?:yes|no|y|n|present|absent|unknown|unk|n/a|na|positive|negative)\b", re.I
)
_UNANSWERED = re.compile(
    rf"{SPACE}*(?:yes|y|present|pos(?:itive)?|\+){SPACE}*(?:/|\||or|,)?{SPACE}*(?:no|n|absent|neg(?:ative)?|-)"
    rf"(?:{SPACE}*(?:/|\||or|,)?{SPACE}*(?:unknown|unk|unsure|n/a|na|\?))?{SPACE}*(?=[\n;.)]|$)",
    re.I,
)
_PLAIN_BEFORE = frozenset(",.;:\n/'\"|&*")
_FIRST_MARK = re.compile(rf"[\s\-*•\d.)]*(?:{_BOX}|[(\[][-–+−nyNY?][)\]])")


@dataclass(frozen=True, slots=True)
class Group:
    """Findings whose words overlap: they share an answer."""

    start: int
    end: int
    members: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Said:
    """One answer: its status and characters, and how far it is to be trusted.

    `shared` says that findings listed before may take it too, `asked` that a question mark stands
    before it, `runs_on` that the next finding follows at once, so that its last word may deny that
    one; `bare` that nothing sets it off.
    """

    status: Status
    start: int
    end: int
    shared: bool = True
    asked: bool = False
    runs_on: bool = False
    bare: bool = False


def in_brackets(bracket: re.Match[str], folded: str) -> Status | None:
    """The status that brackets or a box give, None where they hold something else."""
    if bracket["box"] is not None:
        return _ticked(bracket["box"])
    return answer_in(folded[bracket.start("said") : bracket.end("said")])


def _ticked(box: str) -> Status:
    """Ticked is present and crossed out excluded; an empty box leaves it open."""
    if _TICKED.fullmatch(box):
        return "present"
    return "excluded" if box in "✗✘❌" else "uncertain"


def marked_before(text: str, group: Group) -> bool:
    """Whether the marks of this line stand before its findings: "[ ] Seizures [x] Ataxia"."""
    line = text.rfind("\n", 0, group.start) + 1
    return bool(_FIRST_MARK.match(text, line, group.start))


def choice(text: str, at: int, limit: int) -> Said | None:
    """Of boxes beside yes and no, the one that is ticked: "Seizures [ ] yes [x] no"."""
    separator = SET_OFF.match(text, at, limit)
    both = _UNANSWERED.match(text, separator.end() if separator else at)
    if both is not None and both.end() <= limit:
        return Said("uncertain", at, both.end())
    boxes = list(_BOXES.finditer(text, at, limit))
    words = list(_CHOICE.finditer(text, at, limit)) if boxes else []
    if len(words) < 2:
        return None
    first = boxes[0].start() < words[0].start()
    ticked: set[Status] = set()
    for box in boxes:
        if _TICKED.fullmatch(box[0]):
            beside = [w for w in words if (w.start() >= box.end()) == first]
            if beside:
                word = (beside[0] if first else beside[-1])[0]
                ticked.add(answer_status(word) or "uncertain")
    status = ticked.pop() if len(ticked) == 1 else "uncertain"
    return Said(status, at, max(boxes[-1].end(), words[-1].end()))


def mark_before(text: str, folded: str, group: Group, floor: int) -> Said | None:
    """The mark right before a finding: a box, "(-)", or a plus or minus."""
    i = group.start - 1
    if text[i : i + 1] == " " and text[i - 1 : i].isalpha() and text[i - 1] != "e":
        return None  # a word and a space, as before most findings
    while i >= floor and text[i] in " \t":
        i -= 1
    if i < floor or text[i] in _PLAIN_BEFORE or (text[i].isalnum() and text[i] not in "eE"):
        return None
    named = _SIGN_BEFORE.search(text, max(floor, group.start - 12), group.start)
    if named is not None:
        said: Status = "present" if named["sign"] == "+" else "excluded"
        return Said(said, named.start(), named.end(), shared=False)
    mark = _BEFORE.search(text, max(floor, group.start - 40), group.start)
    if mark is not None:
        status = in_brackets(mark, folded)
        return Said(status, mark.start(), mark.end(), shared=False) if status else None
    sign = _LEADING_SIGN.search(text, max(floor - 1, group.start - 12, 0), group.start)
    if sign is None:
        return None
    at = sign.start("sign")
    attached = sign.end("sign") == group.start
    coded = attached and folded.startswith("hp", group.start)
    if sign["sign"] in "!¬":
        return Said("excluded", at, at, shared=False) if attached else None
    if sign["sign"] == "+":
        return None
    opens_line = not text[text.rfind("\n", 0, at) + 1 : at].strip()
    if _plus_beside(text, group.start, attached=not opens_line) or (coded and not opens_line):
        return Said("excluded", at, at, shared=False)
    return Said("uncertain", at, at, shared=False) if coded else None


def _plus_beside(text: str, at: int, *, attached: bool) -> bool:
    """Whether plus signs mark other findings of the list, so that a minus is no bullet."""
    if attached:
        line_end = text.find("\n", at)
        line = text[text.rfind("\n", 0, at) + 1 : line_end if line_end >= 0 else len(text)]
        return bool(re.search(r"(?:^|[\s,;])\+[A-Za-z]", line))
    left = max(text.rfind("\n\n", 0, at), at - 2_000, 0)
    right = text.find("\n\n", at)
    right = min(len(text) if right < 0 else right, at + 2_000)
    return bool(re.search(r"(?:^|\n)[ \t]*\+[ \t]*\w", text[left:right]))

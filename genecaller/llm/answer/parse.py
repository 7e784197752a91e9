"""Read a model's answer: never raises, in time linear in its length."""

from __future__ import annotations

import re
from collections.abc import Collection

from genecaller.llm.answer.gene_mentions import looks_like_symbol, mentions, read_entry
from genecaller.llm.answer.lists import Entry, json_entries, line_entries
from genecaller.llm.answer.types import Answer, AnsweredGene, Problem, bounded
from genecaller.llm.prompt import CANDIDATES_HEADER
from ontology.files import lines_of
from ontology.genes import GeneMatch, GeneNames

_ASSISTANT = re.compile(
    r"<\|im_start\|>\s{0,4}assistant|<\|start_header_id\|>\s{0,4}assistant|"
    r"<start_of_turn>model|<\|assistant\|>|\[/INST\]"
)
_SPECIAL = re.compile(r"<\|[a-z0-9_]{1,30}\|>|</?s>|<end_of_turn>|<eos>")
_THINK = re.compile(r"<(/?)(?:think|thinking|thought|thoughts|reasoning)>", re.IGNORECASE)
_FENCE = re.compile(r"^\s{0,8}(?:```|~~~)[\w+-]{0,20}[ \t]{0,8}$", re.MULTILINE)
_ECHO_LINE = re.compile(
    r"(?:Case|Present|Absent|Report):\s|List the genes most |Rank these genes, most |"
    r"Think in <think></think>, then number"
)
_INLINE = re.compile(r"\s*(?:,|;|>|→|\band\b)\s*")
_NUMBER_RUN = re.compile(r"(?<=\S)\s{1,4}(?=\d{1,3}[.)]\s{1,4}\*{0,2}[A-Z])")
_LEAD = " \t-–—:;,.=>)[]|→*"


def parse_answer(
    text: str, names: GeneNames, *, candidates: Collection[str] | None = None
) -> Answer:
    """The genes that a model's answer lists, with its thoughts and what is wrong with it.

    Takes `<think>…</think>` and a list in any usual form: numbered, bulleted, JSON, a table, bare
    lines, one line with commas, in code fences or bold; last, symbols in prose. Names are mapped
    to HGNC symbols; what does not exist, is ambiguous or repeated is left out and reported. With
    `candidates`, an ambiguous name means the one that was offered, and others are reported (and
    kept). Time is linear in the length of the text.
    """
    problems: list[Problem] = []
    body = _after_prompt(text, problems)
    thoughts, body = _split_thoughts(body, problems)
    if not body.strip() and not (thoughts or "").strip():
        return Answer(thoughts, (), (Problem("empty"),))
    offered = frozenset(candidates) if candidates is not None else None
    genes = _genes_of(body, names, offered, problems)
    if not genes:
        problems.append(Problem("no_list"))
    return Answer(thoughts, tuple(genes), bounded(problems))


def _after_prompt(text: str, problems: list[Problem]) -> str:
    """The text without an echoed prompt and without chat marks."""
    turns = list(_ASSISTANT.finditer(text))
    if turns:
        problems.append(Problem("echo"))
        text = text[turns[-1].end() :]
    text = _SPECIAL.sub("", text)
    if CANDIDATES_HEADER not in text and not _ECHO_LINE.search(text):
        return text
    kept: list[str] = []
    echoed = in_candidates = False
    for line in lines_of(text):
        if _ECHO_LINE.match(line):
            echoed, in_candidates = True, False
        elif line.strip() == CANDIDATES_HEADER:
            echoed = in_candidates = True
        elif in_candidates and line.strip() and not line.lstrip().startswith(("<", "1")):
            continue
        else:
            in_candidates = False
            kept.append(line)
    if echoed and not any(problem.kind == "echo" for problem in problems):
        problems.append(Problem("echo"))
    return "\n".join(kept)


def _split_thoughts(text: str, problems: list[Problem]) -> tuple[str | None, str]:
    thoughts: list[str] = []
    body: list[str] = []
    at, inside = 0, False
    for tag in _THINK.finditer(text):
        piece = text[at : tag.start()]
        at = tag.end()
        closes = bool(tag.group(1))
        if closes and not inside and not thoughts:
            thoughts.append("".join([*body, piece]))
            body.clear()
        else:
            (thoughts if inside else body).append(piece)
        inside = not closes
    rest = text[at:]
    if inside:
        problems.append(Problem("unclosed_think"))
        listed = _first_numbered(rest)
        thoughts.append(rest[:listed])
        body.append(rest[listed:])
    else:
        body.append(rest)
    said = "\n".join(part.strip() for part in thoughts if part.strip())
    return (said if thoughts else None), "".join(body)


def _first_numbered(text: str) -> int:
    found = re.search(r"^\s{0,8}\*{0,2}1[.)]\s", text, re.MULTILINE)
    return found.start() if found else len(text)


def _genes_of(
    body: str, names: GeneNames, offered: frozenset[str] | None, problems: list[Problem]
) -> list[AnsweredGene]:
    if len(_FENCE.findall(body)) % 2:
        problems.append(Problem("cut_off", "a code block is not closed"))
    body = _FENCE.sub("", body)
    entries, cut = json_entries(body)
    if entries:
        noted: list[Problem] = [Problem("cut_off", "the JSON is not closed")] if cut else []
        genes = _read(entries, names, offered, noted)
        if genes:
            problems.extend(noted)
            return genes
    lines = lines_of(body)
    if sum(bool(line.strip()) for line in lines) == 1:
        lines = lines_of(_NUMBER_RUN.sub("\n", body))
    no_genes: list[Problem] = []
    for kind, found in line_entries(lines):
        noted = []
        if kind == "bare":
            found = [piece for entry in found for piece in _bare(entry.text, names)]
        genes = _read(found, names, offered, noted)
        if genes or (kind == "numbered" and any(p.kind == "unknown_gene" for p in noted)):
            problems.extend(noted)
            return genes
        no_genes = no_genes or noted
    noted = []
    genes = _collect([(match, "") for match in mentions(body, names)], offered, noted)
    if genes:
        problems.append(Problem("prose"))
        problems.extend(p for p in noted if p.kind != "duplicate")
    else:
        problems.extend(no_genes)
    return genes


def _bare(line: str, names: GeneNames) -> list[Entry]:
    """A line that is nothing but symbols, or one symbol and then words; else nothing."""
    after_label = line.rsplit(":", 1)[-1] if len(line) < 4000 else line
    pieces = [piece.strip(" .*`\"'") for piece in _INLINE.split(after_label) if piece.strip(" .*`")]
    if pieces and all(looks_like_symbol(piece) for piece in pieces):
        return [Entry(piece, "") for piece in pieces]
    named = read_entry(line, names)
    words = named.head.split()
    if len(words) == 1 and looks_like_symbol(named.head):
        return [Entry(line)]
    return []


def _read(
    entries: list[Entry],
    names: GeneNames,
    offered: frozenset[str] | None,
    problems: list[Problem],
) -> list[AnsweredGene]:
    found: list[tuple[GeneMatch, str]] = []
    for entry in entries:
        named = read_entry(entry.text, names)
        if not named.matches:
            first = named.words.split("\n", 1)[0]
            problems.append(Problem("no_gene", first[:80]))
            continue
        explanation = entry.explanation
        if explanation is None:
            explanation = _explanation(named.words, named.matches[-1].written)
        found.extend((match, explanation.strip()) for match in named.matches)
    return _collect(found, offered, problems)


def _explanation(words: str, written: str) -> str:
    """What follows the symbol; the whole entry where the symbol does not stand first."""
    at = words.find(written)
    if 0 <= at <= 40:
        rest = words[at + len(written) :].lstrip(_LEAD)
        return rest.removeprefix("because").lstrip(_LEAD)
    return words


def _collect(
    found: list[tuple[GeneMatch, str]], offered: frozenset[str] | None, problems: list[Problem]
) -> list[AnsweredGene]:
    genes: dict[str, AnsweredGene] = {}
    repeated: dict[str, None] = {}
    for match, explanation in found:
        symbol = match.symbol
        if symbol is None and offered is not None:
            possible = [name for name in match.candidates if name in offered]
            symbol = possible[0] if len(possible) == 1 else None
        if symbol is None:
            if match.status == "ambiguous":
                detail = f"{match.written} ({', '.join(match.candidates)})"
                problems.append(Problem("ambiguous_gene", detail[:80]))
            else:
                problems.append(Problem("unknown_gene", match.written[:80]))
        elif symbol in genes:
            repeated[symbol] = None
        else:
            genes[symbol] = AnsweredGene(symbol, match.written, explanation)
            if offered is not None and symbol not in offered:
                problems.append(Problem("not_a_candidate", symbol))
    problems.extend(Problem("duplicate", symbol) for symbol in repeated)
    return list(genes.values())

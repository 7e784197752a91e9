"""The grader of explanations: is every phenotype that they cite in the case, and in the disease?"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from genecaller.graders.genes import parsed, problems_of
from genecaller.graders.outcome import Grade, Item, ItemProblem, told_apart
from genecaller.graders.template import Template
from genecaller.llm.answer import Answer, AnsweredGene
from genecaller.llm.prompt import short_disease
from ontology.hpo import PHENOTYPIC_ABNORMALITY
from ontology.knowledge import Knowledge
from ontology.recognise import Mention


class Recognises(Protocol):
    """The part of the recogniser that is used here."""

    def recognise(self, text: str) -> tuple[Mention, ...]: ...


@dataclass(frozen=True, slots=True)
class Citation:
    """One phenotype cited for one gene, and whether it holds.

    `in_case`: the patient has it, itself or something narrower (or, cited as absent, was found
    without it, or does not have it on record). `in_disease`: a disease of the gene is annotated
    with it, with something narrower, or with something broader that is still a phenotype; a
    finding cited as absent says nothing of the disease, and counts as True.
    """

    symbol: str
    hpo_id: str
    label: str
    absent: bool
    in_case: bool
    in_disease: bool

    @property
    def holds(self) -> bool:
        """Whether the citation is grounded in both."""
        return self.in_case and self.in_disease


@dataclass(frozen=True)
class Grounding:
    """Looks up what explanations cite; made once for a knowledge."""

    knowledge: Knowledge
    recogniser: Recognises

    def citations(
        self, answer: Answer, present: Iterable[str], absent: Iterable[str] = ()
    ) -> tuple[Citation, ...]:
        """Every phenotype that the explanations of an answer cite, each once a gene.

        `present` and `absent` are the case's HPO ids, old ones allowed. Thoughts are not looked
        at: they may weigh what a gene would show. Uncertain and family mentions are no claims.
        """
        hpo = self.knowledge.hpo
        has = self._closure(present, upward=True)
        lacks = self._closure(absent, upward=False)
        found: dict[tuple[str, int, bool], Citation] = {}
        for gene in answer.genes:
            allowed = self._annotated(gene.symbol)
            for mention in self.recogniser.recognise(self._without_diseases(gene)):
                term = hpo.index[mention.hpo_id]
                if not hpo.is_phenotypic_abnormality[term] or term == self._root:
                    continue
                if mention.status not in ("present", "excluded"):
                    continue
                denied = mention.status == "excluded"
                found.setdefault(
                    (gene.symbol, term, denied),
                    Citation(
                        symbol=gene.symbol,
                        hpo_id=mention.hpo_id,
                        label=hpo.names[term],
                        absent=denied,
                        in_case=bool(lacks[term] or not has[term]) if denied else bool(has[term]),
                        in_disease=denied or bool(allowed[term]),
                    ),
                )
        return tuple(found.values())

    def _without_diseases(self, gene: AnsweredGene) -> str:
        """The explanation without its gene's disease names: "Joubert syndrome 3" cites nothing.

        A name that is itself a phenotype's stays: it may be cited.
        """
        annotations, text = self.knowledge.annotations, gene.explanation
        index = annotations.gene_index.get(gene.symbol)
        for disease in () if index is None else annotations.diseases_of_gene[index].tolist():
            full = annotations.disease_names[disease]
            for name in (full, short_disease(full)):
                if name.lower() not in self._phenotype_names:
                    text = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", " ", text, flags=re.I)
        return text

    @cached_property
    def _phenotype_names(self) -> frozenset[str]:
        hpo = self.knowledge.hpo
        synonyms = (synonym.text.lower() for row in hpo.synonyms for synonym in row)
        return frozenset((*(name.lower() for name in hpo.names), *synonyms))

    @cached_property
    def _root(self) -> int:
        return self.knowledge.hpo.index[PHENOTYPIC_ABNORMALITY]

    def _closure(self, hpo_ids: Iterable[str], *, upward: bool) -> NDArray[np.bool_]:
        """Shape (n_terms,): the terms with all that they imply (or, downward, that imply them)."""
        hpo = self.knowledge.hpo
        mask = np.zeros(len(hpo), dtype=np.bool_)
        for hpo_id in hpo_ids:
            current = hpo.resolve(hpo_id).hpo_id
            if current is not None:
                term = hpo.index[current]
                mask[hpo.ancestors(term) if upward else hpo.descendants(term)] = True
        return mask

    def _annotated(self, symbol: str) -> NDArray[np.bool_]:
        """Shape (n_terms,): what may be cited for a gene, by the annotations of its diseases."""
        hpo, annotations = self.knowledge.hpo, self.knowledge.annotations
        mask = np.zeros(len(hpo), dtype=np.bool_)
        gene = annotations.gene_index.get(symbol)
        if gene is None:
            return mask
        for disease in annotations.diseases_of_gene[gene].tolist():
            rows = annotations.rows_of(disease)
            for term in annotations.term[rows][~annotations.negated[rows]].tolist():
                if term != self._root and hpo.is_phenotypic_abnormality[term]:
                    mask[hpo.ancestors(term)] = True
                    mask[hpo.descendants(term)] = True
        return mask


@dataclass(frozen=True, slots=True)
class Grounded:
    """The share of cited phenotypes that are in the case and annotated to the gene's disease.

    The item gives the case's HPO ids under the keys `present` and `absent`. An answer that cites
    nothing scores 0: it explains nothing. Parts: "in_case", "in_disease", "cited" (a count).
    """

    name: str
    input: Template
    grounding: Grounding
    present: str = "present"
    absent: str = "absent"

    @told_apart
    def grade(self, output_text: str, item: Item) -> Grade:
        """The share of grounded citations; the problem names those that are not."""
        answer = parsed(self.input, output_text, item)
        present = _ids(item, self.present)
        absent = _ids(item, self.absent) if self.absent in item else ()
        cited = self.grounding.citations(answer, present, absent)
        if not cited:
            return Grade(0.0, {"cited": 0.0}, problems_of(answer) or "no phenotype is cited")
        parts = {
            "in_case": sum(one.in_case for one in cited) / len(cited),
            "in_disease": sum(one.in_disease for one in cited) / len(cited),
            "cited": float(len(cited)),
        }
        wrong = [one for one in cited if not one.holds]
        said = ", ".join(
            f"{one.label} for {one.symbol} is not in the {'disease' if one.in_case else 'case'}"
            for one in wrong[:5]
        )
        return Grade(1 - len(wrong) / len(cited), parts, said or None)


def _ids(item: Item, key: str) -> Sequence[str]:
    value = item.get(key)
    if not isinstance(value, list | tuple) or not all(isinstance(one, str) for one in value):
        raise ItemProblem(f"the item has no list of HPO ids under {key!r}")
    return value

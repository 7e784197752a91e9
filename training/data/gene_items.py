"""Gene cases as training items: prompt, right gene, and a worked answer from the annotations."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from genecaller.cases.case import Case
from genecaller.errors import UsageError
from genecaller.llm.candidates import CANDIDATES, Weighed, weigh_candidates
from genecaller.llm.candidates import weighed as weighed_gene
from genecaller.llm.prompt import Candidate, Form, build_prompt
from training.data.dataset import Item
from training.data.worked_answers import worked_answer

if TYPE_CHECKING:
    from genecaller.rankers.base import Ranker
    from genecaller.rankers.profiles.disease_profiles import DiseaseProfiles
    from ontology.knowledge import Knowledge

MissingTruth = Literal["keep", "drop"]


@dataclass(frozen=True)
class ItemMaker:
    """Turns solved cases into items of one form.

    `candidates` is how many genes a hybrid prompt offers, in the ranker's order; an open prompt
    offers none, but its worked answer names as many rivals of the right gene. `answer_genes`
    bounds the genes of a worked answer. With `leave_out`, a case whose publication the knowledge
    cites is prepared as if that publication had never been annotated: the model must not learn to
    rely on a case having been read already. With `shuffled`, the candidates stand in an order
    drawn from the case's id: where the first is mostly right, copying it is all there is to learn.
    """

    knowledge: Knowledge
    ranker: Ranker
    form: Form = "hybrid"
    candidates: int = CANDIDATES
    answer_genes: int = 5
    leave_out: bool = True
    shuffled: bool = False
    _views: dict[str, DiseaseProfiles] = field(default_factory=dict, repr=False, compare=False)

    def items(
        self,
        cases: Iterable[Case],
        *,
        worked: bool = False,
        missing: MissingTruth = "keep",
        advance: Callable[[int], None] = lambda n: None,
    ) -> Iterator[Item]:
        """One item a solved case, in order; cases without a gene or terms are left out.

        `worked` adds the worked answer as a last message. `missing` says what becomes of a hybrid
        case whose right gene is not among the candidates: kept for an honest validation, dropped
        from training, where no answer to it could ever be right.
        """
        for case in cases:
            advance(1)
            if case.solution is None or not case.terms:
                continue
            weighed = self.weigh(case)
            gene = case.solution.gene
            among = any(one.candidate.symbol == gene for one in weighed)
            if self.form == "hybrid" and not among and missing == "drop":
                continue
            yield self.item(case, weighed, worked=worked and (among or self.form == "open"))

    def item(self, case: Case, weighed: list[Weighed], *, worked: bool) -> Item:
        """The item of one solved case whose candidates have been weighed."""
        assert case.solution is not None
        if self.shuffled:
            weighed = random.Random(case.id).sample(weighed, len(weighed))
        offered = [one.candidate for one in weighed] if self.form == "hybrid" else []
        prompt = build_prompt(case.without_solution(), self.form, offered)
        messages = prompt.messages
        if worked:
            own = self._truth(case, weighed)
            rivals = [one for one in weighed if one.candidate.symbol != case.solution.gene]
            answer = worked_answer(own, rivals[: self.answer_genes - 1])
            messages.append({"role": "assistant", "content": answer})
        return {
            "messages": messages,
            "gene": case.solution.gene,
            "disease": case.solution.disease_id,
            "case_id": case.id,
            "publication": case.pmid,
            "present": list(case.hpo_ids),
            "absent": list(case.excluded_hpo_ids),
            "candidates": [one.candidate.symbol for one in weighed] if offered else [],
            "prompt_version": prompt.version,
        }

    def weigh(self, case: Case) -> list[Weighed]:
        """The ranker's first genes for a case with the evidence for each, in its order.

        A ranker that was trained ranks a solved case by what never saw its gene: candidates in an
        order that was fitted to the answer would be better than a new case's.
        """
        from genecaller.rankers.registry import held_out

        profiles = self._profiles(case)
        ranker = self.ranker if profiles is None else self._rebased(profiles)
        if case.solution is not None:
            ranker = held_out(ranker, case.solution.gene)
        return weigh_candidates(ranker, case, self.knowledge, self.candidates, profiles)

    def _profiles(self, case: Case) -> DiseaseProfiles | None:
        """The knowledge as it was before the case's publication; None where nothing cites it."""
        from genecaller.rankers.profiles.cache import open_profiles
        from genecaller.rankers.profiles.leave_publication_out import without_publication

        pmid = case.pmid
        if not self.leave_out or pmid not in self.knowledge.annotations.cited_publications:
            return None
        if pmid not in self._views:
            # Cases of one publication come one after another; older views are not needed again.
            self._views.clear()
            self._views[pmid] = without_publication(open_profiles(self.knowledge), pmid)
        return self._views[pmid]

    def _rebased(self, profiles: DiseaseProfiles) -> Ranker:
        from genecaller.evaluation.systems import Rebasable

        if not isinstance(self.ranker, Rebasable):
            raise UsageError(
                f"{self.ranker.name} cannot leave a publication out; train with another data.ranker"
            )
        return self.ranker.on(profiles)

    def _truth(self, case: Case, weighed: list[Weighed]) -> Weighed:
        """The right gene with evidence: as the prompt offers it, else by the patient's disease."""
        from genecaller.rankers.explain.evidence import weigh_all

        assert case.solution is not None
        annotations = self.knowledge.annotations
        gene = case.solution.gene
        disease = annotations.disease_index.get(str(case.solution.disease_id))
        if self.form == "hybrid" or disease is None:
            for one in weighed:
                if one.candidate.symbol == gene:
                    return one
        if disease is None:
            return Weighed(Candidate(gene, None, ""), None)
        (told,) = weigh_all(self.knowledge, case, [disease], self._profiles(case))
        return weighed_gene(gene, told)

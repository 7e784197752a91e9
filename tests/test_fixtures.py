"""The tiny knowledge has what the other tests rely on: it is real-shaped."""

from __future__ import annotations

import numpy as np

from ontology.knowledge import Knowledge


def test_tiny_knowledge_holds_every_kind_of_row(tiny_knowledge: Knowledge) -> None:
    hpo, annotations = tiny_knowledge.hpo, tiny_knowledge.annotations
    assert 60 <= len(hpo) <= 120
    assert len(annotations.disease_ids) == 12
    assert {"TSC2", "TBX1", "TBCE"} < set(annotations.gene_symbols)
    assert annotations.negated.sum() >= 2
    assert (annotations.denominator > 0).any()
    assert np.isclose(annotations.frequency, 0.895).any()
    assert np.isnan(annotations.frequency).any()
    assert {"I", "P"} <= set(annotations.aspect.tolist())
    assert annotations.cited_publications


def test_tiny_knowledge_maps_old_ids(tiny_knowledge: Knowledge) -> None:
    hpo = tiny_knowledge.hpo
    assert hpo.resolve("HP:0001303").hpo_id == "HP:0001250"
    assert hpo.resolve("HP:0003114").status == "replaced"
    assert hpo.resolve("HP:0003494").status == "obsolete"
    assert hpo.resolve("HP:0003494").candidates
    assert hpo.resolve("HP:9999999").status == "unknown"


def test_tiny_knowledge_is_a_cut_of_the_real_one(
    tiny_knowledge: Knowledge, knowledge: Knowledge
) -> None:
    for i, hpo_id in enumerate(tiny_knowledge.hpo.ids):
        j = knowledge.hpo.index[hpo_id]
        assert tiny_knowledge.hpo.names[i] == knowledge.hpo.names[j]
        tiny = {tiny_knowledge.hpo.ids[a] for a in tiny_knowledge.hpo.ancestors(i).tolist()}
        assert tiny == {knowledge.hpo.ids[a] for a in knowledge.hpo.ancestors(j).tolist()}

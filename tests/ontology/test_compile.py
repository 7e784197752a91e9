"""The compiled form says what the release files say, on the tiny release and by hand."""

from __future__ import annotations

import math
import shutil
from pathlib import Path

import numpy as np
import pytest

from ontology.compile import SOURCE_FILES, compile_knowledge
from ontology.errors import KnowledgeError
from ontology.knowledge import Knowledge

TINY = Path(__file__).parents[1] / "fixtures" / "tiny"
SEIZURE = "HP:0001250"


def test_terms_carry_names_synonyms_and_old_ids(tiny_knowledge: Knowledge) -> None:
    hpo = tiny_knowledge.hpo
    assert hpo.name(SEIZURE) == "Seizure"
    assert list(hpo.ids) == sorted(hpo.ids)
    synonyms = {s.text: (s.scope, s.type) for s in hpo.synonyms[hpo.index[SEIZURE]]}
    assert synonyms["Seizures"] == ("EXACT", "plural_form")
    assert synonyms["Epilepsy"] == ("RELATED", "layperson")
    old = hpo.resolve("HP:0002430")
    assert (old.status, old.hpo_id) == ("alternative", SEIZURE)
    assert hpo.resolve("HP:9999999").status == "unknown"
    assert hpo.resolve(SEIZURE).status == "current"


def test_the_closure_is_reflexive_and_transitive(tiny_knowledge: Knowledge) -> None:
    hpo = tiny_knowledge.hpo
    for i in range(len(hpo)):
        ancestors = set(hpo.ancestors(i).tolist())
        expected = {i}.union(*(set(hpo.ancestors(p).tolist()) for p in hpo.parents(i).tolist()))
        assert ancestors == expected
        assert all(i in hpo.descendants(a) for a in ancestors)
        assert all(i in hpo.children(p) for p in hpo.parents(i).tolist())


def test_information_content_counts_diseases_of_the_term_and_below(
    tiny_knowledge: Knowledge,
) -> None:
    hpo, annotations = tiny_knowledge.hpo, tiny_knowledge.annotations
    for hpo_id in (SEIZURE, "HP:0000118"):
        below = set(hpo.descendants(hpo.index[hpo_id]).tolist())
        diseases = {
            int(d)
            for d, t, negated in zip(
                annotations.disease, annotations.term, annotations.negated, strict=True
            )
            if int(t) in below and not negated
        }
        expected = -math.log(len(diseases) / len(annotations.disease_ids))
        assert hpo.information_content[hpo.index[hpo_id]] == pytest.approx(expected, abs=1e-6)


def test_annotations_keep_counts_publications_and_negation(tiny_knowledge: Knowledge) -> None:
    hpo, annotations = tiny_knowledge.hpo, tiny_knowledge.annotations
    rows = annotations.rows_of(annotations.disease_index["OMIM:613254"])
    at = [r for r in range(rows.start, rows.stop) if annotations.term[r] == hpo.index[SEIZURE]]
    assert len(at) == 1
    row = at[0]
    assert (annotations.numerator[row], annotations.denominator[row]) == (129, 130)
    assert annotations.frequency[row] == pytest.approx(129 / 130)
    assert annotations.references[annotations.reference[row]] == "PMID:11112665;PMID:29196670"
    assert row in annotations.rows_of_publication["PMID:29196670"]
    assert "PMID:29196670" in annotations.cited_publications
    raw = (TINY / "phenotype.hpoa").read_text(encoding="utf-8").splitlines()
    assert int(annotations.negated.sum()) == sum(line.split("\t")[2:3] == ["NOT"] for line in raw)
    assert len(annotations.term) == sum(line.startswith(("OMIM", "ORPHA", "DECI")) for line in raw)


def test_genes_and_diseases_are_linked_both_ways(tiny_knowledge: Knowledge) -> None:
    annotations = tiny_knowledge.annotations
    gene = annotations.gene_index["TSC2"]
    disease = annotations.disease_index["OMIM:613254"]
    assert disease in annotations.diseases_of_gene[gene]
    assert gene in annotations.genes_of_disease[disease]
    assert annotations.ncbi_gene_ids[gene] == 7249


def test_the_real_release_has_its_published_size(knowledge: Knowledge) -> None:
    assert knowledge.release == "2025-01-16"
    assert len(knowledge.annotations.disease_ids) == 12_687
    assert len(knowledge.annotations.gene_symbols) == 5_126
    assert np.isfinite(knowledge.hpo.information_content).all()


@pytest.fixture
def source(tmp_path: Path) -> Path:
    for name in SOURCE_FILES:
        shutil.copy(TINY / name, tmp_path / name)
    return tmp_path


@pytest.mark.parametrize("name", SOURCE_FILES)
def test_a_missing_file_is_named(source: Path, name: str) -> None:
    (source / name).unlink()
    with pytest.raises(KnowledgeError, match=name):
        compile_knowledge(source, lambda step: None)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("hp.obo", b""),
        ("hp.obo", b"\x00\x01\x02\xff" * 64),
        ("hp.obo", b"format-version: 1.2\ndata-version: hp/releases/2025-01-16\n"),
        ("phenotype.hpoa", b""),
        ("phenotype.hpoa", b"\x00\x01\x02\xff" * 64),
        ("genes_to_phenotype.txt", b"some\tother\tcolumns\n1\t2\t3\n"),
    ],
)
def test_a_damaged_file_is_a_knowledge_error(source: Path, name: str, content: bytes) -> None:
    (source / name).write_bytes(content)
    with pytest.raises(KnowledgeError):
        compile_knowledge(source, lambda step: None)


def test_a_locus_without_a_name_is_no_gene_but_its_disease_is_linked(
    tmp_path: Path, tiny_knowledge: Knowledge
) -> None:
    for name in SOURCE_FILES:
        shutil.copy(TINY / name, tmp_path / name)
    plain = tiny_knowledge.annotations
    unlinked = sorted(set(plain.disease_ids) - {plain.disease_ids[d] for d in plain.pair_disease})
    disease = unlinked[0] if unlinked else plain.disease_ids[0]
    with (tmp_path / "genes_to_phenotype.txt").open("a", encoding="utf-8") as file:
        file.write(f"111365204\t-\t{SEIZURE}\tSeizure\t-\t{disease}\n")
    _, annotations = compile_knowledge(tmp_path, lambda step: None)
    assert annotations.gene_symbols == plain.gene_symbols
    assert np.array_equal(annotations.pair_disease, plain.pair_disease)
    assert annotations.disease_index[disease] in annotations.linked_diseases.tolist()
    assert set(plain.pair_disease.tolist()) <= set(annotations.linked_diseases.tolist())

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from genecaller.rankers import RANKERS
from genecaller.rankers.methods.gene_ranker import MethodRanker
from genecaller.rankers.methods.term_similarity import Matcher
from genecaller.rankers.profiles.cache import open_profiles
from genecaller.rankers.profiles.disease_metadata import facts_of
from genecaller.rankers.profiles.disease_profiles import DiseaseProfiles, build_profiles
from genecaller.rankers.profiles.leave_publication_out import without_publication, without_rows
from genecaller.rankers.registry import METHODS
from ontology.annotations import Annotations
from ontology.compile import compile_knowledge
from ontology.knowledge import Knowledge
from tests.conftest import TINY
from tests.genecaller.rankers.conftest import (
    CORTICAL_TUBERS,
    GLOBAL_DELAY,
    HYPERTELORISM,
    INTELLECTUAL_DISABILITY,
    SEIZURE,
    SENSORINEURAL,
    MakeCase,
)

PUBLICATIONS = ("PMID:29196670", "PMID:12742592", "PMID:17937444", "PMID:1956057")
COLUMNS = ("disease", "term", "negated", "numerator", "denominator", "frequency", "onset", "sex")
COMPUTED = (
    "row_start",
    "row_term",
    "row_frequency",
    "row_stated",
    "column_start",
    "column_disease",
    "column_frequency",
    "not_disease",
    "not_term",
    "carriers",
)


def filtered(annotations: Annotations, rows: np.ndarray) -> Annotations:
    keep = np.ones(annotations.disease.size, dtype=bool)
    keep[rows] = False
    names = (*COLUMNS, "aspect", "evidence", "reference")
    return replace(annotations, **{name: getattr(annotations, name)[keep] for name in names})


@pytest.mark.parametrize("pmid", PUBLICATIONS)
def test_scores_are_those_of_a_release_compiled_without_the_rows(
    pmid: str, tmp_path: Path, profiles: DiseaseProfiles, make_case: MakeCase
) -> None:
    """The release files are really written again without the lines, and compiled."""
    for name in ("hp.obo", "genes_to_phenotype.txt"):
        (tmp_path / name).write_bytes((TINY / name).read_bytes())
    lines = (TINY / "phenotype.hpoa").read_text(encoding="utf-8").splitlines(keepends=True)
    kept = [
        line for line in lines if line.startswith("#") or pmid not in line.split("\t")[4].split(";")
    ]
    assert len(kept) < len(lines)
    (tmp_path / "phenotype.hpoa").write_text("".join(kept), encoding="utf-8")
    recompiled = build_profiles(*compile_knowledge(tmp_path, lambda step: None))
    view = without_publication(profiles, pmid)
    assert view.n_diseases == recompiled.n_diseases
    case = make_case(
        CORTICAL_TUBERS,
        SEIZURE,
        INTELLECTUAL_DISABILITY,
        SENSORINEURAL,
        excluded=(HYPERTELORISM, GLOBAL_DELAY),
    )
    for name, (paper, method) in METHODS.items():
        ours = MethodRanker(name, paper, method, Matcher(view)).score_diseases(case)
        theirs = MethodRanker(name, paper, method, Matcher(recompiled)).score_diseases(case)
        ids = recompiled.annotations.disease_ids
        expected = {ids[d]: s for d, s in zip(recompiled.diseases, theirs, strict=True)}
        for disease, score in zip(view.diseases.tolist(), ours.tolist(), strict=True):
            known = expected.get(view.annotations.disease_ids[disease], -np.inf)
            assert score == pytest.approx(float(known), rel=1e-5), name


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_every_array_is_that_of_a_full_rebuild(seed: int, knowledge: Knowledge) -> None:
    profiles = open_profiles(knowledge)
    annotations = knowledge.annotations
    generator = np.random.default_rng(seed)
    pmids = generator.choice(sorted(annotations.rows_of_publication), 20, replace=False)
    rows = np.unique(np.concatenate([annotations.rows_of_publication[p] for p in pmids]))
    view = without_rows(profiles, rows)
    rebuilt = build_profiles(knowledge.hpo, filtered(annotations, rows))
    for name in COMPUTED:
        nan = name == "row_stated"
        assert np.array_equal(getattr(view, name), getattr(rebuilt, name), equal_nan=nan), name
    assert view.n_diseases == len(np.unique(rebuilt.annotations.disease))
    ours, theirs = facts_of(view), facts_of(rebuilt)
    for name in ("n_terms", "n_closed", "inheritance"):
        assert np.array_equal(getattr(ours, name), getattr(theirs, name)), name


def test_a_publication_that_nothing_cites_changes_nothing(profiles: DiseaseProfiles) -> None:
    assert without_publication(profiles, "PMID:1") is profiles


def test_a_disease_that_loses_everything_is_not_ranked(
    knowledge: Knowledge, make_case: MakeCase
) -> None:
    profiles = open_profiles(knowledge)
    disease = int(profiles.diseases[5])
    at = knowledge.annotations.rows_of(disease)
    view = without_rows(profiles, np.arange(at.start, at.stop, dtype=np.int32))
    assert view.n_diseases == profiles.n_diseases - 1
    assert not view.is_annotated[5]
    paper, method = METHODS["sum"]
    scores = MethodRanker("sum", paper, method, Matcher(view)).score_diseases(make_case(SEIZURE))
    assert scores[5] == -np.inf
    assert np.isfinite(scores).sum() == view.is_annotated.sum()


def test_the_whole_view_is_left_as_it_was(profiles: DiseaseProfiles) -> None:
    before = profiles.column_frequency.copy()
    without_publication(profiles, PUBLICATIONS[0])
    assert np.array_equal(profiles.column_frequency, before)
    assert "sum" in RANKERS

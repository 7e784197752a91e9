from collections.abc import Callable
from math import log
from pathlib import Path

import numpy as np
import pytest

from genecaller.rankers.profiles import cache
from genecaller.rankers.profiles.cache import open_profiles
from genecaller.rankers.profiles.disease_profiles import DiseaseProfiles, build_profiles, runs
from genecaller.rankers.profiles.frequencies import pooled_frequencies
from ontology.knowledge import Knowledge
from tests.genecaller.rankers.conftest import (
    CORTICAL_TUBERS,
    GLOBAL_DELAY,
    NEURODEVELOPMENTAL_DELAY,
    SEIZURE,
)

At = Callable[[str], int]


def direct(profiles: DiseaseProfiles, disease: int, hpo_id: str) -> tuple[float, float]:
    row = profiles.row(disease)
    where = profiles.row_term[row].tolist().index(profiles.hpo.index[hpo_id])
    return float(profiles.row_frequency[row][where]), float(profiles.row_stated[row][where])


def test_counts_are_shrunk_towards_the_prior_and_stated_as_they_are(
    profiles: DiseaseProfiles, at: At
) -> None:
    frequency, stated = direct(profiles, at("OMIM:613254"), CORTICAL_TUBERS)
    assert frequency == pytest.approx((60 + 1.2) / (67 + 2))
    assert stated == pytest.approx(60 / 67)


def test_a_class_stands_as_it_is_and_an_unstated_frequency_gets_the_prior_mean(
    profiles: DiseaseProfiles, at: At
) -> None:
    assert direct(profiles, at("ORPHA:805"), CORTICAL_TUBERS) == pytest.approx((0.895, 0.895))
    frequency, stated = direct(profiles, at("OMIM:117550"), SEIZURE)
    assert frequency == pytest.approx(0.6)
    assert np.isnan(stated)


def test_counts_of_several_publications_are_added_up(tiny_knowledge: Knowledge) -> None:
    annotations = tiny_knowledge.annotations
    rows = np.flatnonzero((annotations.aspect == "P") & ~annotations.negated)[:1].astype(np.int32)
    twice = np.concatenate([rows, rows])
    once = pooled_frequencies(annotations, rows)
    both = pooled_frequencies(annotations, twice)
    assert len(once[0]) == len(both[0]) == 1
    numerator, denominator = annotations.numerator[rows][0], annotations.denominator[rows][0]
    if denominator > 0:
        assert both[2][0] == pytest.approx((2 * numerator + 1.2) / (2 * denominator + 2))
        assert both[3][0] == pytest.approx(once[3][0])


def test_the_closure_carries_the_largest_frequency_to_the_ancestors(
    profiles: DiseaseProfiles, at: At
) -> None:
    # ORPHA:805 has Neurodevelopmental delay itself (0.545); KCNQ2's disease only below it (1/1)
    column = profiles.column(profiles.hpo.index[NEURODEVELOPMENTAL_DELAY])
    shown = dict(
        zip(
            profiles.column_disease[column].tolist(),
            profiles.column_frequency[column].tolist(),
            strict=True,
        )
    )
    assert shown[at("ORPHA:805")] == pytest.approx(0.545)
    assert shown[at("OMIM:613720")] == pytest.approx((1 + 1.2) / (1 + 2))
    delay = profiles.column(profiles.hpo.index[GLOBAL_DELAY])
    assert at("ORPHA:805") not in profiles.column_disease[delay].tolist()


def test_information_content_is_the_ontologys(
    profiles: DiseaseProfiles, tiny_knowledge: Knowledge
) -> None:
    assert profiles.information_content[profiles.hpo.index[CORTICAL_TUBERS]] == pytest.approx(
        log(12 / 3)
    )
    carried = profiles.carriers > 0
    assert profiles.information_content[carried] == pytest.approx(
        tiny_knowledge.hpo.information_content[carried]
    )


def test_every_named_gene_has_its_diseases(profiles: DiseaseProfiles) -> None:
    links = profiles.links
    symbols = profiles.annotations.gene_symbols
    found: dict[str, list[str]] = {}
    for i, d in zip(links.group.tolist(), links.disease.tolist(), strict=True):
        disease_id = profiles.annotations.disease_ids[profiles.diseases[d]]
        found.setdefault(symbols[links.gene[i]], []).append(disease_id)
    assert found["TSC1"] == ["OMIM:191100", "ORPHA:805"]
    assert found["GATA3"] == ["OMIM:146255"]
    assert set(found) == set(symbols)


def test_a_locus_without_a_name_is_no_gene(knowledge: Knowledge) -> None:
    genes = open_profiles(knowledge).links.gene
    assert not {knowledge.annotations.gene_symbols[g] for g in genes.tolist()} & {"-", ""}


def test_what_is_read_from_disk_is_what_was_computed(
    tiny_knowledge: Knowledge, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache, "_opened", {})
    first = open_profiles(tiny_knowledge)
    assert list(tiny_knowledge.path.glob("profiles-*.npz"))
    monkeypatch.setattr(cache, "_opened", {})
    monkeypatch.setattr(cache, "build_profiles", lambda *given: pytest.fail("computed anew"))
    second = open_profiles(tiny_knowledge)
    assert second is not first
    for name in ("row_term", "row_frequency", "column_start", "column_disease", "carriers"):
        assert np.array_equal(getattr(first, name), getattr(second, name))


@pytest.mark.parametrize("how", ["noise", "empty", "cut", "changed", "old form"])
def test_a_damaged_or_foreign_file_is_computed_anew_with_a_word(
    tiny_knowledge: Knowledge,
    how: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("ontology.manifest._told", set())
    monkeypatch.setattr(cache, "_opened", {})
    open_profiles(tiny_knowledge)
    path: Path = cache._file(tiny_knowledge)
    whole = path.read_bytes()
    changed = bytearray(whole)
    changed[len(whole) // 3] ^= 1
    with np.load(path) as stored:  # its own checksum stands behind what numpy reads
        assert "row_term" in stored.files
    path.write_bytes(
        {
            "noise": b"not an archive",
            "empty": b"",
            "cut": whole[: len(whole) // 2],
            "changed": bytes(changed),
            "old form": whole[:-40],
        }[how]
    )
    capsys.readouterr()
    for told in (f"genecaller: {path} is damaged: it is made anew\n", ""):
        monkeypatch.setattr(cache, "_opened", {})
        assert len(open_profiles(tiny_knowledge)) == 12
        assert capsys.readouterr().err == told
    assert path.read_bytes() == whole


def test_building_twice_gives_the_same(profiles: DiseaseProfiles) -> None:
    again = build_profiles(profiles.hpo, profiles.annotations)
    assert np.array_equal(again.column_frequency, profiles.column_frequency)


def test_runs() -> None:
    position, size = runs(np.asarray([0, 2, 2, 5], np.int32), np.asarray([2, 0, 1], np.int32))
    assert position.tolist() == [2, 3, 4, 0, 1]
    assert size.tolist() == [3, 2, 0]

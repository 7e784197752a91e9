"""What the recogniser finds in sentences, on the real ontology."""

from __future__ import annotations

import pytest

from ontology.knowledge import Knowledge
from ontology.manifest import read_sealed
from ontology.recognise import Mention, Recogniser, recogniser_for


@pytest.fixture(scope="module")
def recogniser(knowledge: Knowledge) -> Recogniser:
    return recogniser_for(knowledge)


def labels(mentions: tuple[Mention, ...], status: str = "present") -> set[str]:
    return {m.label for m in mentions if m.status == status}


FOUND = [
    ("She has seizures.", {"Seizure"}),
    ("Tetralogy of Fallot was repaired.", {"Tetralogy of Fallot"}),
    ("a floppy infant with a big head", {"Hypotonia", "Macrocephaly"}),
    ("oesophageal atresia and anaemia", {"Esophageal atresia", "Anemia"}),
    ("The ears are low-set and posteriorly rotated.", {"Low-set ears", "Posteriorly rotated ears"}),
    (
        "short, broad thumbs and halluces",
        {"Short thumb", "Broad thumb", "Short hallux", "Broad hallux"},
    ),
    ("small low-set ears", {"Microtia", "Low-set ears"}),
    ("cleft lip and palate", {"Orofacial cleft"}),
    ("marked camptodactyly of both fingers", {"Camptodactyly of finger"}),
    ("hyper-telorism", {"Hypertelorism"}),
    ("hypoplastic toe nails", {"Hypoplastic toenails"}),
    ("microcephalic and ataxic", {"Microcephaly", "Ataxia"}),
    ("undesended testes", {"Cryptorchidism"}),
    ("Eyes: deep-set. Neck: short.", {"Deeply set eye", "Short neck"}),
    ("high arched palate, long philtrum; thin upper lip",
     {"High palate", "Long philtrum", "Thin upper lip vermilion"}),
    ("He is nonverbal and cannot walk.", {"Absent speech", "Inability to walk"}),
    ("naïve girl with café-au-lait spots", {"Cafe-au-lait spot"}),
    ("elevated transaminases", {"Elevated circulating hepatic transaminase concentration"}),
    ("cleft lip, cleft palate and ptosis", {"Cleft lip", "Cleft palate", "Ptosis"}),
    ("intellectual disability, progressive microcephaly",
     {"Intellectual disability", "Progressive microcephaly"}),
    ("overlap of the left foot, varus deformity of the knee", {"Genu varum"}),
    ("palmar and plantar pits", {"Palmar pits", "Plantar pits"}),
    ("decreased vibratory sense", {"Impaired vibratory sensation"}),
    ("diffuse hyperreflexia", {"Generalized hyperreflexia"}),
    ("vitamin K deficiency", {"Decreased circulating vitamin K concentration"}),
    ("increased facial height", {"Long face"}),
    ("2,3 syndactyly of the right foot", {"2-3 toe syndactyly"}),
    ("he has hair fragility", {"Brittle hair"}),
    ("disc pallor", {"Optic disc pallor"}),
    ("hypoplasia of the patella", {"Patellar hypoplasia"}),
    ("absent right tragus", {"Absent tragus"}),
    ("open and closed comedones", {"Open comedo", "Closed comedo"}),
    ("Nose: bulbous appearance.", {"Bulbous nose"}),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), FOUND, ids=[t[:40] for t, _ in FOUND])
def test_finds(recogniser: Recogniser, text: str, expected: set[str]) -> None:
    assert labels(recogniser.recognise(text)) == expected


NOTHING = [
    "The Glasgow coma scale was 15.",
    "He was fond of football and his parents are teachers.",
    "",
    "    \n\t\n",
    "Plasma amino acids and urine organic acids were sent.",
    "The collecting system was seen.",
    "an autosomal dominant disorder that affects children",
    "dermal thymus), neural",
]


@pytest.mark.parametrize("text", NOTHING)
def test_finds_nothing(recogniser: Recogniser, text: str) -> None:
    assert labels(recogniser.recognise(text)) == set()


def test_a_normal_appearance_excludes_no_organ(recogniser: Recogniser) -> None:
    assert recogniser.recognise("Abdomen: normal appearance.") == ()


def test_a_cue_cut_off_by_the_end_of_the_text_is_the_shorter_one(recogniser: Recogniser) -> None:
    (mention,) = recogniser.recognise("Ataxia was not")
    assert mention.label == "Ataxia"


def test_the_most_specific_name_wins_and_its_words_are_not_used_twice(
    recogniser: Recogniser,
) -> None:
    mentions = recogniser.recognise("bilateral sensorineural hearing loss")
    assert [m.label for m in mentions] == ["Bilateral sensorineural hearing impairment"]


def test_a_noun_that_goes_on_is_another_thing(recogniser: Recogniser) -> None:
    assert "Short toe" not in labels(recogniser.recognise("short toe nails"))


def test_every_mention_says_why(recogniser: Recogniser) -> None:
    (mention,) = recogniser.recognise("He has big ears.")
    assert mention.text == "big ears"
    assert (mention.start, mention.end) == (7, 15)
    assert mention.hpo_id == "HP:0000400"
    assert mention.matched
    assert mention.rule
    assert 0 < mention.score <= 1


def test_abbreviations_are_learnt_from_the_text(recogniser: Recogniser) -> None:
    text = "He has sensorineural hearing loss (SNL). The SNL is bilateral."
    spans = [m.text for m in recogniser.recognise(text)]
    assert spans == ["sensorineural hearing loss", "SNL", "SNL"]


def test_an_abbreviation_defined_otherwise_is_no_finding(recogniser: Recogniser) -> None:
    text = "Global demand distribution (GDD) was computed; GDD was low."
    assert recogniser.recognise(text) == ()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Echocardiogram showed VSD and ASD.", "Atrial septal defect"),
        ("He has ASD with social problems and ADHD.", "Autistic behavior"),
    ],
)
def test_context_decides_an_ambiguous_abbreviation(
    recogniser: Recogniser, text: str, expected: str
) -> None:
    assert expected in labels(recogniser.recognise(text))


def test_onset_and_severity_are_kept(recogniser: Recogniser) -> None:
    dystonia, seizure, myoclonus = recogniser.recognise(
        "Severe dystonia since birth, seizures at the age of 5 months, and infantile myoclonus."
    )
    assert (dystonia.severity, dystonia.onset) == ("HP:0012828", "HP:0003577")
    assert (seizure.severity, seizure.onset) == (None, "P5M")
    assert myoclonus.onset == "HP:0003593"


def test_wrapped_lines_are_one_sentence(recogniser: Recogniser) -> None:
    assert "Hearing impairment" in labels(recogniser.recognise("He has a marked hearing\nloss."))


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends_of_any_system(recogniser: Recogniser, end: str) -> None:
    text = end.join(["Findings:", "- seizures", "- no ataxia", "", "Family history:", "- gout"])
    mentions = recogniser.recognise(text)
    assert [(m.text, m.status) for m in mentions] == [
        ("seizures", "present"), ("ataxia", "excluded"), ("gout", "family"),
    ]  # fmt: skip


@pytest.mark.parametrize("cell", ["\t", " | ", ": ", "  "])
def test_a_pasted_table_answers_yes_and_no(recogniser: Recogniser, cell: str) -> None:
    rows = [("Seizures", "yes"), ("Ataxia", "no"), ("Cleft palate", "-"), ("Scoliosis", "+")]
    text = "Finding\n" + "\n".join(name + cell + answer for name, answer in rows) + "\n"
    found = {m.label: m.status for m in recogniser.recognise(text)}
    assert found == {
        "Seizure": "present", "Ataxia": "excluded",
        "Cleft palate": "excluded", "Scoliosis": "present",
    }  # fmt: skip


def test_a_long_text_is_read_in_blocks_with_true_offsets(recogniser: Recogniser) -> None:
    sentence = "The boy had seizures but no ataxia. "
    text = sentence * 2000
    mentions = recogniser.recognise(text)
    assert len(mentions) == 4000
    assert all(m.text == text[m.start : m.end] for m in mentions)
    assert {m.status for m in mentions if m.text == "ataxia"} == {"excluded"}


def test_the_kept_index_is_read_back_the_same(tiny_knowledge: Knowledge) -> None:
    first = Recogniser(tiny_knowledge)
    (kept,) = tiny_knowledge.path.glob("recogniser-*.bin")
    written = kept.stat().st_mtime_ns
    second = Recogniser(tiny_knowledge)
    assert kept.stat().st_mtime_ns == written
    assert second.index.as_record() == first.index.as_record()
    whole = kept.read_bytes()
    changed = bytearray(whole)
    changed[len(whole) // 2] ^= 1
    for damaged in (b"not an index", b"", whole[: len(whole) // 2], bytes(changed)):
        kept.write_bytes(damaged)
        assert Recogniser(tiny_knowledge).index.as_record() == first.index.as_record()
        assert read_sealed(kept) is not None


def test_what_was_corrected_outlasts_a_full_vocabulary(tiny_knowledge: Knowledge) -> None:
    text = "He had hypertelorizm, " + " ".join(f"word{chr(97 + i)}" for i in range(20)) + "."
    plain, small = Recogniser(tiny_knowledge), Recogniser(tiny_knowledge)
    small.vocabulary.limit = 3
    (mention,) = plain.recognise(text)
    assert mention.rule == "spelling"
    assert small.recognise(text) == (mention,)

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genecaller.graders.meteor import meteor, singular
from genecaller.graders.ngrams import bleu, gleu, rouge_l, rouge_n, words_of
from genecaller.graders.similarity import METRICS, Metric, similarity
from genecaller.graders.specification import make_grader

GUIDE = "It is a guide to action that ensures that the military will forever heed Party commands"
# candidate, reference, and what sacrebleu 2.5 (sentence, effective order), nltk 3.9 (gleu, and
# meteor without stems and synonyms) and rouge-score 0.1.2 (F1) say of them; the first two are
# Papineni et al.'s example, the fourth and fifth Lin's for ROUGE
PUBLISHED = [
    ("It is a guide to action which ensures that the military always obeys the commands of the "
     "party", GUIDE, 0.4118, 0.4394, (0.7059, 0.5, 0.4, 0.2857, 0.1538), 0.6471, None),
    ("It is to insure the troops forever hearing the activity guidebook that party direct", GUIDE,
     0.0648, 0.1207, (0.4667, 0.0714, 0, 0, 0), 0.4, 0.3035),
    ("the cat was found under the bed", "the cat was under the bed",
     0.4111, 0.5455, (0.9231, 0.7273, 0.4444, 0, 0), 0.9231, 0.9654),
    ("police killed the gunman", "police kill the gunman",
     0.3536, 0.4, (0.75, 0.3333, 0, 0, 0), 0.75, 0.6389),
    ("the gunman kill police", "police kill the gunman",
     0.3799, 0.5, (1.0, 0.3333, 0, 0, 0), 0.5, 0.7891),
    ("TSC2 explains tubers", "TSC2 explains cortical tubers and nodules",
     0.2317, 0.2222, (0.6667, 0.2857, 0, 0, 0), 0.6667, 0.4483),
    ("the the the the the the the", "the cat is on the mat",
     0.0781, 0.0909, (0.3077, 0, 0, 0, 0), 0.3077, 0.1639),
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "wanted", "of_bleu", "of_gleu", "of_rouge", "of_rouge_l", "of_meteor"), PUBLISHED
)
def test_the_metrics_agree_with_the_known_programs(
    text: str,
    wanted: str,
    of_bleu: float,
    of_gleu: float,
    of_rouge: tuple[float, ...],
    of_rouge_l: float,
    of_meteor: float | None,
) -> None:
    own, reference = text.split(), wanted.split()
    assert bleu(own, reference) == pytest.approx(of_bleu, abs=6e-5)
    assert gleu(own, reference) == pytest.approx(of_gleu, abs=6e-5)
    words, others = words_of(text), words_of(wanted)
    found = [rouge_n(words, others, n) for n in range(1, 6)]
    assert found == pytest.approx(list(of_rouge), abs=6e-5)
    assert rouge_l(words, others) == pytest.approx(of_rouge_l, abs=6e-5)
    if of_meteor is not None:
        assert meteor(own, reference) == pytest.approx(of_meteor, abs=6e-5)


def test_meteor_aligns_for_the_fewest_pieces() -> None:
    # worked by hand: all 4 words match, in 2 pieces: 1 - 0.5 * (2 / 4) ** 3
    assert meteor(list("cdab"), list("abcd")) == pytest.approx(0.9375)
    # precision 1, recall 1/2, one piece of 2: 0.5 / (0.9 + 0.05) * (1 - 0.5 / 8)
    assert meteor(list("ab"), list("abcd")) == pytest.approx(0.5 / 0.95 * 0.9375)


def test_meteor_matches_plurals_after_exact_words() -> None:
    assert meteor(["cortical", "tubers"], ["cortical", "tuber"]) == 1.0
    assert [singular(w) for w in ("biopsies", "masses", "loss", "is", "sinus", "cysts")] == [
        "biopsy", "mass", "loss", "is", "sinus", "cyst",
    ]  # fmt: skip


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("text", ["", "TSC2", "two words", "été?", "a b c d e f g", "!!"])
def test_every_metric_gives_the_reference_itself_one(metric: Metric, text: str) -> None:
    assert similarity(text, text, metric) == 1.0


@pytest.mark.parametrize("metric", METRICS)
def test_every_metric_tells_a_near_miss_from_a_far_one(metric: Metric) -> None:
    reference = "the patient has cortical tubers and many subependymal nodules"
    near = similarity("the patient has cortical tubers and many nodules", reference, metric)
    assert 1 > near > similarity("no idea at all", reference, metric) >= 0


@given(st.text(max_size=60), st.text(max_size=60), st.sampled_from(METRICS))
@settings(max_examples=200, deadline=None)
def test_every_metric_stays_between_zero_and_one(a: str, b: str, metric: Metric) -> None:
    assert 0 <= similarity(a, b, metric) <= 1


@pytest.mark.parametrize(
    ("operation", "answer", "score"),
    [
        ("eq", "Yes", 1), ("eq", "yes", 0), ("eq", "Yes ", 0), ("ne", "Yes", 0), ("ne", "no", 1),
        ("like", "Oh Yes!", 1), ("like", "oh yes", 0), ("ilike", "oh yES", 1), ("ilike", "no", 0),
    ],
)  # fmt: skip
def test_string_checks(operation: str, answer: str, score: float) -> None:
    grader = make_grader(
        {
            "type": "string_check",
            "input": "{{sample.output_text}}",
            "reference": "{{item.right}}",
            "operation": operation,
        }
    )
    assert grader.grade(answer, {"right": "Yes"}).score == score


def test_an_answer_that_should_be_json_and_is_not_scores_zero_and_says_so() -> None:
    grader = make_grader(
        {
            "type": "text_similarity",
            "input": "{{sample.output_json.gene}}",
            "reference": "TSC2",
            "evaluation_metric": "fuzzy_match",
        }
    )
    assert grader.grade('{"gene": "TSC2"}', {}).score == 1.0
    grade = grader.grade("TSC2", {})
    assert grade.score == 0.0
    assert grade.problem is not None
    assert "no JSON" in grade.problem

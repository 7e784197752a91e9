"""Watching a run: a first word when something goes wrong, the early stop, the best checkpoints."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

Row = Mapping[str, float]

LOWER_IS_BETTER = frozenset({"parse_failures", "answer_tokens", "kl"})


@dataclass(frozen=True, slots=True)
class Word:
    """One warning: a stable name, and a sentence with the figures that gave rise to it."""

    name: str
    text: str


def words(rounds: Sequence[Row], evaluations: Sequence[Row], accuracy: str = "top1") -> list[Word]:
    """What looks wrong after the latest round, worst first.

    `rounds` are training logs and `evaluations` validation results, oldest first; `accuracy`
    names the validation measure that is independent of the reward. Empty input gives no word.
    """
    found = [
        _reward_without_accuracy(rounds, evaluations, accuracy),
        _kl_runs_away(rounds),
        _stops_parsing(evaluations),
        _same_length(rounds),
        _cut_off(rounds),
        _same_reward(rounds),
        _critic_is_no_help(rounds),
    ]
    return [word for word in found if word is not None]


def _reward_without_accuracy(
    rounds: Sequence[Row], evaluations: Sequence[Row], accuracy: str
) -> Word | None:
    measured = [e for e in evaluations if accuracy in e]
    if len(measured) < 2:
        return None
    best = max(measured, key=lambda e: e[accuracy])
    last = measured[-1]
    # One standard error of the difference, so that chance alone seldom gives the word.
    p, n = best[accuracy], max(last.get("n", 1.0), 1.0)
    noise = (2 * max(p * (1 - p), 0.01) / n) ** 0.5
    if last[accuracy] > p - noise or last is best:
        return None
    before = [r["reward"] for r in rounds if "reward" in r and r["round"] <= best["round"]][-5:]
    since = [r["reward"] for r in rounds if "reward" in r and r["round"] > best["round"]][-5:]
    if not before or not since or fmean(since) <= fmean(before):
        return None
    return Word(
        "reward-without-accuracy",
        f"the training reward rose ({fmean(before):.3f} to {fmean(since):.3f}) while validation "
        f"{accuracy} fell ({p:.3f} to {last[accuracy]:.3f}): the grader may be rewarding "
        "something else",
    )


def _kl_runs_away(rounds: Sequence[Row], limit: float = 0.5) -> Word | None:
    kl = [r["kl"] for r in rounds if "kl" in r]
    if len(kl) < 10 or fmean(kl[-3:]) < limit or fmean(kl[-3:]) < 1.5 * fmean(kl[-10:-5]):
        return None
    return Word(
        "kl-runs-away",
        f"the model leaves its warm-up: KL {fmean(kl[-10:-5]):.2f} to {fmean(kl[-3:]):.2f} nats a "
        "token within ten rounds; raise policy.kl or lower policy.learning_rate",
    )


def _stops_parsing(evaluations: Sequence[Row]) -> Word | None:
    shares = [e["parse_failures"] for e in evaluations if "parse_failures" in e]
    if not shares or shares[-1] < 0.1 or shares[-1] < min(shares) + 0.05:
        return None
    return Word(
        "stops-parsing",
        f"{shares[-1]:.0%} of the validation answers no longer parse (best so far "
        f"{min(shares):.0%}): reward the format, or raise policy.kl",
    )


def _same_length(rounds: Sequence[Row]) -> Word | None:
    lengths = [
        (r["completions/min_length"], r["completions/max_length"])
        for r in rounds[-3:]
        if "completions/max_length" in r
    ]
    if len(lengths) < 3 or len({length for pair in lengths for length in pair}) > 1:
        return None
    return Word(
        "same-length",
        f"every answer of the last three rounds has {lengths[-1][0]:.0f} tokens: the model may "
        "repeat one answer, or be cut off",
    )


def _cut_off(rounds: Sequence[Row]) -> Word | None:
    shares = [r["completions/clipped_ratio"] for r in rounds if "completions/clipped_ratio" in r]
    if len(shares) < 3 or fmean(shares[-3:]) < 0.5:
        return None
    return Word(
        "cut-off",
        f"{fmean(shares[-3:]):.0%} of the answers reach the limit of tokens without ending: raise "
        "policy.max_answer_tokens, or warm up on shorter answers",
    )


def _same_reward(rounds: Sequence[Row]) -> Word | None:
    spread = [r["reward_std"] for r in rounds if "reward_std" in r]
    if len(spread) < 3 or max(spread[-3:]) > 1e-6:
        return None
    return Word(
        "same-reward",
        f"every answer of the last three rounds got the same reward ({rounds[-1]['reward']:.3f}): "
        "there is nothing to learn from; check the grader on a few answers",
    )


def _critic_is_no_help(rounds: Sequence[Row]) -> Word | None:
    explained = [r["explained_variance"] for r in rounds if "explained_variance" in r]
    if len(explained) < 20 or fmean(explained[-10:]) > 0:
        return None
    return Word(
        "critic-no-help",
        f"the critic explains {fmean(explained[-10:]):.2f} of the returns' variance after "
        f"{len(explained)} rounds, less than a constant would: change "
        "policy.critic_learning_rate",
    )


def better(metric: str, candidate: float, than: float) -> bool:
    """Whether a value of a metric is strictly better than another."""
    return candidate < than if metric in LOWER_IS_BETTER else candidate > than


def best_rounds(evaluations: Sequence[Row], metric: str, keep: int) -> list[int]:
    """The rounds of the best evaluations by a metric, best first; an earlier round wins a tie."""
    measured = [e for e in evaluations if metric in e]
    sign = 1.0 if metric in LOWER_IS_BETTER else -1.0
    ordered = sorted(measured, key=lambda e: (sign * e[metric], e["round"]))
    return [int(e["round"]) for e in ordered[:keep]]


def should_stop(evaluations: Sequence[Row], metric: str, patience: int | None) -> bool:
    """Whether the last `patience` evaluations all failed to beat the best before them."""
    values = [e[metric] for e in evaluations if metric in e]
    if patience is None or len(values) <= patience:
        return False
    earlier, late = values[:-patience], values[-patience:]
    peak = min(earlier) if metric in LOWER_IS_BETTER else max(earlier)
    return not any(better(metric, value, peak) for value in late)

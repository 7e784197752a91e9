"""A training recipe: one TOML file, every value named for what it is, unknown keys refused."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Literal

from genecaller.errors import UsageError
from genecaller.graders.specification import read_small, shown
from training.recipe_bounds import (
    Between,
    Coefficient,
    Count,
    CountFromZero,
    Minutes,
    Rate,
    Share,
    check_made,
    checked,
    refuse_bombs,
)

_LONGEST_FILE = 5_000_000
Algorithm = Literal["ppo", "grpo", "rloo"]
Seed = Annotated[int, Between(0, 2**32 - 2)]
Batch = Annotated[int, Between(1, 65_536)]
Tokens = Annotated[int, Between(1, 1_000_000)]


@dataclass(frozen=True, slots=True)
class Data:
    """Where examples come from: solved cases, or ready JSONL files in OpenAI's form.

    With `cases` (files, folders, zips of solved cases) the set is built and split here; with
    `train` and `validation` it is taken as it is. `form` and `candidates` shape the gene prompt,
    `answer_genes` bounds the list of a worked answer.
    `train_cases` and `validation_cases` bound the sets (None: all), drawn by `split_seed`, which is
    not the run's seed: runs of different seeds are validated on the same cases. Of hybrid training
    cases only those count whose right gene is offered: nothing is learned from others. Validation
    holds cases of `protocol` only. `simulated` patients of training genes join the reinforcement.
    `split` names the split in the store, where a gene keeps its part for ever; `parts` are the
    proportions of its train, validation and test. `test` and `test_cases` are of the part that a
    promotion is decided on: no checkpoint and no setting is chosen on it.
    """

    cases: tuple[str, ...] = ()
    train: str | None = None
    validation: str | None = None
    test: str | None = None
    form: Literal["open", "hybrid"] = "hybrid"
    candidates: Annotated[int, Between(1, 1000)] = 10
    answer_genes: Annotated[int, Between(1, 1000)] = 5
    ranker: str = "default"
    protocol: Literal["as-published", "unseen-publication"] = "unseen-publication"
    train_cases: Count | None = None
    validation_cases: Count | None = 200
    test_cases: Count | None = 200
    per_gene: Count | None = None
    simulated: CountFromZero = 0
    split: str = "default"
    split_seed: Seed = 0
    parts: Annotated[tuple[Count, ...], Between(3, 3)] = (1100, 200, 200)


@dataclass(frozen=True, slots=True)
class Model:
    """What is trained: a base model, the LoRA adapter on it, and the numbers it computes in.

    `source` is what `genecaller.llm.load_model` takes; `adapter` a folder to continue from,
    "promoted", or None to begin afresh. `layers` are the modules that get an adapter, in the
    `last_blocks` blocks of the model only (None: in all): the blocks below need no backward pass.
    "auto" computes in bfloat16 where the hardware has instructions for it, else in float32.
    """

    source: str = "default"
    adapter: str | None = None
    dtype: Literal["auto", "bfloat16", "float32"] = "auto"
    lora_rank: Annotated[int, Between(1, 4096)] = 16
    lora_alpha: Annotated[int, Between(1, 100_000)] = 32
    layers: Annotated[tuple[str, ...], Between(1, 100)] = ("q_proj", "v_proj")
    last_blocks: Annotated[int, Between(1, 10_000)] | None = None
    gradient_checkpointing: bool = False


@dataclass(frozen=True, slots=True)
class Warmup:
    """Supervised fine-tuning before the reinforcement; `epochs = 0` leaves it out.

    `simulated` patients with worked answers, `real` whether training cases join them, `shuffled`
    whether hybrid prompts leave the ranker's order, so that evidence must be read. The
    learning rate rises over `warmup_share` of the steps and falls to zero at the end.
    `minutes` ends it early (None: never).
    """

    epochs: Annotated[float, Between(0.0, 10_000.0)] = 1.0
    simulated: CountFromZero = 2000
    real: bool = True
    shuffled: bool = False
    batch: Batch = 16
    device_batch: Batch = 16
    learning_rate: Rate = 2e-4
    warmup_share: Annotated[float, Between(0.0, 0.99)] = 0.1
    max_tokens: Tokens = 512
    save_every: Count = 100
    minutes: Minutes | None = None


@dataclass(frozen=True, slots=True)
class Policy:
    """The reinforcement: `rounds` times sample answers, grade them, and learn from them.

    A round samples `samples` answers to each of `prompts` prompts and passes `epochs` times
    over them in minibatches of `minibatch` answers, `device_batch` at once on a device.
    `kl` is the coefficient of the KL from the warm-up model: in the reward for ppo and rloo, in
    the loss for grpo. `annealed` lets the learning rate fall to zero over the rounds, linearly.
    `credit` says where ppo's score is earned: at the end of the answer, or at the end of each of
    its lines as much as that line adds to the score of the lines before it (the sum is the same).
    In the first `critic_rounds` rounds only ppo's critic learns: the policy, adapter and all, stays
    bit for bit what the warm-up made it, whether or not the critic is detached. With
    `critic_detached` the critic's loss never moves the adapter. With `critic_ridge`, the critic is
    refitted to the returns of each round at once, held to what it was with that strength, beside
    its gradient steps. An answer that could not be graded is left out of every mean and loss.
    The names of the rest are Schulman et al.'s (2017) and ReFT's.
    """

    algorithm: Algorithm = "ppo"
    rounds: Annotated[int, Between(1, 1_000_000)] = 100
    prompts: Batch = 32
    samples: Annotated[int, Between(1, 4096)] = 1
    minibatch: Batch = 16
    device_batch: Batch = 16
    epochs: Annotated[int, Between(1, 1000)] = 2
    learning_rate: Rate = 1e-4
    annealed: bool = False
    credit: Literal["answer", "lines"] = "answer"
    critic_learning_rate: Rate = 1e-3
    critic_rounds: CountFromZero = 2
    critic_detached: bool = False
    critic_ridge: Annotated[float, Between(1e-6, 1e6)] | None = None
    clip: Annotated[float, Between(1e-6, 10.0)] = 0.2
    value_clip: Annotated[float, Between(1e-6, 1e6)] = 0.2
    value_coefficient: Coefficient = 0.5
    entropy_coefficient: Coefficient = 0.0
    kl: Coefficient = 0.05
    gamma: Share = 1.0
    gae_lambda: Share = 0.95
    max_gradient_norm: Annotated[float, Between(1e-6, 1e6)] = 1.0
    temperature: Annotated[float, Between(0.01, 100.0)] = 1.0
    max_answer_tokens: Tokens = 64
    save_every: Count = 5
    vllm: bool = False
    minutes: Minutes | None = None

    def __post_init__(self) -> None:
        check_made(self, "policy")
        answers = self.prompts * self.samples
        if answers % self.minibatch or self.minibatch % self.device_batch:
            raise UsageError(
                f"policy: {self.prompts} prompts x {self.samples} samples = {answers} answers a "
                f"round must divide into minibatches ({self.minibatch}), and those into device "
                f"batches ({self.device_batch})"
            )
        if self.algorithm != "ppo" and self.samples < 2:
            raise UsageError(
                f"policy: {self.algorithm} compares answers to the same prompt and needs "
                f"samples of 2 or more, not {self.samples}"
            )
        if self.credit == "lines" and self.algorithm != "ppo":
            raise UsageError(
                f"policy: {self.algorithm} takes an answer as a whole; credit by lines is for ppo"
            )
        if answers % 2:
            raise UsageError(f"policy: {answers} answers a round; an even number is needed")


@dataclass(frozen=True, slots=True)
class Watch:
    """How the run is judged on the way: every `every` rounds, greedily, on the validation set.

    `metric` picks the best checkpoints and the early stop: "reward", or any measure of the task
    ("top1", "top5", "mrr"). `patience` counts evaluations without improvement (None: never stop).
    `answers` bounds the sampled answers kept a round.
    """

    every: Count = 10
    validation_items: Count | None = 100
    metric: str = "reward"
    keep: Annotated[int, Between(1, 1000)] = 3
    patience: Count | None = None
    answers: CountFromZero = 16
    tensorboard: bool = False


@dataclass(frozen=True, slots=True)
class Recipe:
    """Everything a training run is told; `grader` is a grader's specification as a table."""

    name: str
    seed: Seed = 1
    output: str | None = None
    threads: Annotated[int, Between(1, 4096)] | None = None
    data: Data = field(default_factory=Data)
    model: Model = field(default_factory=Model)
    warmup: Warmup = field(default_factory=Warmup)
    policy: Policy = field(default_factory=Policy)
    watch: Watch = field(default_factory=Watch)
    grader: Mapping[str, Any] = field(default_factory=dict)

    def as_record(self) -> dict[str, Any]:
        """A JSON object of every value, given or default, for the run's record."""
        return asdict(self)

    def with_values(self, **sections: Mapping[str, Any]) -> Recipe:
        """The same recipe with some values of its sections replaced, checked like a file's."""
        changed = {
            name: replace(getattr(self, name), **checked(type(getattr(self, name)), values, name))
            for name, values in sections.items()
        }
        return replace(self, **changed)


SECTIONS = {"data": Data, "model": Model, "warmup": Warmup, "policy": Policy, "watch": Watch}


def load_recipe(path: str | Path) -> Recipe:
    """Read a recipe from a TOML file, or a shipped one by name ("smoke", "cpu", "gpu").

    Data paths are looked for in the working directory, then beside the recipe. Raises UsageError
    for a file that is missing or no TOML, an unknown key (naming the nearest known one), or a
    value of the wrong type.
    """
    try:
        found = Path(path)
        found.is_file()
    except (OSError, ValueError) as error:
        raise UsageError(f"{str(path)[:100]}...: cannot be a file: {error}"[:300]) from error
    if not found.is_file() and str(path) in shipped_recipes():
        found = Path(str(files("training").joinpath(f"recipes/{path}.toml")))
    if not found.is_file():
        raise UsageError(
            f"{path}: no such recipe; name a TOML file or one of {', '.join(shipped_recipes())}"
        )
    text = read_small(found, _LONGEST_FILE)
    try:
        content = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{path}: not a TOML file: {error}") from error
    content.setdefault("name", found.stem)
    recipe = recipe_of(content, str(path))
    return recipe.with_values(data=_beside(recipe.data, found.parent, str(path)))


def _beside(data: Data, folder: Path, source: str) -> dict[str, Any]:
    """The paths of the data, those that only exist beside the recipe's file put there."""

    def placed(key: str, name: str) -> str:
        try:
            path = Path(name).expanduser()
            beside = not path.exists() and (folder / path).exists()
        except (OSError, RuntimeError, ValueError) as error:
            why = getattr(error, "strerror", None) or str(error)
            raise UsageError(
                f"{source}, [data]: {key} is {shown(name)}, which cannot be a path: {why}"
            ) from error
        return str(folder / path) if beside else str(path)

    files = {key: getattr(data, key) for key in ("train", "validation", "test")}
    return {
        "cases": [placed("cases", name) for name in data.cases],
        **{key: placed(key, name) if name else None for key, name in files.items()},
    }


def recipe_of(content: Mapping[str, Any], source: str) -> Recipe:
    """A recipe from its parsed table; `source` names it in errors. Raises UsageError."""
    refuse_bombs(content, source)
    values = checked(Recipe, {k: v for k, v in content.items() if k not in SECTIONS}, source)
    for name, kind in SECTIONS.items():
        section = content.get(name, {})
        if not isinstance(section, Mapping):
            raise UsageError(f"{source}: {name} must be a table, [{name}]")
        given = checked(kind, section, f"{source}, [{name}]")
        try:
            values[name] = kind(**given)
        except UsageError as error:
            raise UsageError(f"{source}, [{name}]: {error}") from error
    recipe = Recipe(**values)
    if "/" in recipe.name or recipe.name in ("", ".", "..") or len(recipe.name) > 100:
        raise UsageError(
            f"{source}: name is {recipe.name[:100]!r}, expected at most 100 characters without a "
            "slash: the run's folder is named after it"
        )
    return recipe


def shipped_recipes() -> list[str]:
    """The names of the recipes that come with the package."""
    folder = files("training").joinpath("recipes")
    return sorted(Path(item.name).stem for item in folder.iterdir() if item.name.endswith(".toml"))

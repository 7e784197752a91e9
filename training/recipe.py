"""A training recipe: one TOML file, every value named for what it is, unknown keys refused."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from importlib.resources import files
from pathlib import Path
from types import UnionType
from typing import Any, Literal, get_args, get_origin, get_type_hints

from genecaller.errors import UsageError

Algorithm = Literal["ppo", "grpo", "rloo"]


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
    proportions of its train, validation and test.
    """

    cases: tuple[str, ...] = ()
    train: str | None = None
    validation: str | None = None
    form: Literal["open", "hybrid"] = "hybrid"
    candidates: int = 10
    answer_genes: int = 5
    ranker: str = "default"
    protocol: Literal["as-published", "unseen-publication"] = "unseen-publication"
    train_cases: int | None = None
    validation_cases: int | None = 200
    per_gene: int | None = None
    simulated: int = 0
    split: str = "default"
    split_seed: int = 0
    parts: tuple[int, ...] = (1100, 200, 200)


@dataclass(frozen=True, slots=True)
class Model:
    """What is trained: a base model, the LoRA adapter on it, and the numbers it computes in.

    `source` is what `genecaller.model.load_model` takes; `adapter` a folder to continue from,
    "promoted", or None to begin afresh. `layers` are the modules that get an adapter, in the
    `last_blocks` blocks of the model only (None: in all): the blocks below need no backward pass.
    "auto" computes in bfloat16 where the hardware has instructions for it, else in float32.
    """

    source: str = "default"
    adapter: str | None = None
    dtype: Literal["auto", "bfloat16", "float32"] = "auto"
    lora_rank: int = 16
    lora_alpha: int = 32
    layers: tuple[str, ...] = ("q_proj", "v_proj")
    last_blocks: int | None = None
    gradient_checkpointing: bool = False


@dataclass(frozen=True, slots=True)
class Warmup:
    """Supervised fine-tuning before the reinforcement; `epochs = 0` leaves it out.

    `simulated` patients with worked answers, `real` whether training cases join them, `shuffled`
    whether hybrid prompts leave the ranker's order, so that evidence must be read. The
    learning rate rises over `warmup_share` of the steps and falls to zero at the end.
    `minutes` ends it early (None: never).
    """

    epochs: float = 1.0
    simulated: int = 2000
    real: bool = True
    shuffled: bool = False
    batch: int = 16
    device_batch: int = 16
    learning_rate: float = 2e-4
    warmup_share: float = 0.1
    max_tokens: int = 512
    save_every: int = 100
    minutes: float | None = None


@dataclass(frozen=True, slots=True)
class Policy:
    """The reinforcement: `rounds` times sample answers, grade them, and learn from them.

    A round samples `samples` answers to each of `prompts` prompts and passes `epochs` times
    over them in minibatches of `minibatch` answers, `device_batch` at once on a device.
    `kl` is the coefficient of the KL from the warm-up model: in the reward for ppo and rloo, in
    the loss for grpo. `annealed` lets the learning rate fall to zero over the rounds, linearly.
    `credit` says where ppo's score is earned: at the end of the answer, or at the end of each of
    its lines as much as that line adds to the score of the lines before it (the sum is the same).
    With `critic_ridge`, the critic is refitted to the returns of each round at once, held to what
    it was with that strength, beside its gradient steps.
    The names of the rest are Schulman et al.'s (2017) and ReFT's.
    """

    algorithm: Algorithm = "ppo"
    rounds: int = 100
    prompts: int = 32
    samples: int = 1
    minibatch: int = 16
    device_batch: int = 16
    epochs: int = 2
    learning_rate: float = 1e-4
    annealed: bool = False
    credit: Literal["answer", "lines"] = "answer"
    critic_learning_rate: float = 1e-3
    critic_rounds: int = 2
    critic_detached: bool = False
    critic_ridge: float | None = None
    clip: float = 0.2
    value_clip: float = 0.2
    value_coefficient: float = 0.5
    entropy_coefficient: float = 0.0
    kl: float = 0.05
    gamma: float = 1.0
    gae_lambda: float = 0.95
    max_gradient_norm: float = 1.0
    temperature: float = 1.0
    max_answer_tokens: int = 64
    save_every: int = 5
    vllm: bool = False
    minutes: float | None = None

    def __post_init__(self) -> None:
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

    every: int = 10
    validation_items: int | None = 100
    metric: str = "reward"
    keep: int = 3
    patience: int | None = None
    answers: int = 16
    tensorboard: bool = False


@dataclass(frozen=True, slots=True)
class Recipe:
    """Everything a training run is told; `grader` is a grader's specification as a table."""

    name: str
    seed: int = 1
    output: str | None = None
    threads: int | None = None
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
            name: replace(getattr(self, name), **_checked(type(getattr(self, name)), values, name))
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
    found = Path(path)
    if not found.is_file() and str(path) in shipped_recipes():
        found = Path(str(files("training").joinpath(f"recipes/{path}.toml")))
    if not found.is_file():
        raise UsageError(
            f"{path}: no such recipe; name a TOML file or one of {', '.join(shipped_recipes())}"
        )
    try:
        content = tomllib.loads(found.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: not a TOML file: {error}") from error
    content.setdefault("name", found.stem)
    recipe = recipe_of(content, str(path))
    return recipe.with_values(data=_beside(recipe.data, found.parent))


def _beside(data: Data, folder: Path) -> dict[str, Any]:
    """The paths of the data, those that only exist beside the recipe's file put there."""

    def placed(name: str) -> str:
        path = Path(name).expanduser()
        return str(folder / path) if not path.exists() and (folder / path).exists() else str(path)

    return {
        "cases": [placed(name) for name in data.cases],
        "train": placed(data.train) if data.train else None,
        "validation": placed(data.validation) if data.validation else None,
    }


def recipe_of(content: Mapping[str, Any], source: str) -> Recipe:
    """A recipe from its parsed table; `source` names it in errors. Raises UsageError."""
    values = _checked(Recipe, {k: v for k, v in content.items() if k not in SECTIONS}, source)
    for name, kind in SECTIONS.items():
        section = content.get(name, {})
        if not isinstance(section, Mapping):
            raise UsageError(f"{source}: {name} must be a table, [{name}]")
        values[name] = kind(**_checked(kind, section, f"{source}, [{name}]"))
    return Recipe(**values)


def shipped_recipes() -> list[str]:
    """The names of the recipes that come with the package."""
    folder = files("training").joinpath("recipes")
    return sorted(Path(item.name).stem for item in folder.iterdir() if item.name.endswith(".toml"))


def _checked(kind: type, values: Mapping[str, Any], where: str) -> dict[str, Any]:
    """The values with their keys and types checked against a dataclass; lists become tuples."""
    known = [item.name for item in fields(kind)]
    hints = get_type_hints(kind)
    checked: dict[str, Any] = {}
    for key, value in values.items():
        if key not in known:
            nearest = difflib.get_close_matches(key, known, n=1, cutoff=0.0)
            raise UsageError(f"{where}: unknown key {key!r}; did you mean {nearest[0]!r}?")
        if isinstance(value, list):
            value = tuple(value)
        if isinstance(value, int) and not isinstance(value, bool) and _allows(hints[key], 0.5):
            value = float(value)
        if not _allows(hints[key], value):
            expected = getattr(hints[key], "__name__", None) or str(hints[key])
            if get_origin(hints[key]) is Literal:
                expected = "one of " + ", ".join(map(repr, get_args(hints[key])))
            raise UsageError(f"{where}: {key} is {value!r}, expected {expected}")
        checked[key] = value
    return checked


def _allows(hint: Any, value: Any) -> bool:
    """Whether a value fits a type hint of the kinds used above."""
    if isinstance(hint, UnionType):
        return any(_allows(part, value) for part in get_args(hint))
    origin = get_origin(hint)
    if origin is Literal:
        return value in get_args(hint)
    if origin is tuple:
        return isinstance(value, tuple) and all(_allows(get_args(hint)[0], v) for v in value)
    if origin is not None:
        return isinstance(value, origin)
    if hint in (int, float):
        return type(value) is hint
    return isinstance(value, hint)

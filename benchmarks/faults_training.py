"""Kills a training run (SIGKILL) at chosen moments, takes it up again, and looks at what it left.

    python benchmarks/faults_training.py --runs 5 --report benchmarks/faults_training.md

Each run is killed within its warm-up, its rollouts, a checkpoint's writing, a validation, its
comparison and at a random moment, and started again by the same command each time. It must end as
the run that was left alone: the same adapter bit for bit, every round once in journal and store.
The model is a Llama of a few thousand random weights, so that a run takes seconds; `--recipe` takes
a recipe of your own instead ("smoke": two minutes a start on two cores).
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from training.runlog.journal import Journal

LETTERS = "abcdefgh"
ROUNDS = 6
TEMPLATE = (
    "{% for message in messages %}{{ '<' + message['role'] + '> ' + message['content'] }}"
    "{% if message['role'] == 'assistant' %}{% generation %} <eos>{% endgeneration %}{% endif %}"
    " {% endfor %}{% if add_generation_prompt %}<assistant> {% endif %}"
)
RECIPE = """name = "toy"
threads = 1
[data]
train = "train.jsonl"
validation = "validation.jsonl"
test = "test.jsonl"
[model]
source = {model}
dtype = "float32"
lora_rank = 8
layers = ["q_proj", "v_proj", "o_proj", "up_proj", "down_proj"]
[warmup]
epochs = 24
batch = 6
device_batch = 6
learning_rate = 5e-3
save_every = 5
[policy]
rounds = {rounds}
prompts = 16
minibatch = 16
device_batch = 16
learning_rate = 2e-3
critic_learning_rate = 2e-2
max_answer_tokens = 4
save_every = 1
kl = 0.02
[watch]
every = 2
keep = 1
[grader]
type = "string_check"
operation = "eq"
input = "{{{{sample.output_text}}}}"
reference = "{{{{item.answer}}}}"
"""


def make_task(folder: Path) -> Path:
    """Write a tiny model, its data and its recipe; the recipe's file."""
    import torch
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel
    from tokenizers.pre_tokenizers import WhitespaceSplit
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    words = ["<pad>", "<eos>", "<unk>", "<system>", "<user>", "<assistant>", *LETTERS]
    core = Tokenizer(WordLevel({w: i for i, w in enumerate(words)}, unk_token="<unk>"))
    core.pre_tokenizer = WhitespaceSplit()
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=core, pad_token="<pad>", eos_token="<eos>", unk_token="<unk>"
    )
    tokenizer.chat_template, tokenizer.padding_side = TEMPLATE, "left"
    torch.manual_seed(0)
    model = LlamaForCausalLM(
        LlamaConfig(
            vocab_size=len(words), hidden_size=32, intermediate_size=64, num_hidden_layers=2,
            num_attention_heads=2, num_key_value_heads=2, max_position_embeddings=64,
            pad_token_id=0, bos_token_id=None, eos_token_id=1, initializer_range=0.2,
        )
    )  # fmt: skip
    model.save_pretrained(folder / "model")
    tokenizer.save_pretrained(folder / "model")
    parts = {"train": (LETTERS[:6], ""), "validation": (LETTERS[6:], ""), "test": ("gh", " a")}
    for part, (letters, more) in parts.items():
        lines = []
        for letter in letters:
            messages = [{"role": "user", "content": f"{letter} {letter}{more}"}]
            if part == "train":
                messages.append({"role": "assistant", "content": letter})
            lines.append(json.dumps({"messages": messages, "answer": letter}))
        (folder / f"{part}.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    recipe = folder / "toy.toml"
    source = json.dumps(str(folder / "model"))
    recipe.write_text(RECIPE.format(model=source, rounds=ROUNDS), encoding="utf-8")
    return recipe


@dataclass
class Seen:
    """What has been read of a running run's folder; looked at again and again."""

    folder: Path
    random: random.Random
    started: float = field(default_factory=time.monotonic)

    @property
    def entries(self) -> list[dict[str, Any]]:
        """Its journal so far."""
        return list(Journal(self.folder).entries())

    def last(self, kind: str, key: str) -> int:
        """The largest number of an entry of a kind, -1 where there is none."""
        return max((int(e[key]) for e in self.entries if e["kind"] == kind), default=-1)


def _in_warmup(seen: Seen) -> bool:
    return seen.last("warmup", "step") > 0 and seen.last("evaluation", "round") < 0


def _in_rollouts(seen: Seen) -> bool:
    if seen.last("round", "round") < 1:
        return False
    time.sleep(seen.random.uniform(0.0, 0.3))
    return True


def _in_checkpoint(seen: Seen) -> bool:
    found = (seen.folder / "policy").glob("checkpoint-*")
    return any(not (path / "complete.json").exists() for path in found)


def _in_validation(seen: Seen) -> bool:
    if any((seen.folder / "best").glob(".round-*")):
        return True
    done = seen.last("round", "round")
    return done > 0 and done % 2 == 0 and seen.last("evaluation", "round") < done


def _in_comparison(seen: Seen) -> bool:
    state = Journal(seen.folder).state()
    return bool(state.get("reinforced")) and not (seen.folder / "comparison.json").exists()


def _anywhen(seen: Seen) -> bool:
    return time.monotonic() - seen.started > seen.random.uniform(3.0, 25.0)


MOMENTS: dict[str, Callable[[Seen], bool]] = {
    "warm-up": _in_warmup,
    "rollouts": _in_rollouts,
    "checkpoint": _in_checkpoint,
    "validation": _in_validation,
    "comparison": _in_comparison,
    "random": _anywhen,
}


def start(recipe: str, folder: Path, store: Path, log: Path) -> subprocess.Popen[bytes]:
    """Begin or take up a run, in a group of its own."""
    command = [sys.executable, "-m", "training", recipe, "--output", str(folder)]
    home = {"GENECALLER_HOME": str(folder.parent / f"home-{folder.name}")}
    with log.open("ab") as out:
        return subprocess.Popen(
            [*command, "--store", str(store)], stdout=out, stderr=out, start_new_session=True,
            env=os.environ | home | {"OMP_NUM_THREADS": "1"},
        )  # fmt: skip


def kill_at(moment: str, process: subprocess.Popen[bytes], seen: Seen) -> bool:
    """Kill the run at a moment; whether it was killed before it ended."""
    reached = MOMENTS[moment]
    while process.poll() is None:
        if reached(seen):
            os.killpg(process.pid, signal.SIGKILL)
            return process.wait() == -signal.SIGKILL
        time.sleep(0.002)
    return False


def outcome(folder: Path, store: Path) -> dict[str, Any]:
    """What a run left: rounds, rewards, figures, weights, and the store's view of it."""
    import hashlib

    from genecaller.store.store import open_store

    journal = Journal(folder)
    state = journal.state()
    rounds = journal.rounds("round")
    compared = json.loads((folder / "comparison.json").read_text(encoding="utf-8"))
    figures = {
        name: one["figures"]["reward"]
        for part in (compared, compared["test"] or {"contenders": {}})
        for name, one in part["contenders"].items()
    }
    weights = (folder / "adapter" / "adapter_model.safetensors").read_bytes()
    opened = open_store(store)
    run = opened.read_run(int(state["run_id"]))
    curve = [(m.step, m.value) for m in opened.read_curve(run.run_id, "train/reward")]
    return {
        "state": state["state"],
        "rounds": [entry["round"] for entry in rounds],
        "rewards": [entry["reward"] for entry in rounds],
        "evaluations": [(e["round"], e["reward"]) for e in journal.rounds("evaluation")],
        "figures": figures,
        "weights": hashlib.sha256(weights).hexdigest(),
        "store": run.status,
        "curve": curve,
        "adapters": len(opened.list_adapters()),
        "left over": sorted(p.name for p in folder.rglob(".*.part")),
    }


def main() -> int:
    """Run, kill and compare; the exit status: 0 all as it should be, 1 not."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--recipe", help="a recipe of your own; default: a tiny model")
    parser.add_argument("--moments", nargs="+", choices=MOMENTS, default=list(MOMENTS))
    parser.add_argument("--report", type=Path, help="write the figures as Markdown here")
    chosen = parser.parse_args()
    scratch = Path(tempfile.mkdtemp(prefix="faults-training-"))
    recipe = chosen.recipe or str(make_task(scratch))
    log = scratch / "log.txt"
    print(f"in {scratch}", flush=True)
    left_alone = start(recipe, scratch / "whole", scratch / "whole.duckdb", log)
    if left_alone.wait() != 0:
        print(log.read_text(encoding="utf-8", errors="replace")[-3000:])
        return 1
    expected = outcome(scratch / "whole", scratch / "whole.duckdb")
    print(f"left alone: rewards {expected['rewards']}", flush=True)
    kills: dict[str, int] = dict.fromkeys(chosen.moments, 0)
    wrong: list[str] = []
    for number in range(chosen.runs):
        draw = random.Random(chosen.seed + number)
        folder, store = scratch / f"run-{number}", scratch / f"run-{number}.duckdb"
        for moment in (m for m in MOMENTS if m in chosen.moments):  # in a run's own order
            process = start(recipe, folder, store, log)
            if kill_at(moment, process, Seen(folder, draw)):
                kills[moment] += 1
        last = start(recipe, folder, store, log)
        status = last.wait()
        if status != 0:
            wrong.append(f"run {number}: exit status {status}")
            print(log.read_text(encoding="utf-8", errors="replace")[-3000:])
            continue
        found = outcome(folder, store)
        wrong += [
            f"run {number}: {key} is {found[key]}, expected {expected[key]}"
            for key in expected
            if found[key] != expected[key]
        ]
        print(f"run {number}: killed {sum(kills.values())} times so far, {len(wrong)} wrong",
              flush=True)  # fmt: skip
    print("\n".join(wrong) or "nothing wrong")
    print(f"kills: {kills}")
    if chosen.report:
        chosen.report.write_text(report(chosen.runs, kills, wrong), encoding="utf-8")
    if not wrong:
        shutil.rmtree(scratch)
    return 1 if wrong else 0


def report(runs: int, kills: dict[str, int], wrong: list[str]) -> str:
    """The figures as a page."""
    lines = ["# Training under kill -9", "",
             f"`python benchmarks/faults_training.py --runs {runs}`: each run is killed at every "
             "moment below and taken up by the same command. It must end as the run left alone: "
             "the adapter bit for bit, every round once in journal and store, nothing left over.",
             "", "| killed within | times |", "|---|---|"]  # fmt: skip
    lines += [f"| {moment} | {n} |" for moment, n in kills.items()]
    return "\n".join([*lines, "", f"Wrong: {len(wrong)} of {runs} runs.", *wrong]) + "\n"


if __name__ == "__main__":
    sys.exit(main())

"""Checkpoints that are known to be whole: a kill while one is written must not cost the run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

COMPLETE_FILE = "complete.json"


class MarkedCheckpoints:
    """Mixed into a transformers Trainer: the last thing written to a checkpoint is a mark."""

    def _send_telemetry(self) -> None:
        """Nobody is told that health data are trained on."""

    def _save_beside(self, folder: Path) -> None:
        """What a trainer adds to its checkpoint; nothing here."""

    def _save_checkpoint(self, model: Any, trial: Any) -> None:
        """The trainer's checkpoint, what is saved beside it, and then the mark."""
        super()._save_checkpoint(model, trial)  # type: ignore[misc]
        trainer: Any = self
        if trainer.args.should_save:
            step = trainer.state.global_step
            folder = Path(trainer._get_output_dir(trial=trial)) / f"checkpoint-{step}"
            self._save_beside(folder)
            (folder / COMPLETE_FILE).write_text(json.dumps({"step": step}))


def last_complete_checkpoint(folder: Path) -> Path | None:
    """The newest checkpoint that was written to its end, None where there is none."""
    found = [path.parent for path in folder.glob(f"checkpoint-*/{COMPLETE_FILE}")]
    return max(found, key=lambda path: int(path.name.split("-")[1]), default=None)

"""The policy trainer leans only on methods that TRL still has."""

from __future__ import annotations

import inspect

from trl import GRPOTrainer


def test_the_methods_leaned_on_are_still_there() -> None:
    """The contract with TRL: a release that renames one of these must fail here, not in a run."""
    expected = {
        "_get_per_token_logps_and_entropies": [
            "self", "model", "input_ids", "attention_mask", "logits_to_keep", "batch_size",
            "compute_entropy",
        ],
        "_calculate_rewards": ["self", "inputs", "prompts", "completions", "completion_ids_list"],
        "_generate_and_score_completions": ["self", "inputs"],
        "_generate_single_turn": ["self", "prompt_ids"],
        "_compute_loss": ["self", "model", "inputs"],
        "_prepare_inputs": ["self", "generation_batch"],
        "_save_checkpoint": ["self", "model", "trial"],
        "_load_from_checkpoint": ["self", "resume_from_checkpoint", "model"],
        "_load_optimizer_and_scheduler": ["self", "checkpoint"],
        "_send_telemetry": ["self"],
        "create_optimizer": ["self"],
    }  # fmt: skip
    for name, parameters in expected.items():
        found = list(inspect.signature(getattr(GRPOTrainer, name)).parameters)
        assert found[: len(parameters)] == parameters, name
    source = inspect.getsource(GRPOTrainer)
    for attribute in ("self._step % generate_every", "self._buffered_inputs", "self._metrics",
                      "self.num_generations", "current_gradient_accumulation_steps",
                      '"old_per_token_logps"', '"ref_per_token_logps"', '"completion_mask"',
                      '"importance_sampling_ratio"'):  # fmt: skip
        assert attribute in source, attribute

"""One contender in a process of its own.

`python -m bench.step.worker PRESET CONTENDER TASK DATA FILE`

Tasks: `check` writes what the contender computes from the shared weights to FILE (.npz); `time`
writes its step times and peak memory to FILE (JSON), or, for CONTENDER `rate`, the matrix rates.
"""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np

from bench.step import common, preset_acwgan, preset_article

PRESETS = {"article": preset_article, "acwgan": preset_acwgan}
SEED = 1
MATRIX_SIZES = (2048, 4096)
MATRIX_REPEATS = 5


def build(
    preset: ModuleType, name: str, images: np.ndarray, labels: np.ndarray, options: dict[str, float]
):
    """Builds a contender; its framework is imported here, so that no process has more than one."""
    kind, _, variant = name.partition("-")
    if kind == "keras":
        from bench.step import keras_loop

        return keras_loop.build(images, labels, **options)
    if kind == "torch":
        from bench.step import torch_acwgan, torch_article

        module = torch_acwgan if preset is preset_acwgan else torch_article
        return module.build(images, labels, variant, **options)
    from bench.step import acwgan_loop

    return acwgan_loop.build(preset, variant, images, labels, **options)


def check(preset: ModuleType, name: str, data: str) -> dict[str, np.ndarray]:
    """What the contender computes, built with `CHECK_OPTIONS`, from the same weights and batch.

    Returns:
        Scores, class probabilities, images, and all weights after one step of either kind.
    """
    images, labels = common.load_digits(data)
    weights = preset.check_weights(SEED)
    batch = common.check_batch(preset, images, labels, SEED)
    contender = build(preset, name, images, labels, preset.CHECK_OPTIONS)
    contender.set_weights(weights)
    results = {}
    results["scores"], results["class_probs"] = contender.critic_outputs(batch.real_images)
    results["images"] = contender.generator_images(batch.z, batch.fake_labels)
    contender.critic_step(batch)
    for weight, array in contender.get_weights().items():
        results[f"critic_step/{weight}"] = array
    contender.set_weights(weights)
    contender.generator_step(batch)
    for weight, array in contender.get_weights().items():
        results[f"generator_step/{weight}"] = array
    return results


def milliseconds(function: Callable[[], None]) -> float:
    """Wall-clock time of one call."""
    start = time.perf_counter()
    function()
    return 1000.0 * (time.perf_counter() - start)


def time_steps(preset: ModuleType, name: str, data: str) -> dict:
    """Times, after warming up, steps of either kind and whole cycles as training runs them."""
    images, labels = common.load_digits(data)
    contender = build(preset, name, images, labels, preset.OPTIONS)
    contender.set_weights(preset.initial_weights(SEED))
    for _ in range(2):  # The first round traces or compiles, the second still allocates.
        contender.critic_step()
        contender.generator_step()
    samples = {
        "critic": [milliseconds(contender.critic_step) for _ in range(preset.N_CRITIC)],
        "generator": [milliseconds(contender.generator_step) for _ in range(2)],
        "cycle": [milliseconds(contender.cycle) for _ in range(3)],
    }
    # Not ``getrusage``, whose peak includes that of the process that started this one.
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    return samples | {"peak_mb": int(status.partition("VmHWM:")[2].split()[0]) / 1024}


def matrix_rates() -> dict[str, float]:
    """GFLOP/s (2 per multiply-add) of large square matrix products, the best of several."""
    import tensorflow as tf

    rates = {}
    for dtype in ("float32", "bfloat16"):
        rates[dtype] = 0.0
        for size in MATRIX_SIZES:
            matrix = tf.cast(tf.random.normal((size, size)), dtype)
            for _ in range(MATRIX_REPEATS):
                elapsed = milliseconds(lambda matrix=matrix: tf.linalg.matmul(matrix, matrix))
                rates[dtype] = max(rates[dtype], 2e-6 * size**3 / elapsed)
    return rates


def main() -> None:
    """Runs the task; a contender that is still a stub writes why it was skipped."""
    preset_name, name, task, data, path = sys.argv[1:]
    preset = PRESETS[preset_name]
    try:
        if task == "check":
            np.savez(path, **check(preset, name, data))
            return
        result = matrix_rates() if name == "rate" else time_steps(preset, name, data)
        with open(path, "w") as file:
            json.dump(result, file)
    except NotImplementedError as error:
        sys.exit(f"skipped: {error}")


if __name__ == "__main__":
    main()

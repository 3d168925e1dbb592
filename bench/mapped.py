"""Training on images that stay on the disk, beside the same in memory: ``python -m bench.mapped``.

Random images of each size are written into ``.npy`` files in a temporary folder (``--folder DIR``
for another disk). Two loops of the preset ``acwgan`` take the same steps in turn, one from memory
and one from the mapped file. The ratio of their times is printed twice: of the lower quartiles and
of the medians, on the wall and, which other work on the machine disturbs less, of the process'
computing time. ``cold`` is the ratio when the system has dropped the file from its memory before
each turn of the mapped loop, which works on Linux.
"""

import argparse
import dataclasses
import os
import statistics
import tempfile
import time
from pathlib import Path

import numpy as np

#: Images and their shape.
SETS = {"1,000,000 of 28x28": (1_000_000, (28, 28, 1)), "50,000 of 64x64": (50_000, (64, 64, 3))}
#: Generator steps in a turn, each after ``n_critic`` critic steps.
_STEPS = 1


def main() -> None:
    """Print a row for each size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, help="where the files are written")
    parser.add_argument("--turns", type=int, default=40, help="turns of each loop")
    arguments = parser.parse_args()
    for name, (count, shape) in SETS.items():
        with tempfile.TemporaryDirectory(dir=arguments.folder) as folder:
            path = Path(folder, "x_train.npy")
            np.save(path, np.random.default_rng(0).integers(0, 256, (count, *shape), np.uint8))
            measure(name, path, arguments.turns)


def measure(name: str, path: Path, turns: int) -> None:
    """Print the ratio of one file.

    Args:
        name: The set in words.
        path: The ``.npy`` file.
        turns: Turns of each loop.
    """
    import tensorflow as tf

    from acwgan.datasets.npy_folder import map_array
    from acwgan.presets import PRESETS
    from acwgan.training.build import build_loop, build_model, resolved

    mapped = map_array(path)
    sources = {"memory": np.asarray(mapped).copy(), "mapped": mapped, "cold": mapped}
    labels = np.arange(len(mapped), dtype=np.int32) % 10
    config = dataclasses.replace(PRESETS["acwgan"], schedule="constant", augmentation="none")
    config = resolved(config, len(mapped))
    plan = tf.constant([[config.n_critic, 1]] * _STEPS)
    loops = {
        kind: build_loop(config, build_model(config, mapped.shape[1:]), images, labels)
        for kind, images in sources.items()
        if kind != "cold"
    }
    loops["cold"] = loops["mapped"]
    clocks = {"wall": time.perf_counter, "computing": time.process_time}
    times: dict[str, dict[str, list[float]]] = {k: {c: [] for c in clocks} for k in sources}
    for turn in range(turns + 2):
        for kind, loop in loops.items():
            if kind == "cold":
                drop(mapped, path)
            began = {clock: read() for clock, read in clocks.items()}
            loop(plan, turn * _STEPS, turn * _STEPS * config.n_critic)
            if turn > 1:  # The first turn traces.
                for clock, read in clocks.items():
                    times[kind][clock].append(read() - began[clock])
    memory = statistics.quantiles(times["memory"]["wall"])
    print(f"{name}: {memory[1] / _STEPS * 1000:.0f} ms a step from memory", flush=True)
    for kind in ("mapped", "cold"):
        for clock in clocks:
            one, other = (statistics.quantiles(times[k][clock])[:2] for k in (kind, "memory"))
            ratios = ", ".join(f"{a / b:.3f}" for a, b in zip(one, other, strict=True))
            print(f"  {kind}, {clock}: {ratios}", flush=True)


def drop(images: np.ndarray, path: Path) -> None:
    """Ask the system to forget the pages of a mapped file."""
    import mmap

    images.base.madvise(mmap.MADV_DONTNEED)  # type: ignore[union-attr]
    with path.open("rb") as file:
        os.fsync(file.fileno())
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


if __name__ == "__main__":
    main()

"""The estimate of a training's memory beside what it takes: ``python -m bench.memory 28 64 128``.

Each size is a process of its own, which makes two steps of the preset ``acwgan`` on noise in two
classes, and prints the estimate, the peak of its resident memory, and estimate / peak. Words such
as ``128:16:float32:4`` give the batch size, the precision and ``gp_every`` too.
"""

import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np


def main() -> None:
    for word in sys.argv[1:]:
        subprocess.run([sys.executable, "-m", "bench.memory", "--one", word], check=True)


def one(word: str) -> None:
    import acwgan
    from acwgan.datasets.dataset import Dataset
    from acwgan.training import memory

    side, batch, precision, gp_every, networks = (word.split(":") + [""] * 4)[:5]
    config = replace(
        acwgan.PRESETS["acwgan"],
        batch_size=int(batch or 64),
        precision=precision or "auto",
        gp_every=int(gp_every or 4),
        networks=networks or "acwgan",
        steps=2,
        n_critic=1,
        schedule="constant",
        evaluate_every=None,
        dataset="noise",
    )
    shape = (256, int(side), int(side), 3)
    images = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
    labels = np.arange(256, dtype=np.int32) % 2
    data = Dataset(images, labels, images[:8], labels[:8], ("a", "b"))
    from acwgan.training import trainer

    began = time.perf_counter()
    size = memory.footprint(config, images, 2)
    seconds = time.perf_counter() - began
    with tempfile.TemporaryDirectory() as folder:
        trainer.train(config, f"{folder}/run", data=data)
    # Not ``getrusage``, whose peak includes that of the process that started this one.
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    peak = int(status.partition("VmHWM:")[2].split()[0]) * 1024
    estimate = size.memory(config.batch_size)
    print(
        f"{word}: {size.generator.weights:,} + {size.critic.weights:,} weights, "
        f"{size.generator.activations / 2**20:.2f} + {size.critic.activations / 2**20:.2f} MiB an "
        f"image; fixed {size.fixed / 2**30:.2f} GiB; estimate {estimate / 2**30:.2f}, peak "
        f"{peak / 2**30:.2f} GiB: {estimate / peak:.2f} ({seconds:.2f} s)",
        flush=True,
    )


if __name__ == "__main__":
    if sys.argv[1] == "--one":
        one(sys.argv[2])
    else:
        main()

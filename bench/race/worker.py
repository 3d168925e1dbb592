"""One contender in a process of its own: `python -m bench.race.worker NAME MINUTES SEED FILE`.

FILE (.npz) gets 10,000 digits, their labels, and the seconds that drawing them took.
"""

import importlib
import sys
import time

import numpy as np

from acwgan.datasets import load

#: Digits that are drawn and judged, as many of each class.
DIGITS = 10_000


def main() -> None:
    """Train, draw, write."""
    name, minutes, seed, path = sys.argv[1:]
    data = load("mnist")
    train = importlib.import_module(f"bench.race.{name}").train
    images = data.train_images.reshape(-1, 28, 28)
    draw = train(images, data.train_labels, float(minutes), int(seed))
    labels = np.arange(DIGITS) % 10
    draw(labels[:10])  # The first call prepares.
    start = time.perf_counter()
    found = draw(labels)
    np.savez(path, images=found, labels=labels, seconds=time.perf_counter() - start)


if __name__ == "__main__":
    main()

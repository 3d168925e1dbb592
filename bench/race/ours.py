"""The default recipe of this package, as ``acwgan train --minutes`` runs it.

No judge chooses a checkpoint: the last one draws.
"""

import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

import acwgan


def train(
    images: np.ndarray, labels: np.ndarray, minutes: float, seed: int
) -> Callable[[np.ndarray], np.ndarray]:
    """See ``contenders``."""
    config = acwgan.Config(minutes=minutes, seed=seed)
    run_dir = acwgan.train(config, Path(tempfile.mkdtemp(), "run"), data=(images, labels))
    generator = acwgan.load(run_dir)
    return lambda wanted: generator.generate_labels(wanted, seed=seed)

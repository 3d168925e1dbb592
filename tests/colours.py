"""A small data set of color images in three classes, and its judge, made once for all tests."""

import functools
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

NAMES = ("red", "green", "dark blue at night")


def coloured(labels, seed):
    """``(N, 8, 8, 3)`` uint8: noise that is brighter in the channel of the label."""
    images = np.random.default_rng(seed).integers(0, 120, (len(labels), 8, 8, 3))
    images[np.arange(len(labels)), :, :, labels] += 100
    return images.astype(np.uint8)


@functools.cache
def data_file() -> Path:
    """450 training images (150, 180 and 120 of a class) and 120 test images, sorted by class."""
    labels, test_labels = np.repeat([0, 1, 2], [150, 180, 120]), np.repeat([0, 1, 2], 40)
    path = Path(tempfile.mkdtemp()) / "colours.npz"
    np.savez(
        path,
        x_train=coloured(labels, 0),
        y_train=labels,
        x_test=coloured(test_labels, 1),
        y_test=test_labels,
        class_names=np.array(NAMES),
    )
    return path


@functools.cache
def trained_judge() -> tuple[Path, str]:
    """The file of the judge, and the output of the command that trained it."""
    path = data_file().parent / "judge.tflite"
    options = ["--dataset", data_file(), "--out", path, "--epochs", "40"]
    done = subprocess.run(
        [sys.executable, "-m", "acwgan", "judge", *map(str, options)],
        capture_output=True,
        text=True,
        check=True,
    )
    return path, done.stdout

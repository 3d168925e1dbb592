"""What the tests share: a tiny config, tiny real digits, and a run that was really trained."""

import os
import signal
import subprocess
import sys
from dataclasses import replace

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
# As acwgan does where it is imported before TensorFlow.
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")

import keras
import numpy as np
import pytest
import tensorflow as tf

from acwgan.datasets.named import load_mnist
from acwgan.presets import ACWGAN
from acwgan.training.trainer import train

# Held here, so that no test unpacks it again.
MNIST = load_mnist()
# A shell's job in the background ignores Ctrl-C, one under nohup SIGHUP, and so would all that the
# tests start.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)
# Two parts of the CPU, for the tests of several devices: before TensorFlow begins to compute.
tf.config.set_logical_device_configuration(
    tf.config.list_physical_devices("CPU")[0], [tf.config.LogicalDeviceConfiguration()] * 2
)


@pytest.fixture(autouse=True)
def _seed():
    """The same first weights each time: of five random units, all may be dead."""
    keras.utils.set_random_seed(1)


@pytest.fixture(scope="session")
def tiny_config():
    """Four steps of small networks on four images, with everything written down."""
    return replace(
        ACWGAN,
        networks="mlp",
        batch_size=4,
        steps=4,
        schedule="constant",
        n_critic=2,
        precision="float32",
        log_every=2,
        sample_every=2,
        checkpoint_every=2,
    )


@pytest.fixture(scope="session")
def digits():
    """Eight real digits: images (8, 28, 28, 1) float32 in [-1, 1] and labels (8,)."""
    data = load_mnist()
    return data.test_images[:8].astype(np.float32) / 127.5 - 1.0, data.test_labels[:8]


@pytest.fixture(scope="session")
def trained_run(tiny_config, tmp_path_factory):
    """A finished run folder. Tests must not change it."""
    return train(tiny_config, tmp_path_factory.mktemp("runs") / "tiny")


@pytest.fixture(scope="session")
def acwgan_command():
    """Runs ``python -m acwgan`` in a process of its own, as a user does."""

    def run(*words, **options):
        command = [sys.executable, "-m", "acwgan", *map(str, words)]
        return subprocess.run(command, capture_output=True, text=True, timeout=300, **options)

    return run

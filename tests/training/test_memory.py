"""The memory of a training is known before it begins, and one that cannot fit is refused."""

import re
import subprocess
import sys
import warnings
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest
from command_lines import fails

from acwgan.errors import UserError, UserNotice
from acwgan.files.memory import Memory, resident_bytes
from acwgan.training.build import build_model
from acwgan.training.memory import Footprint, Size, check_fits, footprint

ROOT = Path(__file__).resolve().parents[2]
GIB = 1 << 30
#: 2 GiB for any batch, and 1/16 GiB for each image in it.
FOOTPRINT = Footprint(Size(1, 1), Size(1, 1), 2 * GIB, GIB // 16)


def test_the_weights_are_those_of_the_networks_and_nothing_is_allocated(tiny_config):
    images = np.zeros((4, 256, 256, 3), np.uint8)
    before = resident_bytes()
    huge = footprint(replace(tiny_config, latent_dim=100_000, networks="mlp"), images, 2)
    assert 4 * huge.generator.weights > resident_bytes() - before
    small = footprint(tiny_config, images[:, :28, :28, :1], 10)
    model = build_model(tiny_config)
    for size, network in [(small.generator, model.generator), (small.critic, model.critic)]:
        assert size.weights == network.count_params()


def test_a_measurement_does_not_change_the_names_of_layers(tiny_config):
    def number_of_next_layer():
        return int(re.search(r"\d+$", keras.layers.LeakyReLU().name)[0])

    keras.layers.LeakyReLU()  # The very first has no number.
    before = number_of_next_layer()
    footprint(tiny_config, np.zeros((4, 28, 28, 1), np.uint8), 10)
    assert number_of_next_layer() == before + 1


def test_larger_images_and_batches_and_penalties_take_more(tiny_config):
    images = np.zeros((4, 32, 32, 1), np.uint8)
    small = footprint(tiny_config, images[:, :28, :28], 10)
    larger = footprint(tiny_config, images, 10)
    assert larger.image > small.image
    assert small.memory(64) - small.memory(32) == 32 * small.image
    more_penalty = footprint(replace(tiny_config, gp_every=1), images, 10)
    assert more_penalty.image > larger.image


def test_what_cannot_fit_is_refused_with_what_would():
    with pytest.raises(UserError, match=r"10\.0 GiB of memory, and there is 8\.0 GiB") as error:
        check_fits(FOOTPRINT, 128, Memory(8 * GIB, 8 * GIB))
    assert "pass `batch_size=64` or less, or use smaller images" in str(error.value)
    with pytest.raises(UserError, match="its weights alone do not fit: use smaller images"):
        check_fits(FOOTPRINT, 1, Memory(GIB, GIB))


def test_what_may_not_fit_is_said_and_what_fits_is_not(monkeypatch):
    # What the process has already, which grows with every test before this one.
    monkeypatch.setattr("acwgan.training.memory.resident_bytes", lambda: GIB)
    with pytest.warns(UserNotice, match=r"6\.0 GiB of memory, and 2\.5 GiB is free now"):
        check_fits(FOOTPRINT, 64, Memory(8 * GIB, GIB * 5 // 2))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check_fits(FOOTPRINT, 64, Memory(8 * GIB, 7 * GIB))


def test_a_training_that_cannot_fit_is_one_line_before_it_begins(capsys, tmp_path):
    words = ["--batch-size", 10**7, "--run-dir", tmp_path / "run", "--evaluate-every", "none"]
    line = fails(capsys, "train", *words)
    assert "the training would take about" in line and "pass --batch-size " in line
    assert list(tmp_path.iterdir()) == []


def test_the_estimate_is_within_its_factor_of_what_a_training_takes():
    words = ["-m", "bench.memory", "--one", "32:32:float32"]
    done = subprocess.run([sys.executable, *words], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    ratio = float(re.search(r"GiB: ([\d.]+) \(", done.stdout)[1])
    assert 1 / 1.5 <= ratio <= 1.5, done.stdout

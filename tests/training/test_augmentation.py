from dataclasses import replace

import numpy as np
import pytest
import tensorflow as tf
from run_files import assert_same_run, state

from acwgan import Config, train
from acwgan.config import ConfigError
from acwgan.datasets.dataset import Dataset
from acwgan.datasets.loading import load
from acwgan.errors import UserNotice
from acwgan.presets import PRESETS
from acwgan.runs.folder import read_config
from acwgan.training import build
from acwgan.training.augmentation import AdaptiveAugmentation, with_augmentation
from acwgan.training.build import build_model
from acwgan.training.job import TrainingData

CONFIG = Config(
    networks="mlp",
    conditional=False,
    latent_dim=4,
    batch_size=4,
    schedule="constant",
    n_critic=1,
    steps=48,
    gp_every=1,
    precision="float32",
    evaluate_every=None,
    log_every=16,
    sample_every=16,
    checkpoint_every=48,
)


def few(images=200, test=0):
    data = load("mnist")
    return data._replace(
        train_images=data.train_images[:images],
        train_labels=data.train_labels[:images],
        test_images=data.test_images[:test],
        test_labels=data.test_labels[:test],
    )


def test_few_images_are_augmented_and_many_are_not():
    assert with_augmentation(Config(), load("mnist")) == Config(augmentation="none")
    settled = with_augmentation(Config(), few(test=50))
    assert settled == Config(augmentation="adaptive")


def test_published_recipes_are_not_augmented():
    names = [name for name, config in PRESETS.items() if config.augmentation != "none"]
    assert names == ["acwgan"]


def test_without_test_images_some_are_held_out_and_said():
    with pytest.warns(UserNotice, match="a tenth of the 200 training images is held out"):
        settled = with_augmentation(Config(), few())
    assert (settled.augmentation, settled.hold_out) == ("adaptive", 0.1)


def test_a_critic_that_normalizes_is_not_adaptive():
    config = Config(networks="dcgan", gp_weight=None)
    assert with_augmentation(config, few(test=50)).augmentation == "always"
    with pytest.raises(ConfigError, match="`augmentation` must be always or none"):
        replace(config, augmentation="adaptive")


class Critic:
    """Scores the mean of the images, so that the order of the three kinds can be chosen."""

    def __call__(self, images, training=False):
        return tf.reduce_mean(images, axis=(1, 2, 3))


@pytest.mark.parametrize("held_out, change", [(250, -0.01), (10, 0.01)])
def test_the_probability_follows_the_critics_memory(held_out, change):
    """Training images score about 1. Held-out ones that score alike are not memorized."""
    model = build_model(replace(CONFIG, augmentation="adaptive"))
    model.critic = Critic()
    model.augmentation.assign(0.5)
    bright = np.full((20, 28, 28, 1), 255, np.uint8)
    dark = np.full((20, 28, 28, 1), held_out, np.uint8)
    labels = np.zeros(20, np.int32)
    data = TrainingData.of(Dataset(bright, labels, dark, labels, ("0",)), include_test=False)
    adaptive = AdaptiveAugmentation(data, seed=0, latent_dim=4, latent="normal")
    adaptive.set_model(model)
    adaptive.on_train_batch_end(15, {})
    assert float(model.augmentation) == 0.5
    logs = {}
    adaptive.on_train_batch_end(16, logs)
    assert logs["augmentation/probability"] == pytest.approx(0.5 + change)
    assert float(model.augmentation) == pytest.approx(0.5 + change)


def test_the_probability_is_resumed(tmp_path, monkeypatch):
    """48 steps at once are 32, and 16 more, bit for bit, with the same rows."""
    monkeypatch.setitem(build._AUGMENTATION, "adaptive", 0.5)
    config = replace(CONFIG, augmentation="adaptive", decay=False)
    data = few(test=100)
    whole = train(config, tmp_path / "whole", data=data)
    train(replace(config, steps=32), tmp_path / "parts", data=data)
    parts = train(config, tmp_path / "parts", data=data, resume=True)
    assert_same_run(whole, parts)
    assert state(whole)["augmentation/.ATTRIBUTES/VARIABLE_VALUE"] == pytest.approx(0.47)


def test_what_was_decided_is_in_the_config_of_the_run(tmp_path):
    with pytest.warns(UserNotice, match="held out"):
        run_dir = train(replace(CONFIG, steps=1), tmp_path / "run", data=few())
    saved = read_config(run_dir)
    assert (saved.augmentation, saved.hold_out) == ("adaptive", 0.1)
    with pytest.warns(UserNotice, match="held out"):  # "auto" again: the same.
        train(replace(CONFIG, steps=1), run_dir, data=few(), resume=True)

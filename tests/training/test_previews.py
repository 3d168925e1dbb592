from dataclasses import replace

import numpy as np
import pytest
import tensorflow as tf

from acwgan.config import Config
from acwgan.datasets.named import load_mnist
from acwgan.evaluation.judge import Judge
from acwgan.evaluation.quick import judged_by
from acwgan.images.pixels import to_float, to_uint8
from acwgan.networks import calls
from acwgan.training.build import build_model
from acwgan.training.previews import COLUMNS, Samples
from acwgan.wgan import random_streams

CONFIG = Config(latent_dim=8, networks="mlp", precision="float32", ema_decay=None)


@pytest.fixture(scope="module", params=[True, False], ids=["classes", "no classes"])
def model(request):
    return build_model(replace(CONFIG, conditional=request.param), (8, 12, 3), num_classes=4)


@pytest.fixture
def samples(model):
    held_out = np.random.default_rng(0).integers(0, 256, (70, 8, 12, 3)).astype(np.uint8)
    return Samples(model, seed=3, latent_dim=8, held_out=held_out)


def test_the_grid_stays_where_the_generator_does_and_fresh_samples_move(samples, model):
    grid = samples.grid()
    rows = 4 if model.conditional else COLUMNS
    assert grid.shape == (rows * COLUMNS, 8, 12, 3) and grid.dtype == np.uint8
    assert np.array_equal(grid, samples.grid())
    assert len({image.tobytes() for image in grid}) == len(grid)
    assert np.array_equal(samples.fresh(50), samples.fresh(50))
    for other in (samples.fresh(100), grid):
        assert not np.array_equal(samples.fresh(50), other)


def test_many_classes_are_sampled_and_drawn_as_the_layout_says():
    model = build_model(CONFIG, (64, 64, 1), num_classes=1000)
    samples = Samples(model, seed=3, latent_dim=8)
    rows, columns, blocks, reduction = samples.layout
    assert (len(rows), columns, blocks, reduction) == (256, 4, 6, 1)
    assert samples.layout_note.startswith("sample pictures show 256 of 1,000 classes")
    drawn = samples.grid()
    assert drawn.shape == (1024, 64, 64, 1)
    z = random_streams.latents(random_streams.key(3, random_streams.Stream.SAMPLES, 0), 4, 8)
    for row in (0, 100, 255):
        labels = tf.fill([4], rows[row])
        alone = to_uint8(calls.generate(model.average or model.generator, z, labels).numpy())
        difference = drawn[4 * row : 4 * row + 4].astype(int) - alone
        assert np.abs(difference).max() <= 1  # Another batch may round otherwise.
    assert samples.walk().shape == samples.fresh(5).shape == drawn.shape


def test_large_images_are_shrunk():
    model = build_model(CONFIG, (128, 128, 1), num_classes=100)
    samples = Samples(model, seed=3, latent_dim=8)
    assert samples.grid().shape == (1000, 64, 64, 1) and "to 64x64" in samples.layout_note


def test_a_walk_goes_in_small_even_steps(samples, model):
    def distances(images):
        rows = images.reshape(-1, COLUMNS, 8 * 12 * 3).astype(float)
        return np.abs(np.diff(rows, axis=1)).mean(axis=2)

    steps = distances(samples.walk())
    assert steps.min() > 0 and steps.max() < 0.7 * distances(samples.fresh(1)).mean()


def test_the_held_out_estimate_is_real_minus_fake_on_the_same_images(samples, model):
    held_out = np.random.default_rng(0).integers(0, 256, (70, 8, 12, 3)).astype(np.uint8)[:64]
    z = random_streams.latents(random_streams.key(3, random_streams.Stream.HELD_OUT, 0), 64, 8)
    labels = tf.range(64) % (4 if model.conditional else 1)
    fakes = calls.generate(model.generator, z, labels)
    # Each as one of the class that the critic reads: nobody knows the labels of held-out images.
    real, fake = (
        sum(tf.reduce_max(tf.reshape(output, (64, -1)), axis=1) for output in rated)
        for rated in (
            calls.rate(model.critic, images)
            for images in (to_float(held_out.astype(np.float32)), fakes)
        )
    )
    difference = float(tf.reduce_mean(real) - tf.reduce_mean(fake))
    assert samples.held_out_estimate() == pytest.approx(difference, abs=1e-4)
    assert samples.held_out_estimate() == samples.held_out_estimate()


def test_the_held_out_estimate_follows_the_critic(samples, model):
    before = samples.held_out_estimate()
    for weight in model.critic.trainable_variables:
        weight.assign(-weight)
    assert samples.held_out_estimate() != before


def test_judged_samples_are_of_every_class_in_turn(samples, model, monkeypatch):
    monkeypatch.setattr("acwgan.evaluation.quick.JUDGED", 9)
    monkeypatch.setattr("acwgan.training.previews.JUDGED", 9)
    images, labels = samples.judged()
    assert images.shape == (9, 8, 12, 3)
    if model.conditional:
        assert labels.tolist() == [0, 1, 2, 3, 0, 1, 2, 3, 0]
    else:
        assert labels is None


def test_real_images_are_as_the_judge_reads_them_class_by_class(monkeypatch):
    monkeypatch.setattr("acwgan.evaluation.quick.JUDGED", 300)
    monkeypatch.setattr("acwgan.training.previews.JUDGED", 300)
    data = load_mnist()
    quality_of = judged_by(Judge(), data.train_images, data.class_names)
    figures = quality_of(data.train_images[:300], data.train_labels[:300])
    per_class = [figures[f"quality/class_accuracy/{name}"] for name in data.class_names]
    assert figures["quality/class_accuracy"] > 0.97 and min(per_class) > 0.9
    assert figures["quality/frechet_distance"] > 0

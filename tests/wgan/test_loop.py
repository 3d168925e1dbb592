from dataclasses import replace

import numpy as np
import pytest
import tensorflow as tf

from acwgan.devices.distribution import Distribution
from acwgan.presets import ARTICLE
from acwgan.training.build import build_loop, build_model
from acwgan.wgan import random_streams
from acwgan.wgan.model import WGAN
from acwgan.wgan.random_streams import Stream, key


@pytest.fixture
def small(tiny_config, digits):
    """A model and its loop on eight real digits."""
    images = np.rint((digits[0] + 1) * 127.5).astype(np.uint8)
    labels = digits[1]
    config = replace(tiny_config, seed=5, labels_of_data=False)

    def build(**options):
        model = build_model(config)
        loop = build_loop(replace(config, **options), model, images, labels)
        return model, lambda rows, step, critics: loop(
            tf.constant(rows), tf.constant(step), tf.constant(critics)
        )

    return build


def weights(model):
    return [w.numpy() for w in model.critic.weights + model.generator.weights]


def test_one_call_and_many_calls_compute_the_same_bit_for_bit(small):
    one, at_once = small()
    many, step_by_step = small()
    at_once([(2, 1), (2, 1), (1, 0)], 0, 0)
    for rows, step, critics in [([(1, 0)], 0, 0), ([(1, 1), (1, 0)], 0, 1), ([(1, 1)], 1, 3)]:
        step_by_step(rows, step, critics)
    step_by_step([(1, 0)], 2, 4)
    for a, b in zip(weights(one), weights(many), strict=True):
        assert np.array_equal(a, b)


def test_each_device_of_the_strategy_gets_its_part_of_the_batch(small, monkeypatch):
    """The loop is called outside of the scope in which it was made."""
    rows = []

    def count(name, argument):
        update = getattr(WGAN, name)

        def counted(model, **draws):
            rows.append(draws[argument].shape[0])
            return update(model, **draws)

        monkeypatch.setattr(WGAN, name, counted)

    count("update_critic", "real_images")
    count("update_generator", "z")
    with Distribution(2).strategy.scope():
        _, loop = small()
    loop([(1, 1)], 0, 0)
    assert rows == [2] * 4


def test_the_loop_makes_the_updates_that_its_draws_say(small, digits):
    looped, loop = small()
    by_hand, _ = small()
    loop([(1, 0)], 0, 7)
    index = random_streams.image_indices(5, 7, 4, 8).numpy()
    by_hand.update_critic(
        tf.constant(digits[0][index]),
        tf.constant(digits[1][index]),
        random_streams.latents(key(5, Stream.CRITIC_Z, 7), 4, 64),
        random_streams.labels(key(5, Stream.CRITIC_LABELS, 7), 4, tf.range(10)),
        random_streams.mixing_weights(key(5, Stream.PENALTY, 7), 4),
        key(5, Stream.CRITIC_DROPOUT, 7),
    )
    for a, b in zip(weights(looped), weights(by_hand), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-5)


def test_images_on_the_disk_give_the_same_weights_and_only_those_drawn_are_read(
    small, digits, tiny_config, tmp_path
):
    model, loop = small()
    loop([(2, 1), (1, 0)], 0, 0)
    np.save(tmp_path / "x.npy", np.rint((digits[0] + 1) * 127.5).astype(np.uint8))
    seen = []

    class Watched(np.memmap):
        def __getitem__(self, index):
            seen.extend(np.atleast_1d(index))
            return np.asarray(super().__getitem__(index))

    mapped = np.load(tmp_path / "x.npy", mmap_mode="r").view(Watched)
    config = replace(tiny_config, seed=5, labels_of_data=False)
    streamed = build_model(config)
    loop = build_loop(config, streamed, mapped, digits[1])
    loop(tf.constant([(2, 1), (1, 0)]), tf.constant(0), tf.constant(0))
    for a, b in zip(weights(model), weights(streamed), strict=True):
        assert np.array_equal(a, b)
    drawn = [random_streams.image_indices(5, step, 4, 8).numpy() for step in range(3)]
    assert seen == np.concatenate(drawn).tolist()


def test_metrics_of_an_update_that_was_not_made_are_nan(small):
    metrics = small()[1]([(1, 0)], 0, 0)
    assert np.isnan(metrics["loss/generator"]) and np.isfinite(metrics["loss/critic"])


def test_nothing_comes_after_an_update_whose_numbers_are_bad(small):
    model, loop = small()
    model.critic.trainable_variables[0].assign(model.critic.trainable_variables[0] * np.nan)
    metrics = loop([(5, 1), (5, 1)], 0, 0)
    assert np.isnan(metrics["loss/critic"]) and np.isnan(metrics["loss/generator"])
    made = [int(o.iterations.numpy()) for o in (model.critic_optimizer, model.generator_optimizer)]
    assert made == [1, 0]


def test_another_plan_does_not_trace_again(small):
    _, loop = small()
    loop([(1, 1)], 0, 0)
    inner = loop.__closure__[0].cell_contents
    loop([(1, 0), (1, 1)], 1, 1)
    assert inner.experimental_get_tracing_count() == 1


@pytest.mark.long
def test_xla_computes_the_same(small):
    compiled, xla_loop = small(xla=True)
    plain, loop = small()
    metrics, plain_metrics = xla_loop([(1, 1)], 0, 0), loop([(1, 1)], 0, 0)
    for tag, value in plain_metrics.items():
        assert float(metrics[tag]) == pytest.approx(float(value), rel=1e-4), tag
    names = [w.path for w in plain.critic.weights + plain.generator.weights]
    for name, a, b in zip(names, weights(compiled), weights(plain), strict=True):
        # Adam's first step is the gradient's sign, which rounding flips here and there; of a bias
        # before a normalization the gradient is nothing but rounding.
        assert np.abs(a - b).mean() < (5e-5 if name.endswith("bias") else 2e-6), name


def losses(precision, digits):
    """The critic's losses over 75 critic and 15 generator steps of the article's networks."""
    config = replace(ARTICLE, precision=precision, batch_size=8)
    images = np.rint((digits[0] + 1) * 127.5).astype(np.uint8)
    loop = build_loop(config, build_model(config), images, digits[1])
    step = [tf.constant(number) for number in range(76)]
    runs = [loop(tf.constant([(5, 1)]), step[n], step[5 * n]) for n in range(15)]
    return np.array([run["loss/critic"] for run in runs])


@pytest.mark.long
def test_bfloat16_tracks_float32_over_75_steps(digits):
    exact, rounded = losses("float32", digits), losses("bfloat16", digits)
    change = exact.max() - exact.min()
    assert not np.array_equal(exact, rounded)  # The precision is really another one.
    assert change > 0.1
    assert np.abs(rounded - exact).max() < 0.1 * change

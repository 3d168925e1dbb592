"""Two devices compute what one computes: one test for each part that could differ."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from acwgan.devices.distribution import Distribution
from acwgan.devices.replicas import mean_of_replicas, own_rows
from acwgan.errors import ParameterError
from acwgan.networks.blocks import batch_normalization
from acwgan.networks.dropout import StatelessDropout, dropout_key
from acwgan.networks.layers import ClassConditioning
from acwgan.wgan.model import WGAN


def on_both(build, compute):
    """The results of ``compute(part)`` and the variables of the part, on one and two devices.

    Args:
        build: Builds the part, within the scope of the strategy.
        compute: Called on each replica.
    """
    results = []
    for devices in (1, 2):
        distribution = Distribution(devices)
        with distribution.strategy.scope():
            part = build()

        @tf.function(autograph=False)
        def run(distribution=distribution, part=part):
            with distribution.strategy.scope():
                values = distribution.strategy.run(lambda: compute(part))
                return tf.nest.map_structure(
                    distribution.strategy.experimental_local_results, values
                )

        outputs = run()
        variables = [variable.numpy() for variable in getattr(part, "variables", [])]
        results.append((outputs, variables))
    return results


def rows(outputs):
    return np.concatenate([part.numpy() for part in outputs])


def test_the_rows_of_the_replicas_are_the_batch_in_its_order():
    (one, _), (two, _) = on_both(lambda: None, lambda _: own_rows(tf.range(6)))
    assert [part.numpy().tolist() for part in two] == [[0, 1, 2], [3, 4, 5]]
    assert rows(one).tolist() == rows(two).tolist()


def test_means_are_over_all_replicas_and_keep_their_shapes():
    def compute(_):
        first = tf.cast(own_rows(tf.range(4)), tf.float32)
        return mean_of_replicas([tf.reduce_mean(first), first[:, None] * [[1.0, 10.0]]])

    _, (two, _) = on_both(lambda: None, compute)
    for part in range(2):
        assert two[0][part].numpy() == 1.5
        assert two[1][part].numpy().tolist() == [[1.0, 10.0], [2.0, 20.0]]


def test_dropout_masks_belong_to_the_position_in_the_global_batch():
    def compute(layer):
        with dropout_key(tf.constant([1, 2])):
            return layer(own_rows(tf.ones((6, 50))), training=True)

    (one, _), (two, _) = on_both(lambda: StatelessDropout(0.5), compute)
    assert np.array_equal(rows(one), rows(two))
    assert not np.array_equal(two[0].numpy(), two[1].numpy())


def test_normalization_uses_the_statistics_of_the_global_batch():
    """The rows of the replicas have means far apart, so that separate statistics would show."""
    batch = tf.constant([[0.0, 1.0], [1.0, 1.5], [10.0, 2.0], [13.0, 7.0]])

    def build():
        inputs = keras.Input((2,))
        return keras.Model(inputs, batch_normalization(inputs, momentum=0.5))

    def compute(network):
        x = own_rows(batch)
        with tf.GradientTape() as tape:
            tape.watch(x)
            outputs = network(x, training=True)
            loss = tf.reduce_sum(outputs**3)
        return outputs, tape.gradient(loss, x)

    (one, variables), (two, others) = on_both(build, compute)
    for a, b in zip(one, two, strict=True):
        np.testing.assert_allclose(rows(a), rows(b), rtol=1e-4, atol=1e-4)
    for a, b in zip(variables, others, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5)
    assert variables[2].tolist() == [3.0, 1.4375]  # Half of the mean of all four rows.


def test_embeddings_have_a_dense_gradient_of_all_labels():
    def build():
        layer = ClassConditioning(3, "ones")
        layer.build((4, 2))
        return layer

    def compute(layer):
        x, labels = own_rows(tf.reshape(tf.range(8.0), (4, 2))), own_rows(tf.constant([0, 2, 2, 2]))
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(layer(x, labels))
        return mean_of_replicas([tape.gradient(loss, layer.embeddings.value)])[0]

    (one, _), (two, _) = on_both(build, compute)
    expected = [[0.0, 1 / 8], [0.0, 0.0], [12 / 8, 15 / 8]]
    for gradient in (*one, *two):
        np.testing.assert_allclose(gradient, expected, rtol=1e-6)


def tiny_model(**options):
    """A model with three weights and dropout, so that a wrong mask for a row shows in them."""
    images = keras.Input((2, 1, 1))
    x = keras.layers.Flatten()(StatelessDropout(0.5)(images))
    dense = keras.layers.Dense(1, kernel_initializer="ones", activation="softplus")
    scores = keras.layers.Reshape(())(dense(x))
    logits = keras.layers.Dense(2, kernel_initializer="zeros")(x)
    critic = keras.Model(images, [scores, logits])
    z, labels = keras.Input((1,)), keras.Input((), dtype="int32")
    image = keras.layers.Dense(2, kernel_initializer="ones")(z)
    generator = keras.Model([z, labels], keras.layers.Reshape((2, 1, 1))(image))
    model = WGAN(generator, critic, **{"gp_weight": None} | options)
    model.compile(*[keras.optimizers.SGD(0.1) for _ in range(2)])
    return model


class Trained(tf.Module):
    """A model whose ``variables`` are its weights."""

    def __init__(self, options):
        self.model = tiny_model(**options)

    @property
    def variables(self):
        return self.model.critic.weights + self.model.generator.weights


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"joint_update": False},
        {"clip_value": 0.9},
        {"clip_value": 0.9, "clip_before_update": True},
        {"gp_weight": 10.0, "gp_every": 2},
    ],
    ids=["joint", "two updates", "clipped after", "clipped before", "penalty"],
)
def test_updates_are_those_of_the_global_batch(options):
    random = np.random.default_rng(0)
    batch = [
        random.standard_normal((4, 2, 1, 1)).astype(np.float32),
        np.array([0, 1, 1, 0], np.int32),
        random.standard_normal((4, 1)).astype(np.float32),
        np.array([1, 1, 0, 1], np.int32),
        random.random(4).astype(np.float32),
    ]

    def compute(trained):
        real_images, labels, z, fake_labels, alpha = (own_rows(tf.constant(a)) for a in batch)
        key = tf.constant([3, 4])
        critic = trained.model.update_critic(real_images, labels, z, fake_labels, alpha, key)
        generator = trained.model.update_generator(z, fake_labels, key)
        return mean_of_replicas([*critic.values(), *generator.values()])

    (one, weights), (two, others) = on_both(lambda: Trained(options), compute)
    assert len(weights) == 6
    for a, b in zip(weights, others, strict=True):
        np.testing.assert_allclose(a, b, atol=1e-6)
    for (metric,), pair in zip(one, two, strict=True):
        assert [float(each) for each in pair] == pytest.approx([float(metric)] * 2, abs=1e-5)


@pytest.mark.parametrize(
    "build",
    [
        lambda: keras.optimizers.AdamW(0.1, clipnorm=0.05),
        lambda: keras.optimizers.SGD(0.1, global_clipnorm=0.05),
        lambda: keras.optimizers.SGD(0.1, clipvalue=0.02, weight_decay=0.1),
        lambda: keras.optimizers.LossScaleOptimizer(keras.optimizers.SGD(0.1)),
        keras.optimizers.Lion,
        keras.optimizers.Muon,
    ],
    ids=["clipnorm", "global_clipnorm", "clipvalue", "loss scale", "Lion", "Muon"],
)
def test_any_optimizer_makes_the_step_of_the_global_batch(build):
    def built():
        part = Trained({})
        part.model.compile(build(), build())
        return part

    def compute(trained):
        real_images = own_rows(tf.reshape(tf.range(8.0), (4, 2, 1, 1)) / 4)
        labels, z = own_rows(tf.constant([0, 1, 1, 0])), own_rows(tf.ones((4, 1)))
        trained.model.update_critic(
            real_images, labels, z, labels, tf.zeros(2), tf.constant([3, 4])
        )
        return own_rows(tf.range(2))

    (_, weights), (_, others) = on_both(built, compute)
    for a, b in zip(weights, others, strict=True):
        np.testing.assert_allclose(a, b, atol=1e-6)


def test_gradients_cannot_be_accumulated_on_several_devices():
    with (
        Distribution(2).strategy.scope(),
        pytest.raises(ParameterError, match="`optimizer` must not have gradient_accumulation"),
    ):
        tiny_model().compile(keras.optimizers.SGD(0.1, gradient_accumulation_steps=2), "sgd")


def test_falling_learning_rates_reach_every_device():
    distribution = Distribution(2)
    with distribution.strategy.scope():
        model = tiny_model(decay_steps=4)

    def next_step(step):
        model.set_learning_rates(step)
        return step + 1

    @tf.function(autograph=False)
    def run():
        with distribution.strategy.scope():
            return tf.while_loop(lambda step: step < 2, next_step, (0,))

    run()
    rates = distribution.strategy.experimental_local_results(
        model.critic_optimizer.learning_rate.value
    )
    assert [rate.numpy() for rate in rates] == [pytest.approx(0.075)] * 2

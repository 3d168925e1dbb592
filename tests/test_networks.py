import keras
import numpy as np
import pytest
import tensorflow as tf

from acwgan.layers import UpsampleConv2D, dropout_key
from acwgan.networks import NETWORKS, of_mixtures

# Counted by hand from the tables in docs/networks.md.
WEIGHTS = {"article": (8_172_521, 525_835), "acwgan": (1_752_977, 611_339)}


@pytest.fixture(params=NETWORKS)
def name(request):
    return request.param


def test_weights_are_as_many_as_counted_by_hand(name):
    generator, critic = (build() for build in NETWORKS[name])
    assert (generator.count_params(), critic.count_params()) == WEIGHTS[name]


def test_shapes_ranges_and_kinds(name):
    generator, critic = (build(dtype="mixed_bfloat16") for build in NETWORKS[name])
    z = np.random.default_rng(0).standard_normal((3, generator.inputs[0].shape[1]))
    images = generator([tf.constant(z, tf.float32), tf.constant([0, 5, 9])])
    scores, class_logits = critic(images)
    assert images.shape == (3, 28, 28, 1) and np.abs(images).max() <= 1
    assert scores.shape == (3,) and class_logits.shape == (3, 10)
    assert images.dtype == scores.dtype == class_logits.dtype == tf.float32
    assert {weight.dtype for weight in generator.weights + critic.weights} == {"float32"}


def test_the_label_changes_the_image(name):
    generator = NETWORKS[name][0]()
    z = tf.ones((2, generator.inputs[0].shape[1]))
    images = generator([z, tf.constant([3, 8])]).numpy()
    assert not np.allclose(images[0], images[1])


def test_initial_weights_follow_from_the_seed(name):
    for build in NETWORKS[name]:
        one, same, other = build(seed=1), build(seed=1), build(seed=2)
        kernels = [
            np.concatenate([w.numpy().ravel() for w in m.trainable_variables if w.ndim > 1])
            for m in (one, same, other)
        ]
        assert np.array_equal(kernels[0], kernels[1])
        assert not np.array_equal(kernels[0], kernels[2])


def test_every_generator_upsamples_with_the_collapsed_layer(name):
    kinds = [type(layer) for layer in NETWORKS[name][0]().layers]
    assert kinds.count(UpsampleConv2D) == 2 and keras.layers.UpSampling2D not in kinds


def test_the_critic_scores_each_image_on_its_own(name):
    """So that real and fake may go through it in one batch, and the penalty is well defined."""
    critic = NETWORKS[name][1]()
    images = tf.random.stateless_normal((4, 28, 28, 1), (0, 1))
    with dropout_key(tf.constant([0, 0])):
        gradient_of = tf.GradientTape()
        with gradient_of as tape:
            tape.watch(images)
            first = critic(images, training=True)[0][0]
    per_image = tf.reduce_sum(tf.abs(tape.gradient(first, images)), axis=(1, 2, 3)).numpy()
    assert per_image[0] > 0 and not per_image[1:].any()


def test_the_article_is_the_published_network_layer_by_layer():
    """The same function of the same weights as the article's own layers, pooling after activation.

    Only the first block differs in its order; max-pooling and LeakyReLU commute.
    """
    ours_generator, ours_critic = (build() for build in NETWORKS["article"])
    k = keras.layers
    critic = keras.Sequential([keras.Input((28, 28, 1))])
    for filters, pool in [(32, 2), (64, 1), (128, 2), (256, 1)]:
        critic.add(k.Conv2D(filters, 3, padding="same"))
        critic.add(k.LeakyReLU(negative_slope=0.3))
        critic.add(k.MaxPooling2D(pool))
    critic.add(k.Flatten())
    critic.add(k.Dense(11))
    weights = ours_critic.get_weights()
    heads = [
        np.concatenate([weights[-4], weights[-2]], 1),
        np.concatenate([weights[-3], weights[-1]]),
    ]
    critic.set_weights([*weights[:-4], *heads])
    images = tf.random.stateless_normal((3, 28, 28, 1), (0, 1))
    scores, class_logits = ours_critic(images)
    outputs = critic(images)
    np.testing.assert_allclose(scores, outputs[:, 0], atol=1e-5)
    np.testing.assert_allclose(class_logits, outputs[:, 1:], atol=1e-5)

    z, label = keras.Input((100,)), keras.Input((), dtype="int32")
    x = k.Multiply()([z, k.Embedding(10, 100)(label)])
    for size in (1024, 7 * 7 * 128):
        x = k.LeakyReLU(negative_slope=0.3)(k.Dense(size)(x))
    x = k.Reshape((7, 7, 128))(x)
    for filters in (256, 128):
        x = k.Conv2D(filters, 5, padding="same")(k.UpSampling2D(2)(x))
        x = k.LeakyReLU(negative_slope=0.3)(x)
    x = k.Conv2D(1, 2, padding="same", activation="tanh")(x)
    generator = keras.Model([z, label], x)
    generator.set_weights(ours_generator.get_weights())
    inputs = [tf.random.stateless_normal((3, 100), (0, 1)), tf.constant([0, 4, 9])]
    np.testing.assert_allclose(ours_generator(inputs), generator(inputs), atol=1e-5)


def test_networks_come_back_from_a_keras_file(name, tmp_path):
    for number, build in enumerate(NETWORKS[name]):
        network = build()
        path = tmp_path / f"{number}.keras"
        network.save(path)
        again = keras.models.load_model(path)
        for one, other in zip(network.weights, again.weights, strict=True):
            assert np.array_equal(one, other)


def test_a_mixture_of_one_class_is_that_class_and_a_true_mixture_is_neither(name):
    generator = NETWORKS[name][0]()
    mixing = of_mixtures(generator)
    z = np.random.default_rng(0).standard_normal((2, generator.inputs[0].shape[1]), np.float32)
    labels = np.array([3, 8])
    images = generator([z, labels]).numpy()
    np.testing.assert_allclose(mixing([z, np.eye(10, dtype=np.float32)[labels]]), images, atol=1e-6)
    half = np.full((2, 10), 0.1, np.float32)
    assert not np.allclose(mixing([z, half]), images, atol=1e-4)

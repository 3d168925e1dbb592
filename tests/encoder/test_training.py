import keras
import numpy as np
import pytest
import tensorflow as tf

from acwgan.encoder import differentiable_critic, differentiable_generator, train_encoder
from acwgan.encoder.descent import DifferentiableGenerator
from acwgan.encoder.training import losses
from acwgan.errors import DataError, ParameterError

#: A generator whose images are (label + 1) * z, and an encoder that finds (0.5, -1) in every image.
GENERATOR = DifferentiableGenerator(
    lambda z, labels: tf.reshape(z * (tf.cast(labels, tf.float32)[:, None] + 1), (-1, 1, 1, 2)),
    *(2, 2, (1, 1, 2), "normal"),
)
REAL, LABELS = tf.constant([[[[0.0, 1.0]]], [[[0.5, -0.5]]]]), tf.constant([0, 1])
KEY = tf.constant([0, 7])


def encoder():
    images, class_weights = keras.Input((1, 1, 2)), keras.Input((2,))
    z = keras.layers.Dense(2, kernel_initializer="zeros")(keras.layers.Flatten()(images))
    model = keras.Model([images, class_weights], z)
    model.layers[-1].set_weights([np.zeros((2, 2)), np.array([0.5, -1])])
    return model


def critic(images):
    """Features of the variance 1.6875, and probabilities 0.9 of class 0."""
    probs = tf.tile([[0.9, 0.1]], (len(images), 1))
    return {"features": 3 * tf.reshape(images, (-1, 2)), "class_probs": probs}


def test_the_terms_are_those_of_the_formula():
    terms = {
        name: float(term)
        for name, term in losses(GENERATOR, critic, encoder(), REAL, LABELS, KEY).items()
    }
    # Drawn: (0.5, -1) as class 0 and (1, -2) as class 1. Apart: (0.5, -2) and (0.5, -1.5).
    mean = (0.25 + 4 + 0.25 + 2.25) / 4
    assert terms["pixels"] == pytest.approx(8 * mean)
    # Features: three times as far apart, and three times (0, 1, 0.5, -0.5), of the variance 0.3125.
    assert terms["features"] == pytest.approx(mean / 0.3125)
    # The images as classes 0 and 1, and the first as class 1.
    classes = -(np.log(0.9) + 2 * np.log(0.1)) / 3
    assert terms["classes"] == pytest.approx(0.5 * classes, rel=1e-4)
    key = tf.random.experimental.stateless_fold_in(KEY, 0)
    z = tf.random.stateless_normal((2, 2), key).numpy()
    assert terms["latents"] == pytest.approx(np.mean((z - [0.5, -1]) ** 2), rel=1e-5)


def test_a_critic_without_features_and_classes_leaves_two_terms():
    terms = losses(GENERATOR, lambda images: {}, encoder(), REAL, LABELS, KEY)
    assert list(terms) == ["latents", "pixels"]


def trained(steps, seed=0, count=60, report=None):
    from acwgan.datasets.named import load_mnist

    data = load_mnist()
    images, labels = data.train_images[:count], data.train_labels[:count]
    nets = differentiable_generator(), differentiable_critic()
    return train_encoder(*nets, images, labels, steps=steps, seed=seed, report=report)


def test_training_brings_the_images_closer():
    lines = []
    encoder = trained(30, report=lines.append)
    assert len(lines) == 1 and lines[0].startswith("step 30 of 30: latents 1.")
    from acwgan.datasets.named import load_mnist

    data = load_mnist()
    images = data.train_images[:60].astype(np.float32) / 127.5 - 1
    labels = data.train_labels[:60].astype(np.int32)
    generator = differentiable_generator()

    def distance(z):
        drawn = generator.draw(tf.constant(z), tf.constant(labels))
        return float(tf.reduce_mean(tf.square(drawn - images)))

    z = encoder.predict([images, np.eye(10)[labels]], verbose=0)
    # Closer than latents of the same length that have nothing to do with the images.
    assert distance(z) < 0.8 * distance(np.roll(z, 30, axis=0))


@pytest.mark.long
def test_a_seed_gives_the_same_weights_and_another_seed_others():
    one, same, other = (trained(2, seed).get_weights() for seed in (1, 1, 2))
    assert all(np.array_equal(a, b) for a, b in zip(one, same, strict=True))
    assert not np.array_equal(one[0], other[0])


def test_what_does_not_fit_the_generator_is_refused():
    nets = differentiable_generator(), differentiable_critic()
    images = np.zeros((3, 28, 28, 1), np.uint8)
    for labels in (None, np.array([0, 1]), np.array([0, 1, 10]), np.array([-1, 1, 2])):
        with pytest.raises(DataError, match="a label from 0 to 9 for each of its 3 images"):
            train_encoder(*nets, images, labels)
    with pytest.raises(ParameterError, match=r"must be \(N, 28, 28\) uint8, got \(3, 27"):
        train_encoder(*nets, images[:, 1:], np.arange(3))
    with pytest.raises(ParameterError, match="`steps` must be a whole number, 1 or more, got 0"):
        train_encoder(*nets, images, np.arange(3), steps=0)

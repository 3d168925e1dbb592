import numpy as np
import pytest
import tensorflow as tf

from acwgan.wgan import losses

REAL = tf.constant([-5.0, 1.4, 12.5, 2.7])  # mean 2.9
FAKE = tf.constant([10.0, 4.4, -5.5, 3.6])  # mean 3.125


def test_signs_by_hand():
    assert float(losses.critic_loss(REAL, FAKE)) == pytest.approx(0.225)
    assert float(losses.generator_loss(FAKE)) == pytest.approx(-3.125)


def test_class_loss_by_hand():
    # -log softmax: label 0 of [0, log 3] is log 4; label 1 of it is log(4 / 3).
    logits = tf.constant([[0.0, np.log(3.0)], [0.0, np.log(3.0)]], tf.float32)
    loss = losses.class_loss(tf.constant([0, 1]), logits)
    assert float(loss) == pytest.approx((np.log(4) + np.log(4 / 3)) / 2)


def test_the_penalty_is_taken_at_the_mixed_image_of_each_example():
    # score = sum of x^2 / 2 has the gradient x; a constant image of value v has the norm 2 |v|.
    real = tf.ones((2, 2, 2, 1)) * tf.reshape([1.0, 2.0], (2, 1, 1, 1))
    fake = tf.ones((2, 2, 2, 1)) * tf.reshape([3.0, -2.0], (2, 1, 1, 1))
    alpha = tf.constant([0.25, 1.0])
    # Mixed: 0.25 * 1 + 0.75 * 3 = 2.5, norm 5, (5 - 1)^2 = 16; and 2, norm 4, (4 - 1)^2 = 9.
    penalty = losses.gradient_penalty_loss(
        lambda images: tf.reduce_sum(tf.square(images), (1, 2, 3)) / 2, real, fake, alpha
    )
    assert float(penalty) == pytest.approx(12.5)


def test_the_penalty_is_finite_where_the_gradient_vanishes():
    slope = tf.Variable(0.0)
    images = tf.ones((1, 2, 2, 1))
    with tf.GradientTape() as tape:
        penalty = losses.gradient_penalty_loss(
            lambda images: slope * tf.reduce_sum(images, (1, 2, 3)), images, images, tf.zeros(1)
        )
    assert float(penalty) == pytest.approx(1.0, abs=1e-5)
    assert np.isfinite(tape.gradient(penalty, slope))


def test_the_penalty_works_in_colour():
    images = tf.random.stateless_normal((3, 4, 4, 3), (0, 1))
    weights = tf.constant([1.0, 2.0, 2.0])  # Gradient (1, 2, 2) at one pixel: norm 3.
    penalty = losses.gradient_penalty_loss(
        lambda images: tf.reduce_sum(images[:, 0, 0, :] * weights, 1), images, -images, tf.ones(3)
    )
    assert float(penalty) == pytest.approx(4.0, abs=1e-4)

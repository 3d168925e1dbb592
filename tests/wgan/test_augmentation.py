import numpy as np
import pytest
import tensorflow as tf

from acwgan.wgan.augmentation import DRAWS, augment

ALWAYS = tf.constant(1.0)
#: Draws that change nothing at probability 1: brightness + 0, saturation and contrast times 1,
#: no shift. A square is always cut out, so the policy is turned off by its own draw.
NEUTRAL = {0: 0.0, 1: 0.5, 2: 0.5, 3: 0.5, 4: 0.0, 5: 0.5, 6: 0.5, 7: 1.0}
IMAGES = np.random.default_rng(0).uniform(-1, 1, (1, 8, 16, 3)).astype(np.float32)


def changed(images=IMAGES, **draws):
    row = np.zeros((1, DRAWS), np.float32)
    for index, value in (NEUTRAL | {int(name[1:]): value for name, value in draws.items()}).items():
        row[0, index] = value
    return augment(tf.constant(images), tf.constant(row), ALWAYS).numpy()


def test_neutral_draws_change_nothing():
    np.testing.assert_allclose(changed(), IMAGES, atol=1e-6)


def test_brightness_is_added():
    np.testing.assert_allclose(changed(_1=0.75), IMAGES + 0.25, atol=1e-6)


def test_saturation_scales_the_distance_from_grey():
    grey = IMAGES.mean(axis=3, keepdims=True)
    np.testing.assert_allclose(changed(_2=0.0), np.broadcast_to(grey, IMAGES.shape), atol=1e-6)
    np.testing.assert_allclose(changed(_2=0.75), grey + 1.5 * (IMAGES - grey), atol=1e-6)


def test_contrast_scales_the_distance_from_the_mean():
    mean = IMAGES.mean()
    np.testing.assert_allclose(changed(_3=0.0), mean + 0.5 * (IMAGES - mean), atol=1e-6)


@pytest.mark.parametrize(
    "down, right, rows, columns",
    [(0.0, 0.5, -1, 0), (0.99, 0.5, 1, 0), (0.5, 0.0, 0, -2), (0.5, 0.99, 0, 2)],
)
def test_a_shift_moves_by_up_to_an_eighth_and_leaves_zeros(down, right, rows, columns):
    expected = np.zeros_like(IMAGES)
    height, width = IMAGES.shape[1:3]
    for y in range(height):
        for x in range(width):
            if 0 <= y - rows < height and 0 <= x - columns < width:
                expected[0, y, x] = IMAGES[0, y - rows, x - columns]
    np.testing.assert_allclose(changed(_5=down, _6=right), expected, atol=1e-6)


@pytest.mark.parametrize(
    "down, right, rows, columns",
    [(0.5, 0.5, (2, 6), (4, 12)), (0.0, 0.0, (0, 2), (0, 4)), (0.99, 0.99, (6, 8), (12, 16))],
)
def test_a_square_of_half_the_sides_is_cut_out(down, right, rows, columns):
    expected = IMAGES.copy()
    expected[:, slice(*rows), slice(*columns)] = 0
    np.testing.assert_allclose(changed(_7=0.0, _8=down, _9=right), expected, atol=1e-6)


def test_each_policy_comes_with_the_probability():
    draws = np.random.default_rng(1).uniform(size=(4000, DRAWS)).astype(np.float32)
    images = np.ones((4000, 8, 8, 1), np.float32)
    kept = augment(tf.constant(images), tf.constant(draws), tf.constant(0.2)).numpy() == images
    # None of three policies, or a shift by nothing (one of nine) alone.
    expected = 0.8**2 * (0.8 + 0.2 / 9)
    assert kept.all(axis=(1, 2, 3)).mean() == pytest.approx(expected, abs=0.03)


def test_gradients_pass_to_the_images():
    images = tf.constant(IMAGES)
    draws = np.zeros((1, DRAWS), np.float32)
    draws[0] = [0, 0.5, 0.5, 0.5, 0, 0.99, 0.5, 1, 0, 0]  # Down by one row.
    with tf.GradientTape() as tape:
        tape.watch(images)
        total = tf.reduce_sum(augment(images, tf.constant(draws), ALWAYS)[:, :, :, 0])
    gradient = tape.gradient(total, images).numpy()
    np.testing.assert_allclose(gradient[0, :-1, :, 0], 1, atol=1e-5)
    assert np.all(gradient[0, -1] == 0) and np.all(gradient[..., 1:] == 0)

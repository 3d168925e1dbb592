import pytest
import tensorflow as tf

from acwgan.wgan.penalties import PENALTIES, PenaltyInputs


def inputs(average=(0.0, 0.0)):
    """Score = sum of x^2 / 2 has the gradient x; an image of four pixels v has the norm 2 |v|."""
    real = tf.ones((2, 2, 2, 1)) * tf.reshape([1.0, 0.25], (2, 1, 1, 1))
    fake = tf.ones((2, 2, 2, 1)) * tf.reshape([3.0, -0.75], (2, 1, 1, 1))
    return PenaltyInputs(
        lambda images: tf.reduce_sum(tf.square(images), (1, 2, 3)) / 2,
        real,
        fake,
        tf.constant([0.25, 1.0]),
        tf.constant([2.0, 0.0]),
        tf.constant([1.0, -3.0]),
        tf.constant(average),
    )


@pytest.mark.parametrize(
    "name, value",
    [
        # Mixed: 2.5, norm 5, (5 - 1)^2 = 16; 0.25, norm 0.5, (0.5 - 1)^2 = 0.25.
        ("gradient", 8.125),
        ("one-sided", 8.0),
        # Real: norms 2 and 0.5. Fake: norms 6 and 1.5.
        ("r1", (4 + 0.25) / 2),
        ("r1-r2", (4 + 0.25) / 2 + (36 + 2.25) / 2),
        # Real scores from the average of fakes (0), fake ones from that of reals (0).
        ("lecam", (4 + 0) / 2 + (1 + 9) / 2),
    ],
)
def test_by_hand(name, value):
    assert float(PENALTIES[name](inputs())) == pytest.approx(value, rel=1e-5)


def test_lecam_pulls_scores_to_the_average_of_the_other_kind():
    # Average of real scores 1, of fake ones 2: (0 + 4) / 2 + (0 + 16) / 2.
    assert float(PENALTIES["lecam"](inputs((1.0, 2.0)))) == pytest.approx(10)

"""The Wasserstein and the class term of the combined loss, each with its sign."""

from collections.abc import Callable
from typing import NamedTuple

import tensorflow as tf

from acwgan.wgan.penalties import PENALTIES, PenaltyInputs
from acwgan.wgan.penalties import gradient_penalty_loss as gradient_penalty_loss


def critic_loss(real_scores: tf.Tensor, fake_scores: tf.Tensor) -> tf.Tensor:
    """What the critic minimizes: ``mean(fake) - mean(real)``.

    Arjovsky et al. 2017, Algorithm 1 line 5, with the sign turned for minimizing: the paper
    ascends ``mean f(x) - mean f(g(z))``. Minus this loss is the Wasserstein estimate.

    Args:
        real_scores: ``(B,)`` float32, any range: a score is not a probability.
        fake_scores: ``(B,)`` float32.

    Returns:
        Scalar, any range; the lower, the better the critic tells real from fake.

    Example:
        >>> real, fake = [-5.0, 1.4, 12.5, 2.7], [10.0, 4.4, -5.5, 3.6]
        >>> round(float(critic_loss(tf.constant(real), tf.constant(fake))), 3)
        0.225
    """
    return tf.reduce_mean(fake_scores) - tf.reduce_mean(real_scores)


def generator_loss(fake_scores: tf.Tensor) -> tf.Tensor:
    """What the generator minimizes: ``-mean(fake)`` (Arjovsky et al. 2017, Algorithm 1 line 10).

    Args:
        fake_scores: ``(B,)`` float32.

    Returns:
        Scalar, any range.

    Example:
        >>> round(float(generator_loss(tf.constant([10.0, 4.4, -5.5, 3.6]))), 3)
        -3.125
    """
    return -tf.reduce_mean(fake_scores)


def class_loss(labels: tf.Tensor, class_logits: tf.Tensor) -> tf.Tensor:
    """Sparse categorical cross-entropy: ``mean(-log softmax(logits)[label])``.

    The class term of Odena et al. 2017, "Conditional image synthesis with auxiliary classifier
    GANs", eq. 3, as a loss. Both networks minimize it.

    Args:
        labels: ``(B,)`` int32, 0..K-1.
        class_logits: ``(B, K)`` float32, before the softmax.

    Returns:
        Scalar, 0 or more.

    Example:
        >>> round(float(class_loss(tf.constant([0]), tf.math.log([[0.25, 0.75]]))), 4)
        1.3863
    """
    return tf.reduce_mean(
        tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=class_logits)
    )


class Losses(NamedTuple):
    """The parts of the combined loss, each exchangeable.

    Attributes:
        critic: (real_scores, fake_scores) -> scalar that the critic minimizes.
        generator: fake_scores -> scalar that the generator minimizes.
        classes: (labels, class_logits) -> scalar, weighted in both losses.
        penalty: ``penalties.PenaltyInputs`` -> scalar, weighted by ``gp_weight`` in the critic's.
    """

    critic: Callable[..., tf.Tensor] = critic_loss
    generator: Callable[[tf.Tensor], tf.Tensor] = generator_loss
    classes: Callable[[tf.Tensor, tf.Tensor], tf.Tensor] = class_loss
    penalty: Callable[[PenaltyInputs], tf.Tensor] = PENALTIES["gradient"]

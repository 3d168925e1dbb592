"""The terms of the combined loss: Wasserstein, class and gradient penalty, each with its sign."""

from collections.abc import Callable
from typing import NamedTuple

import tensorflow as tf

#: Inside the square root of the penalty: the derivative of sqrt at 0 is infinite.
_EPSILON = 1e-12


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


def gradient_penalty_loss(
    score_fn: Callable[[tf.Tensor], tf.Tensor],
    real_images: tf.Tensor,
    fake_images: tf.Tensor,
    alpha: tf.Tensor,
) -> tf.Tensor:
    """Two-sided penalty: ``mean((|grad of score at x|_2 - 1)^2)``, without its weight lambda.

    Gulrajani et al. 2017, "Improved training of Wasserstein GANs", Algorithm 1 lines 6 and 7,
    at ``x = alpha * real + (1 - alpha) * fake``.

    Args:
        score_fn: Images ``(B, H, W, C)`` -> scores ``(B,)``.
        real_images: ``(B, H, W, C)`` float32 in [-1, 1].
        fake_images: ``(B, H, W, C)`` float32 in [-1, 1].
        alpha: ``(B,)`` float32 in [0, 1]: one mixing weight for each example.

    Returns:
        Scalar, 0 or more.

    Example:
        A critic whose gradient has the norm 3 everywhere pays (3 - 1)^2.

        >>> score = lambda images: 3.0 * images[:, 0, 0, 0]
        >>> images = tf.zeros((2, 4, 4, 1))
        >>> float(gradient_penalty_loss(score, images, images, tf.constant([0.0, 0.5])))
        4.0
    """
    alpha = tf.reshape(alpha, (-1, 1, 1, 1))
    mixed_images = alpha * real_images + (1.0 - alpha) * fake_images
    with tf.GradientTape() as tape:
        tape.watch(mixed_images)
        scores = score_fn(mixed_images)
    gradients = tape.gradient(scores, mixed_images)
    norms = tf.sqrt(tf.reduce_sum(tf.square(gradients), axis=(1, 2, 3)) + _EPSILON)
    return tf.reduce_mean(tf.square(norms - 1.0))


class TermInputs(NamedTuple):
    """What a term beside the Wasserstein and the class term may use.

    Differs from Alg. 1 of WGAN-GP: images and alpha are of every ``gp_every``-th example of the
    batch, since a penalty costs as much as all the rest.
    """

    score_fn: Callable[[tf.Tensor], tf.Tensor]  # images (b, H, W, C) -> scores (b,)
    real_images: tf.Tensor  # (b, H, W, C) float32 in [-1, 1]
    fake_images: tf.Tensor  # (b, H, W, C) float32 in [-1, 1]
    alpha: tf.Tensor  # (b,) float32 in [0, 1]
    real_scores: tf.Tensor  # (B,), of the whole batch
    fake_scores: tf.Tensor  # (B,)


class CriticTerm(NamedTuple):
    """A term of the critic's loss beside the Wasserstein and the class term.

    Attributes:
        tag: Its tag in ``runs.tags``.
        weight_field: Field of ``Config`` with its weight; None there turns the term off.
        function: ``TermInputs`` -> scalar, without the weight.
    """

    tag: str
    weight_field: str
    function: Callable[[TermInputs], tf.Tensor]


def _gradient_penalty(inputs: TermInputs) -> tf.Tensor:
    return gradient_penalty_loss(
        inputs.score_fn, inputs.real_images, inputs.fake_images, inputs.alpha
    )


#: Terms that are added to the Wasserstein and the class term. To add one: a function and a row
#: here, the field of its weight in ``Config``, and a row in ``runs.tags``.
CRITIC_TERMS = (CriticTerm("loss/penalty", "gp_weight", _gradient_penalty),)

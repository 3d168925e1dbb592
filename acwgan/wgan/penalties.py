"""Penalties on the critic's slope, or on its scores, by name.

Each is a function of ``PenaltyInputs`` without its weight, which is ``gp_weight``. To add one: a
function, and a row in ``PENALTIES``. TensorFlow is imported when one is called.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import tensorflow as tf

#: Inside a square root: the derivative of sqrt at 0 is infinite.
_EPSILON = 1e-12


class PenaltyInputs(NamedTuple):
    """What a penalty may use.

    Differs from Alg. 1 of WGAN-GP: images and alpha are of every ``gp_every``-th example of the
    batch, since a penalty costs as much as all the rest.
    """

    score_fn: Callable[[tf.Tensor], tf.Tensor]  # images (b, H, W, C) -> scores (b,)
    real_images: tf.Tensor  # (b, H, W, C) float32 in [-1, 1]
    fake_images: tf.Tensor  # (b, H, W, C) float32 in [-1, 1]
    alpha: tf.Tensor  # (b,) float32 in [0, 1]
    real_scores: tf.Tensor  # (B,), of the whole batch
    fake_scores: tf.Tensor  # (B,)
    average_scores: tf.Tensor  # (2,), moving averages of the scores of real and fake batches


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

        >>> import tensorflow as tf
        >>> score = lambda images: 3.0 * images[:, 0, 0, 0]
        >>> images = tf.zeros((2, 4, 4, 1))
        >>> float(gradient_penalty_loss(score, images, images, tf.constant([0.0, 0.5])))
        4.0
    """
    return _mean((_mixed_norms(score_fn, real_images, fake_images, alpha) - 1.0) ** 2)


def gradient_penalty(inputs: PenaltyInputs) -> tf.Tensor:
    """``gradient_penalty_loss``, the penalty of WGAN-GP; its weight lambda is 10 there."""
    return gradient_penalty_loss(*inputs[:4])


def one_sided_penalty(inputs: PenaltyInputs) -> tf.Tensor:
    """One-sided penalty: ``mean(max(0, |grad of score at x|_2 - 1)^2)``.

    Gulrajani et al. 2017, section 4, and Petzka et al. 2018, "On the regularization of Wasserstein
    GANs" (WGAN-LP): a slope below 1 costs nothing.

    Args:
        inputs: Images, alpha and the critic.

    Returns:
        Scalar, 0 or more.
    """
    import tensorflow as tf

    return _mean(tf.nn.relu(_mixed_norms(*inputs[:4]) - 1.0) ** 2)


def r1_penalty(inputs: PenaltyInputs) -> tf.Tensor:
    """Zero-centered penalty on real images: ``mean(|grad of score at real|_2^2)``.

    Mescheder et al. 2018, "Which training methods for GANs do actually converge?", eq. 9, whose
    weight is gamma / 2.

    Args:
        inputs: Real images and the critic.

    Returns:
        Scalar, 0 or more.
    """
    return _mean(_squared_norms(inputs.score_fn, inputs.real_images))


def r1_r2_penalty(inputs: PenaltyInputs) -> tf.Tensor:
    """Zero-centered penalty on real and on fake images: R1 + R2.

    Huang et al. 2024, "The GAN is dead; long live the GAN! A modern baseline GAN" (R3GAN); R2
    is eq. 10 of Mescheder et al. 2018, ``mean(|grad of score at fake|_2^2)``. The weight is
    gamma / 2.

    Args:
        inputs: Images and the critic.

    Returns:
        Scalar, 0 or more.
    """
    return r1_penalty(inputs) + _mean(_squared_norms(inputs.score_fn, inputs.fake_images))


def lecam_penalty(inputs: PenaltyInputs) -> tf.Tensor:
    """``mean((real_scores - average_fake)^2) + mean((fake_scores - average_real)^2)``.

    Tseng et al. 2021, "Regularizing generative adversarial networks under limited data" (LeCam),
    eq. 5, with moving averages of both kinds of scores. It bounds the scores, not the slope.

    Args:
        inputs: Scores and their moving averages.

    Returns:
        Scalar, 0 or more.
    """
    average_real, average_fake = inputs.average_scores[0], inputs.average_scores[1]
    real = _mean((inputs.real_scores - average_fake) ** 2)
    return real + _mean((inputs.fake_scores - average_real) ** 2)


#: Name in ``Config.penalty`` -> the penalty.
PENALTIES: dict[str, Callable[[PenaltyInputs], tf.Tensor]] = {
    "gradient": gradient_penalty,
    "one-sided": one_sided_penalty,
    "r1": r1_penalty,
    "r1-r2": r1_r2_penalty,
    "lecam": lecam_penalty,
}


def _mean(values: tf.Tensor) -> tf.Tensor:
    import tensorflow as tf

    return tf.reduce_mean(values)


def _mixed_norms(
    score_fn: Callable[[tf.Tensor], tf.Tensor],
    real_images: tf.Tensor,
    fake_images: tf.Tensor,
    alpha: tf.Tensor,
) -> tf.Tensor:
    """``(B,)``: the norm of the critic's gradient between real and fake images."""
    alpha = alpha[:, None, None, None]
    mixed_images = alpha * real_images + (1.0 - alpha) * fake_images
    return (_squared_norms(score_fn, mixed_images) + _EPSILON) ** 0.5


def _squared_norms(score_fn: Callable[[tf.Tensor], tf.Tensor], images: tf.Tensor) -> tf.Tensor:
    import tensorflow as tf

    with tf.GradientTape() as tape:
        tape.watch(images)
        scores = score_fn(images)
    return tf.reduce_sum(tf.square(tape.gradient(scores, images)), axis=(1, 2, 3))

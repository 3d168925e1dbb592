"""The critic's output for a batch, and the metrics that follow from it."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import keras
import tensorflow as tf

from acwgan.networks import calls
from acwgan.wgan import losses

#: Names of the metrics in ``metrics_of``: of any critic, and of one with classes.
SCORE_METRICS = ("score/real", "score/fake", "wasserstein_estimate")
CLASS_METRICS = ("class/accuracy_real", "class/accuracy_fake")
#: (labels ``(B,)``, class_logits ``(B, K)``) -> scalar.
ClassLoss = Callable[[tf.Tensor, tf.Tensor], tf.Tensor]


class Batch(NamedTuple):
    """Images and their labels."""

    images: tf.Tensor  # (B, H, W, C) float32 in [-1, 1]
    labels: tf.Tensor  # (B,) int32; not used without classes


class Scored(NamedTuple):
    """The critic's output for a batch; without classes the last two are 0."""

    scores: tf.Tensor  # (B,)
    class_loss: tf.Tensor | float  # scalar
    accuracy: tf.Tensor | float  # share of the batch whose class the critic reads right


class Rating(NamedTuple):
    """What follows from the critic's outputs, beside its scores."""

    class_loss: ClassLoss
    class_in_score: bool  # see ``UpdateRules``


def score(critic: keras.Model, batch: Batch, rating: Rating, training: bool = True) -> Scored:
    """Score one batch, with dropout and batch normalization as in training."""
    return _scored(calls.rate(critic, batch.images, training), batch.labels, rating)


def score_both(
    critic: keras.Model, real: Batch, fake: Batch, rating: Rating, training: bool = True
) -> tuple[Scored, Scored]:
    """Score real and fake images in one pass, or in two if the critic normalizes its batches."""
    if calls.normalizes_batches(critic):  # Each batch has statistics of its own.
        one, other = (score(critic, batch, rating, training) for batch in (real, fake))
        return one, other
    # Real and fake by turns, so that the rows of a replica lie together in the global batch.
    both = tf.stack([real.images, fake.images], axis=1)
    both = tf.reshape(both, (-1, *real.images.shape[1:]))
    outputs = calls.rate(critic, both, training)
    real_outputs, fake_outputs = ([output[n::2] for output in outputs] for n in (0, 1))
    return (
        _scored(real_outputs, real.labels, rating),
        _scored(fake_outputs, fake.labels, rating),
    )


def _scored(outputs: list[tf.Tensor], labels: tf.Tensor, rating: Rating) -> Scored:
    scores, *class_logits = outputs
    if not class_logits:
        return Scored(scores, 0.0, 0.0)
    read_as = tf.argmax(class_logits[0], axis=1, output_type=tf.int32)
    accuracy = tf.reduce_mean(tf.cast(tf.equal(read_as, labels), tf.float32))
    scores = calls.scores_of(outputs, rating.class_in_score, labels)
    return Scored(scores, rating.class_loss(labels, class_logits[0]), accuracy)


def metrics_of(real: Scored, fake: Scored) -> dict[str, tf.Tensor]:
    """The metrics that follow from the critic's outputs, by their TensorBoard tags."""
    return {
        "loss/class_real": real.class_loss,
        "loss/class_fake": fake.class_loss,
        "score/real": tf.reduce_mean(real.scores),
        "score/fake": tf.reduce_mean(fake.scores),
        "wasserstein_estimate": -losses.critic_loss(real.scores, fake.scores),
        "class/accuracy_real": real.accuracy,
        "class/accuracy_fake": fake.accuracy,
    }

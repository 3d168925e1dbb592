"""Trains an encoder: from an image and its label back to the latent that draws it."""

from __future__ import annotations

from collections.abc import Callable

import keras
import numpy as np
import tensorflow as tf

from acwgan.encoder.descent import DifferentiableCritic, DifferentiableGenerator
from acwgan.encoder.network import build_encoder
from acwgan.errors import DataError, Range
from acwgan.images.pixels import as_images
from acwgan.keras_settings import standard_settings
from acwgan.wgan.batches import from_pixels
from acwgan.wgan.latents import LATENTS

#: Steps of a training whose length is not given.
STEPS = 2000
#: Generated images in a step, and as many real ones.
_BATCH = 64
#: Learning rate after its warm-up, from which it falls to 0 along a cosine.
_LEARNING_RATE, _WARM_UP = 1e-3, 200
#: Weights of the terms beside the distance of the latents, which has the weight 1.
_PIXELS, _FEATURES, _CLASSES = 8.0, 1.0, 0.5
#: Steps between two reports.
_REPORT = 100


def train_encoder(
    generator: DifferentiableGenerator,
    critic: DifferentiableCritic,
    images: np.ndarray,
    labels: np.ndarray | None,
    *,
    steps: int = STEPS,
    seed: int = 0,
    report: Callable[[str], None] | None = None,
) -> keras.Model:
    """Train an encoder E for a generator G on generated and on real images.

    The loss, with expectations over generated images ``x' = G(z, y')`` and real ones x of class y::

        + 1   * E mean (E(x', y') - z)^2
        + 8   * E mean (G(E(x, y), y) - x)^2
        + 1   * E mean (f(G(E(x, y), y)) - f(x))^2 / Var f(x)
        - 0.5 * E log D(c | G(E(x, y), c)),   c = y, and other classes c for half of the images

    The first term is that of the *latent regressor* (Donahue et al. 2017, "Adversarial feature
    learning", a baseline there). It never sees a real image. The second and third project real
    images onto what G can draw, with its weights frozen: *projection via a feedforward network*
    (Zhu et al. 2016, "Generative visual manipulation on the natural image manifold"). Differs from
    them: the features f are what the heads of the critic D take, since every run has a critic.

    A latent that draws its own image well may draw the other classes badly. That is the tradeoff
    of *distortion and editability*: it is edited best near the latents of the training (Tov et al.
    2021, "Designing an encoder for StyleGAN image manipulation"). Differs from them: what keeps
    latents near is their fixed length, see ``build_encoder``, and the last term, by the critic's
    class head. No judge takes part, so that one may judge the result.

    Args:
        generator: The generator.
        critic: The critic of the same run.
        images: Training images ``(N, H, W, C)`` uint8, of the shape that the generator draws.
        labels: ``(N,)`` integers from 0 to K-1; not used without classes, and may then be None.
        steps: Number of steps, at least 1.
        seed: Seed of the initial weights and of all draws, from 0 to 2**31 - 1.
        report: Called with a line of text now and then.

    Returns:
        The encoder, see ``build_encoder``.

    Raises:
        DataError: If the labels are not those of the generator.
        ParameterError: If images or steps are not as they should be.
    """
    Range(whole=True, at_least=1).check("steps", steps)
    images = as_images(images, generator.image_shape)
    labels = _checked_labels(labels, len(images), generator.num_classes)
    with standard_settings():
        encoder = build_encoder(
            generator.image_shape,
            generator.num_classes,
            generator.latent_dim,
            latent=generator.latent,
            seed=seed,
        )
        optimizer = keras.optimizers.Adam(
            keras.optimizers.schedules.CosineDecay(
                0.0, steps, warmup_target=_LEARNING_RATE, warmup_steps=min(_WARM_UP, steps // 10)
            ),
            beta_2=0.99,
        )
        optimizer.build(encoder.trainable_variables)

        @tf.function
        def update(real: tf.Tensor, real_labels: tf.Tensor, key: tf.Tensor) -> dict[str, tf.Tensor]:
            with tf.GradientTape() as tape:
                terms = losses(generator, critic, encoder, from_pixels(real), real_labels, key)
                loss = tf.add_n(list(terms.values()))
            gradients = tape.gradient(loss, encoder.trainable_variables)
            optimizer.apply_gradients(zip(gradients, encoder.trainable_variables, strict=True))
            return terms

        rng = np.random.default_rng(seed)
        for step in range(steps):
            rows = rng.integers(0, len(images), _BATCH)
            key = tf.constant([seed, step])
            terms = update(tf.constant(images[rows]), tf.constant(labels[rows]), key)
            if report and ((step + 1) % _REPORT == 0 or step + 1 == steps):
                words = ", ".join(f"{name} {float(term):.3f}" for name, term in terms.items())
                report(f"step {step + 1:,} of {steps:,}: {words}")
    return encoder


def losses(
    generator: DifferentiableGenerator,
    critic: DifferentiableCritic,
    encoder: keras.Model,
    real: tf.Tensor,
    labels: tf.Tensor,
    key: tf.Tensor,
) -> dict[str, tf.Tensor]:
    """The weighted terms of the loss; ``train_encoder`` has their formula.

    Args:
        generator: The generator.
        critic: The critic.
        encoder: The encoder, which normalizes with the statistics of the batch.
        real: Real images ``(B, H, W, C)`` in [-1, 1].
        labels: ``(B,)`` int32, zeros without classes.
        key: ``(2,)``, the seed of the draws.

    Returns:
        Name -> term, a scalar. There are no ``features`` or ``classes`` if the critic has none.
    """
    count, num_classes = real.shape[0], generator.num_classes or 1
    keys = [tf.random.experimental.stateless_fold_in(key, n) for n in range(3)]
    z = LATENTS[generator.latent].draw_tensor((count, generator.latent_dim), keys[0])
    drawn_labels = tf.random.stateless_uniform((count,), keys[1], 0, num_classes, tf.int32)
    drawn = generator.draw(z, drawn_labels)
    weights = tf.one_hot(tf.concat([drawn_labels, labels], 0), num_classes)
    inputs = [tf.concat([drawn, real], 0), weights]
    found = encoder(inputs[: len(encoder.inputs)], training=True)
    terms = {"latents": tf.reduce_mean(tf.square(found[:count] - z))}

    # One pass of the generator: the images themselves, then half of them in other classes.
    others = count // 2 if num_classes > 1 else 0
    away = tf.random.stateless_uniform((others,), keys[2], 1, max(2, num_classes), tf.int32)
    wanted = tf.concat([labels, (labels[:others] + away) % num_classes], 0)
    images = generator.draw(tf.concat([found[count:], found[count:][:others]], 0), wanted)
    terms["pixels"] = _PIXELS * tf.reduce_mean(tf.square(images[:count] - real))
    seen = critic(images)
    if "features" in seen:
        of_real = critic(real)["features"]
        apart = tf.reduce_mean(tf.square(seen["features"][:count] - of_real))
        terms["features"] = _FEATURES * apart / tf.math.reduce_variance(of_real)
    if "class_probs" in seen:
        probs = tf.gather(seen["class_probs"], wanted, batch_dims=1)
        terms["classes"] = -_CLASSES * tf.reduce_mean(tf.math.log(probs + 1e-6))
    return terms


def _checked_labels(labels: np.ndarray | None, count: int, num_classes: int | None) -> np.ndarray:
    """Labels ``(N,)`` int32; zeros without classes."""
    if num_classes is None:
        return np.zeros(count, np.int32)
    if labels is None or len(labels) != count or not 0 <= min(labels) <= max(labels) < num_classes:
        raise DataError(
            f"the data must have a label from 0 to {num_classes - 1} for each of its {count:,} "
            f"images, as the generator has {num_classes} classes"
        )
    return np.asarray(labels, np.int32)

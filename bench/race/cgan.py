"""Keras' example *Conditional GAN*: the class as ten more channels of the discriminator's images.

Facts from keras.io/examples/generative/conditional_gan: batch 64, latents of 128, Adam 3e-4, labels
of the discriminator with noise of 0.05. It trains on all 70,000 digits for 20 epochs; here on the
60,000 training digits, as the others, for the minutes that there are.
"""

from collections.abc import Callable

import keras
import numpy as np
import tensorflow as tf
from keras import layers, ops

from bench.race.contenders import until

_BATCH, _LATENT = 64, 128


def train(
    images: np.ndarray, labels: np.ndarray, minutes: float, seed: int
) -> Callable[[np.ndarray], np.ndarray]:
    """See ``contenders``."""
    keras.utils.set_random_seed(seed)
    discriminator = keras.Sequential(
        [
            layers.Conv2D(64, 3, 2, padding="same"),
            layers.LeakyReLU(0.2),
            layers.Conv2D(128, 3, 2, padding="same"),
            layers.LeakyReLU(0.2),
            layers.GlobalMaxPooling2D(),
            layers.Dense(1),
        ]
    )
    generator = keras.Sequential(
        [
            layers.Dense(7 * 7 * (_LATENT + 10)),
            layers.LeakyReLU(0.2),
            layers.Reshape((7, 7, _LATENT + 10)),
            layers.Conv2DTranspose(128, 4, 2, padding="same"),
            layers.LeakyReLU(0.2),
            layers.Conv2DTranspose(128, 4, 2, padding="same"),
            layers.LeakyReLU(0.2),
            layers.Conv2D(1, 7, padding="same", activation="sigmoid"),
        ]
    )
    optimizers = keras.optimizers.Adam(3e-4), keras.optimizers.Adam(3e-4)
    cross_entropy = keras.losses.BinaryCrossentropy(from_logits=True)

    def with_class(pixels: tf.Tensor, classes: tf.Tensor) -> tf.Tensor:
        planes = ops.broadcast_to(classes[:, None, None], (len(classes), 28, 28, 10))
        return ops.concatenate([pixels, planes], -1)

    def fakes(classes: tf.Tensor) -> tf.Tensor:
        z = keras.random.normal((len(classes), _LATENT))
        return with_class(generator(ops.concatenate([z, classes], -1)), classes)

    discriminator.build((None, 28, 28, 11))
    generator.build((None, _LATENT + 10))

    @tf.function
    def step(pixels: tf.Tensor, classes: tf.Tensor) -> None:
        both = ops.concatenate([fakes(classes), with_class(pixels, classes)], 0)
        # As in the example, 1 stands for a generated image.
        wanted = ops.concatenate([ops.ones((_BATCH, 1)), ops.zeros((_BATCH, 1))], 0)
        wanted += 0.05 * keras.random.uniform((2 * _BATCH, 1))
        with tf.GradientTape() as tape:
            loss = cross_entropy(wanted, discriminator(both))
        weights = discriminator.trainable_variables
        optimizers[0].apply(tape.gradient(loss, weights), weights)
        with tf.GradientTape() as tape:
            loss = cross_entropy(ops.zeros((_BATCH, 1)), discriminator(fakes(classes)))
        weights = generator.trainable_variables
        optimizers[1].apply(tape.gradient(loss, weights), weights)

    random = np.random.default_rng(seed)
    steps = 0
    for _ in until(minutes):
        rows = random.integers(len(images), size=_BATCH)
        step(images[rows, ..., None] / np.float32(255), np.eye(10, dtype="float32")[labels[rows]])
        steps += 1
    print(f"{steps} steps", flush=True)

    def draw(wanted: np.ndarray) -> np.ndarray:
        parts = []
        for some in np.array_split(wanted, max(1, len(wanted) // 500)):
            z = random.normal(size=(len(some), _LATENT)).astype("float32")
            given = np.concatenate([z, np.eye(10, dtype="float32")[some]], -1)
            parts.append(np.rint(255 * np.asarray(generator(given))[..., 0]))
        return np.concatenate(parts).astype(np.uint8)

    return draw

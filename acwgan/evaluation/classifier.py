"""A classifier of images, which has two uses.

* Trained on the real training images of a data set, it is the judge of this data set. The judge in
  the package comes from ``acwgan judge --out acwgan/data/judge.tflite --epochs 12``.
* Trained on generated images alone, its accuracy on real test images is the classification
  accuracy score of their generator (Ravuri and Vinyals 2019).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import keras
import numpy as np
import tensorflow as tf
from keras import layers

from acwgan.datasets.arrays import dataset_of
from acwgan.datasets.named import load_mnist
from acwgan.devices.gpus import prepare_gpus
from acwgan.devices.precision import resolve_precision
from acwgan.images.pixels import as_pixels, to_float
from acwgan.keras_settings import standard_settings
from acwgan.networks.levels import levels_of
from acwgan.wgan import random_streams
from acwgan.wgan.batches import from_pixels

if TYPE_CHECKING:
    from acwgan.datasets.arrays import DataLike

_BATCH = 128
#: Initial learning rate of a cosine decay to 0.
_LEARNING_RATE = 2e-3
#: Passes through the training images of a judge, and steps that it makes at least.
_EPOCHS, _LEAST_STEPS = 12, 600
#: Images in one pass without gradients; it bounds the memory.
_PREDICT_BATCH = 500


def build_classifier(
    image_shape: tuple[int, int, int] = (28, 28, 1),
    num_classes: int = 10,
    seed: int = 0,
    dtype: str = "float32",
) -> keras.Model:
    """Convolutions with batch normalization, a layer of features, and class logits.

    Four convolutions for images of up to 32 pixels a side. Larger images get more, each with a
    pooling, until as small a grid is left, so that the number of weights hardly grows: 0.5 million
    at 64x64, 0.8 million at 256x256.

    Args:
        image_shape: ``(H, W, C)``, H and W at least 8.
        num_classes: K.
        seed: Seed of the initial weights and of the dropout.
        dtype: Keras dtype policy of the convolutions.

    Returns:
        images ``(B, H, W, C)`` in [-1, 1] -> class logits ``(B, K)`` float32. The layer
        ``features`` has the output ``(B, 128)``, 0 or more.

    Example:
        >>> build_classifier().count_params()
        279850
    """
    seeds = iter(range(100 * seed, 100 * seed + 100))  # One for each layer.

    def kernel() -> keras.initializers.Initializer:
        return keras.initializers.GlorotUniform(seed=next(seeds))

    def convolution(
        x: tf.Tensor, filters: int, size: int, pool: tuple[int, int] | None = None
    ) -> tf.Tensor:
        x = layers.Conv2D(
            filters,
            size,
            padding="same",
            use_bias=False,  # Batch normalization has one.
            kernel_initializer=kernel(),
            dtype=dtype,
        )(x)
        if pool:
            x = layers.MaxPooling2D(pool, dtype=dtype)(x)
        x = layers.BatchNormalization(momentum=0.98, dtype=dtype)(x)
        return layers.ReLU(dtype=dtype)(x)

    with standard_settings():
        x = images = keras.Input(image_shape, name="images")
        x = convolution(x, 32, 5, pool=(2, 2))
        x = convolution(x, 64, 3)
        x = convolution(x, 64, 3, pool=(2, 2))
        for pool in _poolings(image_shape):
            x = convolution(x, 128, 3, pool)
        x = layers.Flatten()(x)
        x = layers.Dropout(0.3, seed=next(seeds))(x)
        x = layers.Dense(128, "relu", kernel_initializer=kernel(), name="features")(x)
        x = layers.Dropout(0.3, seed=next(seeds))(x)
        logits = layers.Dense(num_classes, kernel_initializer=kernel(), name="class_logits")(x)
        return keras.Model(images, logits, name="classifier")


def _poolings(image_shape: tuple[int, int, int]) -> list[tuple[int, int]]:
    """The poolings after the first two: one for 28x28, where a grid of 3x3 is left.

    One pooling more than a critic of such images has strides; at least three in all.
    """
    strides = levels_of(image_shape).factors[::-1]
    return [(2, 2), *strides[2:]]


def enough_epochs(images: int) -> int:
    """Passes through images that train a judge well: 12, or more of few images.

    A judge of 1,856 photographs reads as many of 206 others after 43 passes, 600 steps, as after
    80.

    Args:
        images: Number of training images, at least 1.

    Returns:
        The number of passes.

    Example:
        >>> enough_epochs(60_000), enough_epochs(1856)
        (12, 43)
    """
    steps_per_epoch = images // min(_BATCH, images)
    return max(_EPOCHS, -(-_LEAST_STEPS // steps_per_epoch))


def train_classifier(
    images: np.ndarray,
    labels: np.ndarray,
    *,
    num_classes: int = 10,
    epochs: int = 4,
    seed: int = 0,
    report: Callable[[str], None] | None = None,
) -> keras.Model:
    """Train a classifier on slightly rotated, stretched and shifted images.

    Every batch is a function of the seed and the step. So a seed gives the same training, as far as
    the machine adds numbers in the same order.

    Args:
        images: ``(N, H, W)`` or ``(N, H, W, C)`` uint8, H and W at least 8.
        labels: ``(N,)`` integers from 0 to K-1.
        num_classes: K.
        epochs: Number of passes through the images.
        seed: Seed of the initial weights, the order of the images, distortions and dropout.
        report: Called with a line of text after each epoch.

    Returns:
        The classifier, in float32.

    Example:
        >>> images, labels = load_mnist()[:2]
        >>> train_classifier(images[:128], labels[:128], epochs=1).output_shape
        (None, 10)
    """
    prepare_gpus()
    images = _with_channels(images)
    batch_size = min(_BATCH, len(images))
    steps_per_epoch = len(images) // batch_size
    steps = epochs * steps_per_epoch
    shape = images.shape[1:]
    dtype = "mixed_bfloat16" if resolve_precision("auto") == "bfloat16" else "float32"
    with standard_settings():
        model = build_classifier(shape, num_classes, seed, dtype=dtype)
        model.compile(
            keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(_LEARNING_RATE, steps)),
            keras.losses.SparseCategoricalCrossentropy(from_logits=True),
            metrics=["accuracy"],
            jit_compile=False,  # XLA is slower on CPUs.
        )
        model.fit(
            _batches(images, labels, batch_size, steps, seed),
            epochs=epochs,
            steps_per_epoch=steps_per_epoch,
            shuffle=False,  # The batches are already in a new order each epoch.
            verbose=0,
            callbacks=[_report_epochs(report, epochs)] if report else None,
        )
        # A mixed-precision network cannot be converted to LiteRT. The weights are float32 anyway.
        classifier = build_classifier(shape, num_classes, seed)
        classifier.set_weights(model.get_weights())
        return classifier


def accuracy(model: keras.Model, images: np.ndarray, labels: np.ndarray) -> float:
    """Share of images whose label a classifier predicts.

    Args:
        model: images ``(B, H, W, C)`` in [-1, 1] -> class logits ``(B, K)``.
        images: ``(N, H, W)`` or ``(N, H, W, C)`` uint8.
        labels: ``(N,)`` integers from 0 to K-1.

    Returns:
        A share in [0, 1].
    """
    inputs = to_float(np.float32(_with_channels(images)))
    with standard_settings():
        class_logits = model.predict(inputs, batch_size=_PREDICT_BATCH, verbose=0)
    return float(np.mean(class_logits.argmax(axis=1) == labels))


def _with_channels(images: np.ndarray) -> np.ndarray:
    images = as_pixels(images)
    return images[..., None] if images.ndim == 3 else images


def _batches(
    images: np.ndarray, labels: np.ndarray, batch_size: int, steps: int, seed: int
) -> tf.data.Dataset:
    all_images, all_labels = tf.constant(images), tf.constant(labels)

    def batch(step: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        # Version 1, with which the package's judge was made.
        rows = random_streams.image_indices(seed, step, batch_size, len(images), version=1)
        chosen = from_pixels(tf.gather(all_images, rows))
        key = tf.stack([tf.cast(seed, tf.int64), step])
        return _distort(chosen, key), tf.gather(all_labels, rows)

    return tf.data.Dataset.range(steps).map(batch).prefetch(2)


def _distort(images: tf.Tensor, key: tf.Tensor) -> tf.Tensor:
    """Rotate by up to 0.2 rad, stretch by up to 10%, shift by up to 2 pixels or 1/14 of a side."""
    count, height, width, _ = images.shape
    across, down = (max(2.0, side / 14) for side in (width, height))
    low = tf.constant([-0.2, 0.9, 0.9, -across, -down])
    high = tf.constant([0.2, 1.1, 1.1, across, down])
    draw = low + (high - low) * tf.random.stateless_uniform((count, 5), key)
    angle, across, down, right, below = tf.unstack(draw, axis=1)
    cos, sin = tf.cos(angle), tf.sin(angle)
    x, y = (width - 1) / 2, (height - 1) / 2
    # Rows of the matrix from a position in the new image to the position in the old one.
    rows = [
        *(across * cos, -across * sin, x + right - across * (cos * x - sin * y)),
        *(down * sin, down * cos, y + below - down * (sin * x + cos * y)),
        *(tf.zeros(count), tf.zeros(count)),
    ]
    return tf.raw_ops.ImageProjectiveTransformV3(
        images=images,
        transforms=tf.stack(rows, axis=1),
        output_shape=[height, width],
        interpolation="BILINEAR",
        fill_mode="CONSTANT",
        fill_value=-1.0,
    )


def _report_epochs(report: Callable[[str], None], epochs: int) -> keras.callbacks.Callback:
    def report_epoch(epoch: int, logs: dict[str, float]) -> None:
        accuracy = logs["accuracy"]
        report(f"epoch {epoch + 1} of {epochs}: accuracy {accuracy:.2%} on the training images")

    return keras.callbacks.LambdaCallback(on_epoch_end=report_epoch)


def classification_accuracy_score(
    images: np.ndarray,
    labels: np.ndarray,
    data: DataLike | None = None,
    *,
    epochs: int = 4,
    seed: int = 0,
    report: Callable[[str], None] | None = None,
) -> float:
    """Accuracy on real test images of a classifier that was trained on generated images alone.

    Ravuri and Vinyals 2019, "Classification accuracy score for conditional generative models".
    The score is low for images of a wrong class and for images of little variety. The classifier
    has the same network and training as a judge, only shorter: it sees the images slightly turned,
    stretched and moved, which adds variety that they may lack. The score of as many real images,
    trained on in the same way, is the one to compare with.

    Args:
        images: ``(N, H, W, C)`` uint8; gray images also ``(N, H, W)``.
        labels: ``(N,)`` integers from 0 to K-1.
        data: Data with test images of the same shape and classes, in any form that
            ``datasets.arrays.dataset_of`` takes; MNIST if None.
        epochs: Number of passes through the images.
        seed: Seed of the training.
        report: Called with a line of text before the training and after each epoch.

    Returns:
        A share in [0, 1].
    """
    if report:
        report(f"training a classifier on {len(images):,} images")

    data = load_mnist() if data is None else dataset_of(data)
    classes = len(data.class_names)
    classifier = train_classifier(
        images, labels, num_classes=classes, epochs=epochs, seed=seed, report=report
    )
    return accuracy(classifier, data.test_images, data.test_labels)

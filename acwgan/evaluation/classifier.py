"""A classifier of images, which serves twice.

* Trained on the real training images of a data set it is its judge (``judge``). The one
  in the package was made by ``acwgan judge --out acwgan/data/judge.tflite --epochs 12``.
* Trained on generated images alone, its accuracy on real test images is the classification
  accuracy score (Ravuri and Vinyals 2019) of their generator.
"""

from collections.abc import Callable

import keras
import numpy as np
import tensorflow as tf
from keras import layers

from acwgan.datasets.dataset import Dataset
from acwgan.datasets.named import load_mnist
from acwgan.devices.precision import resolve_precision
from acwgan.images.pixels import to_float
from acwgan.wgan import random_streams

_BATCH = 128
#: Cosine decay to 0 from here.
_LEARNING_RATE = 2e-3
#: Images in one pass without gradients: bounds the memory.
_PREDICT_BATCH = 500


def build_classifier(
    image_shape: tuple[int, int, int] = (28, 28, 1),
    num_classes: int = 10,
    seed: int = 0,
    dtype: str = "float32",
) -> keras.Model:
    """Four convolutions with batch normalisation, then the features, then the logits.

    Args:
        image_shape: ``(H, W, C)``, H and W at least 8.
        num_classes: K.
        seed: Of the first weights and of the dropout.
        dtype: A Keras dtype policy, for the convolutions.

    Returns:
        images ``(B, H, W, C)`` in [-1, 1] -> class logits ``(B, K)`` float32. The layer
        ``features`` gives ``(B, 128)``, 0 or more.

    Example:
        >>> build_classifier().count_params()
        279850
    """
    seeds = iter(range(100 * seed, 100 * seed + 100))  # One a layer.

    def kernel():
        return keras.initializers.GlorotUniform(seed=next(seeds))

    def convolution(x, filters, size, pool):
        x = layers.Conv2D(
            filters,
            size,
            padding="same",
            use_bias=False,  # The normalisation has one.
            kernel_initializer=kernel(),
            dtype=dtype,
        )(x)
        if pool:
            x = layers.MaxPooling2D(dtype=dtype)(x)
        x = layers.BatchNormalization(momentum=0.98, dtype=dtype)(x)
        return layers.ReLU(dtype=dtype)(x)

    x = images = keras.Input(image_shape, name="images")
    x = convolution(x, 32, 5, pool=True)
    x = convolution(x, 64, 3, pool=False)
    x = convolution(x, 64, 3, pool=True)
    x = convolution(x, 128, 3, pool=True)
    x = layers.Flatten()(x)
    x = layers.Dropout(0.3, seed=next(seeds))(x)
    x = layers.Dense(128, "relu", kernel_initializer=kernel(), name="features")(x)
    x = layers.Dropout(0.3, seed=next(seeds))(x)
    class_logits = layers.Dense(num_classes, kernel_initializer=kernel(), name="class_logits")(x)
    return keras.Model(images, class_logits, name="classifier")


def train_classifier(
    images: np.ndarray,
    labels: np.ndarray,
    *,
    num_classes: int = 10,
    epochs: int = 4,
    seed: int = 0,
    report: Callable[[str], None] | None = None,
) -> keras.Model:
    """Train a classifier on slightly turned, stretched and moved images.

    Every batch is a function of the seed and the step, so a seed gives the same training as far
    as the machine adds up in the same order.

    Args:
        images: ``(N, H, W)`` or ``(N, H, W, C)`` uint8, H and W at least 8.
        labels: ``(N,)`` integers 0..K-1.
        num_classes: K.
        epochs: How often each image is seen.
        seed: Of the first weights, the order of the images, their distortions and the dropout.
        report: Called with a line of text after each epoch.

    Returns:
        The classifier, in float32.
    """
    images = _with_channels(images)
    batch_size = min(_BATCH, len(images))
    steps_per_epoch = len(images) // batch_size
    steps = epochs * steps_per_epoch
    shape = images.shape[1:]
    dtype = "mixed_bfloat16" if resolve_precision("auto") == "bfloat16" else "float32"
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
        shuffle=False,  # They are in a new order each epoch already.
        verbose=0,
        callbacks=[_lines(report, epochs)] if report else None,
    )
    # A network of mixed precision cannot be converted to LiteRT. The weights are float32 anyway.
    classifier = build_classifier(shape, num_classes, seed)
    classifier.set_weights(model.get_weights())
    return classifier


def accuracy(model: keras.Model, images: np.ndarray, labels: np.ndarray) -> float:
    """The share of images that a classifier reads as their label.

    Args:
        model: images ``(B, H, W, C)`` in [-1, 1] -> class logits ``(B, K)``.
        images: ``(N, H, W)`` or ``(N, H, W, C)`` uint8.
        labels: ``(N,)`` integers 0..K-1.

    Returns:
        In [0, 1].
    """
    inputs = to_float(np.float32(_with_channels(images)))
    class_logits = model.predict(inputs, batch_size=_PREDICT_BATCH, verbose=0)
    return float(np.mean(class_logits.argmax(axis=1) == labels))


def _with_channels(images):
    return images[..., None] if images.ndim == 3 else images


def _batches(images, labels, batch_size, steps, seed):
    images, labels = tf.constant(images), tf.constant(labels)

    def batch(step):
        # Version 1, with which the package's judge was made.
        rows = random_streams.image_indices(seed, step, batch_size, len(images), version=1)
        here = to_float(tf.cast(tf.gather(images, rows), tf.float32))
        return _distort(here, tf.stack([tf.cast(seed, tf.int64), step])), tf.gather(labels, rows)

    return tf.data.Dataset.range(steps).map(batch).prefetch(2)


def _distort(images, key):
    """Turn by up to 0.2 rad, stretch by up to 10%, move by up to 2 pixels, about the centre."""
    count, height, width, _ = images.shape
    low = tf.constant([-0.2, 0.9, 0.9, -2.0, -2.0])
    high = tf.constant([0.2, 1.1, 1.1, 2.0, 2.0])
    draw = low + (high - low) * tf.random.stateless_uniform((count, 5), key)
    angle, across, down, right, below = tf.unstack(draw, axis=1)
    cos, sin = tf.cos(angle), tf.sin(angle)
    x, y = (width - 1) / 2, (height - 1) / 2
    # Rows of the matrix from a place in the new image to the place in the old one.
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


def _lines(report, epochs):
    def line(epoch, logs):
        report(f"epoch {epoch + 1} of {epochs}: {logs['accuracy']:.2%} of the training images read")

    return keras.callbacks.LambdaCallback(on_epoch_end=line)


def classification_accuracy_score(
    images: np.ndarray,
    labels: np.ndarray,
    data: Dataset | None = None,
    *,
    epochs: int = 4,
    seed: int = 0,
    report: Callable[[str], None] | None = None,
) -> float:
    """How well a classifier that saw generated images alone reads the real test images.

    Ravuri and Vinyals 2019, "Classification accuracy score for conditional generative models".
    It is low for images of a wrong class as well as for images of little variety. The classifier
    is that of ``classifier``, as the judge is.

    Args:
        images: ``(N, H, W, C)`` uint8; grey ones may be ``(N, H, W)``.
        labels: ``(N,)`` integers 0..K-1.
        data: With the test images, of the same shape and classes; MNIST if None.
        epochs: How often each image is seen.
        seed: Of the training.
        report: Called with a line of text before it begins and after each epoch.

    Returns:
        In [0, 1].
    """
    if report:
        report(f"training a classifier on {len(images):,} generated images")

    data = data or load_mnist()
    classes = len(data.class_names)
    classifier = train_classifier(
        images, labels, num_classes=classes, epochs=epochs, seed=seed, report=report
    )
    return accuracy(classifier, data.test_images, data.test_labels)

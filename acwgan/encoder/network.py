"""The network of an encoder: from an image and its label to the latent that draws it."""

from __future__ import annotations

import math

import keras
from keras import layers

from acwgan.errors import ParameterError
from acwgan.keras_settings import standard_settings
from acwgan.networks.blocks import glorot_uniform, leaky_relu, seeded
from acwgan.networks.layers import ClassConditioning

#: Channels of the strided convolutions. Larger images get more of the last.
_FILTERS = (32, 64, 96)
#: Width of the two dense layers, so that the file at 28x28 stays below 1 MB.
_DENSE = 160
#: Least height and width of images.
_FEWEST_PIXELS = 8
#: Largest grid that is flattened, height and width.
_GRID = 4
#: Length of the latents, as a share of the usual length of those of the training. Left free, it is
#: 0.44 to 0.47 on MNIST, where the other digits look less like themselves (docs/hand.md).
LENGTH = 0.6
#: Distribution of the latents -> the root of its mean square.
_ROOT_MEAN_SQUARE = {"normal": 1.0, "uniform": 1 / math.sqrt(3)}


def build_encoder(
    image_shape: tuple[int, int, int] = (28, 28, 1),
    num_classes: int | None = 10,
    latent_dim: int = 64,
    *,
    latent: str = "normal",
    seed: int = 0,
) -> keras.Model:
    """Strided convolutions, two dense layers, the latent; class embeddings on all dense layers.

    The generator multiplies the latent by an embedding of the class, which the encoder has to undo.
    So the encoder, too, multiplies by embeddings.

    All latents have one length: ``z = LENGTH * sqrt(latent_dim) * s * u / |u|``, where s is the
    root of the mean square of the distribution, 1 for N(0, 1). Latents of the training lie near a
    sphere, of which this is a smaller copy. Differs from the sources in ``train_encoder``, where
    the length is free. It then becomes short, since a regression gives the mean of all latents that
    fit an image. A short latent says little of the class, as all classes meet at z = 0.

    Args:
        image_shape: ``(H, W, C)``, H and W at least 8.
        num_classes: K; None for a generator without classes.
        latent_dim: Number of elements of z.
        latent: The distribution of z in the training of the generator, ``normal`` or ``uniform``.
        seed: Seed of the initial weights.

    Returns:
        ``[images, class_weights]``, ``(B, H, W, C)`` in [-1, 1] and ``(B, K)`` one-hot, to z
        ``(B, latent_dim)``. Without classes the input is ``[images]``.

    Raises:
        ParameterError: If the images are smaller.

    Example:
        >>> encoder = build_encoder()
        >>> encoder.count_params() < 500_000, encoder.output_shape
        (True, (None, 64))
    """
    if min(image_shape[:2]) < _FEWEST_PIXELS:
        fault = f"must be {_FEWEST_PIXELS}x{_FEWEST_PIXELS} or larger, got {tuple(image_shape)}"
        raise ParameterError({"image_shape": fault})
    glorot = glorot_uniform(seed)
    near_one = seeded(keras.initializers.RandomNormal, seed + 1, mean=1.0, stddev=0.1)

    with standard_settings():
        x = images = keras.Input(image_shape, name="images")
        inputs = [images]
        if num_classes is not None:
            inputs.append(keras.Input((num_classes,), name="class_weights"))

        def conditioned(x: keras.KerasTensor, shift: bool) -> keras.KerasTensor:
            if num_classes is None:
                return x
            return ClassConditioning(num_classes, near_one(), shift=shift)(x, inputs[1])

        level = 0
        while max(x.shape[1:3]) > _GRID:
            filters, size = _FILTERS[min(level, len(_FILTERS) - 1)], 3 if level else 5
            kernel = glorot()
            x = layers.Conv2D(filters, size, 2, "same", use_bias=False, kernel_initializer=kernel)(
                x
            )
            x = leaky_relu(layers.BatchNormalization(momentum=0.98)(x))
            level += 1
        x = layers.Flatten()(x)
        for _ in range(2):
            x = layers.Dense(_DENSE, kernel_initializer=glorot())(x)
            x = leaky_relu(conditioned(x, shift=True))
        x = conditioned(layers.Dense(latent_dim, kernel_initializer=glorot())(x), shift=False)
        length = LENGTH * math.sqrt(latent_dim) * _ROOT_MEAN_SQUARE[latent]
        z = layers.Rescaling(length)(layers.UnitNormalization()(x))
        return keras.Model(inputs, z, name="encoder")

"""What all generators and critics share: inputs, outputs, common layers, seeds and precision.

Every ``build_generator(latent_dim, image_shape, num_classes, seed, dtype)`` returns a
``keras.Model``: ``[z, labels]``, ``(B, latent_dim)`` float32 and ``(B,)`` int32, to images
``(B, H, W, C)`` float32 in [-1, 1]. Every ``build_critic(image_shape, num_classes, seed, dtype)``
returns a ``keras.Model`` from images to ``[scores, class_logits]``, ``(B,)`` and ``(B, K)``
float32. Without classes (``num_classes`` None) the input is ``[z]`` and the output the scores
alone. The arguments are the same for all networks:

* ``latent_dim``: length of z.
* ``image_shape``: ``(H, W, C)``; H and W of any size from 8. Generators start from a small grid and
  end by cropping what their upsamplings make too large (``generator_model``); critics round odd
  sides up where they halve them, so nothing is padded.
* ``num_classes``: K, or None.
* ``seed``: seed of the initial weights.
* ``dtype``: a Keras dtype policy, "float32" or "mixed_bfloat16".
"""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Callable, Iterator
from typing import Any

import keras
import tensorflow as tf
from keras import layers

from acwgan.devices.replicas import mean_of_replicas
from acwgan.errors import ParameterError
from acwgan.keras_settings import standard_settings
from acwgan.networks.layers import ClassConditioning, LeakyReLU

#: Makes a new initializer at each call, each with a seed of its own.
Initializers = Callable[[], keras.initializers.Initializer]


@contextlib.contextmanager
def precision(dtype: str) -> Iterator[None]:
    """Set the dtype policy of all layers that are made in the block without one of their own.

    The other settings of Keras have their standard values in the block.

    Args:
        dtype: A Keras dtype policy.

    Example:
        >>> with precision("mixed_bfloat16"):
        ...     layer = layers.Dense(1)
        >>> layer.compute_dtype, layer.variable_dtype
        ('bfloat16', 'float32')
    """
    with standard_settings():
        keras.config.set_dtype_policy(dtype)
        yield


def seeded(
    initializer: Callable[..., keras.initializers.Initializer], seed: int, **arguments: Any
) -> Initializers:
    """A factory of initializers, each with a seed of its own.

    Args:
        initializer: A Keras initializer class.
        seed: Factories with different seeds share no initializer's seed, up to 1000 initializers.
        **arguments: Other arguments of the class.

    Returns:
        A function without arguments; each call returns a new initializer.
    """
    seeds = itertools.count(1000 * seed)
    return lambda: initializer(seed=next(seeds), **arguments)


def glorot_uniform(seed: int) -> Initializers:
    """A factory of Keras' default initializers, each with a seed of its own (see ``seeded``)."""
    return seeded(keras.initializers.GlorotUniform, seed)


def conditioned_latent(
    latent_dim: int, num_classes: int | None, initializer: keras.initializers.Initializer
) -> tuple[list[keras.KerasTensor], keras.KerasTensor]:
    """The inputs of a generator, and z times the embedding of the label.

    Args:
        latent_dim: Length of z.
        num_classes: K, or None: z stays as it is.
        initializer: Initializer of the embedding.

    Returns:
        The list of inputs, ``[z, labels]`` or ``[z]``, and a tensor ``(B, latent_dim)``.
    """
    z = keras.Input((latent_dim,), name="z")
    if num_classes is None:
        return [z], z
    labels = keras.Input((), dtype="int32", name="labels")
    return [z, labels], ClassConditioning(num_classes, initializer, name="conditioning")(z, labels)


def batch_normalization(x: keras.KerasTensor, **options: Any) -> keras.KerasTensor:
    """Batch normalization with the statistics of the global batch, on any number of devices.

    Args:
        x: ``(B, ..., C)``.
        **options: Arguments of Keras' layer.

    Returns:
        The same shape.
    """
    several = tf.distribute.get_strategy().num_replicas_in_sync > 1
    kind = GlobalBatchNormalization if several else layers.BatchNormalization
    return kind(**options)(x)


class GlobalBatchNormalization(layers.BatchNormalization):
    """Keras' layer with the moments of all replicas together.

    Not Keras' ``synchronized=True``, which takes the variance as ``E[x^2] - E[x]^2``: its rounding
    made two devices differ from one by 4e-4 after 50 steps, this layer by at most 1e-6.
    """

    def _moments(self, inputs: tf.Tensor, mask: None) -> tuple[tf.Tensor, tf.Tensor]:
        axes = self._reduction_axes
        (mean,) = mean_of_replicas([tf.reduce_mean(inputs, axes)])
        squares = tf.math.squared_difference(inputs, tf.stop_gradient(mean))
        (variance,) = mean_of_replicas([tf.reduce_mean(squares, axes)])
        return mean, variance


def leaky_relu(x: keras.KerasTensor, negative_slope: float = 0.2) -> keras.KerasTensor:
    """LeakyReLU: x where x is positive, ``negative_slope * x`` elsewhere."""
    return LeakyReLU(negative_slope=negative_slope)(x)


def convolution(
    x: keras.KerasTensor,
    filters: int,
    kernel_size: int,
    initializer: Initializers,
    strides: int | tuple[int, int] = 2,
    use_bias: bool = True,
    transposed: bool = False,
) -> keras.KerasTensor:
    """A convolution with 'same' padding.

    Args:
        x: ``(B, H, W, C)``.
        filters: Channels of the output.
        kernel_size: Height and width of the kernel.
        initializer: A factory of initializers, from ``seeded``.
        strides: Stride along both axes, or along height and width.
        use_bias: Add a bias.
        transposed: Make it a transposed convolution.

    Returns:
        ``(B, H / strides, W / strides, filters)``, rounded up; transposed, ``(B, H * strides,
        W * strides, filters)``.
    """
    kind = layers.Conv2DTranspose if transposed else layers.Conv2D
    return kind(
        filters,
        kernel_size,
        strides=strides,
        padding="same",
        use_bias=use_bias,
        kernel_initializer=initializer(),
    )(x)


def generator_model(
    inputs: list[keras.KerasTensor],
    x: keras.KerasTensor,
    image_shape: tuple[int, int, int],
    activation: str = "tanh",
) -> keras.Model:
    """The generator, which ends in float32, so that no pixel is rounded to bfloat16.

    Args:
        inputs: The inputs from ``conditioned_latent``.
        x: ``(B, H, W, C)`` or larger, before the activation; what is larger is cropped evenly.
        image_shape: ``(H, W, C)``.
        activation: Keras' name of the last activation, whose values are in [-1, 1].

    Returns:
        A ``keras.Model``: inputs -> images.

    Raises:
        ParameterError: If x is smaller than the images, or has other channels.
    """
    height, width, channels = x.shape[1:]
    if height < image_shape[0] or width < image_shape[1] or channels != image_shape[2]:
        allowed = f"be at most {height}x{width} with {channels} channels, as these networks make"
        raise ParameterError({"image_shape": f"must {allowed}, got {tuple(image_shape)}"})
    if (height, width) != tuple(image_shape[:2]):
        x = layers.Cropping2D(margins((height, width), image_shape))(x)
    images = layers.Activation(activation, dtype="float32", name="images")(x)
    return keras.Model(inputs, images, name="generator")


def margins(
    size: tuple[int, int], image_shape: tuple[int, int, int]
) -> tuple[tuple[int, int], tuple[int, int]]:
    """The margin around an image in the center of a larger one.

    Args:
        size: ``(height, width)`` of the larger one.
        image_shape: ``(H, W, C)`` of the image.

    Returns:
        Pixels before and after the image, of the height and of the width.

    Example:
        >>> margins((32, 32), (29, 32, 1))
        ((1, 2), (0, 0))
    """
    top, left = ((outer - inner) // 2 for outer, inner in zip(size, image_shape, strict=False))
    return (top, size[0] - image_shape[0] - top), (left, size[1] - image_shape[1] - left)


def critic_model(
    images: keras.KerasTensor,
    x: keras.KerasTensor,
    num_classes: int | None,
    initializer: Initializers,
    use_bias: bool = True,
) -> keras.Model:
    """The critic with its heads: the linear score and the class logits, both in float32.

    Args:
        images: The input.
        x: The output of the convolutional trunk, ``(B, ...)``.
        num_classes: K, or None: no class head.
        initializer: A factory of initializers, from ``seeded``.
        use_bias: Give the heads biases.

    Returns:
        A ``keras.Model``: images -> [scores, class_logits], or -> scores.
    """

    def head(units: int, name: str) -> keras.KerasTensor:
        return layers.Dense(
            units, use_bias=use_bias, kernel_initializer=initializer(), dtype="float32", name=name
        )(x)

    x = layers.Flatten(dtype="float32")(x)
    outputs = [layers.Reshape((), dtype="float32", name="scores")(head(1, "score"))]
    if num_classes is not None:
        outputs.append(head(num_classes, "class_logits"))
    return keras.Model(images, outputs, name="critic")


def unit_embedding(seed: int) -> keras.initializers.Initializer:
    """An initializer of mean square 1, so that the conditioned latent has the scale of z."""
    return seeded(keras.initializers.RandomNormal, seed + 2, stddev=1.0)()

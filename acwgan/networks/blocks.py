"""What all generators and critics share: inputs, outputs, common layers, seeds and precision.

Every ``build_generator(latent_dim, image_shape, num_classes, seed, dtype)`` returns a
``keras.Model``: ``[z, labels]``, ``(B, latent_dim)`` float32 and ``(B,)`` int32, to images
``(B, H, W, C)`` float32 in [-1, 1]. Every ``build_critic(image_shape, num_classes, seed, dtype)``
returns one from images to ``[scores, class_logits]``, ``(B,)`` and ``(B, K)`` float32. Without
classes (``num_classes`` None) the input is ``[z]`` and the output the scores alone. The arguments
are the same everywhere:

* ``latent_dim``: length of z.
* ``image_shape``: ``(H, W, C)``; H and W divisible by 4, at least 8.
* ``num_classes``: K, or None.
* ``seed``: of the initial weights.
* ``dtype``: a Keras dtype policy, "float32" or "mixed_bfloat16".
"""

import contextlib
import itertools

import keras
import tensorflow as tf
from keras import layers

from acwgan.devices.replicas import mean_of_replicas
from acwgan.networks.layers import ClassConditioning


@contextlib.contextmanager
def precision(dtype):
    """The dtype policy of all layers that are made in the block and name none of their own.

    Args:
        dtype: A Keras dtype policy.

    Example:
        >>> with precision("mixed_bfloat16"):
        ...     layer = layers.Dense(1)
        >>> layer.compute_dtype, layer.variable_dtype
        ('bfloat16', 'float32')
    """
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(dtype)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)


def seeded(initializer, seed, **arguments):
    """A factory of initializers, each with a seed of its own.

    Args:
        initializer: A Keras initializer class.
        seed: Networks with different seeds share none, up to 1000 initializers.
        **arguments: Of the class.

    Returns:
        A function without arguments; each call returns a new initializer.
    """
    seeds = itertools.count(1000 * seed)
    return lambda: initializer(seed=next(seeds), **arguments)


def glorot_uniform(seed):
    """A factory of Keras' default initializers, each with a seed of its own (see ``seeded``)."""
    return seeded(keras.initializers.GlorotUniform, seed)


def conditioned_latent(latent_dim, num_classes, initializer):
    """The inputs of a generator, and the latent it starts from: z times the label's embedding.

    Args:
        latent_dim: Length of z.
        num_classes: K, or None: z as it is.
        initializer: Of the embedding.

    Returns:
        The list of inputs, ``[z, labels]`` or ``[z]``, and a tensor ``(B, latent_dim)``.
    """
    z = keras.Input((latent_dim,), name="z")
    if num_classes is None:
        return [z], z
    labels = keras.Input((), dtype="int32", name="labels")
    return [z, labels], ClassConditioning(num_classes, initializer, name="conditioning")(z, labels)


def batch_normalization(x, **options):
    """Batch normalisation with the statistics of the global batch, on however many devices.

    Args:
        x: ``(B, ..., C)``.
        **options: Of Keras' layer.

    Returns:
        The same shape.
    """
    several = tf.distribute.get_strategy().num_replicas_in_sync > 1
    kind = GlobalBatchNormalization if several else layers.BatchNormalization
    return kind(**options)(x)


class GlobalBatchNormalization(layers.BatchNormalization):
    """Keras' layer with the moments of all replicas together.

    Not Keras' ``synchronized=True``: it takes the variance as ``E[x^2] - E[x]^2``, whose rounding
    took two devices 4e-4 away from one in 50 steps, where this stays within 1e-6.
    """

    def _moments(self, inputs, mask):
        axes = self._reduction_axes
        (mean,) = mean_of_replicas([tf.reduce_mean(inputs, axes)])
        squares = tf.math.squared_difference(inputs, tf.stop_gradient(mean))
        (variance,) = mean_of_replicas([tf.reduce_mean(squares, axes)])
        return mean, variance


def leaky_relu(x, negative_slope=0.2):
    """LeakyReLU: x where it is positive, ``negative_slope * x`` elsewhere."""
    return layers.LeakyReLU(negative_slope=negative_slope)(x)


def convolution(x, filters, kernel_size, initializer, strides=2, use_bias=True, transposed=False):
    """A 'same' convolution, to ``(B, H / strides, W / strides, filters)``, rounded up.

    Args:
        x: ``(B, H, W, C)``.
        filters: Channels of the output.
        kernel_size: Side of the kernel.
        initializer: A factory of initializers, from ``seeded``.
        strides: Along both axes.
        use_bias: Whether a bias is added.
        transposed: To ``(B, H * strides, W * strides, filters)`` instead.
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


def generator_model(inputs, x, image_shape):
    """The generator that ends in tanh, in float32: its pixels are not rounded to bfloat16.

    Args:
        inputs: From ``conditioned_latent``.
        x: ``(B, H, W, C)``, before the tanh.
        image_shape: ``(H, W, C)``.

    Returns:
        A ``keras.Model``: inputs -> images.

    Raises:
        ValueError: If the layers did not arrive at the image's shape.
    """
    if x.shape[1:] != tuple(image_shape):
        raise ValueError(
            f"image_shape: {image_shape} is not allowed; allowed: height and width divisible by 4"
        )
    images = layers.Activation("tanh", dtype="float32", name="images")(x)
    return keras.Model(inputs, images, name="generator")


def critic_model(images, x, num_classes, initializer, use_bias=True):
    """The critic with its heads: the linear score and the class logits, both in float32.

    Args:
        images: The input.
        x: What the trunk makes of it, ``(B, ...)``.
        num_classes: K, or None: no class head.
        initializer: A factory of initializers, from ``seeded``.
        use_bias: Of the heads.

    Returns:
        A ``keras.Model``: images -> [scores, class_logits], or -> scores.
    """

    def head(units, name):
        return layers.Dense(
            units, use_bias=use_bias, kernel_initializer=initializer(), dtype="float32", name=name
        )(x)

    x = layers.Flatten(dtype="float32")(x)
    outputs = [layers.Reshape((), dtype="float32", name="scores")(head(1, "score"))]
    if num_classes is not None:
        outputs.append(head(num_classes, "class_logits"))
    return keras.Model(images, outputs, name="critic")


def unit_embedding(seed):
    """Of mean square 1, so that the network gets a latent of the published scale."""
    return seeded(keras.initializers.RandomNormal, seed + 2, stddev=1.0)()

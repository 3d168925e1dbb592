"""The networks of the published recipes, each as its authors have it.

What every builder takes and returns: ``network_parts``; the layers in tables: docs/networks.md.
The published sizes are those on 28x28x1 and without classes, of the article with them. What is
ours: other image shapes, and the classes of all recipes but the article's, as the product of z
with an embedding and a second head of the critic.
"""

import math

import keras
from keras import layers

from acwgan.layers import StatelessDropout, UpsampleConv2D
from acwgan.network_parts import (
    batch_normalization,
    conditioned_latent,
    convolution,
    critic_model,
    generator_model,
    glorot_uniform,
    leaky_relu,
    precision,
    seeded,
)


def article_generator(latent_dim, image_shape, num_classes, seed=0, dtype="float32"):
    """The Keras article's generator: two dense layers, two 5x5 convolutions after upsampling.

    Args, Returns: see ``network_parts``. 8,172,521 weights on 28x28x1.
    """
    height, width, channels = image_shape
    grid = (height // 4, width // 4, 128)
    glorot = glorot_uniform(seed)
    with precision(dtype):
        inputs, x = conditioned_latent(latent_dim, num_classes, glorot())
        for units in (1024, math.prod(grid)):
            x = leaky_relu(layers.Dense(units, kernel_initializer=glorot())(x), 0.3)
        x = layers.Reshape(grid)(x)
        for filters in (256, 128):
            x = UpsampleConv2D(filters, 5, negative_slope=0.3, kernel_initializer=glorot())(x)
        x = convolution(x, channels, 2, glorot, strides=1)
        return generator_model(inputs, x, image_shape)


def article_critic(image_shape, num_classes, seed=0, dtype="float32"):
    """The article's critic: four convolutions, pooling, dropout.

    The pooling comes before the activation everywhere: the two commute (LeakyReLU rises), and the
    activation then has a quarter of the work.

    Args, Returns: see ``network_parts``. 525,835 weights on 28x28x1.
    """
    normal = seeded(keras.initializers.RandomNormal, seed, stddev=0.02)
    with precision(dtype):
        x = images = keras.Input(image_shape, name="images")
        for salt, (filters, pool) in enumerate([(32, 2), (64, 1), (128, 2), (256, 1)]):
            x = convolution(x, filters, 3, normal, strides=1)
            if pool > 1:
                x = layers.MaxPooling2D(pool)(x)
            x = StatelessDropout(0.3, salt)(leaky_relu(x, 0.3))
        return critic_model(images, x, num_classes, glorot_uniform(seed + 1))


def wgan_generator(latent_dim, image_shape, num_classes, seed=0, dtype="float32"):
    """The generator of ``wgan``: a dense layer, three 3x3 transposed convolutions.

    Args, Returns: see ``network_parts``. 4,011,521 weights on 28x28x1.
    """
    height, width, channels = image_shape
    grid = (height // 4, width // 4, 512)
    glorot = glorot_uniform(seed)
    with precision(dtype):
        inputs, x = conditioned_latent(latent_dim, num_classes, _embedding(seed))
        x = layers.Reshape(grid)(layers.Dense(math.prod(grid), kernel_initializer=glorot())(x))
        for filters, strides in [(256, 2), (128, 1)]:
            x = convolution(x, filters, 3, glorot, strides, transposed=True)
            x = layers.ReLU()(batch_normalization(x))
        x = convolution(x, channels, 3, glorot, transposed=True)
        return generator_model(inputs, x, image_shape)


def wgan_critic(image_shape, num_classes, seed=0, dtype="float32"):
    """The critic of ``wgan``: four 3x3 convolutions, three of them strided.

    Args, Returns: see ``network_parts``. 1,558,017 weights on 28x28x1.
    """
    glorot = glorot_uniform(seed)
    with precision(dtype):
        x = images = keras.Input(image_shape, name="images")
        for filters, strides in [(64, 2), (128, 2), (256, 2), (512, 1)]:
            x = leaky_relu(convolution(x, filters, 3, glorot, strides))
        return critic_model(images, x, num_classes, glorot)


def mlp_generator(latent_dim, image_shape, num_classes, seed=0, dtype="float32"):
    """The generator of ``wgan-mlp``: dense layers only.

    Args, Returns: see ``network_parts``. 1,491,728 weights on 28x28x1.
    """
    glorot = glorot_uniform(seed)
    with precision(dtype):
        inputs, x = conditioned_latent(latent_dim, num_classes, _embedding(seed))
        for units in (256, 512, 1024):
            x = layers.Dense(units, use_bias=False, kernel_initializer=glorot())(x)
            x = leaky_relu(batch_normalization(x))
        x = layers.Dense(math.prod(image_shape), kernel_initializer=glorot())(x)
        return generator_model(inputs, layers.Reshape(image_shape)(x), image_shape)


def mlp_critic(image_shape, num_classes, seed=0, dtype="float32"):
    """The critic of ``wgan-mlp``, which is convolutional: two strided 5x5 convolutions.

    Args, Returns: see ``network_parts``. 212,865 weights on 28x28x1.
    """
    glorot = glorot_uniform(seed)
    with precision(dtype):
        x = images = keras.Input(image_shape, name="images")
        for filters in (64, 128):
            x = leaky_relu(convolution(x, filters, 5, glorot))
        return critic_model(images, x, num_classes, glorot)


def wgan_gp_generator(latent_dim, image_shape, num_classes, seed=0, dtype="float32"):
    """The generator of Keras' WGAN-GP example: from a grid of H/8 x W/8, the margin cut off.

    The upsampling is Keras' own: of a 3x3 kernel our collapsed one saves no multiplication.

    Args, Returns: see ``network_parts``. 910,660 weights on 28x28x1 with its z of 128.

    Reference: https://keras.io/examples/generative/wgan_gp/
    """
    height, width, channels = image_shape
    grid = (math.ceil(height / 8), math.ceil(width / 8), 256)
    glorot = glorot_uniform(seed)
    with precision(dtype):
        inputs, x = conditioned_latent(latent_dim, num_classes, _embedding(seed))
        x = layers.Dense(math.prod(grid), use_bias=False, kernel_initializer=glorot())(x)
        # Over each of the dense layer's outputs, not each channel: before the reshaping.
        x = layers.Reshape(grid)(leaky_relu(batch_normalization(x)))
        for filters in (128, 64):
            x = convolution(layers.UpSampling2D()(x), filters, 3, glorot, strides=1, use_bias=False)
            x = leaky_relu(batch_normalization(x))
        x = convolution(layers.UpSampling2D()(x), channels, 3, glorot, strides=1, use_bias=False)
        x = batch_normalization(x)
        margin = ((8 * grid[0] - height) // 2, (8 * grid[1] - width) // 2)
        return generator_model(inputs, layers.Cropping2D(margin)(x), image_shape)


def wgan_gp_critic(image_shape, num_classes, seed=0, dtype="float32"):
    """The critic of Keras' WGAN-GP example: four strided 5x5 convolutions, dropout.

    The image gets a margin up to the next multiple of 16, so that each stride halves evenly.

    Args, Returns: see ``network_parts``. 4,305,409 weights on 28x28x1.

    Reference: https://keras.io/examples/generative/wgan_gp/
    """
    height, width, _ = image_shape
    glorot = glorot_uniform(seed)
    with precision(dtype):
        images = keras.Input(image_shape, name="images")
        x = layers.ZeroPadding2D((-height % 16 // 2, -width % 16 // 2))(images)
        for salt, (filters, rate) in enumerate([(64, 0), (128, 0.3), (256, 0.3), (512, 0.2)]):
            x = leaky_relu(convolution(x, filters, 5, glorot))
            if rate:
                x = StatelessDropout(rate, salt)(x)
        return critic_model(images, x, num_classes, glorot)


def dcgan_generator(latent_dim, image_shape, num_classes, seed=0, dtype="float32", normalise=True):
    """The generator of the WGAN authors' code, ``DCGAN_G``: 4x4 transposed convolutions.

    Its first one, of a 1x1 grid, is a dense layer. ``normalise``: with batch normalisation.

    Args, Returns: see ``network_parts``. 760,064 weights on 28x28x1.

    Reference: https://github.com/martinarjovsky/WassersteinGAN, models/dcgan.py
    """
    height, width, halvings = _smallest_grid(image_shape)
    grid = (height, width, 64 * 2**halvings // 2)
    normal, batch_norm = _dcgan_parts(seed)

    def transposed(x, filters):
        return convolution(x, filters, 4, normal, use_bias=False, transposed=True)

    def activate(x):
        return layers.ReLU()(batch_norm(x) if normalise else x)

    with precision(dtype):
        inputs, x = conditioned_latent(latent_dim, num_classes, _embedding(seed))
        x = layers.Dense(math.prod(grid), use_bias=False, kernel_initializer=normal())(x)
        x = activate(layers.Reshape(grid)(x))
        for halving in range(1, halvings):
            x = activate(transposed(x, grid[-1] // 2**halving))
        return generator_model(inputs, transposed(x, image_shape[-1]), image_shape)


def dcgan_nobn_generator(latent_dim, image_shape, num_classes, seed=0, dtype="float32"):
    """``DCGAN_G_nobn``, the authors' option ``--noBN``: no batch normalisation, and no biases.

    The option is about the generator alone; the critic stays ``DCGAN_D``, which normalises.

    Args, Returns: see ``network_parts``. 759,296 weights on 28x28x1.

    Reference: https://github.com/martinarjovsky/WassersteinGAN, models/dcgan.py and main.py
    """
    return dcgan_generator(latent_dim, image_shape, num_classes, seed, dtype, normalise=False)


def dcgan_critic(image_shape, num_classes, seed=0, dtype="float32"):
    """The critic of the WGAN authors' code, ``DCGAN_D``: strided 4x4 convolutions, no biases.

    It normalises its batches. Its last convolution, over the whole grid, is a dense layer.

    Args, Returns: see ``network_parts``. 138,880 weights on 28x28x1.

    Reference: https://github.com/martinarjovsky/WassersteinGAN, models/dcgan.py
    """
    normal, batch_norm = _dcgan_parts(seed)
    with precision(dtype):
        x = images = keras.Input(image_shape, name="images")
        for halving in range(_smallest_grid(image_shape)[2]):
            x = convolution(x, 64 * 2**halving, 4, normal, use_bias=False)
            x = leaky_relu(batch_norm(x) if halving else x)
        return critic_model(images, x, num_classes, normal, use_bias=False)


def _embedding(seed):
    """Of mean square 1, so that the network gets a latent of the published scale."""
    return seeded(keras.initializers.RandomNormal, seed + 2, stddev=1.0)()


def _dcgan_parts(seed):
    """Initial weights N(0, 0.02) (``weights_init`` in main.py); PyTorch's batch normalisation."""
    gamma = seeded(keras.initializers.RandomNormal, seed + 1, mean=1.0, stddev=0.02)

    def batch_norm(x):
        return batch_normalization(x, momentum=0.9, epsilon=1e-5, gamma_initializer=gamma())

    return seeded(keras.initializers.RandomNormal, seed, stddev=0.02), batch_norm


def _smallest_grid(image_shape):
    """H and W after halving while both are even and above 4, and the number of halvings."""
    height, width, _ = image_shape
    halvings = 0
    while height % 2 == width % 2 == 0 and min(height, width) > 4:
        height, width, halvings = height // 2, width // 2, halvings + 1
    return height, width, halvings

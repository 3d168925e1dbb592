"""The generators and critics, as plain functional Keras models.

Every generator maps ``z`` ``(B, latent_dim)`` float32 and ``labels`` ``(B,)`` int32 to images
``(B, H, W, C)`` float32 in [-1, 1]. Every critic maps images to ``real_scores`` or ``fake_scores``
``(B,)`` float32 (a linear Wasserstein score) and ``class_logits`` ``(B, K)`` float32.
"""

import itertools

import keras
from keras import layers

from acwgan.layers import ClassConditioning, StatelessDropout, UpsampleConv2D

#: Side of the small image that a generator starts from: 7 -> 14 -> 28.
_BASE = 7


def article_generator(latent_dim=100, num_classes=10, seed=0, dtype="float32"):
    """The article's generator.

    Args:
        latent_dim: Length of z.
        num_classes: K.
        seed: Of the initial weights.
        dtype: A Keras dtype policy, "float32" or "mixed_bfloat16".

    Returns:
        A ``keras.Model``: [z, labels] -> images ``(B, 28, 28, 1)``. 8,172,521 weights.
    """
    glorot = _seeded(keras.initializers.GlorotUniform, seed)

    def leaky_relu():
        return layers.LeakyReLU(negative_slope=0.3, dtype=dtype)

    z, labels = _generator_inputs(latent_dim)
    x = ClassConditioning(num_classes, glorot(), dtype=dtype, name="conditioning")(z, labels)
    x = layers.Dense(1024, kernel_initializer=glorot(), dtype=dtype)(x)
    x = leaky_relu()(x)
    x = layers.Dense(_BASE * _BASE * 128, kernel_initializer=glorot(), dtype=dtype)(x)
    x = leaky_relu()(x)
    x = layers.Reshape((_BASE, _BASE, 128), dtype=dtype)(x)
    for filters in (256, 128):
        x = UpsampleConv2D(
            filters, 5, negative_slope=0.3, kernel_initializer=glorot(), dtype=dtype
        )(x)
    x = layers.Conv2D(1, 2, padding="same", kernel_initializer=glorot(), dtype=dtype)(x)
    return keras.Model([z, labels], _images(x), name="generator")


def article_critic(image_shape=(28, 28, 1), num_classes=10, seed=0, dtype="float32"):
    """The article's critic: four convolutions, two heads.

    The pooling comes before the activation everywhere: the two commute (LeakyReLU rises), and the
    activation then has a quarter of the work.

    Args:
        image_shape: ``(H, W, C)``.
        num_classes: K.
        seed: Of the initial weights.
        dtype: A Keras dtype policy.

    Returns:
        A ``keras.Model``: images -> [scores, class_logits]. 525,835 weights on 28x28x1.
    """
    normal = _seeded(keras.initializers.RandomNormal, seed, stddev=0.02)
    x = images = keras.Input(image_shape, name="images")
    for salt, (filters, pool) in enumerate([(32, 2), (64, 1), (128, 2), (256, 1)]):
        x = layers.Conv2D(filters, 3, padding="same", kernel_initializer=normal(), dtype=dtype)(x)
        if pool > 1:
            x = layers.MaxPooling2D(pool, dtype=dtype)(x)
        x = layers.LeakyReLU(negative_slope=0.3, dtype=dtype)(x)
        x = StatelessDropout(0.3, salt, dtype=dtype)(x)
    return _two_heads(images, x, num_classes, _seeded(keras.initializers.GlorotUniform, seed + 1))


def acwgan_generator(latent_dim=64, num_classes=10, seed=0, dtype="float32"):
    """Our generator: class embeddings around 1 on the latent and after each normalisation.

    The product on the latent alone leaves the class of a short z open, since all its classes
    meet at z = 0; the products further up, each with a shift, decide it (``bench/recipes.md``).

    Args:
        latent_dim: Length of z.
        num_classes: K.
        seed: Of the initial weights.
        dtype: A Keras dtype policy.

    Returns:
        A ``keras.Model``: [z, labels] -> images ``(B, 28, 28, 1)``.
    """
    glorot = _seeded(keras.initializers.GlorotUniform, seed)
    around_one = _seeded(keras.initializers.RandomNormal, seed, mean=1.0, stddev=0.3)
    z, labels = _generator_inputs(latent_dim)

    def normalise(x):
        x = layers.BatchNormalization(momentum=0.9, center=False, scale=False, dtype=dtype)(x)
        x = ClassConditioning(num_classes, around_one(), shift=True, dtype=dtype)(x, labels)
        return layers.ReLU(dtype=dtype)(x)

    x = ClassConditioning(num_classes, around_one(), dtype=dtype, name="conditioning")(z, labels)
    x = normalise(layers.Dense(512, kernel_initializer=glorot(), dtype=dtype)(x))
    x = layers.Dense(_BASE * _BASE * 64, kernel_initializer=glorot(), dtype=dtype)(x)
    x = normalise(layers.Reshape((_BASE, _BASE, 64), dtype=dtype)(x))
    for filters in (48, 16):
        x = normalise(UpsampleConv2D(filters, 5, kernel_initializer=glorot(), dtype=dtype)(x))
    x = layers.Conv2D(1, 3, padding="same", kernel_initializer=glorot(), dtype=dtype)(x)
    return keras.Model([z, labels], _images(x), name="generator")


def acwgan_critic(image_shape=(28, 28, 1), num_classes=10, seed=0, dtype="float32"):
    """Our critic: three strided convolutions, two heads, nothing that couples the examples.

    Batch normalisation has no place in it: the penalty is on each example's own gradient
    (Gulrajani et al. 2017, section 4).

    Args:
        image_shape: ``(H, W, C)``.
        num_classes: K.
        seed: Of the initial weights.
        dtype: A Keras dtype policy.

    Returns:
        A ``keras.Model``: images -> [scores, class_logits].
    """
    glorot = _seeded(keras.initializers.GlorotUniform, seed)
    x = images = keras.Input(image_shape, name="images")
    for filters in (48, 96, 192):
        x = layers.Conv2D(
            filters, 5, strides=2, padding="same", kernel_initializer=glorot(), dtype=dtype
        )(x)
        x = layers.LeakyReLU(negative_slope=0.2, dtype=dtype)(x)
    return _two_heads(images, x, num_classes, glorot)


def of_mixtures(generator):
    """The same generator for mixtures of classes: what lies between a 3 and an 8.

    Args:
        generator: One of this module's, with the weights it has.

    Returns:
        A ``keras.Model``: [z, class_weights ``(B, K)``] -> images; a one-hot row is a class.
    """
    latent_dim, num_classes = generator.inputs[0].shape[1], class_count(generator)
    inputs = [keras.Input((latent_dim,), name="z"), keras.Input((num_classes,), name="labels")]
    mixing = keras.models.clone_model(generator, input_tensors=inputs)
    mixing.set_weights(generator.get_weights())
    return mixing


def class_count(generator) -> int:
    """K of a generator of this module."""
    return generator.get_layer("conditioning").num_classes


#: Name in ``Config.networks`` -> (generator, critic).
NETWORKS = {
    "acwgan": (acwgan_generator, acwgan_critic),
    "article": (article_generator, article_critic),
}


def _seeded(initializer, seed, **arguments):
    """A factory of initializers, each with a seed of its own."""
    seeds = itertools.count(1000 * seed)
    return lambda: initializer(seed=next(seeds), **arguments)


def _generator_inputs(latent_dim):
    z = keras.Input((latent_dim,), name="z")
    return z, keras.Input((), dtype="int32", name="labels")


def _images(x):
    """Tanh in float32, so that the pixels are not rounded to bfloat16."""
    return layers.Activation("tanh", dtype="float32", name="images")(x)


def _two_heads(images, x, num_classes, initializer):
    """The linear score and the class logits, both in float32, on one trunk."""
    x = layers.Flatten(dtype="float32")(x)
    scores = layers.Dense(1, kernel_initializer=initializer(), dtype="float32", name="score")(x)
    scores = layers.Reshape((), dtype="float32", name="scores")(scores)
    class_logits = layers.Dense(
        num_classes, kernel_initializer=initializer(), dtype="float32", name="class_logits"
    )(x)
    return keras.Model(images, [scores, class_logits], name="critic")

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from acwgan.networks import article, dcgan, mlp, wgan, wgan_gp
from acwgan.networks.layers import ClassConditioning, UpsampleConv2D
from acwgan.networks.registry import NETWORKS

DIGITS = (28, 28, 1)

# Weights of each layer, written out; a batch normalization has 4 for each channel.
GENERATORS = {
    "article": (
        100,
        [
            100 * 1024 + 1024,
            1024 * 7 * 7 * 128 + 7 * 7 * 128,
            5 * 5 * 128 * 256 + 256,
            5 * 5 * 256 * 128 + 128,
            2 * 2 * 128 * 1 + 1,
        ],
    ),
    "wgan": (
        100,
        [
            100 * 7 * 7 * 512 + 7 * 7 * 512,
            3 * 3 * 512 * 128 + 128 + 4 * 128,
            3 * 3 * 128 * 64 + 64 + 4 * 64,
            3 * 3 * 64 * 1 + 1,
        ],
    ),
    "wgan-0.1": (
        100,
        [
            100 * 7 * 7 * 512 + 7 * 7 * 512,
            3 * 3 * 512 * 256 + 256 + 4 * 256,
            3 * 3 * 256 * 128 + 128 + 4 * 128,
            3 * 3 * 128 * 1 + 1,
        ],
    ),
    "mlp": (
        100,
        [100 * 256 + 4 * 256, 256 * 512 + 4 * 512, 512 * 1024 + 4 * 1024, 1024 * 784],
    ),
    "mlp-0.1": (
        100,
        [100 * 256 + 4 * 256, 256 * 512 + 4 * 512, 512 * 1024 + 4 * 1024, 1024 * 784 + 784],
    ),
    "wgan-gp": (
        128,
        [
            128 * 4 * 4 * 256 + 4 * 4 * 4 * 256,
            3 * 3 * 256 * 128 + 4 * 128,
            3 * 3 * 128 * 64 + 4 * 64,
            3 * 3 * 64 * 1 + 4 * 1,
        ],
    ),
    "dcgan": (
        100,
        [100 * 7 * 7 * 128 + 4 * 128, 4 * 4 * 128 * 64 + 4 * 64, 4 * 4 * 64 * 1],
    ),
    "dcgan-nobn": (100, [100 * 7 * 7 * 128, 4 * 4 * 128 * 64, 4 * 4 * 64 * 1]),
}
#: The trunk, what the score takes, and what one class takes.
CRITICS = {
    "article": (
        [
            3 * 3 * 1 * 32 + 32,
            3 * 3 * 32 * 64 + 64,
            3 * 3 * 64 * 128 + 128,
            3 * 3 * 128 * 256 + 256,
        ],
        7 * 7 * 256 + 1,
    ),
    "wgan": (
        [
            3 * 3 * 1 * 64 + 64,
            3 * 3 * 64 * 128 + 128 + 4 * 128,
            3 * 3 * 128 * 256 + 256 + 4 * 256,
            3 * 3 * 256 * 512 + 512 + 4 * 512,
        ],
        4 * 4 * 512 + 1,
    ),
    "wgan-0.1": (
        [
            3 * 3 * 1 * 64 + 64,
            3 * 3 * 64 * 128 + 128,
            3 * 3 * 128 * 256 + 256,
            3 * 3 * 256 * 512 + 512,
        ],
        4 * 4 * 512 + 1,
    ),
    "mlp": ([5 * 5 * 1 * 64 + 64, 5 * 5 * 64 * 128 + 128], 7 * 7 * 128 + 1),
    "wgan-gp": (
        [
            5 * 5 * 1 * 64 + 64,
            5 * 5 * 64 * 128 + 128,
            5 * 5 * 128 * 256 + 256,
            5 * 5 * 256 * 512 + 512,
        ],
        2 * 2 * 512 + 1,
    ),
    "dcgan": ([4 * 4 * 1 * 64, 4 * 4 * 64 * 128 + 4 * 128], 7 * 7 * 128),
}


@pytest.mark.parametrize("name", GENERATORS)
def test_generators_have_the_weights_counted_by_hand(name):
    latent_dim, weights = GENERATORS[name]
    build = NETWORKS[name].generator
    assert build(latent_dim, DIGITS, None).count_params() == sum(weights)
    assert build(latent_dim, DIGITS, 10).count_params() == sum(weights) + 10 * latent_dim


@pytest.mark.parametrize("name", CRITICS)
def test_critics_have_the_weights_counted_by_hand(name):
    trunk, head = CRITICS[name]
    build = NETWORKS[name].critic
    assert build(DIGITS, None).count_params() == sum(trunk) + head
    assert build(DIGITS, 10).count_params() == sum(trunk) + 11 * head


def test_the_totals_that_were_published():
    """The article with classes; the notebook of ``wgan`` and Keras' example print their totals."""
    assert wgan.build_generator(100, DIGITS, None).count_params() == 3_198_977
    assert wgan.build_critic(DIGITS, None).count_params() == 1_561_601
    assert mlp.build_generator(100, DIGITS, None).count_params() == 1_490_944
    assert article.build_generator(100, DIGITS, 10).count_params() == 8_172_521
    assert article.build_critic(DIGITS, 10).count_params() == 525_835
    assert wgan_gp.build_generator(128, DIGITS, None).count_params() == 910_660
    assert wgan_gp.build_critic(DIGITS, None).count_params() == 4_305_409


def test_the_authors_networks_on_32x32x3():
    """``DCGAN_G(32, 100, 3, 64)`` and ``DCGAN_D(32, 100, 3, 64)``."""
    generator = dcgan.build_generator(100, (32, 32, 3), None)
    weights = [100 * 16 * 256 + 4 * 256, 16 * 256 * 128 + 4 * 128, 16 * 128 * 64 + 4 * 64]
    assert generator.count_params() == sum(weights) + 16 * 64 * 3
    critic = dcgan.build_critic((32, 32, 3), None)
    weights = [16 * 3 * 64, 16 * 64 * 128 + 4 * 128, 16 * 128 * 256 + 4 * 256]
    assert critic.count_params() == sum(weights) + 16 * 256


def spread(network, kind=layers.Layer):
    """Name -> standard deviation of the initial kernels and embeddings of some layers."""
    return {
        weight.path: float(np.std(weight))
        for layer in network.layers
        if isinstance(layer, kind)
        for weight in layer.trainable_variables
        if weight.name in ("kernel", "embeddings")
    }


def test_the_articles_convolutions_start_from_n_0_002_and_nothing_else_does():
    generator = article.build_generator(100, DIGITS, 10)
    critic = article.build_critic(DIGITS, 10)
    found = [*spread(generator, (UpsampleConv2D, layers.Conv2D)).values()]
    assert len(found) == 3 and found == pytest.approx([0.02] * 3, rel=0.1)
    found = [*spread(critic, layers.Conv2D).values()]
    assert len(found) == 4 and found == pytest.approx([0.02] * 4, rel=0.1)
    # Glorot uniform: sqrt(2 / (inputs + outputs)).
    found = [*spread(generator, (ClassConditioning, layers.Dense)).values()]
    shapes = [(10, 100), (100, 1024), (1024, 6272)]
    assert found == pytest.approx([(2 / sum(shape)) ** 0.5 for shape in shapes], rel=0.1)
    assert spread(critic, layers.Dense)["score/kernel"] == pytest.approx(
        (2 / 12_545) ** 0.5, rel=0.1
    )


def test_the_initial_weights_and_normalization_of_wgan():
    """N(0, 0.02) in the generator's dense layer only, Keras' default in all others."""
    generator, critic = wgan.build_generator(100, DIGITS, None), wgan.build_critic(DIGITS, None)
    (dense,) = spread(generator, layers.Dense).values()
    assert dense == pytest.approx(0.02, rel=0.01)
    first = next(iter(spread(generator, layers.Conv2DTranspose).values()))
    assert first == pytest.approx((2 / (9 * (512 + 128))) ** 0.5, rel=0.01)
    norms = [
        layer
        for layer in generator.layers + critic.layers
        if isinstance(layer, layers.BatchNormalization)
    ]
    assert [(norm.momentum, norm.epsilon) for norm in norms] == [(0.8, 1e-3)] * 5


def test_the_authors_initial_weights_and_normalization():
    weights = {"kernel": [], "gamma": []}
    for network in (
        dcgan.build_generator(100, DIGITS, 10),
        dcgan.build_critic(DIGITS, 10),
    ):
        for layer in network.layers:
            for weight in layer.trainable_variables:
                weights.setdefault(weight.name, []).append(weight.numpy().ravel())
            if isinstance(layer, layers.BatchNormalization):
                assert (layer.momentum, layer.epsilon) == (0.9, 1e-5)
    assert set(weights) == {"kernel", "gamma", "beta", "embeddings"}
    kernels, gammas = np.concatenate(weights["kernel"]), np.concatenate(weights["gamma"])
    assert abs(kernels.mean()) < 1e-3 and abs(kernels.std() - 0.02) < 1e-3
    assert abs(gammas.mean() - 1) < 5e-3 and abs(gammas.std() - 0.02) < 5e-3
    assert not np.concatenate(weights["beta"]).any()


def test_without_batch_normalization_means_in_the_generator_alone():
    def kinds(network):
        return [type(layer) for layer in network.layers]

    generator = kinds(dcgan.build_generator(5, (16, 16, 1), None))
    without = kinds(dcgan.build_generator_without_batchnorm(5, (16, 16, 1), None))
    assert without == [kind for kind in generator if kind is not layers.BatchNormalization]


def test_transposed_4x4_kernels_pad_by_one_as_in_pytorch():
    """``ConvTranspose2d(1, 1, 4, 2, 1)`` spreads a pixel at (1, 1) over rows and columns 1..4."""
    last = dcgan.build_generator(5, (16, 16, 1), None).layers[-2]
    image = np.zeros((1, 8, 8, 64), np.float32)
    image[0, 1, 1, 0] = 1.0
    touched = np.argwhere(last(image).numpy()[0, :, :, 0])
    assert touched.min(axis=0).tolist() == [1, 1] and touched.max(axis=0).tolist() == [4, 4]


def test_the_margin_of_wgan_gp_is_cut_off_evenly():
    """28 from 32, 36 x 20 from 40 x 24, and 32 as it is; and in the critic the other way round."""
    for image_shape, cut, pad in [
        (DIGITS, (2, 2), (2, 2)),
        ((36, 20, 1), (2, 2), (6, 6)),
        ((32, 32, 3), (0, 0), (0, 0)),
        ((30, 30, 1), (1, 1), (1, 1)),
    ]:
        cropping = wgan_gp.build_generator(5, image_shape, None).layers[-2].cropping
        padding = wgan_gp.build_critic(image_shape, None).layers[1].padding
        assert cropping == tuple((n, n) for n in cut) and padding == tuple((n, n) for n in pad)


def test_of_an_odd_margin_of_wgan_gp_the_larger_half_comes_last():
    cropping = wgan_gp.build_generator(5, (29, 32, 1), None).layers[-2].cropping
    padding = wgan_gp.build_critic((29, 32, 1), None).layers[1].padding
    assert cropping == padding == ((1, 2), (0, 0))


def test_dcgan_halves_sides_that_are_not_even_as_the_next_multiple_of_4():
    critic = dcgan.build_critic((29, 30, 3), None)
    assert [layer.output.shape[1:] for layer in critic.layers if "conv" in layer.name] == [
        (15, 15, 64),
        (8, 8, 128),
        (4, 4, 256),
    ]


def test_the_critic_of_the_article_sees_the_last_row_of_an_odd_height():
    critic = article.build_critic((30, 27, 1), None)
    sizes = [layer.output.shape[1:3] for layer in critic.layers if "pooling" in layer.name]
    assert sizes == [(15, 14), (8, 7)]


def test_no_two_dropout_layers_share_their_masks():
    for critic in (article.build_critic(DIGITS, 10), wgan_gp.build_critic(DIGITS, 10)):
        dropouts = [layer for layer in critic.layers if hasattr(layer, "salt")]
        assert len({layer.salt for layer in dropouts}) == len(dropouts) >= 3
    assert [layer.rate for layer in dropouts] == [0.3, 0.3, 0.2]


def test_the_article_is_the_published_network_layer_by_layer():
    """The same function of the same weights as the article's own layers, pooling after activation.

    Only the first block differs in its order; max-pooling and LeakyReLU commute.
    """
    ours_generator = article.build_generator(100, DIGITS, 10)
    ours_critic = article.build_critic(DIGITS, 10)
    critic = keras.Sequential([keras.Input(DIGITS)])
    for filters, pool in [(32, 2), (64, 1), (128, 2), (256, 1)]:
        critic.add(layers.Conv2D(filters, 3, padding="same"))
        critic.add(layers.LeakyReLU(negative_slope=0.3))
        critic.add(layers.MaxPooling2D(pool))
    critic.add(layers.Flatten())
    critic.add(layers.Dense(11))
    weights = ours_critic.get_weights()
    heads = [
        np.concatenate([weights[-4], weights[-2]], 1),
        np.concatenate([weights[-3], weights[-1]]),
    ]
    critic.set_weights([*weights[:-4], *heads])
    images = tf.random.stateless_normal((3, *DIGITS), (0, 1))
    scores, class_logits = ours_critic(images)
    outputs = critic(images)
    np.testing.assert_allclose(scores, outputs[:, 0], atol=1e-5)
    np.testing.assert_allclose(class_logits, outputs[:, 1:], atol=1e-5)

    z, label = keras.Input((100,)), keras.Input((), dtype="int32")
    x = layers.Multiply()([z, layers.Embedding(10, 100)(label)])
    for size in (1024, 7 * 7 * 128):
        x = layers.LeakyReLU(negative_slope=0.3)(layers.Dense(size)(x))
    x = layers.Reshape((7, 7, 128))(x)
    for filters in (256, 128):
        x = layers.Conv2D(filters, 5, padding="same")(layers.UpSampling2D(2)(x))
        x = layers.LeakyReLU(negative_slope=0.3)(x)
    x = layers.Conv2D(1, 2, padding="same", activation="tanh")(x)
    generator = keras.Model([z, label], x)
    generator.set_weights(ours_generator.get_weights())
    inputs = [tf.random.stateless_normal((3, 100), (0, 1)), tf.constant([0, 4, 9])]
    np.testing.assert_allclose(ours_generator(inputs), generator(inputs), atol=1e-5)

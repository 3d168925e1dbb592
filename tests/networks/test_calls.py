import math

import keras
import numpy as np
import pytest
import tensorflow as tf
from long_ones import parameters

from acwgan.networks.calls import (
    class_count,
    generate,
    normalizes_batches,
    rate,
    sketch,
    with_mixtures,
)
from acwgan.networks.dropout import dropout_key
from acwgan.networks.layers import UpsampleConv2D
from acwgan.networks.registry import NETWORKS

#: These critics have batch normalization, all others score each image on its own.
NORMALIZING = {"dcgan", "dcgan-nobn", "wgan"}
#: Small, and yet with an upsampling and two strides in every network.
SMALL = (16, 16, 1)


@pytest.fixture(params=NETWORKS)
def name(request):
    return request.param


def latents(count, latent_dim=5):
    return tf.random.stateless_normal((count, latent_dim), (0, 1))


@pytest.mark.parametrize("num_classes", parameters([4, None], lambda classes: classes is None))
@pytest.mark.parametrize("image_shape", [(28, 28, 1), (32, 32, 3), (36, 20, 1)])
def test_shapes_ranges_and_kinds(name, image_shape, num_classes):
    architecture = NETWORKS[name]
    generator = architecture.generator(5, image_shape, num_classes, dtype="mixed_bfloat16")
    critic = architecture.critic(image_shape, num_classes, dtype="mixed_bfloat16")
    images = generate(generator, latents(3), num_classes and tf.constant([0, 3, 1]))
    outputs = rate(critic, images)
    assert images.shape == (3, *image_shape) and 0 < np.abs(images).max() <= 1
    assert [tensor.shape for tensor in outputs] == [(3,), (3, num_classes)][: len(outputs)]
    assert len(outputs) == (2 if num_classes else 1)
    assert {tensor.dtype for tensor in [images, *outputs]} == {tf.float32}
    assert {weight.dtype for weight in generator.weights + critic.weights} == {"float32"}
    assert "bfloat16" in {layer.compute_dtype for layer in generator.layers}
    assert "bfloat16" in {layer.compute_dtype for layer in critic.layers}
    assert class_count(generator) == num_classes


def test_the_smallest_image(name):
    generator, critic = NETWORKS[name].generator, NETWORKS[name].critic
    images = generator(5, (8, 8, 3), None)([latents(2)])
    assert rate(critic((8, 8, 3), None), images)[0].shape == (2,)


@pytest.mark.parametrize("image_shape", [(30, 30, 3), (9, 31, 1), (27, 42, 1), (40, 24, 3)])
def test_images_of_any_size(name, image_shape):
    build_generator, build_critic = NETWORKS[name].generator, NETWORKS[name].critic
    if name == "acwgan-0.1" and image_shape != (40, 24, 3):
        with pytest.raises(ValueError, match=r"`image_shape` must be at most .* with . channels"):
            build_generator(5, image_shape, None)
        return
    images = build_generator(5, image_shape, None)([latents(2)])
    assert images.shape == (2, *image_shape)
    assert rate(build_critic(image_shape, None), images)[0].shape == (2,)


def test_the_label_changes_the_image(name):
    generator = NETWORKS[name].generator(5, SMALL, 10)
    images = generate(generator, tf.ones((2, 5)), tf.constant([3, 8])).numpy()
    assert not np.array_equal(images[0], images[1])


def test_a_generator_without_classes_leaves_labels_aside(name):
    generator = NETWORKS[name].generator(5, SMALL, None)
    images = generate(generator, latents(2), tf.constant([3, 8]))
    assert np.array_equal(images, generate(generator, latents(2), None))


def test_in_training_batch_normalization_uses_the_batch():
    generator = NETWORKS["mlp"].generator(5, SMALL, None)
    before = generate(generator, latents(4), None)
    assert not np.allclose(before, generate(generator, latents(4), None, training=True))


def test_initial_weights_follow_from_the_seed(name):
    generator, critic = NETWORKS[name].generator, NETWORKS[name].critic
    for build in (lambda seed: generator(5, SMALL, 3, seed), lambda seed: critic(SMALL, 3, seed)):
        kernels = [
            np.concatenate(
                [w.numpy().ravel() for w in build(seed).trainable_variables if w.ndim > 1]
            )
            for seed in (1, 1, 2)
        ]
        assert np.array_equal(kernels[0], kernels[1])
        assert np.mean(kernels[0] == kernels[2]) < 0.01


def test_whether_examples_see_each_other_in_training(name):
    """If not, real and fake go through the critic in one batch, and the penalty is defined."""
    critic = NETWORKS[name].critic(SMALL, None)
    images = tf.random.stateless_normal((4, *SMALL), (0, 1))
    with dropout_key(tf.constant([0, 0])), tf.GradientTape() as tape:
        tape.watch(images)
        first = rate(critic, images, training=True)[0][0]
    per_image = tf.reduce_sum(tf.abs(tape.gradient(first, images)), axis=(1, 2, 3)).numpy()
    assert per_image[0] > 0
    assert per_image[1:].any() == normalizes_batches(critic) == (name in NORMALIZING)


def test_once_trained_every_critic_scores_each_image_on_its_own(name):
    critic = NETWORKS[name].critic(SMALL, None)
    images = tf.random.stateless_normal((4, *SMALL), (0, 1))
    np.testing.assert_allclose(critic(images)[:1], critic(images[:1]), atol=1e-5)


@pytest.mark.parametrize("num_classes", [3, None])
def test_networks_come_back_from_a_keras_file(name, num_classes, tmp_path):
    """Without executable code in the file: ``load_model`` is in its safe mode."""
    generator, critic = NETWORKS[name].generator, NETWORKS[name].critic
    labels = [tf.constant([0, 2])] if num_classes else []
    images = tf.random.stateless_normal((2, *SMALL), (0, 1))
    for network, inputs in [
        (generator(5, SMALL, num_classes), [latents(2), *labels]),
        (critic(SMALL, num_classes), images),
    ]:
        network.save(tmp_path / "network.keras")
        again = keras.models.load_model(tmp_path / "network.keras")
        for one, other in zip(network.weights, again.weights, strict=True):
            assert np.array_equal(one, other)
        outputs, others = network(inputs), again(inputs)
        assert type(outputs) is type(others)
        for one, other in zip(tf.nest.flatten(outputs), tf.nest.flatten(others), strict=True):
            np.testing.assert_allclose(one, other, atol=1e-6)


def test_a_mixture_of_one_class_is_that_class_and_a_true_mixture_is_neither(name):
    generator = NETWORKS[name].generator(5, SMALL, 10)
    mixing = with_mixtures(generator)
    assert class_count(mixing) == 10
    z, labels = latents(2), tf.constant([3, 8])
    images = generator([z, labels]).numpy()
    np.testing.assert_allclose(mixing([z, tf.one_hot(labels, 10)]), images, atol=1e-6)
    half = tf.fill((2, 10), 0.1)
    assert np.abs(mixing([z, half]) - images).max() > 0.1 * np.abs(images).max()


# Our own networks, counted by hand from the tables in docs/networks.md.


def test_our_generator_has_the_weights_counted_by_hand():
    of_the_latent = (64 + 1) * (512 + 64 + 48 + 16)  # A scale of each channel.
    before = [
        10 * 64,  # Embedding of the latent.
        64 * 512 + (2 + 2 * 10) * 512,  # No bias; statistics and the two class tables.
        512 * 3136 + 3136 + (2 + 2 * 10) * 64,
        5 * 5 * 64 * 48 + (2 + 2 * 10) * 48,
        5 * 5 * 48 * 16 + (2 + 2 * 10) * 16,
        3 * 3 * 16 * 1 + 1,
    ]
    of_2 = NETWORKS["acwgan-2"].generator
    assert of_2(64, (28, 28, 1), 10).count_params() == sum(before) == 1_752_401
    generator = NETWORKS["acwgan"].generator
    with_classes = sum(before) + of_the_latent
    assert generator(64, (28, 28, 1), 10).count_params() == with_classes == 1_794_001
    # Without: one scale and one shift where there were ten of each.
    fewer = 10 * 64 + (20 - 2) * (512 + 64 + 48 + 16)
    assert generator(64, (28, 28, 1), None).count_params() == 1_794_001 - fewer


def test_our_critic_has_the_weights_counted_by_hand():
    trunk = [5 * 5 * 1 * 48 + 48, 5 * 5 * 48 * 96 + 96, 5 * 5 * 96 * 192 + 192]
    dense, score, class_logits = 4 * 4 * 192 * 256 + 256, 256 + 1, 256 * 10 + 10
    critic = NETWORKS["acwgan"].critic
    weights = sum(trunk) + dense + score + class_logits
    assert critic((28, 28, 1), 10).count_params() == weights == 1_367_051
    assert critic((28, 28, 1), None).count_params() == weights - class_logits
    heads = 4 * 4 * 192 * 11 + 11
    assert NETWORKS["acwgan-2"].critic((28, 28, 1), 10).count_params() == sum(trunk) + heads


def test_the_latent_scales_each_channel_after_a_normalization():
    now = NETWORKS["acwgan"].generator(5, (12, 8, 1), 3, 7)
    z, labels = latents(4), tf.constant([0, 1, 2, 0])
    # It begins as version 2, since all scales begin at 1, but for the tanh.
    of_2 = NETWORKS["acwgan-2"].generator(5, (12, 8, 1), 3, 7)
    images = generate(now, z, labels)
    np.testing.assert_allclose(np.tanh(images), generate(of_2, z, labels), atol=1e-6)
    scaled = [layer for layer in now.layers if isinstance(layer, keras.layers.Multiply)]
    assert [layer.output.shape[1:] for layer in scaled] == [(512,), (6, 4, 64), (12, 8, 48)]
    scales = [layer for layer in now.layers if getattr(layer, "kernel", None) is not None]
    (last,) = [layer for layer in scales if layer.kernel.shape == (5, 48)]
    kernel = np.random.default_rng(1).normal(size=(5, 48)).astype("float32")
    last.kernel.assign(kernel)
    (embedding,) = [weights for weights in now.get_weights() if weights.shape == (3, 5)]
    around = keras.Model(now.inputs, [scaled[-1].input[0], scaled[-1].output])
    before, after = around([z, labels])
    expected = before * (1 + (z.numpy() * embedding[labels.numpy()]) @ kernel)[:, None, None]
    np.testing.assert_allclose(after, expected, rtol=1e-4, atol=1e-5)


def test_the_images_are_clipped_where_those_of_version_3_end_in_a_tanh():
    images, before = [], []
    for networks in ("acwgan", "acwgan-3"):
        generator = NETWORKS[networks].generator(5, (12, 8, 1), 3, 7)
        last = generator.layers[-2]
        last.kernel.assign(20 * last.kernel)
        images.append(generate(generator, latents(4), tf.constant([0, 1, 2, 0])))
        inputs = [latents(4), tf.constant([0, 1, 2, 0])]
        before.append(keras.Model(generator.inputs, last.output)(inputs))
    assert np.array_equal(before[0], before[1]) and np.max(np.abs(before[0])) > 1.5
    assert np.array_equal(images[0], np.clip(before[0], -1, 1))
    np.testing.assert_allclose(images[1], np.tanh(before[1]), rtol=1e-5)


def widths(network, kinds=(keras.layers.Conv2D, UpsampleConv2D)):
    """Height, width and channels of what each convolution makes."""
    return [layer.output.shape[1:] for layer in network.layers if isinstance(layer, kinds)]


def test_our_networks_grow_with_the_image():
    generator, critic = NETWORKS["acwgan"].generator, NETWORKS["acwgan"].critic
    grown = generator(5, (64, 90, 3), None)
    reshaped = [layer.output.shape for layer in grown.layers if layer.name.startswith("reshape")]
    # The others are scales, one of each channel for all pixels.
    assert [shape for shape in reshaped if shape[1:-1] not in [(), (1, 1)]] == [(None, 8, 6, 256)]
    sizes = [(8, 12, 128), (16, 24, 64), (32, 48, 32), (64, 96, 16), (64, 96, 3)]
    assert widths(grown) == sizes and grown.output_shape == (None, 64, 90, 3)
    sizes = [(32, 45, 32), (16, 23, 64), (8, 12, 128), (8, 6, 256), (4, 3, 256)]
    assert widths(critic((64, 90, 3), None)) == sizes
    # From 8 pixels, with the widths that grids of this size have elsewhere.
    assert widths(generator(5, (8, 8, 3), None)) == [(8, 8, 48), (8, 8, 3)]
    assert widths(critic((8, 8, 3), None)) == [(4, 4, 96), (2, 2, 192)]


def products(network):
    """Multiplications for one image, as if each tap of an upsampling counted."""
    convolutions = [
        math.prod(layer.output.shape[1:3]) * math.prod(layer.kernel.shape)
        for layer in network.layers
        if isinstance(layer, (keras.layers.Conv2D, UpsampleConv2D))
    ]
    dense = [math.prod(layer.kernel.shape) for layer in network.layers if hasattr(layer, "units")]
    return sum(convolutions) + sum(dense)


@pytest.mark.parametrize(("ours", "most"), [("acwgan", 17e6), ("acwgan-2", 16e6)])
@pytest.mark.parametrize("sides", [(64, 64), (100, 70), (128, 128), (256, 256)])
def test_a_pixel_of_a_large_image_costs_our_networks_about_what_it_costs_at_28x28(
    sides, ours, most
):
    with tf.Graph().as_default():  # No memory is allocated.
        costs, weights = [], []
        for shape in ((28, 28, 1), (*sides, 3)):
            builders = NETWORKS[ours]
            networks = builders.generator(64, shape, 10), builders.critic(shape, 10)
            costs.append([products(network) / math.prod(shape[:2]) for network in networks])
            weights.append(sum(network.count_params() for network in networks))
    ratios = np.divide(costs[1], costs[0])
    assert (ratios < 2).all() and weights[1] < most


@pytest.mark.parametrize("image_shape", [(28, 28, 1), (32, 20, 3)])
def test_up_to_32_pixels_the_networks_of_version_2_are_those_of_0_1(image_shape):
    now, before = NETWORKS["acwgan-2"], NETWORKS["acwgan-0.1"]
    for one, other in [
        (now.generator(5, image_shape, 3, 7), before.generator(5, image_shape, 3, 7)),
        (now.critic(image_shape, 3, 7), before.critic(image_shape, 3, 7)),
    ]:
        for weights, others in zip(one.get_weights(), other.get_weights(), strict=True):
            assert np.array_equal(weights, others)


def test_the_networks_of_0_1_do_not_grow():
    before = NETWORKS["acwgan-0.1"]
    sizes = [(32, 48, 48), (64, 96, 16), (64, 96, 3)]
    assert widths(before.generator(5, (64, 96, 3), None)) == sizes
    sizes = [(32, 48, 48), (16, 24, 96), (8, 12, 192)]
    assert widths(before.critic((64, 96, 3), None)) == sizes


@pytest.mark.parametrize("name", ["acwgan", "article"])
def test_5x5_kernels_after_upsampling_are_collapsed(name):
    kinds = [type(layer) for layer in NETWORKS[name].generator(5, (20, 20, 1), 3).layers]
    assert kinds.count(UpsampleConv2D) == 2 and keras.layers.UpSampling2D not in kinds


def test_what_was_only_sketched_is_never_allocated():
    build = NETWORKS["mlp"].generator
    assert sketch(lambda: build(10**9, (28, 28, 1), None))[1] > 10**12
    # Nor when the next network is built.
    assert NETWORKS["article"].critic((28, 28, 1), 10).count_params() > 0


@pytest.fixture(scope="module")
def sketches():
    """Networks -> the sketch of their generator."""
    return {
        name: sketch(lambda build=each.generator: build(5, SMALL, 3))
        for name, each in NETWORKS.items()
    }


def test_a_sketch_counts_what_is_built_and_tells_layers_apart(name, sketches):
    kinds, size = sketches[name]
    network = NETWORKS[name].generator(5, SMALL, 3)
    assert size == 4 * network.count_params()
    assert [kind.class_name for kind in kinds] == [type(layer).__name__ for layer in network.layers]
    assert kinds not in [other for each, (other, _) in sketches.items() if each != name]

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from acwgan.networks.dropout import StatelessDropout, dropout_key
from acwgan.networks.layers import ClassConditioning, LeakyReLU, UpsampleConv2D

SIZES = st.tuples(st.integers(1, 6), st.integers(1, 6))
FACTORS = st.tuples(st.integers(1, 4), st.integers(1, 4))


@settings(max_examples=60, deadline=None)
@given(
    kernel=SIZES,
    factor=FACTORS,
    height=st.integers(1, 6),
    width=st.integers(1, 6),
    use_bias=st.booleans(),
)
def test_upsample_conv_is_the_plain_pair_and_its_gradients(kernel, factor, height, width, use_bias):
    rng = np.random.default_rng(0)
    images = tf.constant(rng.standard_normal((2, height, width, 3)), tf.float32)
    ours = UpsampleConv2D(4, kernel, factor, use_bias=use_bias)
    convolution = keras.layers.Conv2D(4, kernel, padding="same", use_bias=use_bias)
    plain = keras.Sequential([keras.layers.UpSampling2D(factor), convolution])
    plain.build(images.shape)
    ours.build(images.shape)
    weights = [rng.standard_normal(weight.shape) / 10 for weight in plain.weights]
    plain.set_weights(weights)
    ours.set_weights(weights)
    target = tf.constant(rng.standard_normal(plain.compute_output_shape(images.shape)), tf.float32)

    def outputs_and_gradients(layer):
        with tf.GradientTape() as tape:
            tape.watch(images)
            outputs = layer(images)
            loss = tf.reduce_mean(tf.square(outputs - target))
        return [outputs, *tape.gradient(loss, [images, *layer.trainable_variables])]

    assert ours.compute_output_shape(images.shape) == target.shape
    for one, other in zip(outputs_and_gradients(ours), outputs_and_gradients(plain), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5)


def test_upsample_conv_with_an_activation_is_the_layer_and_then_leaky_relu():
    images = tf.random.stateless_normal((2, 4, 5, 3), (0, 1))
    linear, leaky = UpsampleConv2D(4, 5), UpsampleConv2D(4, 5, negative_slope=0.3)
    linear.build(images.shape)
    leaky.build(images.shape)
    weights = [np.random.default_rng(0).standard_normal(w.shape) for w in linear.weights]
    linear.set_weights(weights)
    leaky.set_weights(weights)
    expected = tf.nn.leaky_relu(linear(images), 0.3)
    assert float(tf.reduce_min(expected)) < 0
    np.testing.assert_allclose(leaky(images), expected, atol=1e-6)


def test_upsample_conv_takes_the_saved_weights_of_the_plain_pair(tmp_path):
    def model(pair):
        return keras.Sequential([keras.Input((7, 7, 3)), *pair])

    plain = model([keras.layers.UpSampling2D(2), keras.layers.Conv2D(4, 5, padding="same")])
    ours = model([UpsampleConv2D(4, 5)])
    names = [[weight.name for weight in network.weights] for network in (plain, ours)]
    assert names[0] == names[1] == ["kernel", "bias"]
    tf.train.Checkpoint(conv=plain.layers[1]).write(str(tmp_path / "plain"))
    tf.train.Checkpoint(conv=ours.layers[0]).read(str(tmp_path / "plain")).assert_consumed()
    images = np.random.default_rng(0).standard_normal((2, 7, 7, 3)).astype(np.float32)
    np.testing.assert_allclose(ours(images), plain(images), atol=1e-5)


def test_leaky_relu_is_that_of_keras_with_fewer_passes_under_a_penalty():
    """The gradients of a network's own gradient, and how many convolutions they take."""
    images = tf.constant(np.random.default_rng(0).standard_normal((2, 8, 8, 3)), tf.float32)

    def gradients(activation):
        keras.utils.set_random_seed(1)
        network = keras.Sequential([keras.Input((8, 8, 3))])
        for convolution in (keras.layers.Conv2D(4, 3, 2), keras.layers.Conv2D(5, 3)):
            network.add(convolution)
            network.add(activation(negative_slope=0.3))

        @tf.function
        def of_penalty():
            with tf.GradientTape() as tape:
                with tf.GradientTape() as inner:
                    inner.watch(images)
                    outputs = network(images)
                penalty = tf.reduce_sum(inner.gradient(outputs, images) ** 2)
            weights = [variable.value for variable in network.trainable_variables]
            return [outputs, *tape.gradient(penalty, weights, unconnected_gradients="zero")]

        graph = of_penalty.get_concrete_function().graph
        return of_penalty(), sum(op.type.startswith("Conv2D") for op in graph.get_operations())

    ours, convolutions = gradients(LeakyReLU)
    of_keras, more_convolutions = gradients(keras.layers.LeakyReLU)
    assert float(tf.reduce_max(tf.abs(ours[1]))) > 0
    for one, other in zip(ours, of_keras, strict=True):
        np.testing.assert_array_equal(one, other)
    assert convolutions < more_convolutions


@pytest.mark.parametrize("arguments", [{"kernel_size": 0}, {"kernel_size": 3, "factor": (2,)}])
def test_upsample_conv_refuses_sizes_by_name(arguments):
    with pytest.raises(
        ValueError, match=f"`{list(arguments)[-1]}` must be a whole number, 1 or more"
    ):
        UpsampleConv2D(4, **arguments)


def test_conditioning_multiplies_with_the_row_of_the_label():
    layer = ClassConditioning(3)
    z = tf.constant([[1.0, 2.0], [3.0, -4.0]])
    layer.build(z.shape)
    layer.set_weights([np.array([[1.0, 1.0], [10.0, 100.0], [0.5, 0.25]])])
    assert layer(z, tf.constant([1, 2])).numpy().tolist() == [[10.0, 200.0], [1.5, -1.0]]


def test_conditioning_has_a_dense_gradient():
    layer = ClassConditioning(3)
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(layer(tf.ones((2, 4)), tf.constant([1, 1])))
    gradient = tape.gradient(loss, layer.embeddings.value)
    assert isinstance(gradient, tf.Tensor)
    assert gradient.numpy().tolist() == [[0.0] * 4, [2.0] * 4, [0.0] * 4]


def test_dropout_masks_follow_from_key_and_salt():
    ones = tf.ones((4, 100))

    def masks(key, salt):
        with dropout_key(tf.constant(key)):
            return StatelessDropout(0.3, salt)(ones, training=True).numpy()

    assert np.array_equal(masks([1, 2], 0), masks([1, 2], 0))
    assert not np.array_equal(masks([1, 2], 0), masks([1, 3], 0))
    assert not np.array_equal(masks([1, 2], 0), masks([1, 2], 1))


def test_dropout_keeps_the_mean_and_drops_its_rate():
    with dropout_key(tf.constant([0, 0])):
        outputs = StatelessDropout(0.3)(tf.ones((100, 100)), training=True).numpy()
    assert abs((outputs == 0).mean() - 0.3) < 0.02
    assert np.unique(outputs).tolist() == pytest.approx([0.0, 1 / 0.7])


def test_dropout_without_a_key_is_refused_in_training_and_nothing_otherwise():
    with pytest.raises(RuntimeError, match="without a dropout_key"):
        StatelessDropout(0.3)(tf.ones((1, 2)), training=True)
    assert StatelessDropout(0.3)(tf.ones((1, 2))).numpy().tolist() == [[1.0, 1.0]]


@pytest.mark.parametrize(
    "layer",
    [
        UpsampleConv2D(4, (5, 2), 3, negative_slope=0.3, use_bias=False),
        StatelessDropout(0.3, 7),
        ClassConditioning(10),
    ],
)
def test_layers_come_back_from_their_config(layer):
    config = layer.get_config()
    assert type(layer).from_config(config).get_config() == config


def test_conditioning_of_a_picture_by_hand():
    layer = ClassConditioning(2, shift=True)
    pictures = np.array([[[[1.0, 2.0]], [[3.0, 4.0]]]], np.float32)  # (1, 2, 1, 2)
    layer.build(pictures.shape)
    layer.set_weights(np.array([[[1.0, 1.0], [10.0, 100.0]], [[0.0, 0.0], [5.0, 7.0]]]))
    assert layer(pictures, np.array([1])).numpy().ravel().tolist() == [15.0, 207.0, 35.0, 407.0]
    assert layer(pictures, np.array([0])).numpy().ravel().tolist() == [1.0, 2.0, 3.0, 4.0]


def test_conditioning_on_a_mixture_lies_between_its_classes():
    layer = ClassConditioning(2, shift=True)
    layer.build((1, 1))
    layer.set_weights(np.array([[[2.0], [4.0]], [[0.0], [8.0]]]))
    x = np.array([[3.0]], np.float32)
    assert layer(x, np.array([[0.75, 0.25]], np.float32)).numpy().item() == 2.5 * 3.0 + 2.0

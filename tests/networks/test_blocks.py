import keras
import numpy as np
import pytest
import tensorflow as tf

from acwgan.networks import blocks


def test_precision_ends_with_the_block_even_after_an_error():
    before = keras.config.dtype_policy().name
    with pytest.raises(ZeroDivisionError), blocks.precision("mixed_bfloat16"):
        assert keras.config.dtype_policy().name == "mixed_bfloat16"
        raise ZeroDivisionError
    assert keras.config.dtype_policy().name == before == "float32"


def test_every_initializer_of_a_factory_draws_other_numbers():
    new = blocks.seeded(keras.initializers.RandomNormal, 1, mean=5.0, stddev=0.1)
    draws = [new()((100,)).numpy() for _ in range(3)]
    assert abs(np.mean(draws) - 5) < 0.1 and len({draw.tobytes() for draw in draws}) == 3
    again = blocks.seeded(keras.initializers.RandomNormal, 1, mean=5.0, stddev=0.1)
    assert np.array_equal(again()((100,)), draws[0])


def test_the_latent_is_multiplied_with_the_embedding_of_its_label():
    inputs, x = blocks.conditioned_latent(2, 3, "ones")
    model = keras.Model(inputs, x)
    model.get_layer("conditioning").embeddings.assign([[1.0, 2.0], [3.0, 4.0], [0.5, -1.0]])
    outputs = model([tf.constant([[2.0, 3.0], [2.0, 3.0]]), tf.constant([2, 0])])
    assert outputs.numpy().tolist() == [[1.0, -3.0], [2.0, 6.0]]


def test_without_classes_the_latent_is_the_only_input():
    inputs, x = blocks.conditioned_latent(2, None, None)
    assert [tensor.name for tensor in inputs] == ["z"] and x is inputs[0]


def test_leaky_relu_and_both_convolutions():
    x = tf.constant([-5.0, 2.0])
    np.testing.assert_allclose(blocks.leaky_relu(x), [-1.0, 2.0])
    images = tf.ones((1, 5, 4, 2))
    ones = blocks.seeded(lambda seed: keras.initializers.Ones(), 0)
    # A 3x3 window of two channels of ones, at the corner 2x2 of them.
    same = blocks.convolution(images, 3, 3, ones, strides=1).numpy()
    assert same.shape == (1, 5, 4, 3) and (same[0, 1, 1] == 18).all() and (same[0, 0, 0] == 8).all()
    assert blocks.convolution(images, 3, 3, ones).shape == (1, 3, 2, 3)
    assert blocks.convolution(images, 3, 4, ones, transposed=True).shape == (1, 10, 8, 3)


@pytest.mark.parametrize("num_classes, use_bias, weights", [(3, True, 28), (None, False, 6)])
def test_the_heads_stand_on_the_flattened_trunk(num_classes, use_bias, weights):
    images = keras.Input((2, 3, 1))
    critic = blocks.critic_model(images, images, num_classes, blocks.glorot_uniform(0), use_bias)
    # A score of 6 weights and 1 bias, and three times that for the classes.
    assert critic.count_params() == weights
    assert [output.shape for output in critic.outputs] == [(None,), (None, 3)][: 1 + use_bias]


def test_a_generator_that_misses_the_image_is_refused():
    inputs, x = blocks.conditioned_latent(4, None, None)
    x = keras.layers.Reshape((2, 2, 1))(x)
    assert blocks.generator_model(inputs, x, (2, 2, 1)).output_shape == (None, 2, 2, 1)
    for image_shape in [(3, 2, 1), (2, 3, 1), (2, 2, 3)]:
        with pytest.raises(ValueError, match="`image_shape` must be at most 2x2 with 1 channels, "):
            blocks.generator_model(inputs, x, image_shape)


def test_what_a_generator_makes_too_large_is_cropped_evenly():
    z = np.arange(20, dtype=np.float32)[None] / 20
    inputs, x = blocks.conditioned_latent(20, None, None)
    x = keras.layers.Reshape((5, 4, 1))(x)
    images = blocks.generator_model(inputs, x, (2, 3, 1))([z]).numpy()
    np.testing.assert_allclose(images, np.tanh(z.reshape(1, 5, 4, 1)[:, 1:3, :3]), rtol=1e-6)

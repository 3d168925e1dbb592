import keras
import numpy as np
import pytest
import tensorflow as tf

from acwgan.encoder.litert_gradients import DifferentiableModel
from acwgan.export.litert import export_critic, export_generator
from acwgan.files.bundled import CRITIC, GENERATOR, JUDGE
from acwgan.generation.litert import LiteRTError, LiteRTModel
from acwgan.networks.registry import NETWORKS


def inputs_of(model, rows=3):
    """Random inputs for a model: name -> array."""
    rng = np.random.default_rng(0)
    inputs = {
        name: rng.standard_normal((rows, *shape[1:]), np.float32)
        for name, shape in model.inputs.items()
    }
    if "labels" in inputs:
        inputs["labels"] = np.arange(rows, dtype=np.int32)
    return inputs


@pytest.mark.parametrize("path", [GENERATOR, CRITIC, JUDGE], ids=lambda path: path.stem)
def test_a_file_computes_what_the_runtime_computes(path):
    runtime, model = LiteRTModel(path), DifferentiableModel(path)
    inputs = inputs_of(runtime)
    expected, found = runtime(**inputs), model(**inputs)
    assert expected.keys() == found.keys()
    for name, values in expected.items():
        assert np.allclose(found[name], values, rtol=1e-3, atol=1e-4) and np.std(values) > 1e-3


@pytest.mark.parametrize("architecture", ["acwgan", "mlp"])
def test_exported_networks_have_counterparts(architecture, tmp_path):
    generator = NETWORKS[architecture].generator(8, (16, 16, 3), 3, seed=1)
    last = [layer for layer in generator.layers if layer.weights][-1]
    last.kernel.assign(20 * last.kernel)  # So that the images reach the ends of their range.
    critic = NETWORKS[architecture].critic((16, 16, 3), 3, seed=2)
    paths = [
        export_generator(generator, tmp_path / "g.tflite"),
        export_critic(critic, tmp_path / "c.tflite", class_in_score=architecture == "acwgan"),
    ]
    for path in paths:
        runtime, model = LiteRTModel(path), DifferentiableModel(path)
        inputs = inputs_of(runtime)
        for name, values in runtime(**inputs).items():
            assert np.allclose(model(**inputs)[name], values, rtol=1e-3, atol=1e-4)
            assert name != "images" or (np.abs(values) > 0.999).any()


def test_the_gradient_is_the_slope():
    generator, judge = DifferentiableModel(GENERATOR), DifferentiableModel(JUDGE)
    classes = tf.one_hot([3, 8], 10)

    def loss(z):
        images = generator(z=z, class_weights=classes)["images"]
        return tf.reduce_mean(judge(images=images)["features"])

    rng = np.random.default_rng(1)
    z = tf.constant(rng.standard_normal((2, 64), np.float32))
    with tf.GradientTape() as tape:
        tape.watch(z)
        value = loss(z)
    gradient = tape.gradient(value, z).numpy()
    for _ in range(5):
        step = rng.standard_normal((2, 64)).astype(np.float32)
        step *= 1e-2 / np.linalg.norm(step)
        slope = (loss(z + step) - loss(z - step)).numpy() / 2
        assert slope == pytest.approx(np.sum(gradient * step), rel=0.1, abs=2e-5)
    assert np.abs(gradient).max() > 1e-3


def test_features_are_what_the_head_takes():
    images = np.random.default_rng(0).uniform(-1, 1, (2, 28, 28, 1)).astype(np.float32)
    critic = DifferentiableModel(CRITIC, features_of="scores")
    seen = critic(images=images)
    assert sorted(seen) == ["class_probs", "features", "scores"]
    assert seen["features"].shape == (2, 3072)
    one = critic(images=images[:1])["features"]
    assert np.allclose(one, seen["features"][:1], atol=1e-5) and np.std(one) > 0.01


def test_an_activation_without_a_counterpart_is_named(tmp_path):
    x = keras.Input((16, 16, 1), name="images")
    heads = keras.layers.Dense(1, "relu6")(keras.layers.Flatten()(x))
    logits = keras.layers.Dense(3)(keras.layers.Flatten()(x))
    scores = keras.layers.Reshape(())(heads)
    path = export_critic(keras.Model(x, [scores, logits]), tmp_path / "c.tflite")
    fault = "c.tflite: has the operation FULLY_CONNECTED with activation 3, which has no gradient"
    with pytest.raises(LiteRTError, match=fault):
        DifferentiableModel(path)


def test_what_has_no_counterpart_is_named(tmp_path):
    generator = NETWORKS["wgan"].generator(8, (16, 16, 3), 3, seed=1)
    path = export_generator(generator, tmp_path / "g.tflite")
    with pytest.raises(
        LiteRTError, match=r"g\.tflite: has the operation TRANSPOSE_CONV, which has"
    ):
        DifferentiableModel(path)
    (tmp_path / "a.tflite").write_text("nothing")
    with pytest.raises(LiteRTError, match="is not a LiteRT file"):
        DifferentiableModel(tmp_path / "a.tflite")

import keras
import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter

from acwgan.export.formats import QUANTIZATIONS
from acwgan.export.litert import BATCH, export_critic, export_generator
from acwgan.generation.litert import LiteRTModel
from acwgan.generation.loading import load
from acwgan.images.pixels import to_uint8
from acwgan.networks import acwgan, registry


def test_without_classes_a_file_has_no_class_inputs_and_outputs(tmp_path):
    generator = registry.NETWORKS["mlp"].generator(8, (8, 12, 3), None, seed=1)
    critic = registry.NETWORKS["mlp"].critic((8, 12, 3), None, seed=2)
    z = np.random.default_rng(0).uniform(-1, 1, (5, 8)).astype(np.float32)
    path = export_generator(generator, tmp_path / "g.tflite", "uniform")
    (images,) = LiteRTModel(path)(z_uniform=z).values()
    assert np.allclose(images, generator([z]), atol=1e-5) and images.std() > 0.01
    rated = LiteRTModel(export_critic(critic, tmp_path / "c.tflite"))(images=images)
    assert list(rated) == ["scores"] and np.allclose(rated["scores"], critic(images), atol=1e-5)


def test_a_critic_and_its_litert_file_give_the_same_scores(digits, tmp_path):
    critic = acwgan.build_critic((28, 28, 1), 10, seed=3)
    images = digits[0].astype(np.float32)
    scores, class_logits = critic(images)
    model = LiteRTModel(export_critic(critic, tmp_path / "critic.tflite"))
    rated = model(images=images)
    assert np.allclose(rated["scores"], scores, atol=1e-5)
    assert np.allclose(rated["class_probs"], keras.ops.softmax(class_logits), atol=1e-5)
    assert (tmp_path / "critic.tflite").stat().st_size > critic.count_params()  # With weights.


@pytest.mark.parametrize("architecture", ["acwgan", "wgan-gp"])
def test_a_network_that_crops_draws_the_same_from_its_file(architecture, tmp_path):
    network = registry.NETWORKS[architecture].generator(8, (30, 29, 1), 3, seed=1)
    assert any("cropping" in layer.name for layer in network.layers)
    loaded = load(export_generator(network, tmp_path / "g.tflite"))
    z = np.random.default_rng(0).standard_normal((5, 8), np.float32)
    labels = np.arange(5) % 3
    expected = to_uint8(np.array(network([z, labels])))[..., 0]
    drawn = loaded.draw(z, np.eye(3, dtype=np.float32)[labels])
    assert drawn.shape == (5, 30, 29) and np.abs(drawn.astype(int) - expected).max() <= 1


@pytest.fixture(scope="module")
def generator():
    return registry.NETWORKS["acwgan"].generator(16, (8, 12, 3), 5, seed=1)


@pytest.mark.parametrize("quantize", [None, *QUANTIZATIONS])
def test_labels_and_mixtures_share_weights_and_agree(generator, quantize, tmp_path):
    path = export_generator(generator, tmp_path / "g.tflite", quantize=quantize)
    bytes_a_weight = path.stat().st_size / generator.count_params()
    least, most = {None: (4, 4.8), "float16": (2, 2.7)}.get(quantize, (1, 1.9))
    assert least < bytes_a_weight < most
    z = np.random.default_rng(0).standard_normal((BATCH, 16), np.float32)
    labels = np.arange(BATCH, dtype=np.int32) % 5
    of_labels = Interpreter(str(path)).get_signature_runner("serving_default")
    images = of_labels(z=z, labels=labels)["images"]
    weights = np.eye(5, dtype=np.float32)[labels]
    mixed = LiteRTModel(path)(z=z, class_weights=weights)["images"]
    np.testing.assert_allclose(images, mixed, atol=1e-5)
    expected = np.array(generator([z, labels]))
    error = np.abs(images - expected).mean() / expected.std()
    assert error < {None: 1e-5, "float16": 1e-3}.get(quantize, 0.1)
    assert quantize is None or error > 1e-6  # It was quantized.

import keras
import numpy as np

from acwgan import networks
from acwgan.export import export_critic, export_generator
from acwgan.litert import LiteRTModel


def test_without_classes_there_are_no_class_inputs_and_outputs(tmp_path):
    generator = networks.NETWORKS["mlp"].generator(8, (8, 12, 3), None, seed=1)
    critic = networks.NETWORKS["mlp"].critic((8, 12, 3), None, seed=2)
    z = np.random.default_rng(0).uniform(-1, 1, (5, 8)).astype(np.float32)
    path = export_generator(generator, tmp_path / "g.tflite", "uniform")
    (images,) = LiteRTModel(path)(z_uniform=z).values()
    assert np.allclose(images, generator([z]), atol=1e-5) and images.std() > 0.01
    rated = LiteRTModel(export_critic(critic, tmp_path / "c.tflite"))(images=images)
    assert list(rated) == ["scores"] and np.allclose(rated["scores"], critic(images), atol=1e-5)


def test_a_critic_and_its_litert_file_rate_alike(digits, tmp_path):
    critic = networks.acwgan_critic((28, 28, 1), 10, seed=3)
    images = digits[0].astype(np.float32)
    scores, class_logits = critic(images)
    model = LiteRTModel(export_critic(critic, tmp_path / "critic.tflite"))
    rated = model(images=images)
    assert np.allclose(rated["scores"], scores, atol=1e-5)
    assert np.allclose(rated["class_probs"], keras.ops.softmax(class_logits), atol=1e-5)
    assert (tmp_path / "critic.tflite").stat().st_size > critic.count_params()  # Weights inside.

import keras
import numpy as np

from acwgan import networks
from acwgan.export import export_critic
from acwgan.litert import LiteRTModel


def test_a_critic_and_its_litert_file_rate_alike(digits, tmp_path):
    critic = networks.acwgan_critic(seed=3)
    images = digits[0].astype(np.float32)
    scores, class_logits = critic(images)
    model = LiteRTModel(export_critic(critic, tmp_path / "critic.tflite"))
    rated = model(images=images)
    assert np.allclose(rated["scores"], scores, atol=1e-5)
    assert np.allclose(rated["class_probs"], keras.ops.softmax(class_logits), atol=1e-5)
    assert (tmp_path / "critic.tflite").stat().st_size > critic.count_params()  # Weights inside.

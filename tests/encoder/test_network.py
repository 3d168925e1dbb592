import numpy as np
import pytest

from acwgan.encoder import build_encoder
from acwgan.encoder.network import LENGTH
from acwgan.errors import ParameterError
from acwgan.export.litert import export_encoder
from acwgan.generation.litert import LiteRTModel


@pytest.mark.parametrize("latent, mean_square", [("normal", 1), ("uniform", 1 / 3)])
def test_all_latents_have_one_length(latent, mean_square, digits):
    encoder = build_encoder(latent=latent, latent_dim=24)
    z = np.array(encoder([digits[0], np.eye(10)[digits[1]]]))
    assert np.allclose(np.mean(z**2, axis=1), LENGTH**2 * mean_square, rtol=1e-5)
    assert z.std(axis=0).max() > 0.01


def test_the_class_matters(digits):
    encoder = build_encoder()
    one, other = (np.array(encoder([digits[0], np.eye(10)[[label] * 8]])) for label in (1, 2))
    assert np.abs(one - other).max() > 0.1


@pytest.mark.parametrize("shape", [(8, 8, 1), (64, 64, 3), (256, 100, 3), (8, 200, 1)])
def test_the_network_grows_moderately_with_the_image(shape):
    encoder = build_encoder(shape, num_classes=None, latent_dim=128)
    assert len(encoder.inputs) == 1 and encoder.count_params() < 500_000
    assert encoder([np.zeros((2, *shape))]).shape == (2, 128)


def test_smaller_images_are_refused():
    with pytest.raises(ParameterError, match=r"`image_shape` must be 8x8 or larger, got \(7, 9"):
        build_encoder((7, 9, 1))


@pytest.mark.parametrize("num_classes", [10, None])
def test_a_file_gives_the_same_latents(num_classes, digits, tmp_path):
    encoder = build_encoder(num_classes=num_classes, latent="uniform", seed=3)
    images, labels = digits[0].astype(np.float32), digits[1].astype(np.int32)
    inputs = [images] if num_classes is None else [images, np.eye(10)[labels]]
    model = LiteRTModel(export_encoder(encoder, tmp_path / "e.tflite", "uniform"))
    model.require("encoder")
    (z,) = model(images=images, **({"labels": labels} if num_classes else {})).values()
    assert list(model.outputs) == ["z_uniform"]
    assert np.allclose(z, encoder(inputs), atol=1e-5)

import numpy as np
import pytest
import tensorflow as tf

from acwgan.encoder import differentiable_critic, differentiable_generator
from acwgan.export.litert import export_generator
from acwgan.files.bundled import JUDGE
from acwgan.generation import load, load_critic
from acwgan.generation.litert import LiteRTError
from acwgan.generation.loading import LoadError
from acwgan.images.pixels import to_uint8
from acwgan.networks.calls import in_pixels
from acwgan.networks.registry import NETWORKS

Z = np.random.default_rng(0).standard_normal((3, 64), np.float32)
LABELS = np.array([3, 0, 9], np.int32)


def drawn(generator):
    return to_uint8(generator.draw(tf.constant(Z), tf.constant(LABELS)).numpy())[..., 0].astype(int)


def test_the_generator_of_the_package_draws_what_it_draws_otherwise():
    generator = differentiable_generator()
    assert generator[1:] == (64, 10, (28, 28, 1), "normal")
    expected = load().draw(Z, np.eye(10, dtype=np.float32)[LABELS])
    assert np.abs(drawn(generator) - expected).max() <= 1


@pytest.mark.parametrize("name", ["", "generator.keras"])
def test_the_generator_of_a_run_does_too(trained_run, name):
    generator = differentiable_generator(trained_run / name)
    assert generator[1:] == (64, 10, (28, 28, 1), "normal")
    expected = load(trained_run / name).draw(Z, np.eye(10, dtype=np.float32)[LABELS])
    assert np.abs(drawn(generator) - expected).max() <= 1


def test_a_generator_without_classes_and_with_uniform_latents(tmp_path):
    network = NETWORKS["mlp"].generator(8, (8, 12, 3), None, seed=1)
    generator = differentiable_generator(
        export_generator(network, tmp_path / "g.tflite", "uniform")
    )
    assert generator[1:] == (8, None, (8, 12, 3), "uniform")
    images = generator.draw(tf.constant(Z[:, :8]), tf.constant(LABELS))
    assert np.allclose(images, network([Z[:, :8]]), atol=1e-5)


def test_what_is_no_generator_is_refused(tmp_path):
    with pytest.raises(LoadError, match=r"nowhere: does not exist; give a run folder"):
        differentiable_generator("nowhere")
    (tmp_path / "a.keras").write_text("nothing")
    with pytest.raises(LoadError, match=r"a\.keras: is not a generator of this package"):
        differentiable_generator(tmp_path / "a.keras")
    network = in_pixels(NETWORKS["mlp"].generator(8, (8, 12, 3), 3, seed=1))
    path = export_generator(network, tmp_path / "g.tflite")
    with pytest.raises(LiteRTError, match="has the operation ROUND, which has no gradient here"):
        differentiable_generator(path)
    with pytest.raises(LiteRTError, match="is not a generator"):
        differentiable_generator(JUDGE)


@pytest.mark.parametrize("of_run, features", [(False, 3072), (True, 6272)])
def test_a_critic_sees_features_and_classes(of_run, features, trained_run, digits):
    path = trained_run if of_run else None
    seen = differentiable_critic(path)(tf.constant(digits[0]))
    assert sorted(set(seen) - {"scores"}) == ["class_probs", "features"]
    _, class_probs = load_critic(path)(to_uint8(digits[0]))
    assert np.allclose(seen["class_probs"], class_probs, atol=1e-3)
    assert seen["features"].shape == (8, features)

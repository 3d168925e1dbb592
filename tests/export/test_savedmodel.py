"""Every export format is loaded by its real runtime, in a process without this package."""

import subprocess
import sys

import numpy as np
import pytest

from acwgan.errors import UserError
from acwgan.export import keras_file, litert, onnx, savedmodel
from acwgan.images.pixels import to_uint8
from acwgan.networks import calls, registry
from acwgan.runs.model_info import ModelInfo

pytest.importorskip("onnxruntime", reason="needs the extra acwgan[test]")

#: Programs that draw with the files in the folder argv[1] and write each result as an array.
RUNTIMES = {
    "tensorflow": """
import sys, numpy as np, tensorflow as tf
folder = sys.argv[1]
z, labels = (tf.constant(np.load(f"{folder}/{name}.npy")) for name in ("z", "labels"))
signatures = tf.saved_model.load(f"{folder}/plain.savedmodel").signatures
images = signatures["serving_default"](z=z, labels=labels)["images"]
np.save(f"{folder}/plain.savedmodel.npy", images)
for name, seed in (("once", 7), ("again", 7), ("other", 8)):
    images = signatures["generate"](labels=labels, seed=tf.constant(seed))["images"]
    np.save(f"{folder}/{name}.npy", images)
signatures = tf.saved_model.load(f"{folder}/pixels.savedmodel").signatures
np.save(f"{folder}/pixels.savedmodel.npy", signatures["serve"](z_uniform=z)["images"])
images = signatures["generate"](count=tf.constant(3), seed=tf.constant(0))["images"]
np.save(f"{folder}/count.npy", images)

import keras
for name, inputs in {"plain": [z, labels], "pixels": [z]}.items():
    network = keras.saving.load_model(f"{folder}/{name}.keras", safe_mode=True)
    np.save(f"{folder}/{name}.keras.npy", network(inputs))
assert "acwgan" not in sys.modules
""",
    "onnxruntime": """
import sys, numpy as np, onnxruntime
folder = sys.argv[1]
z, labels = (np.load(f"{folder}/{name}.npy") for name in ("z", "labels"))
for name, inputs in {"plain": {"z": z, "labels": labels}, "pixels": {"z_uniform": z}}.items():
    session = onnxruntime.InferenceSession(f"{folder}/{name}.onnx")
    assert {value.name for value in session.get_inputs()} == set(inputs)
    np.save(f"{folder}/{name}.onnx.npy", *session.run(["images"], inputs))
assert not {"tensorflow", "keras", "acwgan"} & set(sys.modules)
""",
    "litert": """
import sys, numpy as np
from ai_edge_litert.interpreter import Interpreter
folder = sys.argv[1]
z, labels = (np.load(f"{folder}/{name}.npy") for name in ("z", "labels"))
z, labels = np.resize(z, (20, 16)), np.resize(labels, 20)
for name, inputs in {"plain": {"z": z, "labels": labels}, "pixels": {"z_uniform": z}}.items():
    runner = Interpreter(f"{folder}/{name}.tflite").get_signature_runner("serving_default")
    np.save(f"{folder}/{name}.tflite.npy", runner(**inputs)["images"][:7])
assert not {"tensorflow", "keras", "acwgan"} & set(sys.modules)
""",
}
ENDINGS = {
    "savedmodel": savedmodel.export_savedmodel,
    "keras": keras_file.export_keras,
    "onnx": onnx.export_onnx,
    "tflite": litert.export_generator,
}


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    """Name -> images from the runtimes; ``plain`` and ``pixels`` are those of Keras."""
    folder = tmp_path_factory.mktemp("files")
    plain = registry.NETWORKS["acwgan"].generator(16, (8, 12, 3), 5, seed=1)
    pixels = calls.in_pixels(registry.NETWORKS["mlp"].generator(16, (8, 12, 1), None, seed=2))
    random = np.random.default_rng(0)
    z, labels = random.standard_normal((7, 16), np.float32), np.arange(7, dtype=np.int32) % 5
    np.save(folder / "z.npy", z)
    np.save(folder / "labels.npy", labels)
    for ending, write in ENDINGS.items():
        write(plain, folder / f"plain.{ending}")
        write(pixels, folder / f"pixels.{ending}", "uniform")
    for program in RUNTIMES.values():
        command = [sys.executable, "-W", "ignore", "-c", program, folder]
        subprocess.run(command, check=True, timeout=300, cwd=folder)
    arrays = {path.name.removesuffix(".npy"): np.load(path) for path in folder.glob("*.npy")}
    return arrays | {"plain": np.array(plain([z, labels])), "pixels": np.array(pixels([z]))}


@pytest.mark.parametrize("ending", ENDINGS)
def test_every_runtime_draws_the_images_of_keras(drawn, ending):
    images, expected = drawn[f"plain.{ending}"], drawn["plain"]
    assert images.dtype == np.float32 and images.shape == expected.shape == (7, 8, 12, 3)
    np.testing.assert_allclose(images, expected, atol=1e-5)
    assert expected.std() > 0.05  # Not one level of gray.


@pytest.mark.parametrize("ending", ENDINGS)
def test_every_runtime_draws_the_pixels_of_keras(drawn, ending):
    images, expected = drawn[f"pixels.{ending}"], drawn["pixels"]
    assert images.dtype == expected.dtype == np.uint8
    assert images.shape == expected.shape == (7, 8, 12, 1)
    assert np.abs(images.astype(int) - expected).max() <= 1 and np.ptp(expected) > 50


def test_pixels_are_rounded_as_by_to_uint8():
    network = registry.NETWORKS["mlp"].generator(16, (8, 12, 1), None, seed=2)
    z = np.random.default_rng(1).standard_normal((50, 16), np.float32)
    pixels = calls.in_pixels(network)([z])
    np.testing.assert_array_equal(pixels, to_uint8(network([z])))


def test_a_saved_model_draws_by_labels_and_seed(drawn):
    once, again, other, count = (drawn[name] for name in ("once", "again", "other", "count"))
    assert once.shape == (7, 8, 12, 3) and np.array_equal(once, again)
    assert not np.array_equal(once, other)
    assert not np.array_equal(once[0], once[5])  # The same class, another latent.
    assert count.shape == (3, 8, 12, 1) and not np.array_equal(count[0], count[1])


def test_without_its_packages_onnx_says_how_to_install_them(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "tf2onnx", None)
    network = registry.NETWORKS["mlp"].generator(16, (8, 12, 1), None)
    with pytest.raises(UserError, match=r'tf2onnx, which is not installed: pip install "acwgan'):
        onnx.export_onnx(network, tmp_path / "a.onnx")
    assert not list(tmp_path.iterdir())


def test_a_saved_model_replaces_only_a_saved_model(tmp_path):
    network = registry.NETWORKS["mlp"].generator(4, (8, 8, 1), None)
    path = tmp_path / "generator.savedmodel"
    for _ in range(2):
        savedmodel.export_savedmodel(network, path, info=ModelInfo(dataset="mnist"))
    assert (path / "assets.extra" / "acwgan.json").is_file()
    folders = ("", "variables/", "assets/", "assets.extra/", "assets.extra/variables/")
    for name in (f"{folder}thesis.tex" for folder in folders):
        (path / name).parent.mkdir(exist_ok=True)
        (path / name).write_text("mine")
        with pytest.raises(OSError, match="holds other things, which would be lost"):
            savedmodel.export_savedmodel(network, path)
        assert (path / name).read_text() == "mine" and (path / "saved_model.pb").exists()
        (path / name).unlink()
    assert [each.name for each in tmp_path.iterdir()] == [path.name]

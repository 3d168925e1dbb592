"""``.keras`` files in stock layers: opened by Keras alone, on each of its backends."""

import importlib.util
import os
import subprocess
import sys

import keras
import numpy as np
import pytest
from keras import layers

from acwgan.export.keras_file import export_keras
from acwgan.images.pixels import to_uint8
from acwgan.networks.calls import in_pixels
from acwgan.networks.layers import ClassConditioning, UpsampleConv2D
from acwgan.networks.registry import NETWORKS
from acwgan.networks.stock import in_stock_layers

#: A Python with Keras, JAX and PyTorch for the long test; without it, the Python of the tests.
PYTHON = os.environ.get("ACWGAN_BACKENDS_PYTHON", sys.executable)
#: Opens every file in argv[1] and draws, in a process that cannot import acwgan.
PROGRAM = """
import pathlib, sys
sys.modules["acwgan"] = None
import keras, numpy as np
for path in sorted(pathlib.Path(sys.argv[1]).glob("*.keras")):
    given = dict(np.load(path.with_suffix(".npz")))
    network = keras.saving.load_model(path)
    images = network([given["z"], given["labels"]][: len(network.inputs)])
    np.save(path.with_suffix(".npy"), keras.ops.convert_to_numpy(images))
print(keras.backend.backend())
"""


def moved_weights(generator):
    """Weights unlike initial ones, so that moving statistics and shifts count."""
    random = np.random.default_rng(0)
    for variable in generator.variables:
        noise = 0.05 * random.standard_normal(variable.shape)
        variable.assign(
            np.abs(variable + noise) if "variance" in variable.path else variable + noise
        )
    return generator


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A file of every architecture, with and without classes, as floats and as pixels."""
    folder = tmp_path_factory.mktemp("keras")
    random = np.random.default_rng(1)
    z, labels = random.standard_normal((6, 8), np.float32), np.arange(6, dtype=np.int32) % 3
    for name, architecture in NETWORKS.items():
        for classes in (None, 3):
            plain = moved_weights(architecture.generator(8, (32, 32, 3), classes, seed=3))
            images = plain([z, labels] if classes else [z]).numpy()
            assert images.std() > 0.005 and (np.abs(images) < 0.99).mean() > 0.5
            for kind, network in [("floats", plain), ("pixels", in_pixels(plain))]:
                path = folder / f"{name}-{classes}-{kind}.keras"
                export_keras(network, path)
                np.savez(path.with_suffix(".npz"), z=z, labels=labels, images=images)
    return folder


@pytest.mark.parametrize("backend", ["tensorflow", "jax", "torch"])
def test_keras_alone_opens_every_file_on_each_backend(folder, backend):
    python = sys.executable if backend == "tensorflow" else PYTHON
    if python == sys.executable and not importlib.util.find_spec(backend):
        pytest.skip(f"{backend} is not installed; set ACWGAN_BACKENDS_PYTHON")
    command = [python, "-W", "ignore", "-c", PROGRAM, folder]
    environment = os.environ | {"KERAS_BACKEND": backend}
    done = subprocess.run(
        command, check=True, cwd=folder, env=environment, capture_output=True, text=True
    )
    assert done.stdout.split()[-1] == backend
    files = sorted(folder.glob("*.keras"))
    assert len(files) == 4 * len(NETWORKS)
    for path in files:
        images, expected = np.load(path.with_suffix(".npy")), np.load(path.with_suffix(".npz"))
        if path.stem.endswith("pixels"):
            assert images.dtype == np.uint8
        else:
            np.testing.assert_allclose(images, expected["images"], atol=1e-4, err_msg=path.stem)
            images = to_uint8(images)
        difference = np.abs(images.astype(int) - to_uint8(expected["images"]))
        assert difference.max() <= 1, path.stem


def test_no_layer_is_of_this_package():
    for architecture in NETWORKS.values():
        network = in_stock_layers(architecture.generator(8, (32, 32, 3), 3))
        modules = {type(layer).__module__.partition(".")[0] for layer in network.layers}
        assert modules == {"keras"}


def test_options_of_our_layers_have_their_stock_form():
    z, labels = keras.Input((4, 6, 2), name="z"), keras.Input((), dtype="int32", name="labels")
    x = ClassConditioning(3, "random_normal", shift=True)(z, labels)
    x = UpsampleConv2D(5, (4, 3), (3, 2), negative_slope=0.3)(x)
    x = UpsampleConv2D(2, 5, use_bias=False)(x)
    network = moved_weights(keras.Model([z, labels], x))
    given = [np.random.default_rng(2).random((2, 4, 6, 2), np.float32), np.array([0, 2])]
    stock = in_stock_layers(network)
    np.testing.assert_allclose(stock(given), network(given), rtol=1e-4, atol=1e-5)


def test_a_network_without_our_layers_stays_as_it_is():
    network = keras.Sequential([keras.Input((4,)), layers.Dense(3)])
    assert in_stock_layers(network) is network

import json
import os
import zipfile

import keras
import numpy as np
import pytest

from acwgan.export.keras_file import export_keras
from acwgan.generation.keras_file import load_generator
from acwgan.generation.loading import LoadError, load
from acwgan.networks.calls import in_pixels
from acwgan.networks.registry import NETWORKS

#: Shape of the images of each generator here.
SHAPES = {name: (32, 32, 3) if name == "dcgan" else (28, 28, 1) for name in NETWORKS}


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """A small generator as a file, and the members of the file."""
    path = tmp_path_factory.mktemp("keras") / "a.keras"
    NETWORKS["dcgan-nobn"].generator(8, (28, 28, 1), 10).save(path)
    with zipfile.ZipFile(path) as archive:
        return path, {name: archive.read(name) for name in archive.namelist()}


def forged(path, parts, change, compression=zipfile.ZIP_STORED):
    """Write the file with changed parts."""
    parts = dict(parts)
    config = json.loads(parts["config.json"])
    change(config["config"]["layers"], parts)
    parts["config.json"] = parts.pop("text", json.dumps(config).encode())
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return path


@pytest.mark.parametrize("name", ["acwgan", "wgan-gp", "mlp", "mlp-0.1", "wgan", "wgan-0.1"])
@pytest.mark.parametrize(
    "classes, pixels",
    [
        (3, True),
        *(
            pytest.param(*both, marks=pytest.mark.long)
            for both in [(None, False), (None, True), (3, False)]
        ),
    ],
)
@pytest.mark.parametrize("write", [keras.Model.save, export_keras], ids=["0.1", "stock layers"])
def test_every_weight_of_a_generator_comes_back(tmp_path, name, classes, pixels, write):
    generator = NETWORKS[name].generator(8, SHAPES[name], classes, seed=3)
    generator = in_pixels(generator) if pixels else generator
    write(generator, tmp_path / "a.keras")
    again = load_generator(tmp_path / "a.keras")
    for one, other in zip(generator.get_weights(), again.get_weights(), strict=True):
        assert np.array_equal(one, other)
    z = np.ones((2, 8), np.float32)
    given = [z] if classes is None else [z, np.array([0, 2], np.int32)]
    assert np.array_equal(generator.predict_on_batch(given), again.predict_on_batch(given))


def test_mixtures_of_classes_are_drawn_from_a_file_in_stock_layers(tmp_path):
    generator = NETWORKS["acwgan"].generator(8, (28, 28, 1), 3, seed=3)
    for write, name in [(keras.Model.save, "old"), (export_keras, "new")]:
        write(generator, tmp_path / f"{name}.keras")
    z, weights = np.ones((2, 8), np.float32), np.float32([[0.5, 0.5, 0], [0, 0, 1]])
    old, new = (load(tmp_path / f"{name}.keras").draw(z, weights) for name in ("old", "new"))
    assert np.array_equal(old, new) and not np.array_equal(new[0], new[1])


def test_code_in_a_file_is_not_run(tmp_path):
    inputs = keras.Input((8,), name="z")
    mark = str(tmp_path / "was_here")
    # Stored as the bytes of a compiled function.
    x = keras.layers.Lambda(lambda z: (os.mkdir(mark), z)[1], output_shape=(8,))(inputs)
    images = keras.layers.Reshape((2, 4, 1))(x)
    keras.Model(inputs, images).save(tmp_path / "a.keras")
    if os.path.exists(mark):  # Keras may have called it to build the network.
        os.rmdir(mark)
    with pytest.raises(LoadError, match=r"a\.keras: is not a generator of this package"):
        load(tmp_path / "a.keras")
    assert not os.path.exists(mark)


def lambdas(layers, parts):
    layers[3]["class_name"] = "Lambda"


def many_classes(layers, parts):
    layers[2]["config"]["num_classes"] = 2**60


def long_latent(layers, parts):
    layers[0]["config"]["batch_shape"][1] = 1_000_000


def huge_images(layers, parts):
    layers[-1]["inbound_nodes"][0]["args"][0]["config"]["shape"][1:3] = [4096, 4096]


def another_place(layers, parts):
    parts["../../was_here"] = b"x"


def nested(layers, parts):
    parts["text"] = b"[" * 200_000


def torn_weights(layers, parts):
    parts["model.weights.h5"] = parts["model.weights.h5"][:700_000]


def other_weights(layers, parts):
    parts["model.weights.h5"] = b"x" * len(parts["model.weights.h5"])


def long_text(layers, parts):
    parts["text"] = b" " * 2**21 + parts["config.json"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambdas, "its layers are not those of a generator of this package"),
        (many_classes, "its description has the size 1152921504606846976"),
        (long_latent, "its weights should have .* bytes, they have"),
        (huge_images, "its layers are not those of a generator of this package"),
        (another_place, "it does not hold config.json, metadata.json, model.weights.h5 and noth"),
        (nested, "nested too deeply"),
        (torn_weights, "its weights should have|Unable to"),
        (other_weights, "file signature not found"),
        (long_text, "its config.json is larger than 1 MiB"),
    ],
)
def test_a_forged_file_is_refused_in_one_line(tmp_path, saved, change, said):
    path = forged(tmp_path / "a.keras", saved[1], change)
    with pytest.raises(LoadError, match=rf"a\.keras: is not a generator .*{said}") as error:
        load(path)
    assert len(str(error.value).splitlines()) == 1
    assert [file.name for file in tmp_path.iterdir()] == ["a.keras"]


def test_a_compressed_file_is_refused(tmp_path, saved):
    path = forged(tmp_path / "a.keras", saved[1], lambda *_: None, zipfile.ZIP_DEFLATED)
    with pytest.raises(LoadError, match="it is compressed"):
        load(path)

import json
import zipfile
from pathlib import Path

import numpy as np
import pytest

import acwgan
from acwgan.config import Config
from acwgan.errors import DataError
from acwgan.export.formats import FORMATS
from acwgan.files.bundled import GENERATOR
from acwgan.generation.litert import LiteRTModel
from acwgan.networks import registry
from acwgan.runs.folder import DataSpec
from acwgan.runs.model_info import ModelInfo, class_names_of, info_of, with_appended_info

INFO = ModelInfo(("cat", "red dog", "schön"), "cifar10", "uniform", "step-00000007")


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Format -> the file of a generator that says what is known of it, in no run."""
    network = registry.NETWORKS["mlp"].generator(8, (8, 8, 1), 3, seed=1)
    folder = tmp_path_factory.mktemp("files")
    return {
        name: each.export(network, folder / each.file_name, "uniform", info=INFO)
        for name, each in FORMATS.items()
    }


@pytest.mark.parametrize("kind", ["litert", "keras"])
def test_a_generator_away_from_its_run_knows_its_classes(files, kind):
    generator = acwgan.load(files[kind])
    assert generator.classes == INFO.class_names and generator.latent == "uniform"
    images = generator.generate("red dogcat", seed=3)
    assert np.array_equal(images, generator.generate_labels([1, 0], seed=3))
    assert info_of(files[kind]) == INFO


def test_what_a_file_says_is_read_without_this_package(files):
    onnx = pytest.importorskip("onnx")
    properties = {p.key: json.loads(p.value) for p in onnx.load(files["onnx"]).metadata_props}
    extra = files["savedmodel"] / "assets.extra" / "acwgan.json"
    with zipfile.ZipFile(files["litert"]) as archive:
        appended = json.loads(archive.read("acwgan.json"))
    with zipfile.ZipFile(files["keras"]) as archive:
        in_keras = json.loads(archive.read("metadata.json"))["acwgan"]
    wanted = INFO._asdict() | {"class_names": list(INFO.class_names)}
    assert properties == json.loads(extra.read_text("utf-8")) == appended == in_keras == wanted


def test_the_network_of_a_file_that_says_something_is_the_same(tmp_path):
    content = with_appended_info(GENERATOR.read_bytes(), INFO)
    assert content.startswith(GENERATOR.read_bytes())
    assert content == with_appended_info(GENERATOR.read_bytes(), INFO)
    (tmp_path / "g.tflite").write_bytes(content)
    z = np.random.default_rng(0).standard_normal((3, 64), np.float32)
    weights = np.eye(10, dtype=np.float32)[:3]
    one, other = (LiteRTModel(path) for path in (GENERATOR, tmp_path / "g.tflite"))
    images = one(z=z, class_weights=weights)["images"]
    assert np.array_equal(images, other(z=z, class_weights=weights)["images"])


def test_a_run_says_what_a_file_in_it_does_not(tmp_path):
    spec = DataSpec((28, 28, 1), ("a", "b"), 10)
    assert ModelInfo.of_run(Config(), spec) == ModelInfo(("a", "b"), "mnist", "normal")
    best = ModelInfo.of_run(Config(), spec, Path("run/best/step-00000007"))
    assert best.checkpoint == "step-00000007"
    # The path of somebody's data does not travel with the file.
    config = Config(dataset="/home/me/photos", conditional=False, networks="mlp")
    assert ModelInfo.of_run(config, spec) == ModelInfo(None, None, "normal")
    (tmp_path / "config.json").write_text(Config(latent="uniform").to_json())
    (tmp_path / "data.json").write_text(json.dumps(spec._asdict()))
    path = tmp_path / "g.tflite"
    path.write_bytes(GENERATOR.read_bytes())
    assert info_of(path) == ModelInfo(("a", "b"), "mnist", "uniform")
    own = ModelInfo(("c", "d"))
    path.write_bytes(with_appended_info(GENERATOR.read_bytes(), own))
    assert info_of(path) == ModelInfo(("c", "d"), "mnist", "uniform")
    assert class_names_of(path, 2) == ("c", "d") and class_names_of(path, 3) == ("0", "1", "2")


def test_the_files_of_the_package_are_known_without_being_opened():
    assert info_of(None) == info_of(GENERATOR) == ModelInfo(tuple("0123456789"), "mnist", "normal")
    assert not zipfile.is_zipfile(GENERATOR)


@pytest.mark.parametrize(
    "text, reason",
    [
        (b"[]", "not a JSON object"),
        (b"\xff", "cannot be read"),
        (b'{"class_names": "ab"}', "not a list of texts"),
        (b'{"class_names": ["a", "a"]}', "cannot name a class"),
        (b'{"class_names": ["a\\u001b"]}', "cannot name a class"),
    ],
)
def test_what_cannot_be_is_refused_by_name(text, reason, tmp_path):
    path = tmp_path / "g.tflite"
    path.write_bytes(GENERATOR.read_bytes())
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("acwgan.json", text)
    with pytest.raises(DataError, match=rf"g\.tflite: .*{reason}"):
        acwgan.load(path)


def test_other_archives_say_nothing(tmp_path):
    for compression, content in [
        (zipfile.ZIP_DEFLATED, b'{"class_names": ["a"]}'),
        (zipfile.ZIP_STORED, b" " * (2 << 20)),
    ]:
        path = tmp_path / "g.tflite"
        with zipfile.ZipFile(path, "w", compression) as archive:
            archive.writestr("acwgan.json", content)
        assert info_of(path) == ModelInfo()
    assert info_of(tmp_path / "nothing") == ModelInfo()


def test_the_files_of_a_run_know_its_classes_elsewhere(trained_run, tmp_path):
    path = tmp_path / "elsewhere.keras"
    path.write_bytes((trained_run / "generator.keras").read_bytes())
    names = tuple("0123456789")
    assert info_of(path) == ModelInfo(names, "mnist", "normal", "step-00000004")

"""What is shipped beside the code: checksums, and the tools that make it."""

import json
import os
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import numpy as np
import pytest
import rebuild
from ai_edge_litert import schema_py_generated as schema
from checksums import FOLDERS
from long_ones import parameters
from pack_mnist import packed
from small_distribution import PACKAGES, write_source

import acwgan
from acwgan.evaluation.judge import Judge
from acwgan.export.litert import export_generator
from acwgan.files.bundled import CRITIC, ENCODER, GENERATOR, MNIST
from acwgan.files.checksums import damage
from acwgan.generation.critic import load_critic
from acwgan.generation.litert import LiteRTModel
from acwgan.generation.loading import load
from acwgan.images.png import save_png
from acwgan.networks.registry import NETWORKS


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_the_checksums_are_those_of_the_files(folder):
    # After a change: python -m tools.checksums
    assert damage(folder) is None


def test_the_citation_has_the_version_of_the_package():
    text = Path(__file__).parent.parent.joinpath("CITATION.cff").read_text()
    assert re.findall(r"^version: (.*)$", text, re.M) == [acwgan.__version__]


def test_mnist_is_packed_as_the_tool_packs_it(tmp_path):
    with np.load(MNIST) as arrays:
        few = {name: arrays[name][:50] for name in arrays}
    (tmp_path / "few.npz").write_bytes(packed(few))
    with np.load(tmp_path / "few.npz") as arrays:
        assert {name: arrays[name].dtype for name in arrays} == dict.fromkeys(few, np.uint8)
        assert all(np.array_equal(arrays[name], few[name]) for name in few)
    with zipfile.ZipFile(MNIST) as archive, zipfile.ZipFile(tmp_path / "few.npz") as other:
        for one, two in zip(archive.infolist(), other.infolist(), strict=True):
            assert one.compress_type == two.compress_type == zipfile.ZIP_LZMA
            assert (one.filename, one.flag_bits) == (two.filename, two.flag_bits)


@pytest.mark.parametrize("path", [GENERATOR, CRITIC, ENCODER], ids=lambda path: path.stem)
def test_the_networks_have_weights_in_float16(path):
    weights = large_types(path.read_bytes())
    assert weights and set(weights) == {schema.TensorType.FLOAT16}


def test_the_encoder_finds_the_hand_of_unseen_digits(monkeypatch):
    monkeypatch.syspath_prepend(Path(__file__).parent.parent)
    from bench.hand import MEASURES, Digits

    digits = Digits(count=300)
    z = digits.encoded()
    drawn = digits.drawn(z)
    assert digits.read_right(drawn)[digits.others(300)].mean() > 0.985
    own = drawn[np.arange(300), digits.labels].astype(np.float64)
    assert np.sqrt(((own - digits.images) ** 2).mean(axis=(1, 2))).mean() / 255 < 0.15
    for name in ("ink", "slant"):
        assert digits.correlation(drawn, MEASURES[name]) > 0.75
        assert abs(digits.correlation(drawn, MEASURES[name], shift=99)) < 0.3
    assert ENCODER.stat().st_size < 1e6


def test_halved_weights_are_shared_by_the_signatures_and_draw_the_same(tmp_path):
    generator = NETWORKS["acwgan"].generator(16, (8, 12, 3), 5, seed=1)
    path = export_generator(generator, tmp_path / "a.tflite")
    halved = tmp_path / "b.tflite"
    halved.write_bytes(rebuild.with_half_weights(path.read_bytes()))
    assert halved.stat().st_size < 0.6 * path.stat().st_size
    z = np.random.default_rng(0).standard_normal((7, 16), np.float32)
    weights = np.eye(5, dtype=np.float32)[[0, 1, 2, 3, 4, 0, 1]]
    one, two = (LiteRTModel(each)(z=z, class_weights=weights)["images"] for each in (path, halved))
    assert 0 < np.abs(one - two).max() < 1e-2


def large_types(content):
    """The types of the large constants of a LiteRT file."""
    model = schema.ModelT.InitFromObj(schema.Model.GetRootAs(content, 0))
    for graph in model.subgraphs:
        for tensor in graph.tensors:
            data = model.buffers[tensor.buffer].data
            if data is not None and len(data) > 4000:
                yield tensor.type


#: Options that make a training of ``tools.rebuild`` short.
TRIAL = {
    "train": "--steps 1 --schedule constant --n-critic 1 --batch-size 4 --evaluate-every none "
    "--log-every 1 --sample-every 1 --precision float32",
    "judge": "--dataset few.npz --epochs 1",
    "encoder": "--dataset few.npz --steps 1",
}


#: Network of the package -> what only a file of such a network does.
USES = {
    "generator": lambda path: load(path).generate("12").shape == (2, 28, 28),
    "critic": lambda path: load_critic(path)(np.zeros((1, 28, 28), np.uint8))[1].shape == (1, 10),
    "judge": lambda path: Judge(path).num_classes == 10,
    "encoder": lambda path: LiteRTModel(path).require("encoder") is None,
}


@pytest.mark.parametrize("name", parameters(USES, lambda name: name != "judge"))
def test_a_network_of_the_package_can_be_made_again(name, tmp_path, monkeypatch, capsys):
    """By its command, after a training that is shorter than that of the package."""
    monkeypatch.chdir(tmp_path)
    with np.load(MNIST) as arrays:
        np.savez("few.npz", **{name: arrays[name][:200] for name in arrays})
    words = TRIAL.get(name, TRIAL["train"])
    monkeypatch.setattr(sys, "argv", ["rebuild", name, "made", *words.split()])
    rebuild.main()
    made = Path("made", f"{name}.tflite")
    last = capsys.readouterr().out.splitlines()[-1]
    assert last == f"{made}: not the weights of the one in the package" and USES[name](made)
    if name != "judge":  # Whose file is in float32.
        assert set(large_types(made.read_bytes())) == {schema.TensorType.FLOAT16}
    if name in ("generator", "critic"):
        config = json.loads(Path("made/run/config.json").read_text())
        assert (config["seed"], config["random_streams"]) == (2, 1)


def test_weights_are_told_apart():
    assert rebuild.weights(GENERATOR) == rebuild.weights(GENERATOR) != rebuild.weights(CRITIC)


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    return write_source(tmp_path_factory.mktemp("small") / "source")


def test_the_small_distribution_has_the_same_package_and_few_dependencies(small):
    project = tomllib.loads((small / "pyproject.toml").read_text())["project"]
    names = [re.match(r"[\w-]+", line)[0] for line in project["dependencies"]]
    assert project["name"] == "acwgan-digits" and tuple(names) == PACKAGES
    assert "optional-dependencies" not in project and "scripts" in project
    assert "mnist.npz" not in os.listdir(small / "acwgan" / "data")
    for folder in ("data", "web/runtime"):
        assert damage(small / "acwgan" / folder) is None


@pytest.fixture(scope="module")
def few_packages(small, tmp_path_factory):
    """The environment of a Python that has only the packages of the small distribution."""
    folder = tmp_path_factory.mktemp("packages")
    names = ("numpy", "numpy.libs", "PIL", "pillow.libs", "ai_edge_litert", "lazy_loader")
    for name in (*names, "flatbuffers"):  # This one comes with ai-edge-litert.
        found = Path(np.__file__).parents[1] / name
        if found.exists():
            (folder / name).symlink_to(found)
    return os.environ | {"PYTHONPATH": os.pathsep.join([str(small), str(folder)])}


def run_small(words, folder, environ):
    command = [sys.executable, "-S", "-m", "acwgan", *words.split()]
    return subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True)


@pytest.mark.parametrize(
    "words",
    [
        "generate 20260 --out digits.png",
        "generate --morph 3 8 --out morph.gif",
        "generate --per-class 2 --out set.npz",
        "generate 20 --min-score 0.9 --out sure.png",
        "generate 20 --like seven.png --out mine.png",
        "encode seven.png",
        "score seven.png",
        "web --out page",
    ],
)
def test_what_the_small_distribution_is_for_needs_its_packages_alone(words, few_packages, tmp_path):
    save_png(tmp_path / "seven.png", load().generate("7", seed=1)[0])
    done = run_small(words, tmp_path, few_packages)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("words", ["evaluate", "board out", "plot out", "export out"])
def test_a_command_that_needs_what_is_not_installed_says_so(words, few_packages, tmp_path):
    (tmp_path / "out").mkdir()
    done = run_small(words, tmp_path, few_packages)
    assert done.returncode == 2 and "Traceback" not in done.stderr
    if words == "evaluate":
        missing = r"acwgan: \w+ is not installed, and this needs it; pip install acwgan brings it\n"
        assert re.fullmatch(missing, done.stderr)

import json
import re
import shutil
from types import SimpleNamespace

import numpy as np
import pytest
from colours import NAMES, coloured, data_file, trained_judge
from command_lines import evaluate as run
from command_lines import fails
from PIL import Image

from acwgan.cli import evaluate
from acwgan.config import Config
from acwgan.errors import UserError
from acwgan.files.bundled import GENERATOR
from acwgan.runs.model_info import ModelInfo, with_appended_info


@pytest.mark.parametrize(
    "words, line",
    [
        (("--seed", "-1"), "--seed must be a whole number from 0 to 2147483647, got -1"),
        (("--picture", "a.jpg"), "--picture must end in .png, got 'a.jpg'"),
        (("nowhere",), "nowhere: does not exist"),
    ],
)
def test_a_bad_word_of_the_command_is_refused(words, line, capsys):
    assert line in fails(capsys, "evaluate", *words)


def test_too_few_digits_write_nothing(tmp_path):
    np.savez(tmp_path / "a.npz", x=np.zeros((1000, 28, 28), "u1"), y=np.arange(1000) % 10)
    with pytest.raises(UserError, match=r"at least 1,000 images of class 0 .* got 100"):
        run(
            tmp_path / "a.npz",
            "--no-cas",
            "--json",
            tmp_path / "b",
            "--picture",
            tmp_path / "c.png",
        )
    assert [path.name for path in tmp_path.iterdir()] == ["a.npz"]


def test_a_run_that_saw_the_test_digits_is_told_apart(tmp_path):
    for include_test, count in ((False, 0), (True, 1)):
        config = Config(include_test=include_test)
        (tmp_path / "config.json").write_text(config.to_json())
        for path in (tmp_path, tmp_path / "generator.keras"):
            assert len(evaluate._warnings(evaluate._config(path))) == count
    assert evaluate._warnings(evaluate._config(None)) == ()


@pytest.fixture(scope="module")
def options():
    return "--dataset", data_file(), "--judge", trained_judge()[0]


@pytest.fixture
def samples(tmp_path):
    labels = np.arange(540) % 3
    np.savez(tmp_path / "a.npz", x=coloured(labels, 2), y=labels)
    np.savez(tmp_path / "b.npz", x=coloured(labels, 2))
    return tmp_path / "a.npz", tmp_path / "b.npz"


def test_images_in_colour_of_three_classes(options, samples, tmp_path, capsys):
    words = ("--no-cas", "--json", tmp_path / "a.json", "--picture", tmp_path / "a.png")
    assert run(samples[0], *options, *words) == 0
    figures = json.loads((tmp_path / "a.json").read_text())
    assert figures["dataset"] == str(data_file()) and figures["classes"] == list(NAMES)
    assert figures["images"] == 450 and figures["test_images"] == 120
    assert figures["class_accuracy"]["generated"] > 0.9
    assert np.sum(figures["confusion"], axis=1).tolist() == [150, 180, 120]
    assert figures["nearest_images"] == {"generated": 450, "real": 120}
    assert 0.2 < figures["floors"] < 5
    table = capsys.readouterr().out
    assert "dark bl…ght" in table and "450 generated images" in table
    with Image.open(tmp_path / "a.png") as picture:
        assert np.asarray(picture.convert("HSV"))[..., 1].max() > 100


def test_images_without_classes(options, samples, tmp_path, capsys):
    words = ("--json", tmp_path / "a.json", "--picture", tmp_path / "a.png")
    assert run(samples[1], *options, *words) == 0
    figures = json.loads((tmp_path / "a.json").read_text())
    of_classes = {"classes", "class_accuracy", "accuracy_per_class", "confusion"}
    of_classes |= {"variety_per_class", "classification_accuracy_score", "trained_on"}
    assert not of_classes & figures.keys()
    # Below 1: the training images, unlike these and the test images, are not balanced.
    assert figures["images"] == 450 and 0 < figures["floors"] < 0.5
    printed = capsys.readouterr()
    assert "has no labels" in printed.err and "class" not in printed.out
    assert (tmp_path / "a.png").exists()


def test_a_run_knows_its_data_and_its_judge(tmp_path, monkeypatch, capsys):
    """Of a generator without classes."""
    config = Config(dataset=str(data_file()), judge=str(trained_judge()[0]))
    (tmp_path / "config.json").write_text(config.to_json())

    def generate_count(count, seed):
        return coloured(np.random.default_rng(seed).integers(0, 3, count), seed)

    generator = SimpleNamespace(classes=(), generate_count=generate_count)
    monkeypatch.setattr("acwgan.generation.loading.load", lambda path: generator)
    assert run(tmp_path, "--seed", 5) == 0
    printed = capsys.readouterr()
    assert "drawing 450 images" in printed.err and "450 generated images" in printed.out


def test_the_score_of_a_classifier_is_of_as_many_as_the_training_images(
    options, monkeypatch, capsys
):
    generator = SimpleNamespace(classes=NAMES, generate_labels=coloured)
    monkeypatch.setattr("acwgan.generation.loading.load", lambda path: generator)
    assert run("generator.keras", *options, "--json", "-") == 0
    printed = capsys.readouterr()
    figures = json.loads(printed.out)
    # The largest class has 180, so that the first 180 of each are there.
    assert figures["trained_on"] == 540
    assert figures["classification_accuracy_score"]["real"] == figures["class_accuracy"]["real"]


def test_a_file_is_compared_with_the_data_that_it_names(samples, tmp_path, capsys):
    """Not with MNIST unasked; images in arrays are, and the command says so."""
    shutil.copy(GENERATOR, tmp_path / "g.tflite")
    line = r"g\.tflite: does not say what it was trained on; pass the data with --dataset"
    with pytest.raises(UserError, match=line):
        run(tmp_path / "g.tflite", "--no-cas")
    assert evaluate._dataset_of(None) == evaluate._dataset_of(GENERATOR) == "mnist"
    content = with_appended_info(GENERATOR.read_bytes(), ModelInfo(dataset="kmnist"))
    (tmp_path / "g.tflite").write_bytes(content)
    assert evaluate._dataset_of(tmp_path / "g.tflite") == "kmnist"
    assert evaluate._dataset_of(samples[0]) == "mnist"
    assert "a.npz: is compared with mnist; --dataset compares it" in capsys.readouterr().err


def test_classes_of_another_order_are_refused(options, monkeypatch):
    generator = SimpleNamespace(classes=NAMES[::-1])
    monkeypatch.setattr("acwgan.generation.loading.load", lambda path: generator)
    with pytest.raises(UserError, match=f"a.keras: draws the classes {NAMES[2]}.* the data has"):
        run("a.keras", *options)


def test_what_does_not_fit_together_is_refused(options, samples, tmp_path, monkeypatch):
    with pytest.raises(UserError) as caught:
        run(samples[0], "--dataset", data_file())
    assert str(caught.value).endswith(
        f"acwgan judge --dataset {data_file()} --out judge-colours.tflite; "
        "training and evaluation take it as `judge=judge-colours.tflite`"
    )
    with pytest.raises(UserError, match=re.escape("reads (N, 8, 8, 3) uint8 of 3 classes; the")):
        run(samples[0], "--judge", options[3])
    monkeypatch.setattr(
        "acwgan.generation.loading.load", lambda path: SimpleNamespace(classes="01")
    )
    line = r"a\.keras: draws the classes 0, 1, the data has red, green, dark blue"
    with pytest.raises(UserError, match=line):
        run("a.keras", *options)

import json
import re

import numpy as np
import pytest
from command_lines import evaluate as run
from PIL import Image

from acwgan.datasets.named import load_mnist
from acwgan.errors import UserError
from acwgan.evaluation import classifier, full, judge, quick


def balanced(images, labels):
    """1,000 of each class, from the end."""
    rows = np.concatenate([np.flatnonzero(labels == k)[-1000:] for k in range(10)])
    return images[rows], labels[rows]


@pytest.fixture(scope="module")
def training_digits():
    mnist = load_mnist()
    return balanced(mnist.train_images[..., 0], mnist.train_labels)


@pytest.fixture(scope="module")
def folder(training_digits, tmp_path_factory):
    """What the command writes for real training digits."""
    folder = tmp_path_factory.mktemp("evaluation")
    images, labels = training_digits
    np.savez(folder / "real.npz", x_train=images[..., None], y_train=np.uint8(labels))
    words = ("--no-cas", "--json", folder / "a.json", "--picture", folder / "a.png")
    assert run(folder / "real.npz", *words) == 0
    return folder


@pytest.fixture(scope="module")
def figures(folder):
    """Of real training digits."""
    return json.loads((folder / "a.json").read_text())


@pytest.fixture(scope="module")
def spoilt(training_digits):
    """Of digits moved by a pixel, with 3 drawn one way only, and with every label one too high."""
    images, labels = np.roll(training_digits[0], 1, axis=2), training_digits[1]
    images[labels == 3] = images[labels == 3][0]
    return full.evaluate(images, (labels + 1) % 10)


def test_real_digits_are_as_good_as_real_digits(figures):
    assert 0.8 < figures["floors"] < 1.25
    assert figures["frechet_distance"]["generated"] < 3
    for name in ("class_accuracy", "precision", "recall"):
        assert figures[name]["generated"] / figures[name]["real"] == pytest.approx(1, abs=0.03)
    assert figures["class_accuracy"]["generated"] > 0.99
    assert figures["class_accuracy"]["real"] >= 0.995
    assert min(figures["accuracy_per_class"]) > 0.98
    assert all(0.9 < variety < 1.15 for variety in figures["variety_per_class"])
    assert np.sum(figures["confusion"]) == figures["images"] == 10_000


def test_copies_of_training_images_show(figures):
    assert figures["nearest_median"]["generated"] == 0
    assert figures["nearer_than_test"] == 1000
    assert figures["nearest_minimum"]["real"] > 1


def test_wrong_labels_show(spoilt):
    assert spoilt.class_accuracy.generated < 0.05
    confusion = np.array(spoilt.confusion)
    assert (np.roll(confusion, 1, axis=1).diagonal() > 900).all()


def test_a_collapsed_class_shows(figures, spoilt):
    assert spoilt.variety_per_class[4] == pytest.approx(0, abs=1e-3)
    assert spoilt.recall.generated < figures["recall"]["generated"] - 0.05
    assert spoilt.floors > 10


def test_moved_digits_are_no_copies(spoilt):
    assert spoilt.nearest_median.generated > 3
    assert spoilt.nearer_than_test < 100


def test_the_table_says_what_it_must_not_be_compared_with(spoilt):
    *_, last = spoilt.table().splitlines()
    assert "ever compare" in last and judge.Judge().name in last
    assert "classification accuracy score" not in spoilt.table()
    assert len({len(line) for line in spoilt.table().splitlines()[:7]}) == 1


def test_the_report_is_plain_json(figures, spoilt):
    assert json.loads(json.dumps(spoilt.to_dict())).keys() == figures.keys()
    assert figures["classification_accuracy_score"] is None
    assert figures["dataset"] == spoilt.dataset == "mnist"
    assert figures["classes"] == list("0123456789")


def test_the_picture_shows_the_digits(folder, training_digits):
    with Image.open(folder / "a.png") as picture:
        assert picture.width > 1000
        assert np.asarray(picture.convert("L")).std() > 30


def test_the_score_of_a_classifier_that_knows_7_alone_is_the_share_of_7_in_the_test_digits():
    mnist = load_mnist()
    images, labels = mnist.train_images[:20, ..., 0], np.full(20, 7)
    lines = []
    score = classifier.classification_accuracy_score(images, labels, epochs=30, report=lines.append)
    assert score == 0.1028
    assert lines[0] == "training a classifier on 20 generated images" and len(lines) == 31


def test_quality_is_of_its_reference_and_of_the_labels(training_digits):
    images, labels = (part[::10] for part in training_digits)
    quality = quick.Quality(images)
    same, other = quality(images, labels), quality(images[:500], (labels[:500] + 1) % 10)
    assert same["quality/class_accuracy"] > 0.98
    assert same["quality/frechet_distance"] == pytest.approx(0, abs=1e-3)
    assert other["quality/class_accuracy"] < 0.05
    assert other["quality/frechet_distance"] > 10


def test_quality_without_labels_is_the_distance_alone():
    reference = load_mnist().train_images[:300]
    quality = quick.Quality(reference, judge.Judge())
    assert quality(reference, None) == {"quality/frechet_distance": pytest.approx(0, abs=1e-3)}


def test_data_needs_a_judge_that_was_trained_on_it(training_digits):
    with pytest.raises(UserError, match="judge: None is not allowed with data"):
        full.evaluate(*training_digits, load_mnist())


@pytest.mark.parametrize(
    "shape, dtype, labels, line",
    [
        ((20, 28, 28), "uint8", np.arange(20) % 10, "images: 2 of class 0 are too few"),
        ((20, 28, 28), "uint8", np.arange(20) % 9, "images: 0 of class 9 are too few"),
        ((20, 28, 28), "float32", np.arange(20), "images: (20, 28, 28) float32 is not allowed"),
        ((20, 32, 32), "uint8", np.arange(20), "images: (20, 32, 32) uint8 is not allowed"),
        ((20, 28, 28), "uint8", np.arange(20), "labels: 10 is not allowed; allowed: 0 to 9"),
        ((20, 28, 28), "uint8", np.arange(20) - 1, "labels: -1 is not allowed; allowed: 0 to 9"),
        ((20, 28, 28), "uint8", np.zeros(20), "labels: (20,) float64 is not allowed"),
        ((20, 28, 28), "uint8", np.zeros(19, int), "labels: (19,) int64 is not allowed"),
    ],
)
def test_what_cannot_be_evaluated_is_refused(shape, dtype, labels, line):
    with pytest.raises(UserError, match=re.escape(line)):
        full.evaluate(np.zeros(shape, dtype), labels)

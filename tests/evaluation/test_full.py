import json
import re

import numpy as np
import pytest
from command_lines import evaluate as run
from PIL import Image

from acwgan.datasets.dataset import Dataset
from acwgan.datasets.named import load_mnist
from acwgan.errors import ParameterError, UserError
from acwgan.evaluation import classifier, full, judge, quick
from acwgan.evaluation.pairs_picture import pairs_picture


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
    """The folder with what the command writes for real training digits."""
    folder = tmp_path_factory.mktemp("evaluation")
    images, labels = training_digits
    np.savez(folder / "real.npz", x_train=images[..., None], y_train=np.uint8(labels))
    words = ("--no-cas", "--json", folder / "a.json", "--picture", folder / "a.png")
    assert run(folder / "real.npz", *words) == 0
    return folder


@pytest.fixture(scope="module")
def found(folder):
    """The metrics of real training digits."""
    return json.loads((folder / "a.json").read_text())


@pytest.fixture(scope="module")
def spoiled(training_digits):
    """A report on shifted digits, with one image of 3 alone and every label one too high."""
    images, labels = np.roll(training_digits[0], 1, axis=2), training_digits[1]
    images[labels == 3] = images[labels == 3][0]
    return full.evaluate(images, (labels + 1) % 10)


def test_real_training_digits_are_as_good_as_real_test_digits(found):
    assert 0.8 < found["floors"] < 1.25
    assert found["frechet_distance"]["generated"] < 3
    for name in ("class_accuracy", "precision", "recall"):
        assert found[name]["generated"] / found[name]["real"] == pytest.approx(1, abs=0.03)
    assert found["class_accuracy"]["generated"] > 0.99
    assert found["class_accuracy"]["real"] >= 0.995
    assert min(found["accuracy_per_class"]) > 0.98
    assert all(0.9 < variety < 1.15 for variety in found["variety_per_class"])
    assert np.sum(found["confusion"]) == found["images"] == 10_000


def test_copies_of_training_images_show(found):
    assert found["nearest_median"]["generated"] == 0
    assert found["nearer_than_test"] == 1000
    assert found["nearest_minimum"]["real"] > 1


def test_wrong_labels_show(spoiled):
    assert spoiled.class_accuracy.generated < 0.05
    confusion = np.array(spoiled.confusion)
    assert (np.roll(confusion, 1, axis=1).diagonal() > 900).all()


def test_a_collapsed_class_shows(found, spoiled):
    assert spoiled.variety_per_class[4] == pytest.approx(0, abs=1e-3)
    assert spoiled.recall.generated < found["recall"]["generated"] - 0.05
    assert spoiled.floors > 10


def test_shifted_digits_are_not_copies(spoiled):
    assert spoiled.nearest_median.generated > 3
    assert spoiled.nearer_than_test < 100


def test_the_table_ends_with_the_judge_and_a_warning(spoiled):
    *_, last = spoiled.table().splitlines()
    assert "ever compare" in last and judge.Judge().name in last
    assert "classification accuracy score" not in spoiled.table()
    assert len({len(line) for line in spoiled.table().splitlines()[:7]}) == 1


def test_the_report_is_plain_json(found, spoiled):
    assert json.loads(json.dumps(spoiled.to_dict())).keys() == found.keys()
    assert found["classification_accuracy_score"] is None
    assert found["dataset"] == spoiled.dataset == "mnist"
    assert found["classes"] == list("0123456789")


def test_the_picture_shows_the_digits(folder, training_digits):
    with Image.open(folder / "a.png") as picture:
        assert picture.width > 1000
        assert np.asarray(picture.convert("L")).std() > 30


@pytest.mark.long
def test_the_score_of_a_classifier_that_knows_7_alone_is_the_share_of_7_in_the_test_digits():
    mnist = load_mnist()
    images, labels = mnist.train_images[:20, ..., 0], np.full(20, 7)
    lines = []
    score = classifier.classification_accuracy_score(images, labels, epochs=30, report=lines.append)
    assert score == 0.1028
    assert lines[0] == "training a classifier on 20 images" and len(lines) == 31


def test_quality_depends_on_the_real_images_and_the_labels(training_digits):
    images, labels = (part[::10] for part in training_digits)
    quality = quick.Quality(images)
    same, other = quality(images, labels), quality(images[:500], (labels[:500] + 1) % 10)
    assert same["quality/class_accuracy"] > 0.98
    assert same["quality/frechet_distance"] == pytest.approx(0, abs=1e-3)
    assert other["quality/class_accuracy"] < 0.05
    assert other["quality/frechet_distance"] > 10


def test_quality_without_labels_is_only_the_distance():
    real_images = load_mnist().train_images[:300]
    quality = quick.Quality(real_images, judge.Judge())
    assert quality(real_images, None) == {"quality/frechet_distance": pytest.approx(0, abs=1e-3)}


def test_data_needs_a_judge_that_was_trained_on_it(training_digits):
    with pytest.raises(ParameterError, match="`judge` must be a Judge trained on `data`, got None"):
        full.evaluate(*training_digits, load_mnist())


IMAGES, LABELS = np.zeros((20, 28, 28), np.uint8), np.arange(20)


@pytest.mark.parametrize(
    "images, labels, line",
    [
        (IMAGES, LABELS % 10, "at least 1,000 images of class 0 (10,000 of all classes) for"),
        (IMAGES, LABELS % 9, "(10,000 of all classes) for the Fréchet distance, got 0"),
        (IMAGES.astype("f4"), LABELS, "`images` must be uint8, or unmistakably from 0 to 255"),
        (
            np.zeros((9, 9, 9), "u1"),
            LABELS,
            "`images` must be (N, 28, 28) uint8, got (9, 9, 9) uint8",
        ),
        (IMAGES, LABELS, "labels must be from 0 to 9, got 10"),
        (IMAGES, LABELS - 1, "labels must be from 0 to 9, got -1"),
        (IMAGES, np.zeros(20), "labels must be (20,) integers, got (20,) float64"),
        (IMAGES, np.zeros(19, int), "labels must be (20,) integers, got (19,) int64"),
    ],
)
def test_what_cannot_be_evaluated_is_refused(images, labels, line):
    with pytest.raises(UserError, match=re.escape(line)):
        full.evaluate(images, labels)


def test_copies_of_training_images_are_found_and_shown(tmp_path):
    mnist = load_mnist()
    training, labels = mnist.train_images[:600], mnist.train_labels[:600]
    tests = mnist.test_images[:300], mnist.test_labels[:300]
    data = Dataset(training, labels, *tests, mnist.class_names)
    others = mnist.train_labels[600:]
    rows = 600 + np.concatenate([np.flatnonzero(others == k)[:80] for k in range(10)])
    images, asked = mnist.train_images[rows].copy(), mnist.train_labels[rows]
    honest = full.evaluate(images, asked, data, judge=judge.Judge())
    assert honest.nearer_share < 0.04 and honest.nearer_share_features < 0.04
    images[::10] = training[5:85]
    copied = full.evaluate(images, asked, data, judge=judge.Judge())
    assert 0.1 <= copied.nearer_share < 0.14 and 0.1 <= copied.nearer_share_features < 0.14
    copies = {(10 * n, 5 + n) for n in range(80)}
    assert len(copied.nearest_pairs) == 40 and set(copied.nearest_pairs) <= copies
    assert copied.nearest_minimum.generated == 0
    pairs_picture(copied.nearest_pairs[:9], images, training, tmp_path / "pairs.png")
    picture = np.asarray(Image.open(tmp_path / "pairs.png"))
    assert picture.shape == (2 * 3 * 32, 8 * 3 * 60)
    ours, theirs = picture[7:90:3, 7:90:3], picture[7:90:3, 91:174:3]
    assert np.array_equal(ours, theirs) and ours.any()

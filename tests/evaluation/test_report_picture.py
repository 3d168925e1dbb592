import dataclasses
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image
from reports import report

from acwgan.evaluation.report_picture import picture

RED, GREEN = (255, 0, 0), (0, 255, 0)


def draw(classes, images, labels, path):
    picture(report(classes), images, labels, path)
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB"))


def test_each_class_has_a_row_in_its_colors(tmp_path):
    """The first class has four images, the others have more than ten."""
    labels = np.repeat([0, 1, 2], [4, 12, 12])
    images = np.full((28, 8, 8, 3), RED, np.uint8)
    images[labels == 0] = GREEN
    pixels = draw(3, images, labels, tmp_path / "a.png")
    red, green = ((pixels == color).all(axis=2) for color in (RED, GREEN))
    # Two rows of ten against four, some of it blurred at the edges.
    assert 4 < red.sum() / green.sum() < 6
    assert not (red.any(axis=1) & green.any(axis=1)).any()


def test_without_classes_only_samples_are_drawn(tmp_path):
    pixels = draw(0, np.full((100, 8, 8, 3), RED, np.uint8), None, tmp_path / "a.png")
    assert (pixels == RED).all(axis=2).mean() > 0.6


@pytest.mark.parametrize("classes", [20, 25])
def test_many_classes_and_gray_images_are_drawn(classes, tmp_path):
    labels = np.repeat(np.arange(classes), 10)
    pixels = draw(classes, np.zeros((len(labels), 8, 8), np.uint8), labels, tmp_path / "a.png")
    assert (pixels == 0).all(axis=2).mean() > 0.08  # 0.01 without the images.


HOSTILE = ["a, b", "$x^2$", "$", "100%", "a_b", "R&D", "<b>", "\"q'", "_x", "שלום", "😀", 300 * "x"]


def named(names):
    """A report on classes with these names, each of which is often read as the one after it."""
    counts = 50 * np.eye(len(names), dtype=int) + np.roll(np.eye(len(names), dtype=int), 1, axis=1)
    confusion = tuple(map(tuple, counts.tolist()))
    return dataclasses.replace(report(len(names)), classes=tuple(names), confusion=confusion)


@pytest.mark.parametrize("names", [HOSTILE, HOSTILE + [str(k) for k in range(509)]])
def test_any_names_are_drawn_without_a_warning(names, tmp_path):
    labels = np.repeat(np.arange(len(names)), 3)
    images = np.zeros((len(labels), 8, 8), np.uint8)
    picture(named(names), images, labels, tmp_path / "a.png")


def test_names_are_no_formulas(tmp_path):
    one, other = (
        draw_named(["$x$", "b"], tmp_path / "a.png"),
        draw_named(["$y$", "b"], tmp_path / "b.png"),
    )
    assert one.shape == other.shape and not np.array_equal(one, other)
    draw_named(["$\\nothing{$", "b"], tmp_path / "c.png")  # As a formula: an error.


def draw_named(names, path):
    images, labels = np.zeros((2, 8, 8), np.uint8), np.arange(2)
    picture(named(names), images, labels, path)
    with Image.open(path) as image:
        return np.asarray(image)


def test_what_no_font_has_is_a_number_and_said_in_one_line(tmp_path):
    code = (
        "import numpy as np; from test_report_picture import draw_named;"
        f"draw_named(['\\U000e0101', 'b'], {str(tmp_path / 'a.png')!r})"
    )
    command = [sys.executable, "-W", "always", "-c", code]
    folder = __file__.rpartition("/")[0]
    path = {"PYTHONPATH": f"{folder}:{folder}/..:{folder}/../.."}
    done = subprocess.run(command, capture_output=True, text=True, env=path, check=True)
    assert done.stderr.count("no installed font") == 1 and "Glyph" not in done.stderr

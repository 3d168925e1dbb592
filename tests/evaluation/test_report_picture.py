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

import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest
from PIL import Image, ImageDraw

import acwgan
from acwgan.errors import UserError
from acwgan.images.tracing import outlines, save_svg


def filled(polygons, shape, scale):
    """The polygons filled by Pillow, with holes: ``(scale * H, scale * W)`` bool."""
    inside = np.zeros([scale * side for side in shape], bool)
    for polygon in polygons:
        mask = Image.new("1", inside.shape[::-1])
        ImageDraw.Draw(mask).polygon([tuple(point) for point in scale * polygon], fill=1)
        inside ^= np.asarray(mask)
    return inside


def test_a_disk_has_the_outline_of_a_circle():
    y, x = np.mgrid[:20, :20] + 0.5
    distance = np.hypot(x - 9.3, y - 10.6)
    [circle] = outlines(np.clip(127.5 + 100 * (6 - distance), 0, 255))
    radii = np.hypot(*(circle - (9.3, 10.6)).T)
    assert np.abs(radii - 6).max() < 0.15


def test_the_outlines_of_digits_hold_their_bright_pixels():
    images = acwgan.load().generate("0123456789", seed=0).reshape(10, 28, 28)
    for image in images:
        inside = filled(outlines(image), image.shape, 5)[2::5, 2::5]  # The middles of the pixels.
        clear = np.abs(image - 127.5) > 20
        assert np.array_equal(inside[clear], (image > 127.5)[clear])
    assert len(outlines(images[0])) == 2  # A nought has a hole.


def test_pixels_that_touch_at_a_corner_and_the_border_are_closed():
    image = np.array([[255, 0, 255], [0, 255, 0], [0, 0, 255]])
    polygons = outlines(image)
    inside = filled(polygons, image.shape, 9)
    assert np.array_equal(inside[4::9, 4::9], image > 0)
    assert outlines(np.zeros((3, 3))) == []


def test_an_svg_has_a_path_for_each_image(tmp_path):
    images = acwgan.load().generate("2026", seed=0)
    save_svg(tmp_path / "a.svg", images, columns=2, scale=3, title="a < b")
    svg = ET.parse(tmp_path / "a.svg").getroot()
    assert (svg.get("viewBox"), svg.get("width"), svg.get("height")) == ("0 0 56 56", "168", "168")
    assert svg.find("{http://www.w3.org/2000/svg}title").text == "a < b"
    paths = list(svg.iter("{http://www.w3.org/2000/svg}path"))
    places = ["translate(0 0)", "translate(28 0)", "translate(0 28)", "translate(28 28)"]
    assert [path.get("transform") for path in paths] == places
    for path in paths:
        numbers = [float(number) for number in re.findall(r"[-\d.]+", path.get("d"))]
        assert min(numbers) >= 0 and max(numbers) <= 28 and path.get("d").startswith("M")


def test_colors_have_no_outline(tmp_path):
    with pytest.raises(UserError, match="these have colors; use png"):
        save_svg(tmp_path / "a.svg", np.zeros((1, 8, 8, 3), np.uint8), 1)

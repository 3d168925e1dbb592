import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from acwgan.errors import ParameterError, UserError, UserNotice
from acwgan.files import untrusted
from acwgan.images.grids import enlarged, grid
from acwgan.images.pixels import as_images, as_pixels, to_float, to_uint8
from acwgan.images.png import save_png


def test_every_grey_level_survives_the_round_trip():
    levels = np.arange(256, dtype=np.uint8)
    assert np.array_equal(to_uint8(to_float(levels.astype(np.float32))), levels)


def test_black_is_minus_one_and_white_is_one():
    assert to_float(np.array([0.0, 255.0])).tolist() == [-1.0, 1.0]


def test_values_outside_are_clipped_not_wrapped():
    assert to_uint8(np.array([-1.1, 1.1])).tolist() == [0, 255]


@given(rows=st.integers(1, 4), columns=st.integers(1, 4), channels=st.sampled_from([None, 1, 3]))
def test_a_grid_puts_each_image_where_it_belongs(rows, columns, channels):
    shape = (rows * columns, 2, 3) + (() if channels is None else (channels,))
    images = np.arange(np.prod(shape)).reshape(shape)
    picture = grid(images, columns)
    for number, image in enumerate(images):
        row, column = divmod(number, columns)
        assert np.array_equal(picture[2 * row : 2 * row + 2, 3 * column : 3 * column + 3], image)


def test_images_that_do_not_fill_the_rows_of_a_grid_are_refused():
    with pytest.raises(ValueError, match="5 images do not fill rows of 2"):
        grid(np.zeros((5, 2, 2)), 2)


@pytest.mark.parametrize("shape", [(4, 6), (4, 6, 1), (4, 6, 3)])
def test_a_png_holds_the_pixels(tmp_path, shape):
    picture = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    save_png(tmp_path / "new" / "a.png", picture)
    read = np.asarray(Image.open(tmp_path / "new" / "a.png"))
    assert np.array_equal(read, picture.reshape(read.shape))
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["a.png"]


def test_a_picture_larger_than_half_of_the_free_memory_is_refused(tmp_path, monkeypatch):
    meminfo = tmp_path / "meminfo"
    meminfo.write_text("MemAvailable: 2 kB\n")
    monkeypatch.setattr(untrusted, "_MEMINFO", meminfo)
    assert enlarged(np.zeros((8, 8), np.uint8), 4).shape == (32, 32)
    with pytest.raises(UserError, match=r"a picture of 0\.0 MiB is too large"):
        enlarged(np.zeros((8, 8), np.uint8), 5)


@pytest.mark.filterwarnings("ignore:.* are taken as floats from:acwgan.errors.UserNotice")
def test_pixels_are_the_same_from_every_range():
    pixels = np.arange(256, dtype=np.uint8)
    for numbers in (pixels, pixels.astype(int), pixels / 255, pixels / 127.5 - 1, pixels * 1.0):
        assert np.array_equal(as_pixels(numbers), pixels)
    assert as_pixels(np.array([-0.0005, 1.0005])).tolist() == [0, 255]


@pytest.mark.parametrize("images, words", [([0.0, 1.0], "0 .black. to 1"), ([-1.0, 0.0], "-1 .bl")])
def test_a_range_that_is_told_from_the_values_is_said(images, words):
    with pytest.warns(UserNotice, match=f"`images` are taken as floats from {words}"):
        as_pixels(images)


@pytest.mark.parametrize(
    "numbers",
    [[0.0], [0.0, 0.01], [-0.4, 0.6], [-2.0, 2.0], [0.0, 1.2], [0, 1], [-1, 3], [0, 256], [np.inf]],
)
def test_numbers_that_could_mean_two_things_are_no_pixels(numbers):
    with pytest.raises(ParameterError, match="must be uint8, or unmistakably from 0 to 255"):
        as_pixels(numbers)


def test_images_get_the_shape_that_networks_take():
    gray, color = np.zeros((2, 8, 12), np.uint8), np.zeros((2, 8, 12, 3), np.uint8)
    for images in (gray, gray[..., None], gray[:, None], color):
        assert as_images(images, (8, 12, 1)).shape == (2, 8, 12, 1)
    for images in (color, np.moveaxis(color, -1, 1)):
        assert as_images(images, (8, 12, 3)).shape == (2, 8, 12, 3)
    for images in (gray[0], gray[0, ..., None], color[0]):
        assert as_images(images, (8, 12, 1)).shape == (1, 8, 12, 1)
    for shape in [(2, 12, 8), (2, 8, 12, 4), (2, 96), (2, 2, 8, 12, 1)]:
        with pytest.raises(ParameterError, match=r"must be \(N, 8, 12\) uint8, got"):
            as_images(np.zeros(shape, np.uint8), (8, 12, 1))

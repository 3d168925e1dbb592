import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from acwgan.errors import UserError
from acwgan.files import untrusted
from acwgan.images.grids import enlarged, grid
from acwgan.images.pixels import to_float, to_uint8
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

import io

import numpy as np
import pytest
from PIL import Image

from acwgan.errors import UserError
from acwgan.generation.paths import morph, walk
from acwgan.images.gif import save_gif, write_gif


def test_a_walk_passes_through_its_stops_and_stays_on_the_sphere():
    stops = np.random.default_rng(0).standard_normal((4, 3, 64))
    stops /= np.linalg.norm(stops, axis=-1, keepdims=True)
    path = walk(stops, 40)
    assert path.shape == (40, 3, 64) and path.dtype == np.float32
    assert np.allclose(path[::10], stops, atol=1e-6)
    assert np.allclose(np.linalg.norm(path, axis=-1), 1, atol=1e-5)
    steps = np.linalg.norm(path - np.roll(path, 1, axis=0), axis=-1)
    assert steps.max() < 0.25  # Closed: the step from the last point to the first is as short.


def test_a_walk_between_equal_stops_does_not_move():
    assert np.allclose(walk(np.ones((3, 1, 4)), 7), 1)


def test_a_morph_goes_there_and_back():
    path = morph(np.eye(10)[3], np.eye(10)[8], 12)
    assert np.allclose(path.sum(axis=1), 1)
    assert path[0, 3] == 1 and path[6, 8] == 1
    assert np.allclose(path[1:], path[:0:-1], atol=1e-6)


def test_a_gif_holds_the_pixels_and_repeats_forever(tmp_path):
    pictures = np.random.default_rng(0).integers(0, 256, (5, 12, 20), np.uint8)
    save_gif(tmp_path / "a.gif", pictures)
    with Image.open(tmp_path / "a.gif") as gif:
        assert (gif.n_frames, gif.info["loop"], gif.info["duration"]) == (5, 0, 80)
        for number, picture in enumerate(pictures):
            gif.seek(number)
            assert np.array_equal(np.asarray(gif.convert("L")), picture)


def written(pictures, milliseconds=80):
    file = io.BytesIO()
    write_gif(file, pictures, milliseconds)
    return file


def test_up_to_256_colors_are_exact_and_more_are_close():
    few = np.random.default_rng(0).integers(0, 256, (2, 16, 16, 3), np.uint8)
    many = np.random.default_rng(1).integers(0, 256, (2, 40, 40, 3), np.uint8)
    for pictures, far in [(few, 0), (many, 25)]:
        gif = Image.open(written(pictures))
        for number, picture in enumerate(pictures):
            gif.seek(number)
            difference = np.asarray(gif.convert("RGB")).astype(int) - picture
            assert np.abs(difference).mean() <= far


def test_each_picture_is_a_frame_and_only_changes_are_stored():
    pictures = np.random.default_rng(0).integers(0, 256, (1, 100, 100), np.uint8).repeat(50, axis=0)
    pictures[20:, 3:6, 90:] ^= 255
    file = written(pictures)
    assert len(file.getvalue()) < 2 * len(written(pictures[:1]).getvalue())
    gif = Image.open(file)
    assert gif.n_frames == 50
    for number in (0, 19, 20, 49):
        gif.seek(number)
        assert np.array_equal(np.asarray(gif.convert("L")), pictures[number])


def test_frames_are_written_one_by_one():
    file, sizes = io.BytesIO(), []

    def pictures():
        for picture in np.random.default_rng(0).integers(0, 256, (4, 50, 50), np.uint8):
            yield picture
            sizes.append(file.tell())

    write_gif(file, pictures(), 80)
    assert len(sizes) == 4 and np.diff(sizes).min() > 2500


@pytest.mark.parametrize(
    "shapes, fault",
    [
        ([], "needs a frame"),
        ([(4, 4), (4, 5)], r"\(4, 5\) after \(4, 4\)"),
        ([(4, 4), (4, 4, 3)], r"\(4, 4, 3\) after \(4, 4\)"),
    ],
)
def test_frames_without_a_common_shape_or_duration_are_refused(shapes, fault):
    with pytest.raises(ValueError, match=fault):
        written([np.zeros(shape, np.uint8) for shape in shapes])
    with pytest.raises(ValueError, match="zip"):
        written([np.zeros((4, 4), np.uint8)] * 2, [80])


def test_a_picture_too_wide_for_a_gif_is_refused():
    with pytest.raises(UserError, match=r"a GIF of 65536x1 pixels is too large; at most 65535"):
        write_gif(io.BytesIO(), [np.zeros((1, 65_536), np.uint8)], 80)

import numpy as np
from PIL import Image

from acwgan.animation import morph, save_gif, walk


def test_a_walk_passes_through_its_stops_and_keeps_to_the_sphere():
    stops = np.random.default_rng(0).standard_normal((4, 3, 64))
    stops /= np.linalg.norm(stops, axis=-1, keepdims=True)
    path = walk(stops, 40)
    assert path.shape == (40, 3, 64) and path.dtype == np.float32
    assert np.allclose(path[::10], stops, atol=1e-6)
    assert np.allclose(np.linalg.norm(path, axis=-1), 1, atol=1e-5)
    steps = np.linalg.norm(path - np.roll(path, 1, axis=0), axis=-1)
    assert steps.max() < 0.25  # Closed: the last step is no longer than the others.


def test_stops_that_are_one_place_are_stood_on():
    assert np.allclose(walk(np.ones((3, 1, 4)), 7), 1)


def test_a_morph_goes_there_and_back():
    path = morph(np.eye(10)[3], np.eye(10)[8], 12)
    assert np.allclose(path.sum(axis=1), 1)
    assert path[0, 3] == 1 and path[6, 8] == 1
    assert np.allclose(path[1:], path[:0:-1], atol=1e-6)


def test_a_gif_holds_the_pixels_and_runs_for_ever(tmp_path):
    pictures = np.random.default_rng(0).integers(0, 256, (5, 12, 20), np.uint8)
    save_gif(tmp_path / "a.gif", pictures)
    with Image.open(tmp_path / "a.gif") as gif:
        assert (gif.n_frames, gif.info["loop"], gif.info["duration"]) == (5, 0, 80)
        for number, picture in enumerate(pictures):
            gif.seek(number)
            assert np.array_equal(np.asarray(gif.convert("L")), picture)

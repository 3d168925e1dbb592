import shutil

import keras
import numpy as np
import pytest
from PIL import Image

import acwgan
from acwgan.generation import Digits, LoadError, TextError, write


def painter(inputs):
    """A generator that paints its label: label / 10 everywhere, z's first number at one corner."""
    z, labels = inputs
    images = np.tile(labels[:, None, None, None] / 10.0, (1, 6, 5, 1))
    images[:, 0, 0, 0] = np.tanh(z[:, 0])
    return images


@pytest.fixture
def digits():
    return Digits(painter, latent_dim=3, num_classes=10)


def test_each_character_is_drawn_in_its_place(digits):
    images = digits.generate("20260")
    assert images.shape == (5, 6, 5) and images.dtype == np.uint8
    assert images[:, 1, 1].tolist() == [
        round((label / 10 + 1) * 127.5) for label in (2, 0, 2, 6, 0)
    ]


def test_the_seed_decides_and_every_digit_has_its_own_latent(digits):
    one = digits.generate("7777", seed=1)
    assert np.array_equal(one, digits.generate("7777", seed=1))
    assert not np.array_equal(one, digits.generate("7777", seed=2))
    assert len({int(image[0, 0]) for image in one}) == 4


def test_more_rows_leave_the_first_ones_as_they_are(digits):
    three = digits.generate("42", seed=5, rows=3)
    assert len(three) == 6 and np.array_equal(three[:2], digits.generate("42", seed=5))


def test_a_batch_boundary_changes_nothing(digits):
    text = "0123456789" * 60
    assert np.array_equal(digits.generate(text)[:10], digits.generate(text[:10]))


@pytest.mark.parametrize(
    "text, named", [("20x6ä", "'x', 'ä'"), ("", "an empty text"), ("١", "'١'")]
)
def test_what_is_not_a_class_is_refused_by_name(digits, text, named):
    with pytest.raises(TextError, match=f"{named} is not a class of the model; it has 0 1 2"):
        digits.generate(text)


def test_a_trained_run_draws_digits_of_the_right_shape(trained_run):
    images = acwgan.load(trained_run).generate("20260", seed=7)
    assert images.shape == (5, 28, 28) and images.dtype == np.uint8


def test_loading_from_elsewhere_is_refused_by_name(trained_run, tmp_path):
    with pytest.raises(LoadError, match="none: does not exist"):
        acwgan.load(tmp_path / "none")
    (tmp_path / "a.keras").write_text("no zip")
    with pytest.raises(LoadError, match=r"a\.keras: is not a generator of this package"):
        acwgan.load(tmp_path / "a.keras")
    keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)]).save(tmp_path / "b.keras")
    with pytest.raises(LoadError, match=r"b\.keras: is not a generator of this package"):
        acwgan.load(tmp_path / "b.keras")
    (tmp_path / "run").mkdir()
    shutil.copy(trained_run / "config.json", tmp_path / "run")
    with pytest.raises(LoadError, match="has no checkpoint yet"):
        acwgan.load(tmp_path / "run")


def test_a_run_without_its_checkpoints_is_drawn_from_its_generator(trained_run, tmp_path):
    for name in ("config.json", "generator.keras"):
        shutil.copy(trained_run / name, tmp_path)
    assert np.array_equal(
        acwgan.load(tmp_path).generate("123"), acwgan.load(trained_run).generate("123")
    )


def test_the_three_formats_hold_the_same_pixels(digits, tmp_path):
    images, labels = digits.generate("314", seed=2, rows=2), [3, 1, 4, 3, 1, 4]
    strip = np.asarray(Image.open(write(images, labels, 3, "png", tmp_path / "a.png")))
    assert strip.shape == (12, 15) and np.array_equal(strip[6:, 5:10], images[4])
    with np.load(write(images, labels, 3, "npz", tmp_path / "a.data")) as arrays:
        assert np.array_equal(arrays["x"], images) and arrays["x"].dtype == np.uint8
        assert arrays["y"].tolist() == labels
    folder = write(images, labels, 3, "pngs", tmp_path / "singles")
    names = sorted(path.name for path in folder.iterdir())
    assert names == [f"{number:05d}-{label}.png" for number, label in enumerate(labels)]
    assert np.array_equal(np.asarray(Image.open(folder / names[4])), images[4])

import numpy as np
import pytest

from acwgan.datasets import image_arrays
from acwgan.datasets.dataset import Split
from acwgan.datasets.image_arrays import pixels_of
from acwgan.datasets.named import load_mnist
from acwgan.errors import DataError
from acwgan.files import untrusted


@pytest.fixture(scope="module")
def digits():
    """Six real digits, (6, 28, 28) uint8, from 0 to 255."""
    return load_mnist().train_images[:6, :, :, 0]


@pytest.fixture(scope="module")
def color(digits):
    """Colored ones, (6, 28, 24, 3): no two sides are alike."""
    return np.stack([digits, 255 - digits, digits // 2], axis=-1)[:, :, :24]


def pixels(images, test=None):
    splits = [
        None if x is None else Split(x, None, "y", name) for x, name in ((images, "x"), (test, "t"))
    ]
    return pixels_of(*splits)


@pytest.mark.parametrize(
    "convert, note",
    [
        (lambda x: x, None),
        (np.float64, "float64 from 0 to 255; read as uint8 from 0 to 255"),
        (np.float16, "float16 from 0 to 255; read as uint8 from 0 to 255"),
        (np.int64, "int64 from 0 to 255; read as uint8 from 0 to 255"),
        (np.uint16, "uint16 from 0 to 255; read as uint8 from 0 to 255"),
        (lambda x: x.astype(">i4"), ">i4 from 0 to 255; read as uint8"),
        (lambda x: np.uint16(x) * 257, "uint16 from 0 to 65535; read as uint8 from 0 to 255"),
        (lambda x: x / 255, "float64 from 0 to 1; read as uint8 from 0 to 255"),
        (lambda x: np.float32(x) / np.float32(255), "float32 from 0 to 1; read as uint8"),
        (lambda x: x / 127.5 - 1, "float64 from -1 to 1; read as uint8 from 0 to 255"),
        (lambda x: x / 255 - 1e-7, "float64 from 0 to 1; read as uint8 from 0 to 255"),
        (lambda x: np.float32(x) + np.float32(0.2), "float32 from 0 to 255; read as uint8"),
        (lambda x: x.tolist(), "int64 from 0 to 255; read as uint8 from 0 to 255"),
    ],
)
def test_the_range_of_the_values_shows_what_is_white(convert, note, digits):
    found = pixels(convert(digits))
    assert np.array_equal(found.train, digits[..., None]) and found.train.dtype == np.uint8
    assert found.notes == () if note is None else found.notes[0].startswith(f"images are {note}")


@pytest.mark.parametrize("dtype", [bool, np.uint8, np.int32, np.float32])
def test_black_and_white_is_0_and_255(dtype, digits):
    found = pixels((digits > 127).astype(dtype))
    assert np.array_equal(found.train[..., 0], np.where(digits > 127, 255, 0))
    assert len(found.notes) == 1


@pytest.mark.parametrize(
    "convert, note",
    [
        (lambda x: np.moveaxis(x, 3, 1), "uint8 from 0 to 255; read as (N, 28, 24, 3) uint8"),
        (lambda x: np.moveaxis(x, 3, 1) / 255, "float64 from 0 to 1; read as (N, 28, 24, 3) uint8"),
    ],
)
def test_channels_come_last(convert, note, color):
    found = pixels(convert(color))
    assert np.array_equal(found.train, color)
    assert found.notes == (f"images are (N, 3, 28, 24) {note} from 0 to 255",)
    assert pixels(color).notes == ()


@pytest.mark.parametrize("shape", [(6, 28, 28), (6, 1, 28, 28), (6, 28, 28, 1), (6, 784)])
def test_gray_images_get_one_channel(shape, digits):
    assert np.array_equal(pixels(digits.reshape(shape)).train, digits[..., None])


def test_a_sequence_of_images_is_an_array(digits):
    assert np.array_equal(pixels(list(digits)).train[..., 0], digits)


@pytest.mark.parametrize(
    "images, fault",
    [
        (lambda c, d: d / 255 * 0.3, r"from 0 to 0\.3, .*if 1 is white: x = np\.rint\(x \*"),
        (lambda c, d: np.int64(d) // 16, r"int64 from 0 to 15, .*if 15 is white: .*\(255 / x\.max"),
        (lambda c, d: d / 255 * 16, "from 0 to 16, which is not clearly"),
        (lambda c, d: np.uint16(d) * 16, r"uint16 from 0 to 4080, .*another value is, put it in"),
        (lambda c, d: np.int32(d) * 257, "int32 from 0 to 65535, which is not clearly"),
        (lambda c, d: d / 255 - 0.5, r"from -0\.5 to 0\.5, .*x - x\.min\(\)\) \* \(255 / np\.ptp"),
        (lambda c, d: (d - d.mean()) / d.std(), "from -0.4.* to 2.* which is not clearly"),
        (lambda c, d: np.int8(d // 2) - 60, "int8 from -60 to 67, which is not clearly"),
        (lambda c, d: np.zeros((6, 8, 8)), "float64 from 0 to 0, .*all images are black"),
        (lambda c, d: np.where(d > 9, np.nan, 0), r"np\.isfinite\(x\)\.all\(axis=\(1, 2\)\)"),
        (lambda c, d: np.where(d > 9, np.inf, 0), "from 0 to inf, which is not clearly"),
        (lambda c, d: c.transpose(1, 2, 3, 0), r"\(28, 24, 3, 6\); .*x = np\.moveaxis\(x, -1"),
        (lambda c, d: np.zeros((2, 3072), np.uint8), r"\(-1, 3, 32, 32\); .*\(-1, 32, 32, 3\)"),
        (lambda c, d: d.reshape(6, 784, 1), r"x = x\.reshape\(-1, 28, 28, 1\)"),
        (lambda c, d: np.zeros((2, 500), np.uint8), r"x = x\.reshape\(-1, height, width, "),
        (lambda c, d: np.zeros((2, 8, 8, 4), np.uint8), r"transparency: x = x\[\.\.\., :3\]"),
        (lambda c, d: np.zeros((2, 2, 8, 8), np.uint8), r"without transparency: x = x\[:, :1\]"),
        (lambda c, d: np.zeros((1, 2, 8, 8, 3), np.uint8), r"got \(1, 2, 8, 8, 3\)"),
        (lambda c, d: np.zeros(784, np.uint8), r"N at least 1, got \(784,\)"),
        (lambda c, d: np.zeros((0, 8, 8), np.uint8), r"N at least 1, got \(0, 8, 8\)"),
        (lambda c, d: [d[0], d[1, :20]], "all images must have the same shape"),
        (lambda c, d: np.array([*d, None], object)[:6], r"x = np\.stack\(list\(x\)\)"),
        (lambda c, d: np.array([["a.png"]]), "must hold numbers, got <U5"),
        (lambda c, d: np.zeros((2, 8, 8), complex), "must hold numbers, got complex128"),
    ],
)  # fmt: skip
def test_what_can_mean_two_things_is_refused_with_what_mends_it(images, fault, color, digits):
    with pytest.raises(DataError, match=f"^x: .*{fault}") as error:
        pixels(images(color, digits))
    assert len(str(error.value).splitlines()) == 1


def test_the_line_that_mends_mends(digits):
    images, labels = digits / 255, np.arange(6)
    images[2, 0, 0] = np.nan
    with pytest.raises(DataError) as error:
        pixels(images)
    names = {"np": np, "x": images, "y": labels}
    exec(str(error.value).partition("infinity: ")[2], names)
    assert len(pixels(names["x"]).train) == len(names["y"]) == 5
    names["x"] = digits // 16 * 1.0
    with pytest.raises(DataError) as error:
        pixels(names["x"])
    exec(str(error.value).partition("white: ")[2].partition(";")[0], names)
    assert pixels(names["x"]).train.max() == 255


def test_dark_bytes_are_kept_and_said(digits):
    found = pixels(digits // 16)  # As scikit-learn's digits, 0 to 15.
    assert np.array_equal(found.train[..., 0], digits // 16)
    assert found.notes == ("images are dark: their brightest value is 15 of 255",)
    assert pixels(np.zeros((2, 8, 8), np.uint8)).notes == ()


def test_test_images_have_the_scale_of_the_training_images(digits):
    dark = digits[:2] / 255 / 10
    assert pixels(digits / 255, dark).test.max() == 26
    assert np.array_equal(pixels(digits / 255, digits[:2]).test[..., 0], digits[:2])
    with pytest.raises(DataError, match=r"^t: holds values from 0 to 255, the training images 0"):
        pixels(digits / 255, digits * 1.0)


def test_large_arrays_are_converted_in_chunks(digits, monkeypatch):
    monkeypatch.setattr(image_arrays, "_CHUNK", 2 * 784 * 4)
    images = np.float32(digits) / 255
    assert [len(part) for part in image_arrays._chunks(images[:5])] == [2, 2, 1]
    assert np.array_equal(pixels(images).train[..., 0], digits)


def test_what_does_not_fit_into_memory_is_refused_before_it_is_converted(
    digits, tmp_path, monkeypatch
):
    meminfo = tmp_path / "meminfo"
    meminfo.write_text("MemAvailable:  8 kB\n")
    monkeypatch.setattr(untrusted, "_MEMINFO", meminfo)
    with pytest.raises(DataError, match=r"^x: .*half of the free memory"):
        pixels(digits / 255)
    assert pixels(digits).train.base is not None  # A view.

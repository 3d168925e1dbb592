import os
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from acwgan.datasets.class_folders import read_class_folders
from acwgan.datasets.named import load_mnist
from acwgan.errors import DataError
from acwgan.files import untrusted


def write(path, picture, **options):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(picture).save(path, **options)


@pytest.fixture
def digits():
    """Eight real digits (8, 28, 28)."""
    return load_mnist().test_images[:8, :, :, 0]


@pytest.fixture
def folder(tmp_path, digits):
    """Two classes of three real digits each."""
    for number, digit in enumerate(digits[:6]):
        write(tmp_path / "data" / "ab"[number % 2] / f"{number}.png", digit)
    return tmp_path / "data"


def test_pixels_and_labels_are_those_of_the_files(folder, digits):
    (folder / "a" / ".DS_Store").write_bytes(b"left behind by a desktop")
    (folder / ".hidden").mkdir()
    (folder / "README").write_text("beside the classes")
    train, test, names = read_class_folders(folder)[:3]
    assert names == ["a", "b"] and test is None
    assert train.images.dtype == np.uint8 and train.labels.dtype == np.int32
    assert np.array_equal(train.images[..., 0], digits[[0, 2, 4, 1, 3, 5]])
    assert train.labels.tolist() == [0, 0, 0, 1, 1, 1]
    assert train.source == str(folder)


def test_the_folders_are_sorted_as_text(tmp_path, digits):
    for name in ("10", "9", "B", "a"):
        write(tmp_path / name / "x.png", digits[0])
    assert read_class_folders(tmp_path)[2] == ["10", "9", "B", "a"]


def test_one_class_is_enough_and_pictures_need_not_be_square(tmp_path, digits):
    write(tmp_path / "a" / "x.png", digits[0][:20])
    train, _, names = read_class_folders(tmp_path)[:3]
    assert names == ["a"] and train.labels.tolist() == [0]
    assert np.array_equal(train.images[0, ..., 0], digits[0][:20])


def test_train_and_test_folders_are_the_splits(tmp_path, digits):
    for number, (part, name) in enumerate(
        [("train", "a"), ("train", "b"), ("test", "a"), ("test", "b"), ("train", "b")]
    ):
        write(tmp_path / part / name / f"{number}.png", digits[number])
    train, test, names = read_class_folders(tmp_path)[:3]
    assert names == ["a", "b"]
    assert train.labels.tolist() == [0, 1, 1] and test.labels.tolist() == [0, 1]
    assert np.array_equal(train.images[..., 0], digits[[0, 1, 4]])
    assert np.array_equal(test.images[..., 0], digits[[2, 3]])
    assert test.source == str(tmp_path / "test")
    write(tmp_path / "validation" / "x.png", digits[0])
    with pytest.raises(DataError, match="validation: is beside train and test"):
        read_class_folders(tmp_path)


def test_train_and_test_may_be_classes_themselves(tmp_path, digits):
    for name in ("train", "test", "match"):
        write(tmp_path / name / "x.png", digits[0])
    train, test, names = read_class_folders(tmp_path)[:3]
    assert names == ["match", "test", "train"] and len(train.images) == 3 and test is None


def test_both_splits_must_have_the_same_classes(tmp_path, digits):
    for place in ("train/a", "train/b", "test/a", "test/c"):
        write(tmp_path / place / "x.png", digits[0])
    with pytest.raises(DataError, match=rf"{tmp_path.name}: only one of .* has the class 'b'"):
        read_class_folders(tmp_path)


def colour(digits):
    return np.stack([digits[0], 255 - digits[1], digits[2] // 2], axis=-1)


def test_one_color_picture_makes_all_pictures_color(folder, digits):
    write(folder / "a" / "0.png", colour(digits))
    train, *_ = read_class_folders(folder)
    assert train.images.shape == (6, 28, 28, 3)
    assert np.array_equal(train.images[0], colour(digits))
    assert (train.images[1] == digits[2][..., None]).all()


def test_black_and_white_and_palette_pictures_are_expanded(tmp_path, digits):
    two_tone = np.where(digits[0] > 127, np.uint8(255), np.uint8(0))
    (tmp_path / "a").mkdir()
    Image.fromarray(two_tone).convert("1").save(tmp_path / "a" / "x.png")
    assert np.array_equal(read_class_folders(tmp_path)[0].images[0, ..., 0], two_tone)
    few = Image.fromarray(colour(digits)).quantize(16)
    few.save(tmp_path / "a" / "y.png")
    assert np.array_equal(read_class_folders(tmp_path)[0].images[1], np.asarray(few.convert("RGB")))


def test_jpeg_files_are_read(tmp_path, digits):
    write(tmp_path / "a" / "x.JPG", digits[0], quality=95)
    write(tmp_path / "a" / "y.jpeg", digits[1], quality=95)
    train, *_ = read_class_folders(tmp_path)
    assert train.images.shape == (2, 28, 28, 1)
    error = np.abs(train.images[..., 0].astype(int) - digits[:2])
    assert error.mean() < 3 and error.max() > 0  # Lossy, and so not the digits themselves.


def png_header(width, height):
    """A PNG file with a header and no pixels."""
    data = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    chunk = struct.pack(">I", 13) + data + struct.pack(">I", zlib.crc32(data))
    return b"\x89PNG\r\n\x1a\n" + chunk + struct.pack(">I", 0) + b"IDAT" + b"\0\0\0\0"


@pytest.mark.parametrize(
    ("name", "content", "fault"),
    [
        ("9.txt", b"text", "is not a PNG or JPEG file; a class holds nothing else"),
        ("9.gif", b"GIF89a", "is not a PNG or JPEG file"),
        ("9.png", b"text", "is not a PNG or JPEG picture that can be read"),
        ("9.png", b"", "is not a PNG or JPEG picture that can be read"),
        (".9.png", b"a fork of macOS, which Keras would read", "is not a PNG or JPEG picture"),
        (
            "9.png",
            png_header(40_000, 40_000),
            "is not a PNG or JPEG picture that can be read .*(bomb|exceeds)",
        ),
        ("9.png", png_header(10_000, 10_000), "is 10000x10000; at most 1024x1024"),  # Pillow warns.
        ("9.png", png_header(28, 1025), "is 28x1025; at most 1024x1024"),
        ("9.png", png_header(28, 28), "is damaged, its pixels cannot be read"),
    ],
)
def test_a_file_that_is_not_a_good_picture_is_named(folder, name, content, fault):
    (folder / "b" / name).write_bytes(content)
    with pytest.raises(DataError, match=rf"b/{name}: {fault}"):
        read_class_folders(folder)


def test_a_truncated_picture_is_named(folder, digits):
    path = folder / "b" / "3.png"
    path.write_bytes(path.read_bytes()[:-60])
    with pytest.raises(DataError, match=r"b/3\.png: is damaged"):
        read_class_folders(folder)


def test_two_files_of_different_sizes_are_named(folder, digits):
    write(folder / "b" / "9.png", digits[0][:, :20])
    with pytest.raises(DataError, match=r"b/9\.png: is 20x28, but .*a/0\.png is 28x28"):
        read_class_folders(folder)


@pytest.mark.parametrize("mode", ["RGBA", "LA", "I;16", "P with transparency"])
def test_pixels_that_would_change_are_refused(folder, digits, mode):
    path = folder / "b" / "9.png"
    if mode == "I;16":
        write(path, digits[0].astype(np.uint16) * 257)
    elif mode == "P with transparency":
        Image.fromarray(colour(digits)).quantize(16).save(path, transparency=0)
    else:
        Image.fromarray(digits[0]).convert(mode).save(path)
    with pytest.raises(
        DataError, match=rf"b/9\.png: has pixels of the mode {mode}; they must be grey or RGB"
    ):
        read_class_folders(folder)


def test_a_folder_with_the_wrong_content_is_named(folder, tmp_path, digits):
    (folder / "empty").mkdir()
    with pytest.raises(DataError, match="data/empty: holds no image"):
        read_class_folders(folder)
    with pytest.raises(DataError, match="empty: holds no folder"):
        read_class_folders(folder / "empty")
    with pytest.raises(DataError, match="data/a: is not a PNG or JPEG file"):
        read_class_folders(tmp_path)  # One folder too high.
    with pytest.raises(DataError, match=r"a/\d\.png: is in no class"):
        read_class_folders(folder / "a")  # One folder too low.


def test_pictures_larger_than_the_memory_are_refused_by_their_headers(folder, monkeypatch):
    meminfo = folder / "meminfo"
    meminfo.write_text("MemAvailable:  9 kB\n")
    monkeypatch.setattr(untrusted, "_MEMINFO", meminfo)
    with pytest.raises(DataError, match=r"data: its header asks for"):
        read_class_folders(folder)  # 6 images of 784 bytes are more than 4.5 kB.
    meminfo.write_text("MemAvailable:  10 kB\n")
    assert len(read_class_folders(folder)[0].images) == 6


@pytest.mark.parametrize("place", ["a/9.png", "c"])
def test_a_link_out_of_the_folder_is_refused(folder, tmp_path, digits, place):
    write(tmp_path / "private" / "9.png", digits[7])
    (folder / place).symlink_to(tmp_path / "private" / ("9.png" if place != "c" else ""))
    with pytest.raises(DataError, match=rf"{place}: is a link out of "):
        read_class_folders(folder)


def test_a_link_within_the_folder_is_read(folder):
    (folder / "a" / "9.png").symlink_to(folder / "b" / "1.png")
    assert len(read_class_folders(folder)[0].images) == 7


def test_a_name_that_is_not_in_utf_8_is_refused(folder, digits):
    path = os.fsencode(folder / "a") + b"/\xff.png"
    with open(path, "wb") as file:
        Image.fromarray(digits[0]).save(file, "PNG")
    with pytest.raises(DataError, match="has a name that is not in UTF-8"):
        read_class_folders(folder)

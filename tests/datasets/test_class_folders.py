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
    write(tmp_path / "more" / "x.png", digits[0])
    with pytest.raises(DataError, match="more: is beside train"):
        read_class_folders(tmp_path)


def test_train_and_test_may_be_classes_themselves(tmp_path, digits):
    for name in ("train", "test", "match"):
        write(tmp_path / name / "x.png", digits[0])
    train, test, names = read_class_folders(tmp_path)[:3]
    assert names == ["match", "test", "train"] and len(train.images) == 3 and test is None


@pytest.mark.parametrize("name", ["val", "valid", "Validation", "TEST", "test_set"])
def test_the_test_part_may_have_other_names_or_be_missing(tmp_path, digits, name):
    write(tmp_path / "Training" / "a" / "x.png", digits[0])
    write(tmp_path / "Training" / "b" / "x.png", digits[1])
    train, test, names, _ = read_class_folders(tmp_path)
    assert names == ["a", "b"] and len(train.images) == 2 and test is None
    write(tmp_path / name / "b" / "x.png", digits[2])
    train, test, names, notes = read_class_folders(tmp_path)
    assert names == ["a", "b"] and test.labels.tolist() == [1] and notes == ()
    assert np.array_equal(test.images[0, ..., 0], digits[2])


def test_of_two_test_parts_one_is_read_and_it_is_said(tmp_path, digits):
    for place in ("train/a", "test/a", "val/a"):
        write(tmp_path / place / "x.png", digits[len(place) - 5])
    assert read_class_folders(tmp_path).notes == ("val is not read",)
    (tmp_path / "test" / "a" / "x.png").rename(tmp_path / "test" / "x.png")
    (tmp_path / "test" / "a").rmdir()
    assert read_class_folders(tmp_path).notes == ("test holds no class folders, and is not read",)


def test_a_class_of_the_test_part_must_be_known(tmp_path, digits):
    for place in ("train/a", "train/b", "test/a", "test/c"):
        write(tmp_path / place / "x.png", digits[0])
    with pytest.raises(DataError, match="the test part has the class 'c', the training part has n"):
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
    ("name", "content", "reason"),
    [
        ("9.heic", b"text", "heic is not read; save it as PNG or JPEG"),
        ("9.gif", b"GIF89a", ""),
        ("9", b"text", "no picture"),
        ("9.png", b"", "no picture"),
        ("9.png", png_header(40_000, 40_000), "Image size .* exceeds limit"),
        ("9.png", png_header(28, 28), ""),
    ],
)
def test_a_file_that_is_not_a_good_picture_is_named(folder, name, content, reason):
    (folder / "b" / name).write_bytes(content)
    with pytest.raises(
        DataError, match=rf"data: 1 file cannot be read as pictures; .*: b/{name} \({reason}"
    ):
        read_class_folders(folder)


def test_litter_of_systems_and_texts_is_skipped_and_counted(folder):
    litter = [
        *("a/Thumbs.db", "a/desktop.ini", "b/.DS_Store", "b/._1.png", "b/._3.png", "README.md"),
        *(".ipynb_checkpoints/x.png", "__MACOSX/a/._0.png", "@eaDir/a.png/t.jpg", "LICENSE"),
        *("a/LICENCE.txt", ".git/config"),
    ]
    for name in litter:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"litter")
    train, _, names, notes = read_class_folders(folder)
    assert names == ["a", "b"] and len(train.images) == 6
    (note,) = notes
    assert note.startswith("skipped 12 files of systems and tools: ") and note.endswith(" more")


def test_what_is_no_picture_beside_the_classes_is_said(folder):
    (folder / "model.pt").write_bytes(b"weights")
    (folder / "empty").mkdir()
    (folder / "c").mkdir()
    (folder / "c" / "Thumbs.db").write_bytes(b"litter")
    assert read_class_folders(folder).notes == (
        "skipped 1 file of systems and tools: Thumbs.db",
        "left out beside the folders of the classes: model.pt",
        "left out folders without pictures: c, empty",
    )


def test_a_truncated_picture_is_named(folder, digits):
    path = folder / "b" / "3.png"
    path.write_bytes(path.read_bytes()[:-60])
    with pytest.raises(DataError, match=r"1 file .*: b/3\.png \("):
        read_class_folders(folder)


def test_a_folder_with_the_wrong_content_is_named(folder, digits):
    with pytest.raises(DataError, match=r"a/0\.png: is in no class"):
        read_class_folders(folder / "a")  # One folder too low.
    write(folder / "a" / "inner" / "x.png", digits[0])
    with pytest.raises(DataError, match="a/inner: is a folder in the folder of the class a; move"):
        read_class_folders(folder)
    write(folder / "9.png", digits[0])
    with pytest.raises(DataError, match=r"data/9\.png: is in no class"):
        read_class_folders(folder)


def test_pictures_larger_than_the_memory_are_refused_by_their_headers(folder, monkeypatch):
    meminfo = folder.parent / "meminfo"
    meminfo.write_text("MemAvailable:  2 kB\n")
    monkeypatch.setattr(untrusted, "_MEMINFO", meminfo)
    with pytest.raises(DataError, match=r"data: its header asks for"):
        read_class_folders(folder)  # Six images take 4,704 bytes.
    meminfo.write_text("MemAvailable:  13 kB\n")
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

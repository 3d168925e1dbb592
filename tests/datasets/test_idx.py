import gzip
import struct
import tracemalloc

import numpy as np
import pytest

from acwgan.datasets.idx import holds_idx, read_idx, read_idx_folder, read_names, read_pair
from acwgan.datasets.named import load_mnist
from acwgan.errors import DataError
from acwgan.files import untrusted


def idx_bytes(array):
    """The format as LeCun's page describes it, written down a second time."""
    return struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape) + array.tobytes()


@pytest.fixture(scope="module")
def digits():
    data = load_mnist()
    return data.test_images[:20, :, :, 0], data.test_labels[:20].astype(np.uint8)


@pytest.mark.parametrize("images", ["train-images-idx3-ubyte", "train-images.idx3-ubyte"])
@pytest.mark.parametrize("ending", ["", ".gz"])
def test_a_pair_of_files_with_any_usual_name_is_read(tmp_path, digits, images, ending):
    pack = gzip.compress if ending else bytes
    assert not holds_idx(tmp_path)
    for name, array in [(images, digits[0]), ("train-labels-idx1-ubyte", digits[1])]:
        (tmp_path / f"{name}{ending}").write_bytes(pack(idx_bytes(array)))
    assert holds_idx(tmp_path)
    part = read_pair(tmp_path, "train")
    assert part.images.shape == (20, 28, 28) and part.images.dtype == np.uint8
    assert np.array_equal(part.images, digits[0])
    assert part.images_source == str(tmp_path / f"{images}{ending}")
    assert np.array_equal(part.labels, digits[1])
    assert part.source == str(tmp_path / f"train-labels-idx1-ubyte{ending}")
    assert read_pair(tmp_path, "t10k") is None


def test_color_images_have_four_dimensions(tmp_path, digits):
    colour = np.stack([digits[0], 255 - digits[0], digits[0] // 2], axis=-1)
    (tmp_path / "t10k-images-idx4-ubyte").write_bytes(idx_bytes(colour))
    (tmp_path / "t10k-labels-idx1-ubyte").write_bytes(idx_bytes(digits[1]))
    assert np.array_equal(read_pair(tmp_path, "t10k").images, colour)


def test_the_files_of_emnist_have_a_prefix_and_a_test_half(tmp_path, digits):
    for half in ("train", "test"):
        for kind, number, array in [("images", 3, digits[0]), ("labels", 1, digits[1])]:
            name = f"emnist-letters-{half}-{kind}-idx{number}-ubyte"
            (tmp_path / name).write_bytes(idx_bytes(array))
    assert holds_idx(tmp_path)
    train, test, _, _ = read_idx_folder(tmp_path)
    assert np.array_equal(train.images, digits[0]) and np.array_equal(test.labels, digits[1])
    (tmp_path / "emnist-digits-train-images-idx3-ubyte").write_bytes(idx_bytes(digits[0]))
    with pytest.raises(DataError, match=r"holds emnist-digits-\S+ and emnist-letters-\S+; put"):
        read_idx_folder(tmp_path)


def test_half_of_a_pair_is_refused(tmp_path, digits):
    (tmp_path / "train-images-idx3-ubyte").write_bytes(idx_bytes(digits[0]))
    with pytest.raises(
        DataError, match=r"train-labels-idx1-ubyte\.gz: is missing; put it beside train-images-idx3"
    ):
        read_pair(tmp_path, "train")


WHOLE = idx_bytes(np.arange(12, dtype=np.uint8).reshape(3, 2, 2))


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"", "is not an IDX file; it begins with 0x, not"),
        (b"\x89PNG" + WHOLE, "is not an IDX file; it begins with 0x89504e47"),
        (
            WHOLE[:2] + b"\x0d" + WHOLE[3:],
            "holds numbers of type 0x0d; they must be unsigned bytes, 0x08",
        ),  # floats
        (
            idx_bytes(np.arange(3, dtype=np.uint8)),
            "must hold images, got 1 dimensions .magic 0x00000801.",
        ),
        (WHOLE[:9], "ends within its header"),
        (WHOLE[:-1], "ends after 11 of 12 bytes"),
        (WHOLE + b"\0", "is longer than the 12 bytes in its header"),
        (idx_bytes(np.zeros((0, 2, 2), np.uint8)), r"is \(0, 2, 2\); each dimension"),
    ],
)
@pytest.mark.parametrize("ending", ["", ".gz"])
def test_a_broken_file_is_named(tmp_path, content, fault, ending):
    path = tmp_path / f"broken-images{ending}"
    path.write_bytes(gzip.compress(content) if ending else content)
    with pytest.raises(DataError, match=rf"broken-images{ending}: {fault}"):
        read_idx(path, (3, 4), "images")


@pytest.mark.parametrize("fault", ["cut", "flipped", "scrambled", "no gzip"])
def test_a_damaged_gzip_file_is_named(tmp_path, digits, fault):
    path = tmp_path / "broken.gz"
    content = bytearray(gzip.compress(idx_bytes(digits[0])))
    if fault == "cut":
        content = content[:-100]
    elif fault == "flipped":
        content[len(content) // 2] ^= 255
    elif fault == "scrambled":
        content[10] = 255  # A kind of block that deflate does not have.
    else:
        content = idx_bytes(digits[0])
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"broken\.gz: is not a whole gzip file"):
        read_idx(path, (3, 4), "images")


def test_a_gzip_bomb_takes_no_memory(tmp_path):
    path = tmp_path / "bomb.gz"
    path.write_bytes(gzip.compress(WHOLE + bytes(50_000_000)))
    tracemalloc.start()
    try:
        with pytest.raises(DataError, match=r"bomb\.gz: is longer than the 12 bytes in its header"):
            read_idx(path, (3, 4), "images")
        assert tracemalloc.get_traced_memory()[1] < 5_000_000
    finally:
        tracemalloc.stop()


def test_a_header_that_asks_for_more_than_the_memory_is_refused(tmp_path, monkeypatch):
    meminfo = tmp_path / "meminfo"
    meminfo.write_text("MemTotal:  99 kB\nMemAvailable:  20480 kB\n")
    monkeypatch.setattr(untrusted, "_MEMINFO", meminfo)
    path = tmp_path / "huge-images"
    path.write_bytes(struct.pack(">HBB3I", 0, 8, 3, 11, 1024, 1024))
    with pytest.raises(DataError, match=r"huge-images: .* 11\.0 MiB of memory; at most 10\.0 MiB"):
        read_idx(path, (3, 4), "images")


def test_names_are_one_per_line(tmp_path):
    assert read_names(tmp_path) is None
    path = tmp_path / "class_names.txt"
    path.write_bytes("\ufeffzéro\r\none\n".encode())
    assert read_names(tmp_path) == ["zéro", "one"]
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(DataError, match=r"class_names\.txt: is not a text in UTF-8"):
        read_names(tmp_path)

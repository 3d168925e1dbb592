import os
import zipfile

import numpy as np
import pytest

from acwgan.datasets.keras_npz import read_keras_npz
from acwgan.datasets.named import load_mnist
from acwgan.errors import DataError
from acwgan.files import untrusted
from acwgan.files.npz import NpzError, read_array
from acwgan.files.untrusted import check_memory


@pytest.fixture(scope="module")
def arrays():
    """A small data set in Keras' layout: twelve real digits."""
    data = load_mnist()
    return {
        "x_train": data.test_images[:8, :, :, 0],
        "y_train": data.test_labels[:8],
        "x_test": data.test_images[8:12],
        "y_test": data.test_labels[8:12, None],
    }


def anything(shape, dtype):
    return True


def test_a_data_set_in_the_layout_of_keras(tmp_path, arrays):
    path = tmp_path / "a.npz"
    np.savez_compressed(path, **arrays, class_names=np.array(["a", "bc"]))
    train, test, names, _ = read_keras_npz(path)
    assert np.array_equal(train.images, arrays["x_train"])
    assert np.array_equal(train.labels, arrays["y_train"]) and train.source == f"{path}: y_train"
    assert np.array_equal(test.images, arrays["x_test"])
    assert np.array_equal(test.labels, arrays["y_test"])
    assert names == ["a", "bc"]


def test_the_test_split_and_the_names_are_optional(tmp_path, arrays):
    path = tmp_path / "a.npz"
    np.savez(path, x_train=arrays["x_train"], y_train=arrays["y_train"])
    assert read_keras_npz(path)[1:] == (None, None, ())


def test_images_in_fortran_order_are_the_same_images(tmp_path, arrays):
    path = tmp_path / "a.npz"
    np.savez(path, **arrays | {"x_train": np.asfortranarray(arrays["x_train"])})
    assert np.array_equal(read_keras_npz(path)[0].images, arrays["x_train"])


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({"x_train": None}, "holds y_train, x_test, y_test; it must hold x_train"),
        ({"y_test": None}, "holds .*; it must hold y_test"),
        ({"x_train": np.zeros((8, 28, 28), complex)}, "x_train must be .*, got .* complex128"),
        (
            {"x_train": np.zeros((8, 1, 28, 28, 3), np.uint8)},
            r"x_train must be numbers, \(N, H.*, got \(8, 1, 28, 28, 3\) uint8",
        ),
        (
            {"x_train": np.zeros((0, 28, 28), np.uint8)},
            r"x_train must be .*least 1, got \(0, 28, 28\) uint8",
        ),
        (
            {"x_train": np.zeros((8, 0, 28), np.uint8)},
            r"x_train must be .*, got \(8, 0, 28\) uint8",
        ),
        ({"x_train": np.array([b"a", {}], object)}, r"x_train must be .*, got \(2,\) object"),
        ({"y_train": np.array([{}], object)}, r"y_train must be .*, got \(1,\) object"),
        ({"y_train": np.zeros(8, complex)}, r"y_train must be \(N,\) .*, got \(8,\) complex128"),
        ({"y_train": np.zeros((8, 2, 2))}, r"y_train must be .*, got \(8, 2, 2\) float64"),
        ({"y_train": np.array(3)}, r"y_train must be .*, got \(\) int64"),
        ({"x_test": np.zeros((4, 28, 28), "U1")}, "x_test must be .*, got .* <U1"),
        (
            {"class_names": np.array([1, 2])},
            r"class_names must be \(K,\) text.*, got \(2,\) int64",
        ),
        (
            {"class_names": np.array(["a", {}], object)},
            r"class_names must be .*, got \(2,\) object",
        ),
    ],
)
def test_a_wrong_array_is_named(tmp_path, arrays, changed, fault):
    path = tmp_path / "a.npz"
    held = {name: array for name, array in (arrays | changed).items() if array is not None}
    np.savez(path, **held)
    with pytest.raises(DataError, match=rf"a\.npz: {fault}"):
        read_keras_npz(path)


def zip_with(path, content, compression=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(path, "w", compression) as archive:
        archive.writestr("x_train.npy", content)


def npy_bytes(path, array):
    np.save(path / "a.npy", array)
    return (path / "a.npy").read_bytes()


def test_an_array_that_is_longer_or_shorter_than_its_header_says_is_refused(tmp_path):
    content = npy_bytes(tmp_path, np.arange(100))
    zip_with(tmp_path / "a.npz", content)
    assert len(read_array(tmp_path / "a.npz", ["x_train"], anything, "any")) == 100
    for wrong in (content + b"\0", content[:-1], content[:20], b""):
        zip_with(tmp_path / "a.npz", wrong)
        with pytest.raises(NpzError, match=r"a\.npz: is not an npz file that can be read"):
            read_array(tmp_path / "a.npz", ["x_train"], anything, "any")


def test_a_flipped_bit_is_found(tmp_path):
    path = tmp_path / "a.npz"
    zip_with(path, npy_bytes(tmp_path, np.arange(100)), zipfile.ZIP_STORED)
    content = bytearray(path.read_bytes())
    content[600] ^= 1  # In the uncompressed numbers, where only the CRC shows it.
    path.write_bytes(content)
    with pytest.raises(NpzError, match=r"a\.npz: is not an npz file .*Bad CRC-32"):
        read_array(path, ["x_train"], anything, "any")


@pytest.mark.parametrize("content", [b"", b"PK", b"no zip file at all"])
def test_another_kind_of_file_is_named(tmp_path, content):
    (tmp_path / "a.npz").write_bytes(content)
    with pytest.raises(NpzError, match=r"a\.npz: is not an npz file that can be read"):
        read_keras_npz(tmp_path / "a.npz")


def test_formats_that_let_the_file_choose_the_memory_are_refused(tmp_path):
    content = npy_bytes(tmp_path, np.arange(3))
    path = tmp_path / "a.npz"
    zip_with(path, content, zipfile.ZIP_LZMA)
    with pytest.raises(NpzError, match=r"a\.npz: .*compressed in a way"):
        read_array(path, ["x_train"], anything, "any")
    long_header = content[:6] + b"\2\0" + (200_000_000).to_bytes(4, "little")
    zip_with(path, long_header + b" " * 1000)
    with pytest.raises(NpzError, match=r"a\.npz: .*version \(2, 0\)"):
        read_array(path, ["x_train"], anything, "any")


def test_more_than_half_of_the_free_memory_is_refused_by_the_header(tmp_path, monkeypatch, arrays):
    meminfo = tmp_path / "meminfo"
    monkeypatch.setattr(untrusted, "_MEMINFO", meminfo)
    path = tmp_path / "a.npz"
    np.savez(path, **arrays)
    meminfo.write_text("MemTotal:  9999999 kB\nMemAvailable:  12 kB\nMemFree:  1 kB\n")
    with pytest.raises(DataError, match=r"a\.npz: its header asks for 0\.0 MiB of memory; at most"):
        read_keras_npz(path)  # 8 images of 784 bytes are more than 6 kB.
    meminfo.write_text("MemAvailable:  13 kB\n")
    assert len(read_keras_npz(path)[0].images) == 8


@pytest.mark.parametrize("content", [None, "", "MemTotal: 5 kB\n", "MemAvailable: much\n"])
def test_half_of_the_whole_memory_is_the_limit_if_the_free_memory_is_unknown(
    tmp_path, monkeypatch, content
):
    meminfo = tmp_path / "meminfo"
    if content is not None:
        meminfo.write_text(content)
    monkeypatch.setattr(untrusted, "_MEMINFO", meminfo)
    check_memory("a.npz", 10**6)
    with pytest.raises(DataError, match="asks for 931,322,574"):
        check_memory("a.npz", 10**18)


@pytest.mark.parametrize(
    "header",
    [
        b"{'descr': '|u1', 'fortran_order': False, 'shape': (-5,)}",
        b"{'descr': '|u1', 'fortran_order': False, 'shape': (True,)}",
        b"{[]: 1}",
        b"(" * 5000,
        b"{'descr': '|u1', 'fortran_order': False, 'shape': (5",
        b'"""',
        b"{'descr': 'O', 'fortran_order': False, 'shape': (5,)}",
        b"{'descr': '<U500000000', 'fortran_order': False, 'shape': (50000000000,)}",
    ],
)
@pytest.mark.filterwarnings("ignore:Reading `.npy`")
def test_any_wrong_header_is_an_error_of_one_line(tmp_path, header):
    length = len(header).to_bytes(2, "little")
    zip_with(tmp_path / "a.npz", b"\x93NUMPY\1\0" + length + header + b"12345")
    with pytest.raises(DataError, match=r"a\.npz: ") as error:
        read_array(tmp_path / "a.npz", ["x_train"], lambda shape, dtype: dtype.kind != "O", "any")
    assert len(str(error.value).splitlines()) == 1


def test_a_long_table_of_contents_is_not_read(tmp_path):
    path = tmp_path / "a.npz"
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(20_000):
            archive.writestr(f"{number:050}", b"")
    with pytest.raises(NpzError, match="table of contents of 1,920,000 bytes"):
        read_keras_npz(path)


def test_an_offset_before_the_start_of_the_file_is_an_npz_error(tmp_path, arrays):
    path = tmp_path / "a.npz"
    np.savez(path, **arrays)
    path.write_bytes(path.read_bytes()[2:])  # All offsets in its table are too large by 2.
    with pytest.raises(NpzError, match="is not an npz file that can be read"):
        read_keras_npz(path)


def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "a.npz")
    with pytest.raises(OSError, match="is not a regular file"):
        read_keras_npz(tmp_path / "a.npz")


def test_class_names_have_a_largest_length(tmp_path, arrays):
    path = tmp_path / "a.npz"
    np.savez_compressed(path, **arrays, class_names=np.array(["a" * 2000, "b"]))
    with pytest.raises(NpzError, match=r"class_names must be .*, got \(2,\) <U2000"):
        read_keras_npz(path)

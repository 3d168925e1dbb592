import os
import struct
import zipfile

import pytest

from acwgan.errors import DataError
from acwgan.files import untrusted
from acwgan.files.tree import open_tree


@pytest.fixture(params=["folder", "zip"])
def tree(request, tmp_path):
    """The same files as a folder and as a zip file."""
    files = {"b/2.txt": b"two", "b/1.txt": b"one", "c.txt": b"three", "a/x/y.txt": b"deep"}
    path = tmp_path / "data"
    if request.param == "zip":
        path = tmp_path / "data.zip"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.mkdir("b")
            for name, content in files.items():
                archive.writestr(name, content)
    else:
        for name, content in files.items():
            (path / name).parent.mkdir(parents=True, exist_ok=True)
            (path / name).write_bytes(content)
    with open_tree(path) as opened:
        yield opened


def test_folders_and_zip_files_are_read_alike(tree):
    assert tree.files == ("a/x/y.txt", "b/1.txt", "b/2.txt", "c.txt")
    assert tree.folders() == ["a", "b"] and tree.plain_files() == ["c.txt"]
    assert tree.content("b/2.txt") == b"two" and tree.content("c.txt") == b"three"
    below = tree.below("a").below("x")
    assert below.files == ("y.txt",) and below.content("y.txt") == b"deep"
    assert str(below.path) == str(tree.path / "a" / "x")
    assert tree.without({"c.txt"}).plain_files() == []


def test_empty_folders_are_told(tmp_path):
    (tmp_path / "a" / "b").mkdir(parents=True)
    with open_tree(tmp_path) as tree:
        assert tree.files == () and tree.empty == ("a/b",)
        assert tree.below("a").empty == ("b",)


def test_links_out_of_a_folder_and_in_a_circle_are_refused(tmp_path):
    (tmp_path / "data" / "a").mkdir(parents=True)
    (tmp_path / "private.txt").write_text("mine")
    link = tmp_path / "data" / "a" / "link"
    for target in (tmp_path / "private.txt", tmp_path, "/dev/zero"):
        link.symlink_to(target)
        with (
            pytest.raises(DataError, match="a/link: is a link out of"),
            open_tree(tmp_path / "data"),
        ):
            pass
        link.unlink()
    link.symlink_to(tmp_path / "data")
    with (
        pytest.raises(DataError, match="is a link to a folder that it lies in"),
        open_tree(tmp_path / "data"),
    ):
        pass


def test_a_link_within_the_folder_is_followed(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "x").write_text("here")
    (tmp_path / "b").symlink_to("a")
    with open_tree(tmp_path) as tree:
        assert tree.files == ("a/x", "b/x") and tree.content("b/x") == b"here"


def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with open_tree(tmp_path) as tree, pytest.raises(OSError, match="not a regular file"):
        tree.content("pipe")


def write(path, names, **options):
    with zipfile.ZipFile(path, "w", **options) as archive:
        for name in names:
            archive.writestr(zipfile.ZipInfo(name), b"content")


@pytest.mark.parametrize(
    "name", ["../x.png", "a/../../x.png", "/etc/x.png", "c:/x.png", "a\\x.png"]
)
def test_a_zip_file_that_names_files_outside_itself_is_refused(tmp_path, name):
    path = tmp_path / "a.zip"
    write(path, [name])
    with pytest.raises(DataError, match=r"a\.zip: names a file outside itself"), open_tree(path):
        pass
    assert os.listdir(tmp_path) == ["a.zip"]


def test_a_zip_bomb_is_refused_by_its_table_of_contents(tmp_path, monkeypatch):
    meminfo = tmp_path / "meminfo"
    meminfo.write_text("MemAvailable:  100 kB\n")
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a/x.png", bytes(1 << 20))
    assert path.stat().st_size < 2000
    monkeypatch.setattr(untrusted, "_MEMINFO", meminfo)
    with (
        pytest.raises(DataError, match=r"a\.zip: unpacks to 1\.0 MiB; at most 0\.0 MiB is"),
        open_tree(path),
    ):
        pass


def test_a_table_of_contents_that_lies_unpacks_no_more_than_it_says(tmp_path):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x.png", bytes(1 << 20))
    content = path.read_bytes()
    sizes = struct.pack("<I", 1 << 20)
    path.write_bytes(content.replace(sizes, struct.pack("<I", 100)))
    with open_tree(path) as tree, pytest.raises(OSError, match="cannot be unpacked") as error:
        tree.content("x.png")
    assert str(error.value.filename).endswith("a.zip/x.png")


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_other_compressions_are_not_unpacked(tmp_path, method):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", method) as archive:
        archive.writestr("x.png", b"content")
    with open_tree(path) as tree, pytest.raises(OSError, match="in a way that is not read"):
        tree.content("x.png")


def test_a_damaged_zip_file_is_named(tmp_path):
    path = tmp_path / "a.zip"
    path.write_bytes(b"PK\x05\x06" + b"\xff" * 18)
    with (
        pytest.raises(DataError, match=r"a\.zip: is not a zip file that can be read"),
        open_tree(path),
    ):
        pass

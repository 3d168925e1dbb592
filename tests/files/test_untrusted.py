import os
from pathlib import Path

import pytest

from acwgan.files.atomic import whole_file
from acwgan.files.untrusted import parse_json_object, read_text


def test_the_error_of_a_failed_write_has_the_name_that_the_caller_gave(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(OSError) as caught, whole_file(tmp_path / "file" / "a.txt"):
        pass
    assert caught.value.filename == str(tmp_path / "file")
    with pytest.raises(OSError) as caught, whole_file("/proc/a.txt") as partial:
        partial.write_text("never")
    assert caught.value.filename == "/proc/a.txt"


def test_a_failed_write_keeps_the_old_file_and_leaves_no_other(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("old")
    with pytest.raises(RuntimeError), whole_file(path) as partial:
        partial.write_text("ne")
        raise RuntimeError
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("name", ["", ".", "/dev/null", "pipe"])
def test_folders_devices_and_pipes_are_not_replaced(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    os.mkfifo("pipe")
    with pytest.raises(OSError, match="exists and is not a file"), whole_file(name):
        pytest.fail("the block must not run")
    assert Path("/dev/null").is_char_device() and Path("pipe").is_fifo()


def test_a_link_with_the_name_of_the_partial_file_is_not_followed(tmp_path):
    with whole_file(tmp_path / "a.txt") as partial:
        partial.write_text("old")
        name = partial.name
    (tmp_path / "private").write_text("mine")
    (tmp_path / name).symlink_to(tmp_path / "private")
    with whole_file(tmp_path / "a.txt") as partial:
        partial.write_text("new")
    assert (tmp_path / "private").read_text() == "mine"
    assert (tmp_path / "a.txt").read_text() == "new"


def test_only_regular_files_of_a_limited_size_are_read(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes(b"\xef\xbb\xbfa\r\nb")
    assert read_text(path) == "a\nb"
    with pytest.raises(OSError, match=r"is larger than 0\.0 MiB"):
        read_text(path, max_bytes=6)
    with path.open("r+b") as file:
        file.truncate(1 << 40)  # A sparse file; reading it would fill the memory.
    with pytest.raises(OSError, match=r"is larger than 1\.0 MiB"):
        read_text(path)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OSError, match="is not a regular file"):
        read_text(tmp_path / "pipe")


@pytest.mark.parametrize("text", ["", "[]", "3", "[" * 100_000, '{"a": ' * 100_000, "1" * 5000])
def test_json_that_is_not_an_object_is_a_value_error(text):
    with pytest.raises(ValueError):
        parse_json_object(text)

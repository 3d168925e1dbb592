import os
import shutil
import subprocess

import pytest

from acwgan.files.checksums import SUMS, damage, write_sums


@pytest.fixture
def folder(tmp_path):
    for name in ("a.index", "b.data"):
        (tmp_path / name).write_bytes(name.encode() * 1000)
    write_sums(tmp_path)
    return tmp_path


def test_every_flipped_bit_and_every_cut_is_found(folder):
    assert damage(folder) is None
    whole = (folder / "b.data").read_bytes()
    for position in (0, 777, len(whole) - 1):
        flipped = bytearray(whole)
        flipped[position] ^= 4
        (folder / "b.data").write_bytes(flipped)
        assert damage(folder) == "b.data differs from its checksum"
    for length in (0, len(whole) - 1):
        (folder / "b.data").write_bytes(whole[:length])
        assert damage(folder) == "b.data differs from its checksum"
    (folder / "b.data").write_bytes(whole)
    assert damage(folder) is None


def test_a_missing_file_is_named(folder):
    (folder / "a.index").unlink()
    assert damage(folder) == "a.index is missing"
    (folder / SUMS).unlink()
    assert damage(folder) == "SHA256SUMS is missing"


@pytest.mark.parametrize(
    "text, fault", [(b"", "is empty"), (b"abc", "cannot be read"), (b"\xff\n", "cannot be read")]
)
def test_damaged_checksums_are_reported(folder, text, fault):
    (folder / SUMS).write_bytes(text)
    assert damage(folder) == f"SHA256SUMS {fault}"


@pytest.mark.parametrize("name", ["/dev/zero", "../x", "sub/x", ".", "", "SHA256SUMS"])
def test_only_files_of_the_folder_are_read(folder, name):
    with (folder / SUMS).open("a") as file:
        file.write(f"{'0' * 64}  {name}\n")
    assert damage(folder) == f"SHA256SUMS names {name!r}, which is no file of the folder"


@pytest.mark.parametrize("name", ["a.index", SUMS])
def test_a_pipe_does_not_wait(folder, name):
    (folder / name).unlink()
    os.mkfifo(folder / name)
    assert damage(folder).startswith(f"{name} cannot be read")


def test_a_device_behind_a_link_is_not_read(folder):
    (folder / "a.index").unlink()
    (folder / "a.index").symlink_to("/dev/zero")
    assert damage(folder) == "a.index cannot be read: is not a regular file"


def test_a_file_without_a_checksum_is_reported_but_not_those_of_systems(folder):
    (folder / ".DS_Store").touch()
    assert damage(folder) is None
    (folder / "c.data").touch()
    assert damage(folder) == "c.data is not in SHA256SUMS"


@pytest.mark.skipif(not shutil.which("sha256sum"), reason="there is no sha256sum here")
def test_sha256sum_accepts_the_file(folder):
    subprocess.run(["sha256sum", "--check", "--strict", SUMS], cwd=folder, check=True)

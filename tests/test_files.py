import pytest

from acwgan.files import whole_file


def test_a_place_that_cannot_be_written_is_named_as_the_caller_named_it(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(OSError) as caught, whole_file(tmp_path / "file" / "a.txt"):
        pass
    assert caught.value.filename == str(tmp_path / "file")
    with pytest.raises(OSError) as caught, whole_file("/proc/a.txt") as partial:
        partial.write_text("never")
    assert caught.value.filename == "/proc/a.txt"


def test_a_failed_write_leaves_the_old_file_and_no_other(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("old")
    with pytest.raises(RuntimeError), whole_file(path) as partial:
        partial.write_text("ne")
        raise RuntimeError
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]

import pytest

from acwgan.files.atomic import whole_folder


def contents(folder):
    """Name -> text of the files in a folder."""
    return {path.name: path.read_text() for path in folder.iterdir()}


def test_a_complete_folder_replaces_the_old_one(tmp_path):
    path = tmp_path / "new" / "a"
    for name in ("first", "second"):
        with whole_folder(path) as partial:
            partial.mkdir()
            (partial / name).write_text(name)
            assert not (path / name).exists()
    assert contents(path) == {"second": "second"}
    assert [each.name for each in path.parent.iterdir()] == ["a"]


@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError])
def test_an_incomplete_folder_leaves_the_old_one(error, tmp_path):
    path = tmp_path / "a"
    path.mkdir()
    (path / "old").write_text("old")
    with pytest.raises(error), whole_folder(path) as partial:
        partial.mkdir()
        (partial / "new").write_text("new")
        raise error
    assert contents(path) == {"old": "old"}
    assert [each.name for each in tmp_path.iterdir()] == ["a"]


def test_what_an_earlier_process_left_is_removed(tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere/kept").write_text("kept")
    (tmp_path / ".partial-a").symlink_to(tmp_path / "elsewhere")
    (tmp_path / ".replaced-a").mkdir()
    (tmp_path / ".replaced-a/old").write_text("old")
    with whole_folder(tmp_path / "a") as partial:
        partial.mkdir()
    assert sorted(each.name for each in tmp_path.iterdir()) == ["a", "elsewhere"]
    assert contents(tmp_path / "elsewhere") == {"kept": "kept"}


def test_a_file_and_a_link_are_refused_by_name(tmp_path):
    (tmp_path / "file").write_text("kept")
    (tmp_path / "link").symlink_to(tmp_path)
    for name in ("file", "link"):
        refused = pytest.raises(OSError, match="exists and is not a folder")
        with refused as caught, whole_folder(tmp_path / name):
            pass
        assert caught.value.filename == str(tmp_path / name)
    assert (tmp_path / "file").read_text() == "kept"

import subprocess
import sys

import pytest
from at_once import three_at_once, write_many

from acwgan.files.atomic import is_partial, whole_file, whole_folder

#: Writes a file in a process of its own, which then waits within the block, to be killed.
KILLED = """
import sys
from acwgan.files.atomic import whole_file
with whole_file(sys.argv[1]) as partial:
    partial.write_text("half")
    print(partial.name, flush=True)
    sys.stdin.read()
"""


def anything(folder):
    return True


def contents(folder):
    """Name -> text of the files in a folder."""
    return {path.name: path.read_text() for path in folder.iterdir()}


def test_a_complete_folder_replaces_the_old_one(tmp_path):
    path = tmp_path / "new" / "a"
    for name in ("first", "second"):
        with whole_folder(path, anything) as partial:
            (partial / name).write_text(name)
            assert not (path / name).exists()
    assert contents(path) == {"second": "second"}
    assert [each.name for each in path.parent.iterdir()] == ["a"]


@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError])
def test_an_incomplete_folder_leaves_the_old_one(error, tmp_path):
    path = tmp_path / "a"
    path.mkdir()
    (path / "old").write_text("old")
    with pytest.raises(error), whole_folder(path, anything) as partial:
        (partial / "new").write_text("new")
        raise error
    assert contents(path) == {"old": "old"}
    assert [each.name for each in tmp_path.iterdir()] == ["a"]


@pytest.fixture
def writing(tmp_path):
    """A process that has written half of a file, and the name of that half."""
    command = [sys.executable, "-c", KILLED, str(tmp_path / "a.txt")]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, **pipes) as process:
        yield process, process.stdout.readline().strip()
        process.kill()


def test_two_that_write_one_file_at_once_do_not_disturb_each_other(tmp_path, writing):
    process, half = writing
    path = tmp_path / "a.txt"
    with whole_file(path) as one:
        one.write_text("one")
        with whole_file(path) as other:
            assert len({one, other, tmp_path / half}) == 3
            other.write_text("other")
        assert contents(tmp_path) == {"a.txt": "other", one.name: "one", half: "half"}
    assert contents(tmp_path) == {"a.txt": "one", half: "half"}
    process.communicate()  # The end of its input ends the block.
    assert contents(tmp_path) == {"a.txt": "half"}


def test_what_a_killed_process_left_is_removed_and_nothing_else(tmp_path, writing):
    process, half = writing
    others = [".partial-b.txt-0.txt", ".partial-a.txt-x.txt", ".partial-mine"]
    for name in others:
        (tmp_path / name).touch()
    process.kill()
    process.wait()
    assert is_partial(half, of="a.txt") and (tmp_path / half).exists()
    with whole_file(tmp_path / "a.txt") as partial:
        partial.write_text("whole")
    assert contents(tmp_path) == {"a.txt": "whole", **dict.fromkeys(others, "")}


def test_links_with_the_names_of_partial_folders_are_removed_not_followed(tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere/kept").write_text("kept")
    for number in range(3):
        (tmp_path / f".partial-a-{number}").symlink_to(tmp_path / "elsewhere")
    with whole_folder(tmp_path / "a", anything):
        pass
    assert sorted(each.name for each in tmp_path.iterdir()) == ["a", "elsewhere"]
    assert contents(tmp_path / "elsewhere") == {"kept": "kept"}


def test_of_two_folders_written_at_once_the_last_stays(tmp_path):
    path = tmp_path / "a"
    with whole_folder(path, anything) as one:
        (one / "one").write_text("1")
        with whole_folder(path, anything) as other:
            (other / "other").write_text("2")
        assert contents(path) == {"other": "2"}
    assert contents(path) == {"one": "1"}
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_with_other_things_is_refused_also_if_they_came_meanwhile(tmp_path):
    path = tmp_path / "a"
    path.mkdir()

    def is_own(folder):
        return {each.name for each in folder.iterdir()} == {"mine"}

    refused = pytest.raises(OSError, match="holds other things, which would be lost")
    with whole_folder(path, is_own) as partial:  # An empty folder is replaced.
        (partial / "mine").write_text("1")
    with refused, whole_folder(path, is_own) as partial:
        (partial / "mine").write_text("2")
        (path / "thesis").write_text("3")
    with refused, whole_folder(path, is_own):
        pytest.fail("the block must not run")
    assert contents(path) == {"mine": "1", "thesis": "3"}
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_and_a_link_are_refused_by_name(tmp_path):
    (tmp_path / "file").write_text("kept")
    (tmp_path / "link").symlink_to(tmp_path)
    for name in ("file", "link"):
        refused = pytest.raises(OSError, match="exists and is not a folder")
        with refused as caught, whole_folder(tmp_path / name, anything):
            pass
        assert caught.value.filename == str(tmp_path / name)
    assert (tmp_path / "file").read_text() == "kept"


def test_processes_that_write_the_same_at_once_do_not_disturb_each_other(tmp_path):
    assert three_at_once(write_many, tmp_path) == [None] * 3
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.txt", "folder"]
    assert (tmp_path / "folder" / "a.txt").read_text() == "59"

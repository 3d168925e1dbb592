"""Two real processes and one folder."""

import os
import re
import shutil
import subprocess
import sys

import pytest

from acwgan.runs.lock import LOCK, Lock, LockError

HOLD = """
import sys
from acwgan.runs.lock import Lock
with Lock(sys.argv[1]):
    print("has it", flush=True)
    input()
"""


@pytest.fixture
def other(tmp_path):
    """Another process that has the lock of the folder."""
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path)], **pipes) as process:
        assert process.stdout.readline() == "has it\n"
        yield process
        process.kill()


def test_a_second_process_is_told_who_has_it(other, tmp_path):
    who = re.escape(f"(process {other.pid} on {os.uname().nodename})")
    with pytest.raises(LockError, match=rf"another training is writing into it {who}; wait"):
        Lock(tmp_path).__enter__()
    other.communicate("\n")
    with Lock(tmp_path):
        pass
    assert list(tmp_path.iterdir()) == []


def test_the_lock_of_a_killed_process_stops_nobody(other, tmp_path):
    other.kill()
    other.wait()
    assert (tmp_path / LOCK).exists()
    with Lock(tmp_path):
        assert f"process {os.getpid()} " in (tmp_path / LOCK).read_text()


@pytest.mark.parametrize("replaced", [False, True])
def test_a_folder_that_is_removed_or_replaced_is_noticed(tmp_path, replaced):
    run_dir = tmp_path / "run"
    with Lock(run_dir) as lock:
        lock.check()
        shutil.rmtree(run_dir)
        if replaced:
            run_dir.mkdir()
            (run_dir / LOCK).touch()
        with pytest.raises(LockError, match="was removed or replaced"):
            lock.check()
    assert run_dir.exists() == replaced and (run_dir / LOCK).exists() == replaced


@pytest.mark.parametrize("link", [os.symlink, os.link])
def test_a_link_in_place_of_the_lock_is_never_written_to(link, tmp_path):
    mine, run_dir = tmp_path / "mine", tmp_path / "run"
    mine.write_text("mine")
    run_dir.mkdir()
    link(mine, run_dir / LOCK)
    with pytest.raises(LockError, match=rf"{LOCK}: is a link or no plain file; remove it"):
        Lock(run_dir).__enter__()
    assert mine.read_text() == "mine"


def test_a_link_to_nothing_makes_no_file_elsewhere(tmp_path):
    run_dir = tmp_path / "run"
    run_dir.mkdir()
    (run_dir / LOCK).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(LockError, match="is a link"):
        Lock(run_dir).__enter__()
    assert not (tmp_path / "elsewhere").exists()


def test_a_pipe_in_place_of_the_lock_is_refused(tmp_path):
    os.mkfifo(tmp_path / LOCK)
    with pytest.raises(LockError, match="no plain file"):
        Lock(tmp_path).__enter__()


def test_a_folder_that_it_made_is_removed_unless_something_is_in_it(tmp_path):
    with Lock(tmp_path / "out" / "run"):
        pass
    assert not (tmp_path / "out" / "run").exists()
    with Lock(tmp_path / "run"):
        (tmp_path / "run" / "config.json").touch()
    assert [path.name for path in (tmp_path / "run").iterdir()] == ["config.json"]
    (tmp_path / "empty").mkdir()
    with Lock(tmp_path / "empty"):
        pass
    assert (tmp_path / "empty").exists()

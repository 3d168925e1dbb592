"""What Linux can show of Windows: without the modules and names that Windows lacks, in a process.

``msvcrt`` is played by POSIX record locks, which lock a byte of a file as it does.
"""

import os
import subprocess
import sys

import numpy as np
import pytest

from acwgan.runs.checkpoints import latest

#: Runs before everything else in each Python process (``site`` imports it).
SITECUSTOMIZE = """
import ctypes, os, signal, sys, types

class Absent:
    NAMES = {"fcntl", "resource", "pwd", "grp", "termios", "pty", "tty", "posix_ipc", "syslog"}
    def find_spec(self, name, path=None, target=None):
        if name in self.NAMES:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

import subprocess, tempfile, shutil  # On Windows they have other ways than these names.
for name in Absent.NAMES & set(sys.modules):
    del sys.modules[name]
sys.meta_path.insert(0, Absent())
for module, names in [
    (os, "fork forkpty register_at_fork sched_getaffinity killpg getuid geteuid getgid sysconf "
         "O_NOFOLLOW O_NONBLOCK O_CLOEXEC mkfifo setsid fchmod chown"),
    (signal, "SIGHUP SIGKILL SIGUSR1 SIGUSR2 SIGALRM SIGPIPE SIGCHLD pthread_sigmask alarm"),
]:
    for name in names.split():
        if hasattr(module, name):
            delattr(module, name)

libc = ctypes.CDLL(None, use_errno=True)
def locking(descriptor, mode, count):
    if libc.lockf(descriptor, mode, ctypes.c_long(count)):
        raise OSError(13, "Permission denied")
msvcrt = types.ModuleType("msvcrt")
msvcrt.locking, msvcrt.LK_NBLCK = locking, 2  # F_TLOCK
sys.modules["msvcrt"] = msvcrt
"""
HOLD = """
import sys
from acwgan.runs.lock import Lock
with Lock(sys.argv[1]):
    print("has it", flush=True)
    input()
"""


@pytest.fixture(scope="module")
def python(tmp_path_factory):
    """Starts Python without what Windows lacks."""
    folder = tmp_path_factory.mktemp("windows")
    (folder / "sitecustomize.py").write_text(SITECUSTOMIZE, encoding="utf-8")
    paths = os.pathsep.join([str(folder), *filter(None, sys.path)])

    def start(*words, **options):
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "encoding": "utf-8"}
        environment = {**os.environ, "PYTHONPATH": paths}
        command = [sys.executable, *map(str, words)]
        return subprocess.Popen(command, env=environment, **pipes, **options)

    return start


def ends_well(process):
    out, err = process.communicate()
    assert process.returncode == 0 and "Traceback" not in err, err
    return out


def test_the_names_are_really_gone(python):
    for name in ("fcntl", "resource", "termios"):
        process = python("-c", f"import {name}")
        assert f"No module named '{name}'" in process.communicate()[1]
    ends_well(python("-c", "import os, signal; assert not hasattr(os, 'fork')"))


def test_the_lock_works_without_fcntl(python, tmp_path):
    with python("-c", HOLD, tmp_path, stdin=subprocess.PIPE) as first:
        assert first.stdout.readline() == "has it\n"
        second = python("-c", HOLD, tmp_path, stdin=subprocess.DEVNULL)
        said = second.communicate()[1]
        assert f"another training is writing into it (process {first.pid} on" in said
        first.communicate("\n")
    assert [*tmp_path.iterdir()] == []


@pytest.mark.long
def test_the_commands_work_without_what_windows_lacks(python, tmp_path):
    def run(*words):
        return ends_well(python("-m", "acwgan", *words, cwd=tmp_path))

    words = "--preset wgan-mlp --conditional --batch-size 4 --precision float32 --steps 2"
    words += (
        " --schedule constant --n-critic 1 --log-every 1 --sample-every 1 --evaluate-every none"
    )
    assert "Trained: run." in run("train", *words.split(), "--run-dir", "run")
    assert latest(tmp_path / "run").name == "step-00000002"
    run("train", "--resume", "--run-dir", "run")
    run("export", "run")
    run("generate", "20260", "--out", "a.png")
    run("generate", "7", "--checkpoint", "run/generator.tflite", "--out", "b.png")
    run("generate", "7", "--checkpoint", "run/generator.keras", "--out", "c.png")
    run("generate", "--per-class", "2", "--out", "set.npz")
    assert len(np.load(tmp_path / "set.npz")["y_train"]) == 20
    run("generate", "7", "--out", "seven.png")
    assert "seven.png" in run("score", "seven.png")
    run("plot", "run")
    run("video", "run")
    run("web", "--out", "page")
    run("--print-completion", "bash")

"""The launcher, with small programs in place of workers."""

import os
import signal
import subprocess
import sys
import textwrap
import time

import pytest

from acwgan.devices.launcher import launch


def worker(folder, code):
    """A program with the variables folder, index and resume, which writes a file at each start."""
    body = f"""
        import os, signal, sys, time
        from pathlib import Path
        index = int(sys.argv[-1].removeprefix("--index="))
        addresses = sys.argv[-2].removeprefix("--workers=").split(",")
        folder, resume = Path({str(folder)!r}), "--resume" in sys.argv
        starts = len([*folder.glob(f"start-{{index}}-*")])
        (folder / f"start-{{index}}-{{starts}}").write_text(" ".join(addresses))
    """
    program = textwrap.dedent(body) + textwrap.dedent(code)
    return lambda resume: [sys.executable, "-c", program, *["--resume"] * resume]


def run(folder, code, workers=2, restarts=3):
    reported = []
    status = launch(worker(folder, code), workers, restarts, lambda: True, reported.append)
    return status, reported


def test_all_workers_get_the_same_addresses_and_end_with_0(tmp_path):
    assert run(tmp_path, "", workers=3) == (0, [])
    texts = {path.read_text() for path in tmp_path.iterdir()}
    (addresses,) = texts
    assert len({*addresses.split()}) == 3 and len([*tmp_path.iterdir()]) == 3


def test_when_one_dies_all_start_again_and_resume(tmp_path):
    status, reported = run(
        tmp_path,
        """
        while index and not (folder / "start-0-0").exists():
            time.sleep(0.05)
        if not resume and index == 1:
            os.kill(os.getpid(), signal.SIGKILL)
        if not resume:
            time.sleep(600)
        """,
    )
    assert status == 0
    assert reported == ["Worker 1 of 2 ended by signal 9; all start again, 2 more times at most."]
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "start-0-0",
        "start-0-1",
        "start-1-0",
        "start-1-1",
    ]


@pytest.mark.parametrize("code, status", [("sys.exit(75)", 75), ("os.kill(os.getpid(), 9)", 137)])
def test_restarts_are_bounded_and_the_last_status_is_returned(code, status, tmp_path):
    ended, reported = run(tmp_path, f"if index == 0: {code}\ntime.sleep(600)", restarts=1)
    assert ended == status
    assert len(reported) == 2 and reported[1].endswith("no restarts left.")


def test_an_error_of_the_user_is_not_retried(tmp_path):
    code = """
    while index and not (folder / "start-0-0").exists():
        time.sleep(0.05)
    sys.exit(2 if index else time.sleep(600))
    """
    assert run(tmp_path, code) == (2, [])
    assert len([*tmp_path.iterdir()]) == 2


def test_stopped_workers_are_waited_for_and_not_started_again(tmp_path):
    code = "time.sleep(0.5 * index); (folder / f'saved-{index}').touch(); sys.exit(143)"
    assert run(tmp_path, code) == (143, [])
    assert len([*tmp_path.glob("saved-*")]) == 2 and len([*tmp_path.glob("start-*")]) == 2


@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_reaches_every_worker_once_and_none_is_killed(signum, tmp_path):
    code = """
    def stop(signum, frame):
        (folder / f"stopped-{index}").touch()
        time.sleep(0.3 * index)
        sys.exit(128 + signum)
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, stop)
    (folder / f"ready-{index}").touch()
    time.sleep(600)
    """
    words = worker(tmp_path, textwrap.dedent(code))(False)
    program = f"""
        import signal, sys
        from acwgan.devices.launcher import launch
        signal.signal(signal.SIGINT, signal.default_int_handler)
        sys.exit(launch(lambda resume: {words!r}, 2, 3, lambda: True, print))
    """
    process = subprocess.Popen([sys.executable, "-c", textwrap.dedent(program)])
    deadline = time.monotonic() + 60
    while len([*tmp_path.glob("ready-*")]) < 2 and time.monotonic() < deadline:
        time.sleep(0.02)
    os.kill(process.pid, signum)
    assert process.wait(timeout=60) == 128 + signum
    assert len([*tmp_path.glob("stopped-*")]) == 2


def test_a_signal_while_the_workers_start_reaches_all_of_them(tmp_path):
    # The first worker sends it before the second is started.
    code = """
    signal.signal(signal.SIGHUP, lambda *_: sys.exit(129))
    if index == 0:
        os.kill(os.getppid(), signal.SIGHUP)
    time.sleep(600)
    """
    words = worker(tmp_path, textwrap.dedent(code))(False)
    program = f"""
        import subprocess, sys, time
        from pathlib import Path
        from acwgan.devices import launcher
        class Slow(subprocess.Popen):
            def __init__(self, *words, **options):
                super().__init__(*words, **options)
                started = words[0][-1].replace("--index=", "start-") + "-0"
                while not Path({str(tmp_path)!r}, started).exists():
                    time.sleep(0.01)
        launcher.subprocess.Popen = Slow
        sys.exit(launcher.launch(lambda resume: {words!r}, 3, 3, lambda: True, print))
    """
    process = subprocess.run([sys.executable, "-c", textwrap.dedent(program)])
    assert process.returncode == 129 and len([*tmp_path.glob("start-*")]) == 3

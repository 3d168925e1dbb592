"""``acwgan board`` as a process of its own, asked over HTTP as a browser asks it."""

import json
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager

import numpy as np
import pytest

from acwgan.board.events import RunLog

COMMAND = [sys.executable, "-m", "acwgan", "board"]


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    """A folder with a run that wrote 25 grids."""
    folder = tmp_path_factory.mktemp("out")
    log = RunLog(folder / "mine", {})
    for step in range(1, 26):
        log.samples(step, np.zeros((10, 4, 4, 1), np.uint8), columns=10)
    log.close()
    return folder


@contextmanager
def board(*words, **options):
    """The process, and the address that it printed."""
    command = [*COMMAND, *map(str, words)]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, **pipes, **options) as process:
        try:
            line = process.stdout.readline()
            address = re.search(r"http://127\.0\.0\.1:\d+/", line)
            assert address, line + process.stderr.read()
            yield process, address.group()
        finally:
            process.kill()


def ask(address, path):
    with urllib.request.urlopen(f"{address}data/{path}", timeout=10) as answer:
        return json.load(answer)


def steps(address, run, enough):
    """The steps of the slider, as soon as there are so many."""
    query = f"plugin/images/images?run={run}&tag=samples/grid&sample=0"
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            found = [image["step"] for image in ask(address, query)]
        except OSError:  # Not read yet.
            found = []
        if len(found) >= enough:
            return found
        time.sleep(0.2)
    raise AssertionError(f"{found}, not {enough}")


def taken(port=0):
    """A socket that listens, as another TensorBoard does."""
    other = socket.create_server(("127.0.0.1", port))
    return other, other.getsockname()[1]


def test_every_picture_is_served_and_new_ones_while_a_run_goes_on(out, tmp_path):
    log = RunLog(tmp_path / "now", {})
    picture = np.zeros((10, 4, 4, 1), np.uint8)
    log.samples(1, picture, columns=10)
    log.sizes()  # Flushes.
    (tmp_path / "link").symlink_to(out / "mine")
    with board(tmp_path, "--port", 0) as (_, address):
        assert steps(address, "link", 25) == list(range(1, 26))
        assert steps(address, "now", 1) == [1]
        log.samples(2, picture, columns=10)
        log.close()
        written = time.monotonic()
        assert steps(address, "now", 2) == [1, 2]
        assert time.monotonic() - written < 10


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM])
def test_a_person_ends_it_and_nothing_else_is_said(out, signum):
    # A single run folder this time. All pages are asked for: none may bring TensorFlow's lines.
    with board(out / "mine", "--port", 0) as (process, address):
        assert steps(address, ".", 25)
        while "projector" not in ask(address, "plugins_listing"):
            time.sleep(0.1)
        time.sleep(1)
        process.send_signal(signum)
        said, noise = process.communicate(timeout=20)
        assert (process.returncode, said, noise) == (0, "", "")


def test_beside_another_one_it_takes_the_next_port(out, tmp_path):
    (tmp_path / "link").symlink_to(out / "mine")  # The only run there.
    try:
        other, port = taken(6006)
    except OSError:  # Something else has it: as good.
        other, port = None, 6006
    with board(tmp_path) as (_, address):
        assert int(address.split(":")[2][:-1]) > port
        assert steps(address, "link", 25)
    if other:
        other.close()


def refused(*words, **options):
    """The one line with which the command ends."""
    command = [*COMMAND, *map(str, words)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, **options)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1
    return done.stderr


def test_a_port_that_was_asked_for_is_used_or_refused(out):
    other, port = taken()
    with other:
        fault = refused(out, "--port", port)
    assert fault.startswith(f"acwgan: --host 127.0.0.1 --port {port}: ")
    assert fault.endswith("already in use\n")
    with board(out, "--port", port) as (_, address):
        assert address == f"http://127.0.0.1:{port}/"


@pytest.mark.parametrize(
    "words, fault",
    [
        (["none"], "none: is not a folder; give a run folder, or a folder with runs in it"),
        (["empty"], "empty: has no runs in it (no event files)"),
        ([".", "--port", "70000"], "--port must be a whole number from 0 to 65535, got 70000"),
        ([".", "--port", "x"], "--port must be a whole number from 0 to 65535, got 'x'"),
        ([".", "--host", "nowhere.invalid"], "--host nowhere.invalid: "),
        ([".", "--port", "1", "--host", "192.0.2.1"], "--host 192.0.2.1 --port 1: "),
        ([], "out: is not a folder"),
    ],
)
def test_a_mistake_is_one_line(out, words, fault):
    (out / "empty" / "samples").mkdir(parents=True, exist_ok=True)
    assert re.match(rf"acwgan( board)?: {re.escape(fault)}", refused(*words, cwd=out))


def test_the_browser_is_opened_only_if_asked_for(out, tmp_path):
    opened = tmp_path / "opened"
    browser = tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\necho "$1" > {opened}.part && mv {opened}.part {opened}\n')
    browser.chmod(0o755)
    environment = {"PATH": "/usr/bin:/bin", "BROWSER": f"{browser} %s"}
    with board(out, "--port", 0, env=environment) as (process, _):
        process.send_signal(signal.SIGINT)
        process.wait(timeout=20)
    assert not opened.exists()
    with board(out, "--port", 0, "--open", env=environment) as (_, address):
        deadline = time.monotonic() + 20
        while not opened.exists() and time.monotonic() < deadline:
            time.sleep(0.1)
        assert opened.read_text().strip() == address


def test_the_options_import_nothing_heavy():
    heavy = {"numpy", "tensorboard", "tensorflow", "webbrowser"}
    code = f"import sys, acwgan.cli.board; print({heavy} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"

"""``acwgan --report``, as strangers run it."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest

from acwgan.cli.anonymous import without_names
from acwgan.cli.bug_report_packages import within
from acwgan.generation import facts
from acwgan.images.png import save_png


def report(folder, **environ):
    """The output of ``acwgan --report`` in a folder."""
    done = subprocess.run(
        [sys.executable, "-m", "acwgan", "--report"],
        capture_output=True,
        encoding="utf-8",
        cwd=folder,
        env=os.environ | environ,
    )
    assert done.returncode == 0 and done.stderr == "", done.stderr
    return done.stdout


def on_path(*folders):
    return os.pathsep.join([*map(str, folders), os.environ.get("PYTHONPATH", "")]).strip(os.pathsep)


def test_a_healthy_machine_has_no_problems(tmp_path):
    shown = report(tmp_path, TF_NUM_INTEROP_THREADS="2", XLA_FLAGS="", KERAS_HOME=str(tmp_path))
    assert shown.splitlines()[-1] == "problems: none"
    for line in (
        "version: 0.",
        "checksums of data: right",
        "checksums of runtime: right",
        "numpy: 2.",
        "current folder: writable",
        "keras.json: does not exist",
        "TF_NUM_INTEROP_THREADS: 2",
        "XLA_FLAGS: empty",
        "KERAS_HOME: set (value not shown)",
        "pixels: those that are known",
        "precision: auto means ",
        "arithmetic: a convolution and its gradient are right",
    ):
        assert f"  {line}" in shown


@pytest.fixture
def stranger(tmp_path):
    """A home and names that must not appear, and a TensorFlow that tells of both."""
    home = tmp_path / "Erika O'Mustermann & Söhne $(id) [x]\n;y"
    modules = home / "my secret modules"
    (modules / "tensorflow").mkdir(parents=True)
    (modules / "tensorflow" / "__init__.py").write_text(
        "import os\nraise ImportError(f'{__file__}: libcudart.so.12 is missing; ask '\n"
        "    f'{os.environ[\"USER\"]}@' + os.environ['HOSTNAME'] + r' or C:\\Users\\zoe\\x.txt')\n",
        encoding="utf-8",
    )
    (home / ".keras").mkdir()
    (home / ".keras" / "keras.json").write_text(json.dumps({"floatx": "Geheimwort"}))
    return {
        "HOME": str(home),
        "USER": "Zoë (hostile.*",
        "LOGNAME": "zoehostile",
        "HOSTNAME": "private-machine-7",
        "PYTHONPATH": on_path(modules),
        "TF_CONFIG": '{"cluster": {"worker": ["private-machine-7:1"]}}',
        "XLA_FLAGS": f"--xla_dump_to={home}",
        "CUDA_VISIBLE_DEVICES": "Geheimwort",
        "LANG": "de_DE.Geheimwort",
        "KERAS_MAX_EPOCHS": "3",
    }


def test_a_report_has_no_name_and_no_folder_of_a_person(stranger):
    work = os.path.join(stranger["HOME"], "work of Mustermann")
    os.mkdir(work)
    shown = report(work, **stranger)
    secrets = ["Mustermann", "hne", "Zo", "zoe", "hostile", "secret", "private", "Geheimwort", "/"]
    lines = [line for line in shown.splitlines() if "…/" not in line]
    assert [word for word in secrets if word in "\n".join(lines)] == []
    assert [word for word in secrets[:-1] if word in shown] == []
    # What helps is there all the same.
    assert "TensorFlow: problem: cannot be used: ImportError: " in shown
    assert "libcudart.so.12 is missing" in shown
    assert "keras.json: problem: …/keras.json: floatx must be one of float16" in shown
    assert "XLA_FLAGS: set (value not shown)" in shown and "KERAS_MAX_EPOCHS: 3" in shown
    assert shown.splitlines()[-1] == "problems: keras.json, TensorFlow"
    assert "pixels: those that are known" in shown


def test_a_tensorflow_that_crashes_is_told(tmp_path):
    (tmp_path / "tensorflow.py").write_text("import os\nos.kill(os.getpid(), 4)\n")
    shown = report(tmp_path, PYTHONPATH=on_path(tmp_path))
    assert "TensorFlow: problem: cannot be used: it ends with status -4" in shown


def test_versions_outside_of_the_bounds_are_told(tmp_path):
    for name, version in (("rich", "1.0"), ("tf_keras", "2.3")):
        folder = tmp_path / f"{name}-{version}.dist-info"
        folder.mkdir()
        (folder / "METADATA").write_text(f"Name: {name}\nVersion: {version}\n")
    shown = report(tmp_path, PYTHONPATH=on_path(tmp_path))
    assert "  rich: problem: 1.0, not >=13.7,<16\n" in shown
    assert "  tf-keras: 2.3 (no bounds)\n" in shown
    assert shown.splitlines()[-1] == "problems: rich"


@pytest.mark.parametrize("change, words", [(1, "but for rounding"), (2, "problem: up to 2 grey")])
def test_other_pixels_than_the_known_ones_are_told(tmp_path, monkeypatch, change, words):
    picture = facts.known_digits()
    picture[3, 4] += np.uint8(change)
    save_png(tmp_path / "digits.png", picture)
    monkeypatch.setattr(facts, "KNOWN_DIGITS", tmp_path / "digits.png")
    assert words in dict(facts.draw_facts())["pixels"]


@pytest.mark.parametrize(
    "version, bounds, inside",
    [
        ("2.21.0", ">=2.21,<2.22", True),
        ("2.21", ">=2.21.0", True),
        ("2.22.0", ">=2.21,<2.22", False),
        ("2.9", ">=2.21", False),
        ("13.0.0.post1", "<14,>=10.3", True),
        ("1.0", "", True),
    ],
)
def test_versions_are_compared_as_numbers(version, bounds, inside):
    assert within(version, bounds) == inside


@pytest.mark.parametrize(
    "text, shown",
    [
        ("No module named 'numpy'", "No module named 'numpy'"),
        (r"C:\Users\me\keras.json: bad", "…/keras.json: bad"),
        ("cannot open '/srv/alice/report.txt'", "cannot open '…'"),
        ("in ~/mine/libx.so.1", "in …/libx.so.1"),
        ("two\nlines", "two lines"),
    ],
)
def test_paths_in_messages_are_removed(text, shown):
    assert without_names(text) == shown

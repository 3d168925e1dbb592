"""What is printed, to readers of all kinds: closed pipes and terminals, full disks, locales."""

import ast
import os
import pty
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from command_lines import fails
from PIL import Image

from acwgan.cli import output
from acwgan.cli.app import main
from acwgan.messages import width
from acwgan.runs.checkpoints import latest
from acwgan.runs.folder import read_data_spec

#: A training that often prints a line.
TRAIN = "train --preset wgan-mlp --batch-size 4 --precision float32 --schedule constant"
TRAIN = [*TRAIN.split(), "--n-critic=1", "--log-every=1", "--evaluate-every=none"]
ESCAPE = "\x1b[31m"


def words(*more):
    return [sys.executable, "-m", "acwgan", *map(str, more)]


def rows(run_dir):
    table = run_dir / "metrics.csv"
    return len(table.read_bytes().splitlines()) if table.exists() else 0


def wait_for_rows(process, run_dir, more=3):
    """Wait until a training has made some more rows, or has ended."""
    wanted = rows(run_dir) + more
    while process.poll() is None and rows(run_dir) < wanted:
        pass


def test_nothing_else_in_the_command_line_prints():
    places = []
    for path in Path(output.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            prints = isinstance(node, ast.Name) and node.id == "print"
            writes = isinstance(node, ast.Attribute) and ast.unparse(node) in (
                "sys.stdout.write",
                "sys.stderr.write",
                "sys.stdout.buffer",
                "sys.stderr.buffer",
            )
            if prints or writes:
                places.append(f"{path.name}:{node.lineno}")
    assert {place.split(":")[0] for place in places} == {"output.py"}, places


# Names.


@pytest.fixture
def pictures(tmp_path):
    """Digits in files with hostile names."""
    assert main(["generate", "7", "--out", str(tmp_path / "plain.png")]) == 0
    content = (tmp_path / "plain.png").read_bytes()
    names = [f"{ESCAPE}.png", "長靴.png", "two\nlines.png", "not\udcffutf8.png"]
    for name in names:
        (tmp_path / name).write_bytes(content)
    return [tmp_path / name for name in ["plain.png", *names]]


def test_the_table_of_scores_shows_any_name_on_one_line_of_one_width(pictures, capsys):
    assert main(["score", *map(str, pictures)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 1 + len(pictures) and len({*map(width, lines)}) == 1
    assert r"\x1b[31m.png" in lines[2] and r"two\nlines.png" in lines[4]


def test_a_program_gets_the_names_as_they_are(pictures, tmp_path, acwgan_command):
    done = acwgan_command("score", "--csv", "-", *pictures, encoding="utf-8")
    assert done.returncode == 0 and f"\n{pictures[1]}," in done.stdout
    assert main(["score", "--csv", str(tmp_path / "a.csv"), *map(str, pictures)]) == 0
    assert (tmp_path / "a.csv").read_text(encoding="utf-8") == done.stdout


@pytest.mark.parametrize("command", [["score"], ["generate", "7", "--checkpoint"], ["board"]])
def test_no_message_has_the_control_characters_of_a_name(command, tmp_path, capsys):
    line = fails(capsys, *command, tmp_path / f"{ESCAPE}none.png")
    assert ESCAPE not in line and r"\x1b[31m" in line


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_what_cannot_be_encoded_is_shown_as_an_escape(encoding, pictures, acwgan_command):
    environment = {**os.environ, "PYTHONIOENCODING": encoding}
    done = acwgan_command("score", pictures[2], env=environment)
    assert done.returncode == 0 and r"\u9577\u9774.png" in done.stdout


# Commands whose output is the result.


@pytest.mark.parametrize("command", ["--help", "--print-completion bash", "score", "score --csv -"])
def test_a_reader_that_is_gone_ends_it_quietly(command, pictures):
    readable, writable = os.pipe()
    os.close(readable)
    more = pictures if "score" in command else []
    done = subprocess.run(words(*command.split(), *more), stdout=writable, stderr=subprocess.PIPE)
    os.close(writable)
    assert done.returncode in (0, 141) and done.stderr == b""


def test_a_full_disk_for_the_result_is_one_line(pictures):
    with open("/dev/full", "w") as full:
        done = subprocess.run(words("score", pictures[0]), stdout=full, stderr=subprocess.PIPE)
        assert done.returncode == 2
        assert done.stderr.count(b"\n") == 1 and b"No space left on device" in done.stderr
        done = subprocess.run(words("score", pictures[0]), stdout=full, stderr=full)
        assert done.returncode == 2


def test_closed_streams_are_not_the_next_file_that_is_opened(tmp_path):
    closed = ["bash", "-c", '"$@" <&- >&- 2>&-', "bash"]
    done = subprocess.run([*closed, *words("generate", "7", "--out", tmp_path / "7.png")])
    assert done.returncode == 0 and [*tmp_path.iterdir()] == [tmp_path / "7.png"]
    assert main(["score", str(tmp_path / "7.png")]) == 0


# Trainings.


def test_a_training_goes_on_when_its_reader_dies_and_ctrl_c_saves_it(tmp_path):
    run_dir = tmp_path / "run"
    command = words(*TRAIN, "--steps=100000", "--run-dir", run_dir)
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, **pipes) as process:
        process.stdout.readline()
        process.stdout.close()
        wait_for_rows(process, run_dir)
        process.send_signal(signal.SIGINT)
        said = process.stderr.read()
        assert process.wait() == 130, said
    assert latest(run_dir) is not None and "Traceback" not in said


def test_a_training_goes_on_when_the_disk_of_its_log_is_full(tmp_path):
    run_dir = tmp_path / "run"
    with open("/dev/full", "w") as full:
        command = words(*TRAIN, "--steps=5", "--run-dir", run_dir)
        assert subprocess.run(command, stdout=full, stderr=full).returncode == 0
    assert (run_dir / "generator.keras").exists()


def test_a_terminal_that_closes_saves_the_training(tmp_path):
    run_dir = tmp_path / "run"
    process, terminal = pty.fork()
    if not process:
        os.execv(sys.executable, words(*TRAIN, "--steps=100000", "--run-dir", run_dir))
    while rows(run_dir) < 3:
        os.read(terminal, 1 << 16)  # Until it is closed, it is read.
    os.close(terminal)
    assert os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]) == 128 + signal.SIGHUP
    assert latest(run_dir) is not None


@pytest.mark.long
def test_under_nohup_a_training_goes_on_to_its_end(tmp_path):
    run_dir = tmp_path / "run"
    command = ["nohup", *words(*TRAIN, "--steps=60", "--run-dir", run_dir)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        wait_for_rows(process, run_dir)
        process.send_signal(signal.SIGHUP)
        assert process.wait() == 0
    assert latest(run_dir).name == "step-00000060"


# Locales.


@pytest.mark.long
def test_a_locale_without_utf_8_trains_and_reads_any_class(tmp_path, acwgan_command):
    environment = {**os.environ, "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    environment["PYTHONWARNINGS"] = "ignore"
    run_dir, data, names = tmp_path / "run", tmp_path / "schöne Daten", ["schön", "長靴"]
    images = np.arange(16 * 28 * 28, dtype=np.uint32).reshape(16, 28, 28).astype(np.uint8)
    for number, image in enumerate(images):
        path = data / names[number % 2] / f"{number}é.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).save(path)
    train = [*TRAIN, "--conditional", "--steps=2", "--dataset", data, "--run-dir", run_dir]
    done = acwgan_command(*train, env=environment)
    assert done.returncode == 0, done.stderr
    assert read_data_spec(run_dir).class_names == tuple(names)
    # The command that it prints can be pasted in this locale too.
    shown = done.stdout.splitlines()[-1].partition("Try: acwgan ")[2]
    pasted = f'"$0" -m acwgan {shown} --out 1.png'
    for env in (environment, os.environ):
        line = ["bash", "-c", pasted, sys.executable]
        done = subprocess.run(line, env=env, cwd=tmp_path, capture_output=True)
        assert done.returncode == 0, (shown, done.stderr)
    # A run folder of such a name is read; TensorFlow does not write into it.
    (tmp_path / "schön").symlink_to(run_dir)
    words = ["--classes", "schön", "--checkpoint", tmp_path / "schön", "--out", tmp_path / "2.png"]
    done = acwgan_command("generate", *words, env=environment)
    assert done.returncode == 0, done.stderr
    done = acwgan_command(*TRAIN, "--run-dir", tmp_path / "schöner", env=environment)
    assert done.returncode == 2 and "PYTHONUTF8=1" in done.stderr.splitlines()[-1]
    assert not (tmp_path / "schöner").exists()

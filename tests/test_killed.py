"""A training that is killed at any moment and resumed is the same as an undisturbed one.

``ACWGAN_KILLS=50`` runs the long form; ``ACWGAN_KILLS_SEED`` selects other moments.
"""

import collections
import json
import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from run_files import assert_same_run, read_events

from acwgan.files.checksums import damage
from acwgan.runs.checkpoints import checkpoints, latest

KILLS = int(os.environ.get("ACWGAN_KILLS", "3"))
#: A run that often writes something: judged, conditional and clipped.
WORDS = [
    "--preset=wgan-mlp",
    "--conditional",
    "--batch-size=4",
    "--steps=12",
    "--precision=float32",
]
WORDS += ["--schedule=constant", "--n-critic=1", "--log-every=1", "--sample-every=2"]
WORDS += ["--checkpoint-every=2", "--evaluate-every=4"]
#: Where a run is killed: prefix of a path, and the largest number of paths touched before.
CONFIG, ANYWHERE = (".partial-config", 3), ("", 160)
CHECKPOINT, SUMMARY = ("checkpoints/partial-", 24), ("metrics.csv", 6)


@pytest.fixture(scope="module")
def train_until(tmp_path_factory):
    """Runs ``acwgan train`` in a process that is killed at a given moment."""
    place = tmp_path_factory.mktemp("runs")
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    program = Path(__file__).with_name("killed.py")
    with subprocess.Popen(
        [sys.executable, str(program)], **pipes, cwd=place, env=environment
    ) as process:

        def run(run_dir, within="", number=0, delay=0.0, signum=signal.SIGKILL):
            words = ["--resume"] if (run_dir / "config.json").exists() else WORDS
            words = ["train", *words, f"--run-dir={run_dir}"]
            request = {"words": words, "prefix": f"{run_dir}/{within}", "number": number}
            process.stdin.write(json.dumps({**request, "delay": delay, "signum": signum}) + "\n")
            process.stdin.flush()
            status, where = json.loads(process.stdout.readline())
            status = os.waitstatus_to_exitcode(status)
            said = (place / "train.log").read_text()[-3000:]
            assert status in (0, -signal.SIGKILL, 128 + signum), said
            return status, where.removeprefix(f"{run_dir}/")

        yield run
        process.stdin.close()


def every_checkpoint_is_whole(run_dir):
    """Check all checkpoints, and count them."""
    found = [path for name in ("checkpoints", "best") for path in checkpoints(run_dir / name)]
    for path in found:
        assert damage(path) is None, path
    return len(found)


def test_a_run_killed_at_any_moment_resumes_bit_for_bit(train_until, tmp_path):
    undisturbed = tmp_path / "undisturbed"
    assert train_until(undisturbed) == (0, "")
    draw = random.Random(int(os.environ.get("ACWGAN_KILLS_SEED", "0")))
    died_at, runs, looked_at = collections.Counter(), 0, 0
    while died_at.total() < KILLS:
        run_dir = tmp_path / f"killed-{runs}"
        first = iter([CONFIG, CHECKPOINT, SUMMARY])
        runs, status = runs + 1, -signal.SIGKILL
        while status:
            within, most = next(first, None) or draw.choice([ANYWHERE, CHECKPOINT, SUMMARY])
            number = draw.randint(1, most) if died_at.total() < KILLS else 0
            delay = draw.choice([0, draw.uniform(0, 0.05)])
            status, where = train_until(run_dir, within, number, delay)
            looked_at += every_checkpoint_is_whole(run_dir)
            died_at.update([where.split("/")[0]] * (status != 0))
        assert_same_run(undisturbed, run_dir)
        assert_same_files(undisturbed, run_dir)
    print(f"\n{died_at.total()} kills in {runs} runs, at {dict(died_at)}; ", end="")
    print(f"{looked_at} checkpoints read after them, all whole")


@pytest.mark.parametrize(
    "signum, within, step",
    [
        (signal.SIGTERM, "training.lock", 0),
        (signal.SIGINT, "quality.csv", 4),
        (signal.SIGTERM, "samples/", 2),
    ],
    ids=["before the first compile", "in a judgement", "in the pictures"],
)
def test_a_signal_stops_the_training_with_a_checkpoint(train_until, tmp_path, signum, within, step):
    run_dir = tmp_path / "run"
    status, where = train_until(run_dir, within, 1, signum=signum)
    assert status == 128 + signum and where.startswith(within)
    assert latest(run_dir).name == f"step-{step:08d}" and every_checkpoint_is_whole(run_dir)
    assert not (run_dir / "training.lock").exists()


def assert_same_files(one, other):
    assert (one / "quality.csv").read_text() == (other / "quality.csv").read_text()
    for folder in ("samples", "checkpoints", "best"):
        names = sorted(path.name for path in (one / folder).iterdir())
        assert names == sorted(path.name for path in (other / folder).iterdir())
    for picture in (one / "samples").iterdir():
        assert picture.read_bytes() == (other / "samples" / picture.name).read_bytes()
    events, others = read_events(one), read_events(other)
    tags = events.Tags()["tensors"]
    assert tags == others.Tags()["tensors"]
    for tag in tags:
        steps = [event.step for event in events.Tensors(tag)]
        assert steps == [event.step for event in others.Tensors(tag)], tag
        assert len(steps) == len(set(steps)), tag

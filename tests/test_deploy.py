"""The deployment files, checked with the tools that read them."""

import os
import subprocess
from pathlib import Path

import pytest

from acwgan.cli.app import build_parser

DEPLOY = Path(__file__).parent.parent / "deploy"
SLURM = DEPLOY / "slurm.sh"


def test_kubernetes_accepts_its_file():
    validate = pytest.importorskip(
        "kubernetes_validate", reason="pip install kubernetes-validate checks kubernetes.yaml"
    )
    yaml = pytest.importorskip("yaml")
    kinds = []
    for document in yaml.safe_load_all((DEPLOY / "kubernetes.yaml").read_text()):
        validate.validate(document, validate.latest_version(), strict=True)
        kinds.append(document["kind"])
    assert kinds == ["Service", "Job"]


def test_acwgan_understands_the_command_of_the_pods(tmp_path):
    text = (DEPLOY / "kubernetes.yaml").read_text().split("args:\n            - |\n")[1]
    script = text.split("          ports:")[0].replace("/runs/mine", str(tmp_path / "mine"))
    for go_on in (False, True):
        words = run(tmp_path, ["bash", "-c", script], JOB_COMPLETION_INDEX="1")
        assert words[-4:] == [
            "--workers",
            "acwgan-0.acwgan:2222,acwgan-1.acwgan:2222",
            "--index",
            "1",
        ]
        assert ("--resume" in words) == go_on
        build_parser().parse_args(words)
        (tmp_path / "mine").mkdir(exist_ok=True)
        (tmp_path / "mine" / "config.json").touch()


def run(folder, command, acwgan='printf "%s\\n" "$@" > "$LOG"', **environ):
    """Run a script with small programs in place of a cluster's; the words passed to ``acwgan``."""
    programs = {
        "acwgan": acwgan,
        "scontrol": "printf 'a1\\na2\\n'",
        "srun": 'shift; SLURM_PROCID=1 exec "$@"',
    }
    for name, body in programs.items():
        (folder / name).write_text(f"#!/bin/bash\n{body}\n")
        (folder / name).chmod(0o755)
    log = folder / "log"
    environ |= {"PATH": f"{folder}:{os.environ['PATH']}", "LOG": str(log)}
    done = subprocess.run(command, capture_output=True, text=True, env=environ, timeout=60)
    run.status, run.errors = done.returncode, done.stderr
    return log.read_text().split("\n")[:-1] if log.exists() else None


def test_slurm_passes_the_workers_and_the_index_to_every_task(tmp_path):
    command = [SLURM, "--run-dir", tmp_path / "run", "--steps", "5"]
    words = run(tmp_path, command, SLURM_JOB_NODELIST="a[1-2]")
    assert run.status == 0, run.errors
    own = ["train", "--run-dir", str(tmp_path / "run"), "--steps", "5"]
    assert words == [*own, "--workers", "a1:2222,a2:2222", "--index", "1"]
    build_parser().parse_args(words)


def test_slurm_resumes_a_run_and_stops_after_the_last_restart(tmp_path):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "config.json").touch()
    fails = 'printf "%s\\n" "$@" > "$LOG"; exit 75'
    command = [SLURM, "--run-dir", tmp_path / "run"]
    words = run(tmp_path, command, fails, SLURM_JOB_NODELIST="a[1-2]", ACWGAN_RESTARTS="1")
    assert "--resume" in words and run.status == 75
    assert run.errors.count("a worker ended with 75") == 2
    run(tmp_path, command, "exit 2", SLURM_JOB_NODELIST="a[1-2]")
    assert run.status == 2 and run.errors == ""


def test_slurm_requires_a_run_folder(tmp_path):
    assert run(tmp_path, [SLURM, "--steps", "5"]) is None
    assert run.status == 2 and "give --run-dir DIR" in run.errors

"""Measures whether a long training leaks: `python -m bench.long_run [STEPS]`.

Trains a small network with every summary on, far more often than by default, and prints memory,
open files, threads and the sizes of the logs at 20 steps. What grows is a leak.
"""

import argparse
import os
import tempfile
from dataclasses import replace
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

#: Lines of the table.
_LINES = 20


def _resident():
    """Memory of this process in MB."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def _look(step, run_dir):
    events = sum(path.stat().st_size for path in run_dir.glob("events.*"))
    rows = (run_dir / "metrics.csv").stat().st_size
    files, threads = (len(os.listdir(f"/proc/self/{name}")) for name in ("fd", "task"))
    print(
        f"| {step} | {_resident():.0f} | {files} | {threads} | {events / 1e6:.2f} | "
        f"{rows / 1e3:.1f} |",
        flush=True,
    )


def main() -> None:
    """Train, and print the table line by line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    about = "generator steps (default: 2000)"
    parser.add_argument("steps", nargs="?", type=int, default=2000, help=about)
    arguments = parser.parse_args()
    from acwgan.presets import PRESETS
    from acwgan.training.trainer import train

    steps = arguments.steps
    config = replace(
        PRESETS["wgan-mlp"],
        conditional=True,
        batch_size=16,
        steps=steps,
        epochs=None,
        schedule="paper",
        log_every=10,
        sample_every=10,
        checkpoint_every=50,
        evaluate_every=steps // 4,
    )
    due = [steps * line // _LINES for line in range(1, _LINES + 1)]
    with tempfile.TemporaryDirectory() as folder:
        run_dir = Path(folder, "run")

        def report(progress):
            if progress.metrics and due and progress.generator_step >= due[0]:
                del due[0]
                _look(progress.generator_step, run_dir)

        print("| step | MB | open files | threads | events, MB | metrics.csv, kB |")
        print("|---|---|---|---|---|---|")
        train(config, run_dir, report=report)


if __name__ == "__main__":
    main()

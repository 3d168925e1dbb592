"""Trains several generators of digits for the same minutes, and judges all: `python -m bench.race`.

One after the other, each in a fresh process and alone on the machine. All see the 60,000 training
digits and no others; the judge in the package reads 10,000 digits of each.
"""

import argparse
import importlib.util
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from bench.race.contenders import CONTENDERS, Contender

ROOT = Path(__file__).resolve().parents[2]
_COLUMNS = ("minutes", "class accuracy", "floors", "precision, recall of real", "10,000 digits")


def race(contender: Contender, minutes: float, seed: int, folder: Path) -> str | None:
    """Train one, write its digits, and return its row of the table; None if it cannot run."""
    if contender.package and importlib.util.find_spec(contender.package) is None:
        fault = f"left out {contender.name}: {contender.package} is not installed"
        print(fault, file=sys.stderr, flush=True)
        return None
    path = _digits(folder, contender.name, minutes)
    start = time.monotonic()
    command = [sys.executable, "-m", "bench.race.worker", contender.name, minutes, seed, path]
    subprocess.run([*map(str, command)], cwd=ROOT, check=True, stdout=sys.stderr)
    taken = (time.monotonic() - start) / 60
    from acwgan.evaluation import evaluate

    with np.load(path) as drawn:
        report = evaluate(drawn["images"], drawn["labels"], cas=False)
        taken -= float(drawn["seconds"]) / 60
        seconds = f"{drawn['seconds']:.1f} s"
    distance, precision, recall = report.frechet_distance, report.precision, report.recall
    figures = [
        f"{contender.text}",
        f"{taken:.1f}",
        f"{report.class_accuracy.generated:.2%}",
        f"{distance.generated / distance.real:.2f}",
        f"{precision.generated / precision.real:.2f}, {recall.generated / recall.real:.2f}",
        seconds,
    ]
    return f"| {' | '.join(figures)} |"


def main() -> None:
    """Run those that are asked for, and print the table; the picture has a column for each."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    about = "of training; of several each is a training of its own (default: 10)"
    parser.add_argument("--minutes", type=float, nargs="+", default=[10], help=about)
    parser.add_argument("--seed", type=int, default=0, help="(default: 0)")
    names = [each.name for each in CONTENDERS]
    parser.add_argument("--only", choices=names, action="append", help="may be repeated")
    parser.add_argument("--out", type=Path, help="folder of the digits and race.png")
    arguments = parser.parse_args()
    folder = arguments.out or Path(tempfile.mkdtemp(prefix="race-"))
    folder.mkdir(parents=True, exist_ok=True)
    print(f"| | {' | '.join(_COLUMNS)} |")
    print("|" + "---|" * (len(_COLUMNS) + 1), flush=True)
    chosen = [each for each in CONTENDERS if each.name in (arguments.only or names)]
    drawn = []
    for minutes in arguments.minutes:
        for contender in chosen:
            row = race(contender, minutes, arguments.seed, folder)
            if row is not None:
                print(row, flush=True)
                drawn.append(_digits(folder, contender.name, minutes))
    draw(folder, drawn)


def _digits(folder: Path, name: str, minutes: float) -> Path:
    """Where the digits of a contender are written."""
    return folder / f"{name}-{minutes:g}.npz"


def draw(folder: Path, paths: list[Path]) -> None:
    """Write race.png: the first eight digits of each class of every file, side by side."""
    from acwgan.images import grid, save_png

    blocks = []
    for path in paths:
        with np.load(path) as drawn:
            blocks.append(np.pad(grid(drawn["images"][:80], columns=10), ((0, 0), (0, 14))))
    if blocks:
        save_png(folder / "race.png", np.concatenate(blocks, axis=1))
        print(folder / "race.png")


if __name__ == "__main__":
    main()

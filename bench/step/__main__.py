"""Checks that all contenders compute the same, then times them in turn: `python -m bench.step`.

Every measurement runs in a fresh process and alone. A round measures each contender once, and the
rounds repeat, so that a slow spell of the machine hits all of them.
"""

import argparse
import dataclasses
import datetime
import importlib.metadata
import json
import os
import pathlib
import platform
import statistics
import subprocess
import sys
import tempfile
from types import ModuleType

import numpy as np

from bench.step import arithmetic, worker

ROOT = pathlib.Path(__file__).resolve().parents[2]
PACKAGES = ("tensorflow", "keras", "torch", "numpy")


@dataclasses.dataclass(frozen=True)
class Contender:
    """A row of the table.

    Attributes:
        name: what `bench.step.worker` builds.
        precision: of the matrix products; picks the machine's rate and the tolerance.
        collapsed: whether upsampling and convolution are one collapsed convolution.
        text: what it is, for the reader.
    """

    name: str
    precision: str
    collapsed: bool
    text: str


_TORCH_AND_OURS = (
    Contender("torch-eager", "float32", False, "PyTorch, eager, channels first"),
    Contender("torch-best", "bfloat16", False, "PyTorch, compiled, channels last, autocast"),
    Contender("torch-collapsed", "bfloat16", True, "the same with collapsed convolutions"),
    Contender("ours-float32", "float32", True, "acwgan"),
    Contender("ours-bfloat16", "bfloat16", True, "acwgan, bfloat16"),
)
#: Preset -> its contenders. The first one that is installed is the reference of the check and of
#: the ratios; a second reference of the ratios is the best PyTorch.
CONTENDERS = {
    "article": (
        Contender("keras", "float32", False, "the article's loop in plain Keras"),
        *_TORCH_AND_OURS,
    ),
    "acwgan": _TORCH_AND_OURS,
}
# Largest accepted |result - reference| / |reference| (Euclidean). bfloat16 has 8 significant bits,
# and the first update of RMSprop and of Adam is nearly the gradient's sign, which flips where
# gradients cancel.
TOLERANCES = {"float32": 5e-3, "bfloat16": 0.3}


class SkippedError(Exception):
    """A contender that cannot run here, and why."""


def run_worker(preset: str, name: str, task: str, data: str, path: pathlib.Path) -> None:
    """Runs `bench.step.worker` to its end; its messages are shown only if it fails."""
    command = [sys.executable, "-m", "bench.step.worker", preset, name, task, data, str(path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    last_line = (done.stderr.strip().splitlines() or [""])[-1]
    if last_line.startswith("skipped: "):
        raise SkippedError(last_line.removeprefix("skipped: "))
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} failed:\n{done.stderr}")


def distance(array: np.ndarray, reference: np.ndarray) -> float:
    """|array - reference| / |reference|, Euclidean."""
    difference = float(np.linalg.norm(array - reference))
    # 0 of a weight without gradient, as the score's bias has none where the scores are subtracted.
    return difference / float(np.linalg.norm(reference)) if difference else 0.0


def differences(preset: ModuleType, results: dict, reference: dict) -> dict[str, float]:
    """How far a contender's results are from the reference's; of weight updates, the worst layer's.

    Raises:
        AssertionError: a step changed the network that it must leave alone.
    """
    figures = {
        key: distance(results[key], reference[key]) for key in ("scores", "class_probs", "images")
    }
    start = preset.check_weights(worker.SEED)
    for step, trained in (("critic_step", "critic"), ("generator_step", ("generator", "average"))):
        figures[step] = 0.0
        for name, before in start.items():
            key = f"{step}/{name}"
            if not name.startswith(trained):
                np.testing.assert_array_equal(results[key], before, err_msg=key)
                continue
            if step == "critic_step" and preset.CLIP_VALUE is not None:
                before = np.clip(before, -preset.CLIP_VALUE, preset.CLIP_VALUE)
            figure = distance(results[key] - before, reference[key] - before)
            figures[step] = max(figures[step], figure)
    return figures


def check(
    preset: str, contenders: list[Contender], reference: Contender, data: str, folder: pathlib.Path
) -> dict[str, dict]:
    """Compares each contender with the reference.

    Returns:
        For each contender that ran, its differences from the reference.

    Raises:
        AssertionError: a difference exceeds the precision's tolerance.
    """
    reference_path = folder / "reference.npz"
    run_worker(preset, reference.name, "check", data, reference_path)
    expected = dict(np.load(reference_path))
    figures = {}
    for contender in contenders:
        if contender == reference:
            figures[contender.name] = {}
            continue
        path = folder / f"{contender.name}.npz"
        try:
            run_worker(preset, contender.name, "check", data, path)
        except SkippedError as reason:
            print(f"Skipped {contender.name}: {reason}.", flush=True)
            continue
        found = differences(worker.PRESETS[preset], dict(np.load(path)), expected)
        text = ", ".join(f"{key} {value:.1e}" for key, value in found.items())
        print(f"Difference of {contender.name} from {reference.name}: {text}", flush=True)
        tolerance = TOLERANCES[contender.precision]
        if not max(found.values()) < tolerance:  # So that NaN fails too.
            raise AssertionError(f"{contender.name} differs by over {tolerance}")
        figures[contender.name] = found
    return figures


def measure(
    preset: str, names: list[str], rounds: int, data: str, folder: pathlib.Path
) -> dict[str, list]:
    """Times every contender, and the machine's matrix rate, once a round."""
    samples = {name: [] for name in ("rate", *names)}
    for number in range(1, rounds + 1):
        for name in samples:
            print(f"Round {number} of {rounds}: {name}", flush=True)
            path = folder / f"{name}.json"
            run_worker(preset, name, "time", data, path)
            samples[name].append(json.loads(path.read_text()))
    return samples


def summarize(
    preset: ModuleType, contender: Contender, samples: list[dict], rate: float
) -> dict[str, float]:
    """Medians and minima in ms, and how they compare with the machine's `rate` in GFLOP/s."""
    critic_count, generator_count = arithmetic.step_counts(preset, contender.collapsed)
    bound = 2e-6 * (preset.N_CRITIC * critic_count + generator_count) / rate
    row = {"peak_mb": max(sample["peak_mb"] for sample in samples), "bound_ms": bound}
    for key in ("critic", "generator", "cycle"):
        values = [milliseconds for sample in samples for milliseconds in sample[key]]
        row[f"{key}_ms"], row[f"{key}_min_ms"] = statistics.median(values), min(values)
    # Best against best: the rate is the best of all rounds, too.
    row["share_of_rate"] = bound / row["cycle_min_ms"]
    return row


def table(n_critic: int, contenders: list[Contender], rows: dict[str, dict], reference: str) -> str:
    """The results as a markdown table; times are median (minimum)."""
    lines = [
        f"| contender | | critic step, ms | generator step, ms | {n_critic} + 1, ms "
        f"| times {reference} | times torch-best | bound, ms | share of matrix rate | peak MB |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for contender in contenders:
        if contender.name not in rows:
            continue
        row = rows[contender.name]
        times = " | ".join(
            f"{row[f'{key}_ms']:.0f} ({row[f'{key}_min_ms']:.0f})"
            for key in ("critic", "generator", "cycle")
        )
        speedups = " | ".join(
            f"{rows[name]['cycle_ms'] / row['cycle_ms']:.2f}" if name in rows else "-"
            for name in (reference, "torch-best")
        )
        lines.append(
            f"| {contender.name} | {contender.text} | {times} | {speedups} | {row['bound_ms']:.0f} "
            f"| {100 * row['share_of_rate']:.0f} % | {row['peak_mb']:.0f} |"
        )
    return "\n".join(lines)


def machine() -> dict[str, str]:
    """Date, processor, cores, load and versions."""
    versions = {}
    for package in PACKAGES:
        try:
            versions[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            versions[package] = "absent"
    model = platform.processor()
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.partition(":")[2].strip()
            break
    return {
        "date": datetime.date.today().isoformat(),
        "processor": model,
        "cores": str(len(os.sched_getaffinity(0))),
        "load at the start": f"{os.getloadavg()[0]:.1f}",
        "python": platform.python_version(),
        **versions,
    }


def main() -> None:
    """Parses the options, checks, measures, prints the table."""
    parser = argparse.ArgumentParser(prog="python -m bench.step", description=__doc__)
    about_preset = "whose step is timed (default: article)"
    parser.add_argument("--preset", choices=CONTENDERS, default="article", help=about_preset)
    parser.add_argument("--rounds", type=int, default=5, help="measurements of each contender")
    names = list(dict.fromkeys(c.name for each in CONTENDERS.values() for c in each))
    parser.add_argument("--only", action="append", choices=names, help="a contender; repeatable")
    parser.add_argument("--data", default=str(ROOT / "acwgan" / "data" / "mnist.npz"))
    parser.add_argument("--json", type=pathlib.Path, metavar="FILE", help="also write all figures")
    options = parser.parse_args()
    preset, about = worker.PRESETS[options.preset], machine()
    installed = CONTENDERS[options.preset]
    if about["torch"] == "absent":
        print("Skipped the torch contenders: PyTorch is not installed.")
        installed = [c for c in installed if not c.name.startswith("torch")]
    reference = installed[0]
    contenders = [c for c in installed if not options.only or c.name in options.only]
    data = os.path.abspath(options.data)
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        figures = check(options.preset, contenders, reference, data, folder)
        samples = measure(options.preset, list(figures), options.rounds, data, folder)
    rate_samples = samples.pop("rate")
    rates = {key: max(sample[key] for sample in rate_samples) for key in rate_samples[0]}
    rows = {
        c.name: summarize(preset, c, samples[c.name], rates[c.precision])
        for c in contenders
        if c.name in samples
    }
    print("\n" + ", ".join(f"{key} {value}" for key, value in about.items()))
    print("Matrix rate: " + ", ".join(f"{key} {rate:.0f} GFLOP/s" for key, rate in rates.items()))
    print(f"{options.rounds} rounds, median (minimum), batch {preset.BATCH_SIZE}\n")
    print(table(preset.N_CRITIC, contenders, rows, reference.name))
    if options.json:
        everything = {"about": about, "rates": rates, "differences": figures, "rows": rows}
        options.json.write_text(json.dumps(everything | {"samples": samples}, indent=2) + "\n")


if __name__ == "__main__":
    main()

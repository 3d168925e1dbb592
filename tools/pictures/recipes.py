"""Each published recipe for some minutes, one after the other, with its samples and its curves.

python -m tools.pictures.recipes out/presets docs/pictures --minutes 10

A recipe whose run is in the folder already is only drawn. Stopped runs go on with
`acwgan train --resume`.
"""

import argparse
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image

from acwgan.images.grids import PICTURE_WIDTH
from acwgan.plots.curves import plot
from acwgan.runs.checkpoints import latest, position

#: The slow ones report sooner than a preset does.
_SOON = "--evaluate-every 100 --checkpoint-every 50 --sample-every"
#: Name of the run -> the words of `acwgan train`; {fashion}, {cifar} and {judge} are options.
RUNS = {
    "article": "--preset article --log-every 1 --sample-every 5 --checkpoint-every 5",
    "wgan": "--preset wgan --evaluate-every 250",
    "wgan-mlp": "--preset wgan-mlp --evaluate-every 1000",
    "wgan-gp": f"--preset wgan-gp {_SOON} 20",
    "wgan-gp-64": f"--preset wgan-gp --batch-size 64 {_SOON} 20",
    "wgan-dcgan": "--preset wgan-dcgan --evaluate-every 250",
    "cifar-wgan-dcgan": "--preset wgan-dcgan --dataset {cifar} --evaluate-every none",
    "wgan-paper": f"--preset wgan-paper {_SOON} 10",
    "wgan-paper-nobn": f"--preset wgan-paper-nobn {_SOON} 10",
    "fashion-acwgan": "--dataset {fashion} --judge {judge} --steps 1000 --evaluate-every 250",
    "fashion-wgan-gp": "--preset wgan-gp --dataset {fashion} --judge {judge} " + f"{_SOON} 20",
}
#: Colors in the file of a picture.
_COLORS = 256


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="of the runs")
    parser.add_argument("pictures", type=Path, help="folder of the pictures, recipe-NAME.png")
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--only", action="append", choices=RUNS, help="a run; may be repeated")
    parser.add_argument("--fashion", default="fashion_mnist", help="--dataset of Fashion-MNIST")
    parser.add_argument("--cifar", default="cifar10", help="--dataset of CIFAR-10")
    parser.add_argument(
        "--judge",
        default="fashion_judge.tflite",
        help="judge of Fashion-MNIST, from acwgan judge --dataset FASHION",
    )
    arguments = parser.parse_args()
    for name in arguments.only or RUNS:
        run_dir = arguments.folder / name
        if not run_dir.exists():
            words = [word.format_map(vars(arguments)) for word in RUNS[name].split()]
            train(run_dir, words, arguments.minutes)
        draw(run_dir, arguments.pictures / f"recipe-{name}.png")
        print(f"{name}: {position(latest(run_dir)).generator_step} generator steps", flush=True)


def train(run_dir: Path, words: list[str], minutes: float) -> None:
    """Train until the minutes are over; the run saves itself when it is told to stop."""
    command = [sys.executable, "-m", "acwgan", "train", "--run-dir", str(run_dir)]
    training = subprocess.Popen([*command, "--log-every", "10", *words])
    try:
        training.wait(60 * minutes)
    except subprocess.TimeoutExpired:
        training.send_signal(signal.SIGTERM)
    status = training.wait()
    if status not in (0, 128 + signal.SIGTERM):
        sys.exit(f"{run_dir}: acwgan train ended with {status}")


def draw(run_dir: Path, path: Path) -> None:
    """The last grid of samples beside the curves, as one picture."""
    samples = Image.open(max((run_dir / "samples").glob("step-*.png")))
    with tempfile.TemporaryDirectory() as folder:
        plot({run_dir.name: run_dir}, Path(folder, "plot.png"))
        curves = Image.open(Path(folder, "plot.png")).convert("RGB")
    height = PICTURE_WIDTH  # The grid of samples is a square.
    curves = curves.resize((curves.width * height // curves.height, height), Image.LANCZOS)
    samples = samples.convert("RGB").resize((height, height), Image.NEAREST)
    picture = Image.new("RGB", (samples.width + 20 + curves.width, height), "white")
    picture.paste(samples, (0, 0))
    picture.paste(curves, (samples.width + 20, 0))
    path.parent.mkdir(parents=True, exist_ok=True)
    picture.quantize(_COLORS, dither=Image.Dither.NONE).save(path, optimize=True)


if __name__ == "__main__":
    main()
